"""The company's directory in the size that is asked for: the shipped one, a part of it, or more of the same."""

import base64
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

from .stories import dice

SHIPPED = Path(__file__).with_name("company.ldif")
_SPACE = uuid.UUID("1f0a6b1a-6f8e-5a3e-9f3e-3f3d7a0c5b11")
Attributes = list[tuple[str, str]]


class TooSmall(Exception):
    """The desk's own people are more than the company should have; ``least`` is how many they are."""

    def __init__(self, least: int) -> None:
        super().__init__(least)
        self.least = least


def shipped_size() -> int:
    return sum(1 for entry in _entries() if _is_person(entry))


def write(path: Path, *, employees: int, seed: int) -> None:
    """Write an LDIF with ``employees`` people to ``path``; raises :class:`TooSmall`."""
    entries = list(_entries())
    people = [entry for entry in entries if _is_person(entry)]
    if employees < len(people):
        keep = _kept(entries, people, employees)
        entries = [_without_strangers(e, keep) for e in entries if not _is_person(e) or _dn(e) in keep]
    elif employees > len(people):
        extra = list(_more(people, employees - len(people), dice("people", seed)))
        entries = [*(_with_newcomers(entry, extra) for entry in entries), *extra]
    path.write_text("version: 1\n\n" + "\n".join(map(_text, entries)), encoding="ascii")


def _entries() -> Iterator[Attributes]:
    text = SHIPPED.read_text(encoding="utf-8").replace("\n ", "")
    for block in text.split("\n\n"):
        entry = [_attribute(line) for line in block.splitlines() if line and not line.startswith(("#", "version:"))]
        if entry:
            yield entry


def _attribute(line: str) -> tuple[str, str]:
    name, _colon, value = line.partition(":")
    if value.startswith(":"):
        return name, base64.b64decode(value[1:].strip()).decode()
    return name, value.strip()


def _text(entry: Attributes) -> str:
    return "".join(f"{name}:: {base64.b64encode(value.encode()).decode()}\n" for name, value in entry)


def _dn(entry: Attributes) -> str:
    return entry[0][1]


def _values(entry: Attributes, name: str) -> list[str]:
    return [value for key, value in entry if key == name]


def _is_person(entry: Attributes) -> bool:
    return "inetOrgPerson" in _values(entry, "objectClass")


def _is_crowd(entry: Attributes) -> bool:
    """A group that everybody of a site or of the company is in."""
    return _values(entry, "cn")[:1] == ["everyone"] or any(v.startswith("staff-") for v in _values(entry, "cn"))


def _kept(entries: list[Attributes], people: list[Attributes], employees: int) -> set[str]:
    """The desk's own people with all their managers, then others in the order of the file."""
    manager = {_dn(person): _values(person, "manager") for person in people}
    keep: set[str] = set()
    waiting = [m for e in entries if not _is_person(e) and not _is_crowd(e) for m in _values(e, "member")]
    while waiting:
        name = waiting.pop()
        if name in manager and name not in keep:
            keep.add(name)
            waiting += manager[name]
    if employees < len(keep):
        raise TooSmall(len(keep))
    for person in people:
        if len(keep) < employees and keep.issuperset(manager[_dn(person)]):
            keep.add(_dn(person))
    return keep


def _without_strangers(entry: Attributes, keep: set[str]) -> Attributes:
    return [(name, value) for name, value in entry if name != "member" or value in keep or "cn=" in value[:3]]


def _with_newcomers(entry: Attributes, extra: list[Attributes]) -> Attributes:
    if not _is_crowd(entry):
        return entry
    names = _values(entry, "cn")
    sites = {value.removeprefix("staff-") for value in names}
    joins = [
        ("member", _dn(person)) for person in extra
        if "everyone" in names or _values(person, "l")[0].lower().replace(" ", "-") in sites
    ]  # fmt: skip
    return entry + joins


def _more(people: list[Attributes], number: int, chance: random.Random) -> Iterator[Attributes]:
    """New people: the given name of one and the family name of another colleague of the same site."""
    base = _dn(people[0]).partition(",")[2]
    for serial in range(1, number + 1):
        pattern = chance.choice([person for person in people if _values(person, "manager")])
        site = _values(pattern, "l")
        given = _values(chance.choice([p for p in people if _values(p, "l") == site]), "givenName")[0]
        family = _values(pattern, "sn")[0]
        login = f"m{serial:05d}"
        told = {
            "uid": login, "givenName": given, "displayName": f"{given} {family}", "cn": f"{given} {family}",
            "mail": f"{login}@meridian.example", "employeeNumber": f"M{20000 + serial}",
            "entryUUID": str(uuid.uuid5(_SPACE, login)),
        }  # fmt: skip
        dn = ("dn", f"uid={login},{base}")
        yield [dn, *((name, told.get(name, value)) for name, value in pattern[1:])]
