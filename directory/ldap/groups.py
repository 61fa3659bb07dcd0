"""Directory groups as groups here: whose members they are, compared and then written."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext as _

from directory.models import DirectoryGroup, Employee

from .census import Census, close_groups
from .mapping import MappedGroup, dn_key
from .plan import Plan

Membership = Employee.groups.through


@dataclass
class GroupStep:
    """What happens to one group; ``tie`` is unsaved when the group was not ours before."""

    tie: DirectoryGroup
    add: list[Employee] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)  # pks of employees

    @property
    def group(self) -> Group:
        return self.tie.group


def plan_groups(plan: Plan) -> list[GroupStep]:
    """Compare members; people whose groups change get (or join) a step in ``plan``.

    Local accounts keep what they were given by hand: no directory can list them. Groups made here
    and not tied to a directory are never touched.
    """
    census = plan.census
    closed = close_groups(census)
    ties = _ties(census)
    members = _members(ties)
    by_pk = {employee.pk: employee for employee in plan.employees.values() if employee.pk}
    absent = {step.employee.pk: step.employee for step in plan.steps.values() if step.employee.pk not in by_pk}
    known = absent | by_pk
    steps = []
    for group, tie in ties:
        wanted_keys = closed[group.key] if group else set()
        wanted = [plan.employees[key] for key in wanted_keys if key in plan.employees]
        wanted = [employee for employee in wanted if employee.is_active]
        current = members[tie.group.pk] if tie.group.pk else set()
        step = GroupStep(
            tie, add=[employee for employee in wanted if employee.pk is None or employee.pk not in current]
        )
        if census.complete:
            step.remove = sorted(current - {employee.pk for employee in wanted})
        steps.append(step)
    _note_changes(plan, steps, known)
    return steps


def _ties(census: Census) -> list[tuple[MappedGroup | None, DirectoryGroup]]:
    """Each group of the source with its tie, then (None, tie) for tied groups that are no longer in it."""
    sources = {group.source for group in census.groups} | census.sources
    known = {tie.source_key: tie for tie in DirectoryGroup.objects.filter(source__in=sources).select_related("group")}
    tied_ids = set(DirectoryGroup.objects.values_list("group_id", flat=True))
    by_name = {group.name: group for group in Group.objects.all()}
    result: list[tuple[MappedGroup | None, DirectoryGroup]] = []
    for group in census.groups:
        tie = known.pop(group.key, None) or known.pop(dn_key(group.dn), None)
        if tie is None:
            tie = DirectoryGroup(group=_untied_group(census, group, by_name, tied_ids))
        elif tie.group.name != group.name and group.name not in by_name:
            tie.group.name = group.name
        tie.source, tie.source_key = group.source, group.key
        by_name[tie.group.name] = tie.group
        result.append((group, tie))
    with_groups = {group.source for group in census.groups}
    gone = [tie for tie in known.values() if tie.source in with_groups]
    for source in sorted({tie.source for tie in known.values()} - with_groups):
        census.warnings.add(
            "", _("The source holds no groups of {source}: memberships were left as they are.").format(source=source)
        )
    return result + [(None, tie) for tie in gone]


def _untied_group(census: Census, group: MappedGroup, by_name: dict[str, Group], tied_ids: set[int]) -> Group:
    """The group of that name when it is free, else a new one; a taken name gets the DN added."""
    found = by_name.get(group.name)
    if found is None:
        return Group(name=group.name)
    if found.pk is not None and found.pk not in tied_ids:
        tied_ids.add(found.pk)
        return found
    number, name = 1, group.name
    while name in by_name:
        number += 1
        name = f"{group.name[:140]} ({number})"
    census.warnings.add(
        group.shown_dn,
        _("Another group is called {name}, so this one is called {other} here.").format(name=group.name, other=name),
    )
    return Group(name=name)


def _members(ties: list[tuple[MappedGroup | None, DirectoryGroup]]) -> dict[int, set[int]]:
    """Employee pks by group pk, local accounts left out."""
    group_ids = [tie.group.pk for _group, tie in ties if tie.group.pk]
    members: dict[int, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(~Q(employee__source=""), group_id__in=group_ids)
    for group_id, employee_id in rows.values_list("group_id", "employee_id"):
        members[group_id].add(employee_id)
    return members


def _note_changes(plan: Plan, steps: list[GroupStep], known: dict[int, Employee]) -> None:
    """Put the names of groups won and lost into each person's diff. Who leaves loses all: no need to list it."""
    won: dict[int, list[str]] = defaultdict(list)
    lost: dict[int, list[str]] = defaultdict(list)
    employees: dict[int, Employee] = {}
    missing = {pk for step in steps for pk in step.remove if pk not in known}
    known = known | Employee.objects.in_bulk(missing)
    for step in steps:
        for employee in step.add:
            employees[id(employee)] = employee
            won[id(employee)].append(step.group.name)
        for pk in step.remove:
            employees[id(known[pk])] = known[pk]
            lost[id(known[pk])].append(step.group.name)
    for key, employee in employees.items():
        if employee.is_active:
            plan.step(employee).diff["groups"] = [", ".join(sorted(lost[key])), ", ".join(sorted(won[key]))]


def write_groups(steps: list[GroupStep]) -> None:
    """Save groups, ties and memberships; the new people must have been saved."""
    for step in steps:
        if step.tie.pk is None or step.group.pk is None:
            step.group.save()
            step.tie.group = step.group
            step.tie.save()
        else:
            _save_changes(step.tie)
    rows = [Membership(employee_id=employee.pk, group_id=step.group.pk) for step in steps for employee in step.add]
    Membership.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    for step in steps:
        for start in range(0, len(step.remove), 500):
            Membership.objects.filter(group=step.group, employee_id__in=step.remove[start : start + 500]).delete()


def _save_changes(tie: DirectoryGroup) -> None:
    Group.objects.filter(pk=tie.group.pk).exclude(name=tie.group.name).update(name=tie.group.name)
    DirectoryGroup.objects.filter(pk=tie.pk).exclude(source=tie.source, source_key=tie.source_key).update(
        source=tie.source, source_key=tie.source_key
    )
