"""Photos of people: what a directory holds is never shown, only a small picture made anew from it."""

import struct
import warnings
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO

from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps

from directory.models import Photo

from .mapping import Person

SIDE = 192
MAX_BYTES = 5 << 20
MAX_PIXELS = 25_000_000
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
# Pillow raises all of these on files that are cut, made up or of another kind.
_BROKEN = (
    OSError, ValueError, SyntaxError, Image.DecompressionBombError, ArithmeticError, LookupError, TypeError, EOFError,
    struct.error,
)  # fmt: skip


NO_PICTURE = gettext_lazy("The photo is no picture that can be shown; it was left out.")


class BrokenPhoto(ValueError):
    """The bytes are no picture that can be made small."""


class Pictures:
    """Small pictures by the digest of the source's bytes; each is made once."""

    def __init__(self) -> None:
        self._made: dict[str, bytes | None] = {}

    def prepare(self, people: Iterable[Person]) -> None:
        """Make those that are not here yet, before the run's transaction starts: it would be long otherwise."""
        known = set(Photo.objects.values_list("digest", flat=True))
        for person in people:
            if person.photo and digest_of(person.photo) not in known:
                self.jpeg(person.photo)

    def jpeg(self, data: bytes) -> bytes | None:
        """The small picture; None when ``data`` is broken."""
        digest = digest_of(data)
        if digest not in self._made:
            try:
                self._made[digest] = small_jpeg(data)
            except BrokenPhoto:
                self._made[digest] = None
        return self._made[digest]


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def small_jpeg(data: bytes) -> bytes:
    """``data`` as a JPEG of at most 192 × 192 pixels without anything else in it. Raises :class:`BrokenPhoto`.

    A small file may unpack to a huge picture, so its size is looked at before anything is decoded.
    """
    if len(data) > MAX_BYTES:
        raise BrokenPhoto
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise BrokenPhoto
                picture.draft("RGB", (SIDE * 2, SIDE * 2))
                small = ImageOps.exif_transpose(picture)
                small.thumbnail((SIDE, SIDE))
                out = BytesIO()
                clean = Image.new("RGB", small.size, "white")
                if small.mode in ("RGB", "L"):
                    clean.paste(small)
                else:
                    rgba = small.convert("RGBA")
                    clean.paste(rgba, mask=rgba.getchannel("A"))
                clean.save(out, "JPEG", quality=85)
                return out.getvalue()
    except BrokenPhoto:
        raise
    except _BROKEN:
        raise BrokenPhoto from None
