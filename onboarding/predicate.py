"""What still ties somebody who left to the company. A closed case of a leaver has nothing of this, but by a waiver."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from assets.models import Asset
from assets.states import HELD
from directory.models import Absence, ApiToken, Employee
from servicedesk.tickets.models import AccessGrant, Approval, Task, Ticket

MOST_NAMED = 5


@dataclass(frozen=True)
class Left:
    """One thing that is left. ``key`` is stable: ``asset:17``. ``task``: what somebody is to do about it."""

    key: str
    owner: int
    words: str
    task: str


def left_by(subjects: Iterable[int], now: datetime) -> list[Left]:
    """Everything that still ties ``subjects`` (keys of employees): nine statements, however much there is."""
    keys = list(subjects)
    found: list[Left] = []
    for asset in Asset.objects.for_list().filter(holder__in=keys, state__in=HELD).order_by("pk"):
        names = {"asset": asset.label}
        found.append(_left("asset", asset.pk, asset.holder_id, _("%(asset)s"), _("Take back %(asset)s"), names))
    for ticket in Ticket.objects.open().filter(assignee__in=keys).order_by("pk"):
        names = {"number": ticket.number}
        found.append(_left("ticket", ticket.pk, ticket.assignee_id, _("%(number)s is assigned to them"),
                           _("Give %(number)s to somebody else"), names))  # fmt: skip
    waiting = Approval.objects.filter(approver__in=keys, state=Approval.State.ASKED).select_related("ticket")
    for approval in waiting.order_by("pk"):
        names = {"number": approval.ticket.number}
        found.append(_left("approval", approval.pk, approval.approver_id, _("%(number)s waits for their approval"),
                           _("Let somebody else decide on %(number)s"), names))  # fmt: skip
    for task in Task.objects.filter(assignee__in=keys, state=Task.State.OPEN).select_related("ticket").order_by("pk"):
        names = {"number": task.ticket.number}
        found.append(_left("task", task.pk, task.assignee_id, _("a task of %(number)s is theirs"),
                           _("Give their task of %(number)s to somebody else"), names))  # fmt: skip
    return [*found, *_access_left(keys, now)]


def _access_left(keys: list[int], now: datetime) -> list[Left]:
    """Ways in: being active, groups, tokens, sight of single tickets, and standing in for others."""
    found: list[Left] = []
    for person in Employee.objects.filter(pk__in=keys, is_active=True).order_by("pk"):
        found.append(_left("access", person.pk, person.pk, _("they can still sign in"), _("End their access"), {}))
    memberships = Employee.groups.through.objects.filter(employee__in=keys).select_related("group")
    for row in memberships.order_by("pk"):
        names = {"group": row.group.name}
        found.append(_left("group", row.group_id, row.employee_id, _("they are in the group %(group)s"),
                           _("Take them out of the group %(group)s"), names))  # fmt: skip
    for token in ApiToken.objects.filter(employee__in=keys, expires_at__gt=now).order_by("pk"):
        found.append(_left("token", token.pk, token.employee_id, _("they have an API token"), _("End the token"), {}))
    grants = AccessGrant.objects.filter(employee__in=keys, ended_at=None, ends_at__gt=now).select_related("ticket")
    for grant in grants.order_by("pk"):
        names = {"number": grant.ticket.number}
        found.append(_left("grant", grant.pk, grant.employee_id, _("they may see %(number)s"),
                           _("End their sight of %(number)s"), names))  # fmt: skip
    away = Absence.objects.filter(Q(ends_at__gt=now), delegate__in=keys).select_related("employee")
    for absence in away.order_by("pk"):
        names = {"name": absence.employee.name}
        found.append(_left("delegate", absence.pk, absence.delegate_id, _("they stand in for %(name)s"),
                           _("Find another delegate for %(name)s"), names))  # fmt: skip
    return found


def _left(kind: str, key: int, owner: Any, words: str, task: str, names: dict[str, str]) -> Left:
    return Left(f"{kind}:{key}", owner, words % names, task % names)


def in_words(left: Iterable[Left]) -> str:
    """The first few, and how many more."""
    words = [one.words for one in left]
    if len(words) <= MOST_NAMED:
        return "; ".join(words)
    return _("%(first)s; and %(more)s more") % {
        "first": "; ".join(words[:MOST_NAMED]), "more": len(words) - MOST_NAMED,
    }  # fmt: skip
