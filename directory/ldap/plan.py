"""What a run would do: the census compared with the database. Nothing here writes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from directory.models import Employee, SyncChange

from .census import Census
from .mapping import Person, dn_key
from .places import Places
from .values import limit_of

TEXT_FIELDS = ("login", "name", "given_name", "family_name", "email", "title", "phone", "employee_number")
Kind = SyncChange.Kind


@dataclass
class Step:
    """What happens to one person. ``diff``: field -> [before, after], as people read it."""

    employee: Employee
    kind: SyncChange.Kind
    diff: dict[str, list[str]] = field(default_factory=dict)
    is_new: bool = False


@dataclass
class Plan:
    """Every step, with the values already set on the (unsaved) employees."""

    census: Census
    places: Places
    steps: dict[int, Step] = field(default_factory=dict)  # by id() of the employee: new ones have no pk yet
    employees: dict[str, Employee] = field(default_factory=dict)  # by key of the person
    # Set when all are saved: a manager may be new as well.
    new_managers: list[tuple[Employee, Employee | None]] = field(default_factory=list)
    skipped: int = 0
    active_before: int = 0

    def step(self, employee: Employee, kind: SyncChange.Kind = Kind.CHANGED) -> Step:
        return self.steps.setdefault(id(employee), Step(employee, kind))

    def of(self, kind: SyncChange.Kind) -> list[Step]:
        return [step for step in self.steps.values() if step.kind == kind]

    @property
    def created(self) -> list[Step]:
        return [step for step in self.steps.values() if step.is_new]

    @property
    def changed(self) -> list[Step]:
        return [step for step in self.steps.values() if not step.is_new and step.kind != Kind.LEFT]

    @property
    def allowance(self) -> float:
        """How many people may lose their account in one run before a person has to confirm."""
        return min(10, max(1, self.active_before / 50))


def make_plan(census: Census, *, at: datetime) -> Plan:
    """Compare ``census`` with the people of its sources, as they are now. Read it inside the run's transaction."""
    plan = Plan(census, Places(), skipped=census.skipped)
    existing = list(Employee.objects.filter(source__in=census.sources).select_related("department", "location"))
    plan.active_before = sum(employee.is_active for employee in existing)
    matched = _matched(census, existing)
    for key in [key for key, (person, _employee) in matched.items() if person.skip]:
        plan.employees[key] = matched.pop(key)[1]
    matched_ids = {employee.pk for _person, employee in matched.values()}
    matched_ids |= {employee.pk for employee in plan.employees.values()}
    absent = [employee for employee in existing if employee.pk not in matched_ids]
    people = [person for person in census.people if not person.skip]
    refused = _settle_logins(plan, people, matched, absent, at)
    unknown_and_disabled = 0
    usable: list[Person] = []
    for person in people:
        employee = matched[person.key][1] if person.key in matched else None
        if employee is not None:
            plan.employees[person.key] = employee
        if person.key in refused:
            continue
        if employee is None and person.disabled:
            unknown_and_disabled += 1
            plan.skipped += 1
            continue
        usable.append(person)
        if employee is None:
            plan.employees[person.key] = _join(plan, person, at)
        else:
            _update(plan, person, employee, at)
    if unknown_and_disabled:
        census.warnings.add(
            "", _("{count} disabled accounts are unknown here and were left out.").format(count=unknown_and_disabled)
        )
    _set_managers(plan, usable)
    if census.complete:
        for employee in absent:
            if employee.is_active:
                _leave(plan, employee, at)
    return plan


def _matched(census: Census, existing: Iterable[Employee]) -> dict[str, tuple[Person, Employee]]:
    """Who is who, by key of the person. An entry that gained an identifier, or moved, stays the same person."""
    by_key = {employee.source_key: employee for employee in existing}
    matched: dict[str, tuple[Person, Employee]] = {}
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
            matched[person.key] = (person, employee)
            census.warnings.add(
                person.shown_dn,
                _("The entry moved here from {dn}; login and {what} say it is the same person.").format(
                    dn=employee.source_key.removeprefix("dn:"), what=_same_human(person, employee)
                ),
            )
    return matched


def _same_human(person: Person, employee: Employee) -> str:
    """Which second thing besides the login is the same ("" when none is)."""
    if person.employee_number and person.employee_number == employee.employee_number:
        return _("employee number")
    if person.email and person.email.casefold() == employee.email.casefold():
        return _("e-mail address")
    return _("name") if person.name and person.name == employee.name else ""


def _settle_logins(
    plan: Plan,
    people: list[Person],
    matched: dict[str, tuple[Person, Employee]],
    absent: list[Employee],
    at: datetime,
) -> set[str]:
    """Keys of people whose login belongs to somebody else; logins of people who left are set free for others."""
    census = plan.census
    others = Employee.objects.exclude(source__in=census.sources).values_list("login", "source")
    taken = {
        login.casefold(): _("a local account") if not source else _("a person of {source}").format(source=source)
        for login, source in others.iterator()
    }
    for employee in plan.employees.values():
        taken[employee.login.casefold()] = employee.name
    free_to_take: dict[str, Employee] = {}
    for employee in absent:
        if not employee.is_active or census.complete:
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
            plan.skipped += 1
            census.warnings.add(
                person.shown_dn,
                _("The login {login} belongs to {owner}: one of the two must change.").format(
                    login=person.login, owner=owner
                ),
            )
            if person.key in matched:
                employee = matched[person.key][1]
                taken[employee.login.casefold()] = employee.name
    for login, employee in free_to_take.items():
        if login in claimed:
            _release_login(plan, employee, claimed[login])
    return refused


def _claims(
    people: list[Person], matched: dict[str, tuple[Person, Employee]], taken: dict[str, str]
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


def _release_login(plan: Plan, employee: Employee, taker: Person) -> None:
    """Rename the login of someone who left, so that the new holder is a new person with nothing of the old one."""
    before = employee.login
    suffix = f"~{employee.pk}"
    employee.login = before[: limit_of(Employee, "login") - len(suffix)] + suffix
    plan.step(employee).diff["login"] = [before, employee.login]
    plan.census.warnings.add(
        taker.shown_dn,
        _(
            "The login {login} was used before by {name}, who left: this is kept as a new person. Check that it is."
        ).format(login=before, name=employee.name),
    )


def _join(plan: Plan, person: Person, at: datetime) -> Employee:
    employee = Employee(
        source=person.source,
        source_key=person.key,
        department=plan.places.department(person.department),
        location=plan.places.location(person.location, person.country),
        language=person.language,
        created_at=at,
        **{name: getattr(person, name) for name in TEXT_FIELDS},
    )
    employee.set_unusable_password()
    step = plan.step(employee, Kind.JOINED)
    step.is_new = True
    step.diff = {name: ["", getattr(person, name)] for name in TEXT_FIELDS if getattr(person, name)}
    for name in ("department", "location"):
        if getattr(employee, name):
            step.diff[name] = ["", getattr(employee, name).name]
    return employee


def _update(plan: Plan, person: Person, employee: Employee, at: datetime) -> None:
    diff: dict[str, list[str]] = {}
    for name in TEXT_FIELDS:
        before, after = getattr(employee, name), getattr(person, name)
        if before != after:
            diff[name] = [before, after]
            setattr(employee, name, after)
    for name, unit in (
        ("department", plan.places.department(person.department)),
        ("location", plan.places.location(person.location, person.country)),
    ):
        old = getattr(employee, name)
        if (old is None) != (unit is None) or (old and unit and old.pk != unit.pk):
            diff[name] = [old.name if old else "", unit.name if unit else ""]
            setattr(employee, name, unit)
    if person.language and not employee.language:
        diff["language"] = ["", person.language]
        employee.language = person.language
    if (employee.source, employee.source_key) != (person.source, person.key):
        diff["source_key"] = [employee.source_key, person.key]
        employee.source, employee.source_key = person.source, person.key
    if diff:
        plan.step(employee).diff.update(diff)
    _update_activity(plan, person, employee, at)


def _update_activity(plan: Plan, person: Person, employee: Employee, at: datetime) -> None:
    if person.disabled:
        if employee.is_active:
            _leave(plan, employee, at)
    elif not employee.is_active and employee.left_source_at:
        employee.is_active = True
        employee.deactivated_at = employee.left_source_at = None
        step = plan.step(employee)
        step.kind = Kind.JOINED
        step.diff["is_active"] = ["no", "yes"]
    elif not employee.is_active:
        plan.census.warnings.add(
            person.shown_dn, _("The person was deactivated here by hand, while the directory lists them as active.")
        )


def _leave(plan: Plan, employee: Employee, at: datetime) -> None:
    employee.is_active = False
    employee.deactivated_at = employee.left_source_at = at
    step = plan.step(employee)
    step.kind = Kind.LEFT
    step.diff["is_active"] = ["yes", "no"]


def _set_managers(plan: Plan, people: list[Person]) -> None:
    census = plan.census
    logins = {employee.pk: employee.login for employee in plan.employees.values() if employee.pk}
    for person in people:
        employee = plan.employees[person.key]
        above = census.managers.get(person.key)
        manager = plan.employees.get(above.key) if above else None
        if above and manager is None:
            census.warnings.add(
                person.shown_dn, _("The manager {dn} was skipped, so none is set.").format(dn=above.shown_dn)
            )
        if manager is None and person.key in census.lost_managers and not census.complete:
            continue
        before = employee.manager_id
        wanted = manager.pk if manager else None
        if wanted == before and (manager is None or wanted is not None):
            continue
        step = plan.step(employee)
        step.diff["manager"] = [logins.get(before, "") if before else "", manager.login if manager else ""]
        plan.new_managers.append((employee, manager))
