"""Directory groups as groups here: whose members they are, compared and then written."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from directory.models import DirectoryGroup, Employee
from directory.services import powerful
from servicedesk.common.bulk import insert_rows

from .alarms import Alarm
from .alarms import Kind as AlarmKind
from .census import Census, close_groups
from .mapping import MappedGroup, dn_key
from .plan import Plan

Membership = Employee.groups.through


@dataclass
class GroupStep:
    """What happens to one group here; a tie is unsaved when the directory's group was not ours before."""

    group: Group
    ties: list[DirectoryGroup] = field(default_factory=list)
    add: list[Employee] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)  # pks of employees


def plan_groups(plan: Plan, strangers: frozenset[str] = frozenset()) -> list[GroupStep]:
    """Compare members; people whose groups change get (or join) a step in ``plan``.

    Local accounts, and people of other directories, keep what they have: this reading cannot list them. Groups
    made here and not tied to a directory are never touched. ``strangers``: members that earlier runs could not find,
    or did not let in. Any other unknown member of an increment may be somebody who was renamed, so nobody leaves
    that group.
    """
    census = plan.census
    closed = close_groups(census)
    inside = set().union(*closed.values())
    for one in census.people:
        if one.key in inside and one.key not in plan.employees:
            census.nobodies |= {one.dn, f"uid:{one.uid}"}
    ties = _ties(census)
    _look_at_adopted(plan, ties)
    steps: dict[int, GroupStep] = {}
    wanted: dict[int, dict[int, Employee]] = defaultdict(dict)
    uncertain: set[int] = set()
    for group, tie, left in ties:
        if left is not None:
            steps.setdefault(id(left), GroupStep(left))
        step = steps.setdefault(id(tie.group), GroupStep(tie.group))
        step.ties.append(tie)
        if group is None:
            continue
        for person in closed[group.key]:
            employee = plan.employees.get(person)
            if employee is not None and employee.is_active:
                wanted[id(tie.group)][id(employee)] = employee
        if census.is_increment and not census.strangers[group.key] <= strangers:
            uncertain.add(id(tie.group))
    members = _members([step.group for step in steps.values()], census)
    by_pk = {employee.pk: employee for employee in plan.employees.values() if employee.pk}
    absent = {step.employee.pk: step.employee for step in plan.steps.values() if step.employee.pk not in by_pk}
    for key, step in steps.items():
        current = members[step.group.pk] if step.group.pk else set()
        belong = wanted[key].values()
        step.add = [employee for employee in belong if employee.pk is None or employee.pk not in current]
        if census.complete and key not in uncertain:
            step.remove = sorted(current - {employee.pk for employee in belong})
    result = list(steps.values())
    _note_changes(plan, result, absent | by_pk)
    return result


def _look_at_adopted(plan: Plan, ties: "list[Tied]") -> None:
    """Whoever keeps the directory's groups now decides who holds the rights of a group that was made here."""
    named = plan.census.mapping.groups
    adopted: dict[int, tuple[MappedGroup, Group]] = {}
    for group, tie, _left in ties:
        is_new = tie.pk is None and tie.group.pk is not None
        if group is not None and is_new and not (named.get(group.dn) or named.get(group.name.casefold())):
            adopted[tie.group.pk] = (group, tie.group)
    for key in sorted(powerful(adopted)):
        group, here = adopted[key]
        reason = _(
            "The directory has a group {name}, and so has the desk, where it holds rights: its members in the "
            "directory hold them now. If these are two different groups, give one of them another name, in the "
            "mapping if need be."
        ).format(name=here.name)
        plan.census.warnings.add(group.shown_dn, reason)
        plan.alarms.append(Alarm(AlarmKind.GROUP_ADOPTED, group.source, group.shown_dn, reason))


Tied = tuple[MappedGroup | None, DirectoryGroup, Group | None]


def _ties(census: Census) -> list[Tied]:
    """Each group of the source with its tie, then (None, tie, None) for tied groups that are no longer in it.

    The third is the group here that a directory's group fed until now, when the mapping says otherwise today.
    """
    mapping = census.mapping
    sources = {group.source for group in census.groups} | census.sources
    every = list(DirectoryGroup.objects.select_related("group"))
    known = {tie.source_key: tie for tie in every if tie.source in sources}
    feeding: dict[int, int] = defaultdict(int)
    for tie in every:
        feeding[tie.group_id] += 1
    tied_ids = set(feeding)
    by_name = {group.name: group for group in Group.objects.all()}
    for tie in every:
        tie.group = by_name[tie.group.name]  # one object for each group, however many ties
    result: list[Tied] = []
    for group in census.groups:
        target = mapping.groups.get(group.dn) or mapping.groups.get(group.name.casefold(), "")
        if mapping.only_listed_groups and not target:
            continue
        tie = known.pop(group.key, None) or known.pop(dn_key(group.dn), None)  # type: ignore[arg-type]
        left = None
        if tie is None:
            here = by_name.get(target) or Group(name=target) if target else None
            tie = DirectoryGroup(group=here or _untied_group(census, group, by_name, tied_ids))
        elif target and tie.group.name != target:
            left, tie.group = tie.group, by_name.get(target) or Group(name=target)
        elif not target and tie.group.name != group.name:
            if feeding[tie.group_id] > 1:
                left, tie.group = tie.group, _untied_group(census, group, by_name, tied_ids)
            elif group.name not in by_name:
                tie.group.name = group.name
        tie.source, tie.source_key = group.source, group.key
        by_name[tie.group.name] = tie.group
        result.append((group, tie, left))
    with_groups = {group.source for group in census.groups}
    if census.is_increment:
        return result  # what vanished shows in full runs only
    gone = [tie for tie in known.values() if tie.source in with_groups]
    for source in sorted({tie.source for tie in known.values()} - with_groups):
        census.warnings.add(
            "", _("The source holds no groups of {source}: memberships were left as they are.").format(source=source)
        )
    return result + [(None, tie, None) for tie in gone]


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


def _members(groups: list[Group], census: Census) -> dict[int, set[int]]:
    """Employee pks by group pk, of people of this reading's directories only."""
    members: dict[int, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(
        employee__source__in=census.sources, group_id__in=[group.pk for group in groups if group.pk]
    )
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


def write_groups(steps: list[GroupStep], new: set[int]) -> None:
    """Save groups, ties and memberships; the people must have been saved. ``new``: keys of those this run made."""
    names = dict(Group.objects.values_list("pk", "name"))
    ties = {pk: facts for pk, *facts in DirectoryGroup.objects.values_list("pk", "source", "source_key", "group")}
    for step in steps:
        if step.group.pk is None:
            step.group.save()
        elif step.ties and names.get(step.group.pk) != step.group.name:
            Group.objects.filter(pk=step.group.pk).update(name=step.group.name)
        for tie in step.ties:
            tie.group = step.group  # takes the key that the group has got
            if tie.pk is None:
                tie.save()
            elif ties.get(tie.pk) != [tie.source, tie.source_key, tie.group_id]:
                tie.save(update_fields=["source", "source_key", "group"])
    pairs = [(employee.pk, step.group.pk) for step in steps for employee in step.add]
    insert_rows(Membership, ("employee_id", "group_id"), (pair for pair in pairs if pair[0] in new))
    # Of the others, somebody may have put one in by hand meanwhile.
    rows = [Membership(employee_id=pair[0], group_id=pair[1]) for pair in pairs if pair[0] not in new]
    Membership.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    for step in steps:
        for start in range(0, len(step.remove), 500):
            Membership.objects.filter(group=step.group, employee_id__in=step.remove[start : start + 500]).delete()
