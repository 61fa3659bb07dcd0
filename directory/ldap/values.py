"""Values of one entry's attributes: texts in the right language, numbers, identifiers, names of other entries."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.text import validate_line, without_controls

from . import dn as names
from .entries import Entry

_NEVER = {0, 2**63 - 1}
_LOCKED_FOR_GOOD = "000001010000Z"
_WINDOWS_EPOCH_SECONDS = 11_644_473_600


@cache
def limit_of(model: type[Model], name: str) -> int:
    """How many characters a column holds."""
    return int(getattr(model._meta.get_field(name), "max_length", None) or 0)


def values_of(entry: Entry, name: str, language: str = "") -> list[bytes | str]:
    """Values of an attribute: the plain ones; else those in ``language`` (RFC 3866); else those with any option."""
    plain = entry.attributes.get(name)
    if plain or not entry.has_options:
        return plain or []
    tagged = {key: some for key, some in entry.attributes.items() if key.startswith(f"{name};")}
    own = [key for key in tagged if language and _is_in(key, language)]
    return [value for key in own or tagged for value in tagged[key]]


def _is_in(key: str, language: str) -> bool:
    """Whether ``cn;lang-it-ch`` is in ``it``; ``cn;lang-it`` also serves who asked for ``it-ch``."""
    return any(
        f"{option}-".startswith(f"lang-{language}-") or f"lang-{language}-".startswith(f"{option}-")
        for option in key.split(";")[1:]
        if option.startswith("lang-")
    )


def texts_of(entry: Entry, name: str, language: str = "") -> list[str]:
    """The values that are text, without blanks around them."""
    texts = []
    for value in values_of(entry, name, language):
        if isinstance(value, bytes):
            try:
                value = value.decode()
            except UnicodeDecodeError:
                continue
        text = value.strip()
        if text:
            texts.append(text)
    return texts


def preferred(entry: Entry, name: str, language: str = "") -> list[str]:
    """Texts of ``name``, the one in the entry's own name first: a directory gives several in any order."""
    texts = texts_of(entry, name, language)
    if len(texts) > 1:
        own = set(names.rdn_values(entry.dn, name))
        texts.sort(key=lambda text: text not in own)
    return texts


class Reader:
    """Reads single lines out of an entry and notes in ``warnings`` what it had to repair."""

    def __init__(self, entry: Entry, warnings: list[str], language: str = "") -> None:
        self.entry, self.warnings, self.language = entry, warnings, language

    def line(self, attributes: tuple[str, ...], limit: int, *, unless: frozenset[str] = frozenset()) -> str:
        """The first usable value, as one clean line of at most ``limit`` characters; "" when there is none."""
        for name in attributes:
            texts = preferred(self.entry, name, self.language)
            if not texts and values_of(self.entry, name) and not texts_of(self.entry, name):
                self.warnings.append(_("“{name}” is not text in UTF-8 and was left out.").format(name=name))
            for text in texts:
                clean = without_controls(text)
                if not clean or (name == "ou" and clean.casefold() in unless):
                    continue
                if has_controls(text):
                    self.warnings.append(_("Control characters were taken out of “{name}”.").format(name=name))
                if len(clean) > limit:
                    self.warnings.append(_("“{name}” was cut to {limit} characters.").format(name=name, limit=limit))
                return clean[:limit].strip()
        return ""


def has_controls(text: str) -> bool:
    if text.isprintable() and text.strip():
        return False  # by far the most
    try:
        validate_line(text)
    except ValidationError:
        return True
    return False


def uuid_of(value: bytes | str) -> uuid.UUID | None:
    try:
        if isinstance(value, bytes):
            # Active Directory stores the first three fields of a GUID with their bytes reversed.
            return uuid.UUID(bytes_le=value) if len(value) == 16 else uuid.UUID(value.decode("ascii").strip())
        return uuid.UUID(value.strip())
    except ValueError:
        return None


def names_in(entry: Entry, attributes: tuple[str, ...], warnings: list[str]) -> list[str]:
    """Normalised names held in ``attributes``; what is no name is reported and left out."""
    found = []
    for name in attributes:
        for text in texts_of(entry, name):
            try:
                found.append(names.normalised(text))
            except names.InvalidDn as error:
                warnings.append(
                    _("“{name}” holds “{value}”, which is no name of an entry. {why}").format(
                        name=name, value=without_controls(text)[:80], why=error
                    )
                )
    return found


def is_disabled(entry: Entry, at: datetime) -> bool:
    flags = list(numbers(entry, "useraccountcontrol"))
    if any(flag & 2 for flag in flags):
        return True
    if any(text.lower() == "true" for text in texts_of(entry, "nsaccountlock")):
        return True
    if _LOCKED_FOR_GOOD in texts_of(entry, "pwdaccountlockedtime"):
        return True
    ends = [ticks for ticks in numbers(entry, "accountexpires") if ticks not in _NEVER]
    now = at.astimezone(UTC).timestamp() + _WINDOWS_EPOCH_SECONDS if ends else 0
    return any(0 < ticks // 10_000_000 <= now for ticks in ends)


def numbers(entry: Entry, name: str) -> Iterator[int]:
    for text in texts_of(entry, name):
        try:
            yield int(text)
        except ValueError:
            continue


def primary_group_of(entry: Entry) -> str:
    """The SID of the primary group of an Active Directory account: its own domain with the group's last part."""
    sid = sid_of(entry)
    number = next(numbers(entry, "primarygroupid"), None)
    return f"{sid.rpartition('-')[0]}-{number}" if sid and number is not None else ""


def sid_of(entry: Entry) -> str:
    """The entry's security identifier as ``S-1-5-21-…`` ([MS-DTYP] 2.4.2), or ""."""
    for value in entry.attributes.get("objectsid", []):
        if isinstance(value, str):
            return value.strip().upper()
        if len(value) >= 8 and len(value) == 8 + 4 * value[1]:
            parts = (int.from_bytes(value[at : at + 4], "little") for at in range(8, len(value), 4))
            authority = int.from_bytes(value[2:8], "big")
            return "-".join(("S", str(value[0]), str(authority), *map(str, parts)))
        if value[:2].upper() == b"S-":
            return value.decode("ascii", "replace").strip().upper()
    return ""


def photo_of(entry: Entry, attributes: tuple[str, ...]) -> bytes:
    """The first picture of ``attributes``, as the source keeps it; empty when there is none."""
    for name in attributes:
        for value in entry.attributes.get(name, []):
            if isinstance(value, bytes) and value:
                return value
    return b""


def is_email(text: str) -> bool:
    try:
        if len(text) > limit_of(Employee, "email"):
            return False
        validate_email(text)
    except ValidationError:
        return False
    return True
