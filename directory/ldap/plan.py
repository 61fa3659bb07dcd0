"""What a run would do: the census compared with the database. Nothing here writes."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, UNUSABLE_PASSWORD_SUFFIX_LENGTH
from django.utils.translation import gettext as _

from directory.models import Department, Employee, Location, SyncChange

from .alarms import Alarm, duplicates, merged
from .alarms import Kind as AlarmKind
from .census import Census, Known, find_managers
from .extras import Extras
from .identity import match, settle_logins
from .mapping import Person
from .photos import Pictures
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
    addresses: list[tuple[Employee, list[str]]] = field(default_factory=list)
    photos: list[tuple[Employee, str, bytes]] = field(default_factory=list)  # digest "": the photo goes
    # Whose place in the directory is kept anew; nothing of it shows to people.
    placed: list[Employee] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
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


def make_plan(census: Census, *, at: datetime, pictures: Pictures | None = None) -> Plan:
    """Compare ``census`` with the people of its sources, as they are now. Read it inside the run's transaction."""
    people_here = Employee.objects.filter(source__in=census.sources)
    # Prefetched: thousands share one object where a join would make one for each.
    existing = list(people_here.prefetch_related("department", "location").order_by("pk"))
    plan = Plan(census, Places(census.mapping), skipped=census.skipped)
    extras = Extras(census, existing, pictures or Pictures())
    plan.active_before = sum(employee.is_active for employee in existing)
    matched = match(census, existing, plan.alarms)
    for key in [key for key, (person, _employee) in matched.items() if person.skip]:
        plan.employees[key] = matched.pop(key)[1]
    matched_ids = {employee.pk for _person, employee in matched.values()}
    matched_ids |= {employee.pk for employee in plan.employees.values()}
    absent = [employee for employee in existing if employee.pk not in matched_ids]
    people = [person for person in census.people if not person.skip]
    refused, released = settle_logins(census, people, matched, plan.employees.values(), absent, plan.alarms)
    plan.skipped += len(refused)
    for employee, taker in released:
        _release_login(plan, employee, taker)
    if census.is_increment:
        _look_outside(plan, absent, {found.pk: key for key, (_person, found) in matched.items()})
    unknown_and_disabled = 0
    usable: list[Person] = []
    for person in people:
        found = matched[person.key][1] if person.key in matched else None
        if found is not None:
            plan.employees[person.key] = found
        if person.key in refused:
            continue
        if found is None and person.disabled:
            unknown_and_disabled += 1
            plan.skipped += 1
            continue
        usable.append(person)
        if found is None:
            found = plan.employees[person.key] = _join(plan, person, at)
        else:
            _update(plan, person, found)
            _update_activity(plan, person, found, at)
        extras.compare(plan, person, found)
    if unknown_and_disabled:
        census.warnings.add(
            "", _("{count} disabled accounts are unknown here and were left out.").format(count=unknown_and_disabled)
        )
    set_managers(plan, usable)
    if census.tells_absence:
        for employee in absent:
            if employee.is_active:
                _leave(plan, employee, at)
    everybody = list(plan.employees.values())
    plan.alarms += duplicates(everybody)
    plan.alarms += merged([step.employee for step in plan.of(Kind.LEFT)], everybody)
    return plan


def _look_outside(plan: Plan, absent: list[Employee], keys: dict[int, str]) -> None:
    """Let an increment know everybody who is not in it: managers and members of groups are among them."""
    keys = keys | {employee.pk: employee.source_key for employee in absent}
    for employee in sorted(absent, key=lambda one: one.is_active):
        plan.employees[employee.source_key] = employee
        plan.census.outside.append(Known(
            key=employee.source_key, dn=employee.source_dn, source=employee.source, login=employee.login,
            primary_group=employee.source_group, manager_key=keys.get(employee.manager_id or 0, ""),
        ))  # fmt: skip
    find_managers(plan.census)


def _release_login(plan: Plan, employee: Employee, taker: Person) -> None:
    """Rename the login of someone who left, so that the new holder is a new person with nothing of the old one."""
    before = employee.login
    suffix = f"~{employee.pk}"
    employee.login = before[: limit_of(Employee, "login") - len(suffix)] + suffix
    plan.step(employee).diff["login"] = [before, employee.login]
    reason = _(
        "The login {login} was used before by {name}, who left: this is kept as a new person. Check that it is."
    ).format(login=before, name=employee.name)
    plan.census.warnings.add(taker.shown_dn, reason)
    plan.alarms.append(
        Alarm(AlarmKind.LOGIN_REUSED, taker.source, taker.shown_dn, reason, key=taker.key, other=employee)
    )


def _join(plan: Plan, person: Person, at: datetime) -> Employee:
    withheld = plan.census.mapping.withheld - {"name"}
    texts = {name: getattr(person, name) for name in TEXT_FIELDS if name not in withheld}
    employee = Employee(
        source=person.source,
        source_key=person.key,
        source_dn=person.dn,
        source_group=_group_of(person),
        department=None if "department" in withheld else plan.places.department(person.department),
        location=None if "location" in withheld else plan.places.location(person.location, person.country),
        language="" if "language" in withheld else person.language,
        created_at=at,
        **texts,
    )
    # As set_unusable_password makes one, which takes a random choice for each of forty characters.
    employee.password = UNUSABLE_PASSWORD_PREFIX + secrets.token_hex(UNUSABLE_PASSWORD_SUFFIX_LENGTH // 2)
    step = plan.step(employee, Kind.JOINED)
    step.is_new = True
    step.diff = {name: ["", text] for name, text in texts.items() if text}
    for name in ("department", "location"):
        if getattr(employee, name):
            step.diff[name] = ["", getattr(employee, name).name]
    return employee


def _group_of(person: Person) -> str:
    return person.primary_group if len(person.primary_group) <= limit_of(Employee, "source_group") else ""


def update_facts(plan: Plan, person: Person, employee: Employee) -> dict[str, list[str]]:
    """Set on ``employee`` what the source says and may decide; gives what that changes."""
    withheld = plan.census.mapping.withheld
    diff: dict[str, list[str]] = {}
    for name in TEXT_FIELDS:
        before, after = getattr(employee, name), getattr(person, name)
        if before != after and name not in withheld:
            diff[name] = [before, after]
            setattr(employee, name, after)
    for name in ("department", "location"):
        if name in withheld:
            continue
        old = getattr(employee, name)
        unit: Department | Location | None = (
            plan.places.department(person.department)
            if name == "department"
            else plan.places.location(person.location, person.country)
        )
        if (old is None) != (unit is None) or (old and unit and old.pk != unit.pk):
            diff[name] = [old.name if old else "", unit.name if unit else ""]
            setattr(employee, name, unit)
    if person.language and not employee.language and "language" not in withheld:
        diff["language"] = ["", person.language]
        employee.language = person.language
    return diff


def _update(plan: Plan, person: Person, employee: Employee) -> None:
    diff = update_facts(plan, person, employee)
    if (employee.source, employee.source_key) != (person.source, person.key):
        diff["source_key"] = [employee.source_key, person.key]
        employee.source, employee.source_key = person.source, person.key
    if (employee.source_dn, employee.source_group) != (person.dn, _group_of(person)):
        employee.source_dn, employee.source_group = person.dn, _group_of(person)
        plan.placed.append(employee)
    if diff:
        plan.step(employee).diff.update(diff)


def _update_activity(plan: Plan, person: Person, employee: Employee, at: datetime) -> None:
    if person.disabled:
        if employee.is_active:
            _leave(plan, employee, at)
    elif employee.blocked_at is not None:
        plan.census.warnings.add(
            person.shown_dn, _("The person's access is blocked here, while the directory lists them as active.")
        )
        employee.left_source_at = None
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


def set_managers(plan: Plan, people: list[Person]) -> None:
    """Compare managers, once everybody is known; what changes is put into ``plan.new_managers``."""
    census = plan.census
    if "manager" in census.mapping.withheld:
        return
    logins = {employee.pk: employee.login for employee in plan.employees.values() if employee.pk}
    for person in people:
        employee = plan.employees[person.key]
        above = census.managers.get(person.key)
        manager = plan.employees.get(above.key) if above else None
        if above and manager is None:
            census.warnings.add(
                person.shown_dn, _("The manager {dn} was skipped, so none is set.").format(dn=above.shown_dn)
            )
        if manager is None and person.key in census.lost_managers and not census.tells_absence:
            continue
        before = employee.manager_id
        wanted = manager.pk if manager else None
        if wanted == before and (manager is None or wanted is not None):
            continue
        step = plan.step(employee)
        step.diff["manager"] = [logins.get(before, "") if before else "", manager.login if manager else ""]
        plan.new_managers.append((employee, manager))
