"""What a plan becomes: rows, memberships, the end of access, events and news, in the run's transaction."""

from collections import defaultdict

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from directory import news
from directory.models import Employee, MailAddress, Photo, SyncChange, SyncRun
from directory.services import end_access, powerful, system_employee
from servicedesk.audit import services as audit
from servicedesk.common.bulk import insert_rows

from .alarms import raise_alarms
from .groups import GroupStep, Membership, write_groups
from .plan import TEXT_FIELDS, Kind, Plan, Step

ACTOR = "directory"
BATCH = 1000
HISTORY_BATCH = 5000
_FACTS = (*TEXT_FIELDS, "department", "location", "language", "source_key")
_ACTIVITY = ("is_active", "deactivated_at", "left_source_at")
_VERBS = {Kind.JOINED: "employee.joined", Kind.CHANGED: "employee.changed", Kind.LEFT: "employee.left"}
Lost = dict[int, dict[int, str]]


def write(plan: Plan, group_steps: list[GroupStep], run: SyncRun) -> None:
    """Carry the whole plan out. Whoever left, or lost a group with rights, is out when the run commits."""
    plan.places.save_new()
    new = [step.employee for step in plan.created]
    made = {id(employee) for employee in new}
    old = [step for step in plan.steps.values() if not step.is_new]
    _free_logins(plan)
    _update([step.employee for step in old if not step.diff.keys().isdisjoint(_FACTS)], (*_FACTS, "source"))
    # Apart from the facts: a deactivation by hand that happens meanwhile must not be written over.
    _update([step.employee for step in old if "is_active" in step.diff], _ACTIVITY)
    _create(new, plan)
    moved = [(employee, manager) for employee, manager in plan.new_managers if id(employee) not in made]
    for employee, manager in moved:
        employee.manager = manager
    _update([employee for employee, _manager in moved], ("manager",))
    _update(plan.placed, ("source_dn", "source_group"))
    _write_addresses(plan)
    _write_photos(plan)
    leaving = [step.employee.pk for step in plan.of(Kind.LEFT)]
    lost = _lost_groups(leaving, group_steps)
    for start in range(0, len(leaving), 500):
        Membership.objects.filter(employee_id__in=leaving[start : start + 500]).delete()
    write_groups(group_steps, {employee.pk for employee in new})
    steps = list(plan.steps.values())
    insert_rows(
        SyncChange,
        ("run_id", "employee_id", "kind", "diff"),
        ((run.pk, step.employee.pk, step.kind.value, step.diff) for step in steps),
    )
    raise_alarms(plan.alarms, plan.employees, run, at=run.started_at)
    actor = system_employee(ACTOR)
    for start in range(0, len(steps), HISTORY_BATCH):
        audit.append_history([_event(step, actor, run) for step in steps[start : start + HISTORY_BATCH]])
    _end_access(set(leaving), lost, actor)
    told = (_news(step, lost.get(step.employee.pk, {})) for step in steps)
    news.tell(one for one in told if one.fields or one.kind != "changed")


def _create(new: list[Employee], plan: Plan) -> None:
    """Save new people from the top of the company down, so that each row is written once, with its manager in it."""
    above = {id(employee): manager for employee, manager in plan.new_managers if manager}
    levels: dict[int, int] = {}
    for employee in new:
        path: list[Employee] = []
        at: Employee | None = employee
        while at is not None and at.pk is None and id(at) not in levels:
            levels[id(at)] = 0  # chains that lead back were cut before; one that does ends here
            path.append(at)
            at = above.get(id(at))
        start = levels[id(at)] + 1 if at is not None and at.pk is None else 0
        levels.update((id(one), level) for level, one in enumerate(reversed(path), start))
    by_level: dict[int, list[Employee]] = defaultdict(list)
    for employee in new:
        by_level[levels[id(employee)]].append(employee)
    for level in sorted(by_level):
        for employee in by_level[level]:
            employee.manager = above.get(id(employee))
        Employee.objects.bulk_create(by_level[level], batch_size=BATCH)


def _write_addresses(plan: Plan) -> None:
    keys = [employee.pk for employee, _addresses in plan.addresses]
    for start in range(0, len(keys), 500):
        MailAddress.objects.filter(employee_id__in=keys[start : start + 500]).delete()
    rows = [MailAddress(employee=employee, address=address) for employee, some in plan.addresses for address in some]
    MailAddress.objects.bulk_create(rows, batch_size=BATCH)


def _write_photos(plan: Plan) -> None:
    gone = [employee.pk for employee, digest, _jpeg in plan.photos if not digest]
    for start in range(0, len(gone), 500):
        Photo.objects.filter(employee_id__in=gone[start : start + 500]).delete()
    Photo.objects.bulk_create(
        [Photo(employee=employee, digest=digest, jpeg=jpeg) for employee, digest, jpeg in plan.photos if digest],
        batch_size=100, update_conflicts=True, unique_fields=["employee"], update_fields=["digest", "jpeg"],
    )  # fmt: skip


def _lost_groups(leaving: list[int], group_steps: list[GroupStep]) -> Lost:
    """Keys and names of the groups that each person is about to lose; asked before they are taken."""
    lost: Lost = {}
    for start in range(0, len(leaving), 500):
        rows = Membership.objects.filter(employee_id__in=leaving[start : start + 500])
        for employee, group, name in rows.values_list("employee_id", "group_id", "group__name"):
            lost.setdefault(employee, {})[group] = name
    for step in group_steps:
        for employee in step.remove:
            lost.setdefault(employee, {})[step.group.pk] = step.group.name
    return lost


def _end_access(leaving: set[int], lost: Lost, actor: Employee) -> None:
    with_rights = powerful({group for groups in lost.values() for group in groups})
    weaker = {key for key, groups in lost.items() if key not in leaving and not with_rights.isdisjoint(groups)}
    end_access(leaving, why="left", by=actor)
    end_access(weaker, why="group_lost", by=actor)


def _news(step: Step, lost: dict[int, str]) -> news.News:
    kind: news.Kind = "changed"
    if step.kind == Kind.LEFT:
        kind = "left"
    elif step.kind == Kind.JOINED:
        kind = "joined" if step.is_new else "returned"
    fields = set() if step.is_new else set(news.FIELDS & step.diff.keys())
    before: dict[str, str] = {name: step.diff[name][0] for name in fields}
    if lost:
        fields.add("groups")
        before["groups"] = ", ".join(sorted(lost.values()))
    return news.News(
        employee=step.employee, kind=kind, fields=frozenset(fields), lost_groups=frozenset(lost), before=before
    )


def _free_logins(plan: Plan) -> None:
    """Park logins that change hands within the run, so that no two rows hold one at any moment."""
    changing = [step.employee.pk for step in plan.steps.values() if not step.is_new and "login" in step.diff]
    parked = Concat(Value("system.moving."), Cast("pk", CharField()))
    for start in range(0, len(changing), 500):
        Employee.objects.filter(pk__in=changing[start : start + 500]).update(login=parked)


def _update(employees: list[Employee], fields: tuple[str, ...]) -> None:
    """Write ``fields`` of existing rows in few statements: an upsert by primary key, which every row has."""
    Employee.objects.bulk_create(
        employees, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=list(fields)
    )


def _event(step: Step, actor: Employee, run: SyncRun) -> audit.Entry:
    text = {
        f"{name}.{when}": value
        for name, pair in step.diff.items()
        for when, value in zip(("before", "after"), pair, strict=True)
        if value
    }
    return audit.Entry(
        subject=step.employee,
        verb=_VERBS[step.kind],
        actor_id=actor.pk,
        at=run.started_at,
        source="",
        details={"run": run.pk, "fields": sorted(step.diff), "returned": step.kind == Kind.JOINED and not step.is_new},
        text=text,
    )
