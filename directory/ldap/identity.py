"""Who is who: entries matched with people, and logins that more than one of them wants."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from directory.models import Employee

from .alarms import Alarm, Kind
from .census import Census
from .mapping import Person, dn_key

Matched = dict[str, tuple[Person, Employee]]


def match(census: Census, existing: Iterable[Employee], alarms: list[Alarm]) -> Matched:
    """Who is who, by key of the person. An entry that gained an identifier, or moved, stays the same person."""
    by_key = {employee.source_key: employee for employee in existing}
    matched: Matched = {}
    waiting: list[Person] = []
    for person in census.people:
        employee = by_key.pop(person.key, None)
        if employee is None:
            waiting.append(person)
        else:
            matched[person.key] = (person, employee)
    # The DN was the identity of these until now, so what stands at the same DN is the same person.
    moved: list[Person] = []
    for person in waiting:
        employee = None if person.key_is_dn else by_key.pop(dn_key(person.dn), None)
        if employee is None:
            moved.append(person)
        else:
            matched[person.key] = (person, employee)
    by_login = {employee.login.casefold(): employee for employee in by_key.values() if employee.source_key[:3] == "dn:"}
    for person in moved:
        employee = by_login.get(person.login.casefold())
        if employee is not None and person.login and employee.source == person.source and _same_human(person, employee):
            del by_login[person.login.casefold()]
            del by_key[employee.source_key]
            matched[person.key] = (person, employee)
            reason = _("The entry moved here from {dn}; login and {what} say it is the same person.").format(
                dn=employee.source_key.removeprefix("dn:"), what=_same_human(person, employee)
            )
            census.warnings.add(person.shown_dn, reason)
            alarms.append(Alarm(Kind.MOVED, person.source, person.shown_dn, reason, employee=employee))
    _match_rehired(census, [person for person in moved if person.key not in matched], by_key.values(), matched, alarms)
    return matched


def _match_rehired(
    census: Census, waiting: list[Person], left: Iterable[Employee], matched: Matched, alarms: list[Alarm]
) -> None:
    """A new entry with the number, and the name or address, of exactly one who left: the same person returns."""
    gone: dict[tuple[str, str], list[Employee]] = {}
    for employee in left:
        if employee.employee_number and (employee.left_source_at or (employee.is_active and census.tells_absence)):
            gone.setdefault((employee.source, employee.employee_number), []).append(employee)
    for person in waiting:
        if person.skip or person.disabled or not person.employee_number:
            continue
        place = (person.source, person.employee_number)
        found = [employee for employee in gone.get(place, []) if _is_same_name_or_mail(person, employee)]
        if len(found) != 1:
            continue
        gone[place].remove(found[0])
        matched[person.key] = (person, found[0])
        reason = _(
            "{name} left and is back under a new entry: employee number and name or e-mail address are the same. "
            "Check that it is the same person."
        ).format(name=found[0].name)
        census.warnings.add(person.shown_dn, reason)
        alarms.append(Alarm(Kind.REHIRED, person.source, person.shown_dn, reason, employee=found[0]))


def _is_same_name_or_mail(person: Person, employee: Employee) -> bool:
    return (bool(person.email) and person.email.casefold() == employee.email.casefold()) or (
        bool(person.name) and person.name.casefold() == employee.name.casefold()
    )


def _same_human(person: Person, employee: Employee) -> str:
    """Which second thing besides the login is the same ("" when none is)."""
    if person.employee_number and person.employee_number == employee.employee_number:
        return _("employee number")
    if person.email and person.email.casefold() == employee.email.casefold():
        return _("e-mail address")
    return _("name") if person.name and person.name == employee.name else ""


def settle_logins(
    census: Census,
    people: list[Person],
    matched: Matched,
    kept: Iterable[Employee],
    absent: list[Employee],
    alarms: list[Alarm],
) -> tuple[set[str], list[tuple[Employee, Person]]]:
    """Keys of people whose login belongs to somebody else, and those who left with who takes their login.

    ``kept``: people whose entries may not be used, so that they stay as they are.
    """
    others = Employee.objects.exclude(source__in=census.sources).values_list("login", "source")
    taken = {
        login.casefold(): _("a local account") if not source else _("a person of {source}").format(source=source)
        for login, source in others.iterator()
    }
    for employee in kept:
        taken[employee.login.casefold()] = employee.name
    free_to_take: dict[str, Employee] = {}
    for employee in absent:
        if not employee.is_active or census.tells_absence:
            free_to_take[employee.login.casefold()] = employee
        else:
            taken[employee.login.casefold()] = employee.name
    refused: set[str] = set()
    while True:
        claimed, losers = _claims([person for person in people if person.key not in refused], matched, taken)
        if not losers:
            break
        for person, owner in losers:
            refused.add(person.key)
            reason = _("The login {login} belongs to {owner}: one of the two must change.").format(
                login=person.login, owner=owner
            )
            census.warnings.add(person.shown_dn, reason)
            alarm = Alarm(Kind.LOGIN_TAKEN, person.source, person.shown_dn, reason)
            alarms.append(alarm)
            if person.key in matched:
                alarm.employee = employee = matched[person.key][1]
                taken[employee.login.casefold()] = employee.name
    return refused, [(employee, claimed[login]) for login, employee in free_to_take.items() if login in claimed]


def _claims(
    people: list[Person], matched: Matched, taken: dict[str, str]
) -> tuple[dict[str, Person], list[tuple[Person, str]]]:
    """Who gets which login, and who cannot have theirs: who has it already goes first, then the order of the source."""

    def has_it_already(person: Person) -> bool:
        return person.key in matched and matched[person.key][1].login.casefold() == person.login.casefold()

    claimed: dict[str, Person] = {}
    losers: list[tuple[Person, str]] = []
    for person in sorted(people, key=lambda person: not has_it_already(person)):
        login = person.login.casefold()
        if login in claimed:
            losers.append((person, claimed[login].shown_dn))
        elif login in taken:
            losers.append((person, taken[login]))
        else:
            claimed[login] = person
    return claimed, losers
