"""Everything one reading says, settled within itself: duplicates, managers, nested groups."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicedesk.common.text import without_controls

from .entries import Reading
from .mapping import DEFAULTS, MappedGroup, Mapping, Person, is_group, is_person, read_group, read_person


@dataclass
class Warnings:
    """Collects ``{person, reason}`` in the order found."""

    items: list[dict[str, str]] = field(default_factory=list)

    def add(self, person: str, reason: str) -> None:
        self.items.append({"person": without_controls(person), "reason": without_controls(reason)})


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the source whom this reading does not hold, as an earlier one left them here."""

    key: str
    dn: str
    source: str
    login: str = ""
    primary_group: str = ""
    manager_key: str = ""

    @property
    def shown_dn(self) -> str:
        return self.dn


@dataclass
class Census:
    """People and groups of one reading. ``people`` holds the first entry of each key only.

    ``outside``: in an increment, everybody else of the source, whom managers and groups may name.
    """

    complete: bool
    mapping: Mapping = DEFAULTS
    is_increment: bool = False
    outside: list[Known] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    groups: list[MappedGroup] = field(default_factory=list)
    seen: int = 0
    skipped: int = 0
    warnings: Warnings = field(default_factory=Warnings)
    managers: dict[str, Person | Known] = field(default_factory=dict)  # key of a person -> the manager
    # Keys of people whose manager is named but could not be found in this reading.
    lost_managers: set[str] = field(default_factory=set)

    # Members of groups that nobody here could find: normalised names by key of the group, nested groups included.
    strangers: dict[str, set[str]] = field(default_factory=dict)
    # Members who are in the source and nobody here: accounts that were disabled from the first, or skipped.
    nobodies: set[str] = field(default_factory=set)

    @property
    def sources(self) -> set[str]:
        sources = {person.source for person in self.people}
        return sources | {group.source for group in self.groups} if self.is_increment else sources

    @property
    def tells_absence(self) -> bool:
        """Whether who is not in the reading is not in the source."""
        return self.complete and not self.is_increment


def take_census(reading: Reading, mapping: Mapping, *, at: datetime) -> Census:
    """Map every entry and settle what can be settled without the database."""
    census = Census(complete=reading.complete, mapping=mapping, is_increment=reading.extent == "increment")
    for fault in reading.faults:
        census.warnings.add(fault.dn, fault.reason)
    keys: set[str] = set()
    names: set[str] = set()
    for entry in reading.entries:
        if is_person(entry, mapping):
            census.seen += 1
            _admit(census, read_person(entry, mapping, at=at), keys, names)
        elif is_group(entry, mapping):
            group = read_group(entry, mapping)
            if group.key in keys or group.dn in names or not group.name:
                reason = _("The group has no name (cn).") if not group.name else _("The group is listed twice.")
                census.warnings.add(group.shown_dn, reason)
                continue
            keys.add(group.key)
            names.add(group.dn)
            census.groups.append(group)
            for reason in group.warnings:
                census.warnings.add(group.shown_dn, reason)
    without_key = sum(person.key_is_dn for person in census.people)
    if without_key:
        census.warnings.add(
            "",
            ngettext(
                "{count} person has neither objectGUID nor entryUUID and is known by the DN: "
                "a new DN may look like somebody else.",
                "{count} people have neither objectGUID nor entryUUID and are known by their DN: "
                "a new DN may look like somebody else.",
                without_key,
            ).format(count=without_key),
        )
    if not census.is_increment:
        find_managers(census)
    return census


def _admit(census: Census, person: Person, keys: set[str], names: set[str]) -> None:
    if person.key in keys or person.dn in names:
        census.skipped += 1
        census.warnings.add(person.shown_dn, _("This person is listed twice; the first entry counts."))
        return
    keys.add(person.key)
    names.add(person.dn)
    census.people.append(person)
    for reason in person.warnings:
        census.warnings.add(person.shown_dn, reason)
    if person.skip:
        census.skipped += 1
        census.warnings.add(person.shown_dn, person.skip)


def find_managers(census: Census) -> None:
    """Set ``census.managers``. In an increment ``census.outside`` must be known before."""
    by_dn: dict[str, Person | Known] = {known.dn: known for known in census.outside}
    by_dn.update((person.dn, person) for person in census.people)
    skipped = {person.dn for person in census.people if person.skip}
    for person in census.people:
        if not person.manager_dns or person.skip:
            continue
        known = [by_dn[dn] for dn in person.manager_dns if dn in by_dn and dn not in skipped]
        if not known:
            census.lost_managers.add(person.key)
            census.warnings.add(
                person.shown_dn, _("The manager {dn} is not in the source.").format(dn=person.manager_dns[0])
            )
        else:
            census.managers[person.key] = known[0]
    by_key = {person.key: person for person in census.people}
    above = {known.key: known.manager_key for known in census.outside if known.manager_key}
    above.update((key, manager.key) for key, manager in census.managers.items())
    for key in _on_a_cycle(above):
        if key not in by_key:
            continue
        manager = census.managers.pop(key)
        reason = (
            _("The person is their own manager; nobody is set.")
            if manager.key == key
            else _("The chain of managers leads back to this person; no manager is set.")
        )
        census.warnings.add(by_key[key].shown_dn, reason)


def _on_a_cycle(above: dict[str, str]) -> list[str]:
    """Those from whom the way up leads back to themselves; who merely reports into a cycle is not on it."""
    done: set[str] = set()
    found: list[str] = []
    for start in above:
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = len(path)
            at = above.get(at)
        if at is not None and at in path:
            found += [key for key, place in path.items() if place >= path[at]]
        done.update(path)
    return found


def close_groups(census: Census) -> dict[str, set[str]]:
    """Keys of the people in each group (by its key), nested groups included; cycles end where they began.

    Fills ``census.strangers``.
    """
    people = {known.dn: known.key for known in census.outside}
    logins = {known.login.casefold(): known.key for known in census.outside}
    people.update((person.dn, person.key) for person in census.people)
    logins.update((person.uid.casefold(), person.key) for person in census.people if person.uid)
    by_primary: dict[tuple[str, str], list[str]] = defaultdict(list)
    everybody: list[Known | Person] = [*census.outside, *census.people]
    for somebody in everybody:
        if somebody.primary_group:
            by_primary[somebody.source, somebody.primary_group].append(somebody.key)
    group_keys = {group.dn: group.key for group in census.groups}
    direct: dict[str, set[str]] = {}
    nested: dict[str, list[str]] = {}
    strangers: dict[str, set[str]] = {}
    for group in census.groups:
        dns = set(group.member_dns)
        direct[group.key] = {people[dn] for dn in dns if dn in people}
        direct[group.key].update(
            logins[login.casefold()] for login in group.member_logins if login.casefold() in logins
        )
        for name in group.primary_of:
            direct[group.key].update(by_primary[group.source, name])
        nested[group.key] = [group_keys[dn] for dn in group.member_dns if dn in group_keys]
        strangers[group.key] = {dn for dn in dns if dn not in people and dn not in group_keys}
        strangers[group.key].update(f"uid:{login}" for login in group.member_logins if login.casefold() not in logins)
        if strangers[group.key]:
            count = len(strangers[group.key])
            census.warnings.add(
                group.shown_dn,
                ngettext(
                    "{count} member is not in the source.", "{count} members are not in the source.", count
                ).format(count=count),
            )
    closed = {}
    for group in census.groups:
        within = _reachable(group.key, nested)
        closed[group.key] = set().union(*(direct[key] for key in within))
        census.strangers[group.key] = set().union(*(strangers[key] for key in within))
        if any(group.key in nested[key] for key in within):
            census.warnings.add(group.shown_dn, _("The group contains itself, directly or through others."))
    return closed


def _reachable(start: str, nested: dict[str, list[str]]) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for key in nested[waiting.pop()]:
            if key not in seen:
                seen.add(key)
                waiting.append(key)
    return seen
