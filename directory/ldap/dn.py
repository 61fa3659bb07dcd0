"""Distinguished names (RFC 4514, and the older quoted form), compared as a directory compares them."""

import re
import unicodedata
from functools import lru_cache

from django.utils.translation import gettext as _

Rdn = tuple[tuple[str, str], ...]

_SPECIAL = re.compile(r'[\\"+#;<>]')
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*")
_ESCAPE = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)
_SEPARATORS = re.compile(r"([,+=\\])")
_CONTEXT_TYPES = frozenset({"dc", "o", "c"})


class InvalidDn(ValueError):
    """The text is no distinguished name; ``str()`` says what is wrong with it."""


@lru_cache(maxsize=100_000)
def normalised(dn: str) -> str:
    """The form in which two spellings of one name are equal: case, spaces and order within an RDN are gone."""
    return ",".join("+".join(f"{kind}={_escaped(_folded(value))}" for kind, value in sorted(rdn)) for rdn in parse(dn))


def naming_context(dn: str) -> str:
    """The directory a name belongs to: its trailing ``dc``, ``o`` and ``c`` parts, or else its last part.

    It stays the same when a file is renamed or a person moves, and differs between two companies.
    """
    rdns = parse(dn)
    start = len(rdns)
    while start > 0 and all(kind in _CONTEXT_TYPES for kind, _value in rdns[start - 1]):
        start -= 1
    tail = rdns[start:] or rdns[-1:]
    return ",".join("+".join(f"{kind}={_escaped(_folded(value))}" for kind, value in sorted(rdn)) for rdn in tail)


def rdn_values(dn: str, kind: str) -> list[str]:
    """The values of ``kind`` (``"cn"``) in the first part of the name."""
    return [value for name, value in parse(dn)[0] if name == kind]


def values(dn: str, kind: str) -> list[str]:
    """The values of ``kind`` (``"ou"``) anywhere in the name, first part first."""
    return [value for rdn in parse(dn) for name, value in rdn if name == kind]


@lru_cache(maxsize=100_000)
def parse(dn: str) -> tuple[Rdn, ...]:
    """The parts of a name with escapes resolved; types in lower case. Raises :class:`InvalidDn`."""
    if not dn.strip():
        raise InvalidDn(_("The name is empty."))
    if not _SPECIAL.search(dn):
        return tuple((_pair(part),) for part in dn.split(","))
    rdns: list[Rdn] = []
    pairs: list[tuple[str, str]] = []
    for part, end in _parts(dn):
        pairs.append(_pair(part))
        if end != "+":
            rdns.append(tuple(pairs))
            pairs = []
    return tuple(rdns)


def _parts(dn: str) -> list[tuple[str, str]]:
    """Cut at the separators that are neither escaped nor quoted: (part, the separator after it)."""
    parts, start, quoted, at = [], 0, False, 0
    while at < len(dn):
        character = dn[at]
        if character == "\\":
            at += 2
            continue
        if character == '"':
            quoted = not quoted
        elif not quoted and character in ",;+":
            parts.append((dn[start:at], character))
            start = at + 1
        at += 1
    if at > len(dn):
        raise InvalidDn(_("It ends in a backslash."))
    if quoted:
        raise InvalidDn(_("A quotation mark is not closed."))
    return [*parts, (dn[start:], "")]


def _pair(part: str) -> tuple[str, str]:
    kind, equals, value = part.partition("=")
    kind = kind.strip()
    if not equals or not _TYPE.fullmatch(kind):
        raise InvalidDn(_("“{part}” is not of the form name=value.").format(part=part.strip()[:60]))
    plain = _unescaped(value)
    if "\x00" in plain:
        raise InvalidDn(_("It has a NUL character."))
    if not plain:
        raise InvalidDn(_("“{part}” has no value.").format(part=part.strip()[:60]))
    return kind.lower(), plain


def _unescaped(value: str) -> str:
    if "\\" not in value and '"' not in value:
        return value.strip()
    text = value.lstrip()
    stripped = text.rstrip()
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    if backslashes % 2 and len(stripped) < len(text):
        stripped += text[len(stripped)]  # the blank after the last backslash belongs to the value
    if len(stripped) >= 2 and stripped.startswith('"') and stripped.endswith('"'):
        stripped = stripped[1:-1]
    try:
        return _ESCAPE.sub(_character, stripped)
    except UnicodeDecodeError:
        raise InvalidDn(_("An escaped value is not UTF-8.")) from None


def _character(found: re.Match[str]) -> str:
    """What one escaped character, or a run of hexadecimal pairs, stands for."""
    pairs = found[1]
    return bytes.fromhex(pairs.replace("\\", "")).decode() if pairs else found[2]


def _folded(value: str) -> str:
    text = value if value.isascii() else unicodedata.normalize("NFKC", value)
    return " ".join(text.casefold().split())


def _escaped(value: str) -> str:
    return _SEPARATORS.sub(r"\\\1", value) if _SEPARATORS.search(value) else value
