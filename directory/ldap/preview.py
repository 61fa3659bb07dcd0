"""One entry of a source looked at closely: what person a mapping makes of it, and what a run would change.

Nothing here writes, and only sources that are configured are read: never one that a previewed text names.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import dn as names
from .address import Address
from .census import take_census
from .client import connect, escape
from .entries import Entry, Reading, Unreadable
from .ldif import LdifSource
from .mapping import Mapping, Person, is_person, read_person
from .plan import make_plan
from .sources import Configured
from .values import values_of

SECONDS = 5.0
MOST_ENTRIES = 20  # that may carry one login in one attribute or another
MAX_FILE_BYTES = 16 << 20  # read within SECONDS on a slow machine
# The facts in the order in which people read them, and the attribute of Person that holds each.
FACTS = {
    "key": "key", "login": "login", "name": "name", "given_name": "given_name", "family_name": "family_name",
    "email": "email", "further_addresses": "further_addresses", "title": "title", "phone": "phone",
    "employee_number": "employee_number", "department": "department", "location": "location", "country": "country",
    "language": "language", "manager": "manager_dns", "photo": "photo", "disabled": "disabled",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact of a person: its value as text, and the attribute it came from ("" when it was made up of others).

    ``withheld``: the source may not write it, another one decides.
    """

    name: str
    value: str
    attribute: str
    withheld: bool


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What comes of one entry. ``kind`` and ``diff`` are those of the run's plan; "" when it would change nothing."""

    dn: str
    facts: list[Fact]
    skip: str = ""
    kind: str = ""
    diff: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def preview(source: Configured, mapping: Mapping, who: str, *, at: datetime) -> Preview | None:
    """The person whose login or DN is ``who``, as ``mapping`` would have it; None when there is nobody.

    Raises :class:`.entries.Unreadable`, also when the source cannot be read within :data:`SECONDS`.
    """
    found = _find(source, mapping, who.strip())
    if found is None:
        return None
    entry, manager = found
    person = read_person(entry, mapping, at=at)
    # A reading that is not whole: who is absent from it stays untouched.
    reading = Reading([entry, *([manager] if manager else [])])
    census = take_census(reading, mapping, at=at)
    census.complete = False
    plan = make_plan(census, at=at)
    employee = plan.employees.get(person.key)
    step = plan.steps.get(id(employee)) if employee is not None else None
    return Preview(
        dn=person.shown_dn,
        facts=_facts(entry, mapping, person, at),
        skip=person.skip,
        kind=str(step.kind) if step else "",
        diff=step.diff if step else {},
        warnings=[one["reason"] for one in census.warnings.items if one["person"] == person.shown_dn],
    )


def _facts(entry: Entry, mapping: Mapping, person: Person, at: datetime) -> list[Fact]:
    return [
        Fact(
            name=fact,
            value=_shown(getattr(person, held)),
            attribute=_origin(entry, mapping, fact, getattr(person, held), at),
            withheld=fact in mapping.withheld,
        )
        for fact, held in FACTS.items()
    ]


def _origin(entry: Entry, mapping: Mapping, fact: str, value: object, at: datetime) -> str:
    """The first attribute that alone gives the same value, else all that have one."""
    present = [name for name in getattr(mapping, fact) if values_of(entry, name)] if value else []
    for name in present:
        only: dict[str, Any] = {fact: (name,)}
        if getattr(read_person(entry, replace(mapping, **only), at=at), FACTS[fact]) == value:
            return str(name)
    return ", ".join(present) if isinstance(value, list) else ""


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return ngettext("{n} byte", "{n} bytes", len(value)).format(n=len(value)) if value else ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _find(source: Configured, mapping: Mapping, who: str) -> tuple[Entry, Entry | None] | None:
    """The entry, and that of the manager it names."""
    try:
        dn = names.normalised(who)
    except names.InvalidDn:
        dn = ""
    if source.address is not None:
        return _find_on_server(source.address, mapping, who, dn)
    return _find_in_file(source, mapping, who, dn)


def _find_on_server(address: Address, mapping: Mapping, who: str, dn: str) -> tuple[Entry, Entry | None] | None:
    wanted = sorted(mapping.wanted)
    with connect(address, seconds=SECONDS) as connection:
        if dn:
            entry = connection.entry(who, wanted)
        else:
            logins = "".join(f"({name}={escape(who)})" for name in mapping.login)
            matching = f"(&{address.filter}(|{logins}))"
            # Told here and not in the filter: a server that does not know a class would find nobody.
            found = connection.search(address.base, matching, wanted, scope=address.scope, page_size=MOST_ENTRIES)
            entry = next((one for one in islice(found, MOST_ENTRIES) if is_person(one, mapping)), None)
        if entry is None or not is_person(entry, mapping):
            return None
        return entry, _manager(entry, mapping, lambda name: connection.entry(name, wanted))


def _find_in_file(source: Configured, mapping: Mapping, who: str, dn: str) -> tuple[Entry, Entry | None] | None:
    if isinstance(source.source, LdifSource) and _size(source.source) > MAX_FILE_BYTES:
        raise Unreadable(
            _("{source} is too large to be read within a page: use sync_directory --check.").format(
                source=source.source.uri
            )
        )
    people = {
        names.normalised(entry.dn): entry
        for entry in source.source.read(mapping.wanted).entries
        if is_person(entry, mapping)
    }
    entry = people.get(dn) if dn else _with_login(list(people.values()), mapping, who)
    return (entry, _manager(entry, mapping, lambda name: people.get(names.normalised(name)))) if entry else None


def _with_login(entries: list[Entry], mapping: Mapping, who: str) -> Entry | None:
    wanted = who.casefold()
    for name in mapping.login:
        for entry in entries:
            if any(isinstance(text, str) and text.casefold() == wanted for text in values_of(entry, name)):
                return entry
    return None


def _manager(entry: Entry, mapping: Mapping, find: Callable[[str], Entry | None]) -> Entry | None:
    for name in mapping.manager:
        for value in values_of(entry, name):
            try:
                names.normalised(str(value))
            except names.InvalidDn:
                continue
            return find(str(value))
    return None


def _size(source: LdifSource) -> int:
    try:
        files = list(source.path.iterdir()) if source.path.is_dir() else [source.path]
        return sum(file.stat().st_size for file in files if file.is_file())
    except OSError:
        return 0  # reading it says what is wrong
