"""Text that people type: what is refused, and the key under which near-duplicates meet."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_BLOCK_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Bidirectional overrides can make a name or a title read as something it is not.
_DECEIVING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def validate_block(value: str) -> None:
    """Refuse control characters other than tab and line ends, and text that nobody can see (several lines)."""
    if _BLOCK_CONTROLS.search(value):
        raise ValidationError(_("Remove the control characters: they cannot be shown."), code="control_characters")
    _refuse_invisible(value)


def validate_line(value: str) -> None:
    """Refuse control characters, line ends, direction overrides and text that nobody can see (one line)."""
    if _LINE_CONTROLS.search(value) or _DECEIVING.search(value):
        raise ValidationError(_("Write this on one line, without control characters."), code="control_characters")
    _refuse_invisible(value)


def _refuse_invisible(value: str) -> None:
    """A title of zero-width characters alone would be a link that nobody can see or follow."""
    if all(unicodedata.category(character)[0] in "CZ" for character in value):
        raise ValidationError(_("Write something that can be seen."), code="invisible")


def without_controls(value: str) -> str:
    """``value`` as one clean line, for text from machines that nobody can be asked about."""
    if value.isprintable():
        return " ".join(value.split())  # by far the most; there is nothing to take out
    return " ".join(_DECEIVING.sub("", _LINE_CONTROLS.sub(" ", value)).split())


def near_key(name: str) -> str:
    """The key under which two spellings of one name meet: case, accents, spaces and punctuation are gone.

    >>> near_key("Wi-Fi  Réseau") == near_key("wifi reseau")
    True
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def are_near(left: str, right: str) -> bool:
    """Whether two names are so alike that a list should hold one of them.

    Equal keys, a plural ``s``, or (from six characters) one edit apart.
    """
    a, b = near_key(left), near_key(right)
    if a == b or a + "s" == b or b + "s" == a:
        return True
    # A different number is a different thing: "Floor 11" and "Floor 12" may stand side by side.
    if [c for c in a if c.isdigit()] != [c for c in b if c.isdigit()]:
        return False
    return min(len(a), len(b)) >= 6 and _within_one_edit(a, b)


def _within_one_edit(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    start = 0
    while start < len(a) and a[start] == b[start]:
        start += 1
    if len(a) == len(b):
        swapped = a[start : start + 2][::-1] == b[start : start + 2] and a[start + 2 :] == b[start + 2 :]
        return swapped or a[start + 1 :] == b[start + 1 :]
    return a[start:] == b[start + 1 :]
