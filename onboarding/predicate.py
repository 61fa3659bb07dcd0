"""What still ties somebody who left to the company. A closed case of a leaver has nothing of this, but by a waiver."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from assets.models import Asset
from assets.states import HELD
from directory.models import Absence, ApiToken, Employee
from servicedesk.common.ids import format_number
from servicedesk.common.types import StrOrPromise
from servicedesk.tickets.models import AccessGrant, Approval, Task, Ticket
from servicedesk.tickets.states import VOCABULARY

MOST_NAMED = 5


@dataclass(frozen=True)
class Left:
    """One thing that is left. ``key`` is stable: ``asset:17``. ``task``: what somebody is to do about it."""

    key: str
    owner: int
    words: str
    task: str


# Sort → how it is said, and what is to be done about it; in the order in which people read them.
def _sorts() -> dict[str, tuple[StrOrPromise, StrOrPromise]]:
    return {
        "asset": (_("%(what)s"), _("Take back %(what)s")),
        "ticket": (_("%(what)s is assigned to them"), _("Give %(what)s to somebody else")),
        "approval": (_("%(what)s waits for their approval"), _("Let somebody else decide on %(what)s")),
        "task": (_("a task of %(what)s is theirs"), _("Give their task of %(what)s to somebody else")),
        "access": (_("they can still sign in"), _("End their access")),
        "group": (_("they are in the group %(what)s"), _("Take them out of the group %(what)s")),
        "token": (_("they have an API token"), _("End the token")),
        "grant": (_("they may see %(what)s"), _("End their sight of %(what)s")),
        "delegate": (_("they stand in for %(what)s"), _("Find another delegate for %(what)s")),
    }


def left_by(subjects: Iterable[int], now: datetime) -> list[Left]:
    """Everything that still ties ``subjects`` (keys of employees): two statements, however much there is."""
    first, *others = _parts(list(subjects), now)
    rows = list(first.union(*others, all=True))
    labels = {
        asset.pk: asset.label
        for asset in Asset.objects.for_list().filter(pk__in=[row[1] for row in rows if row[0] == "asset"])
    }
    sorts = _sorts()
    found = []
    for sort, key, owner, text, number in sorted(rows, key=lambda row: (list(sorts).index(row[0]), row[1])):
        what = labels.get(key, "") if sort == "asset" else _named(text, number)
        words, task = sorts[sort]
        found.append(Left(f"{sort}:{key}", owner, str(words) % {"what": what}, str(task) % {"what": what}))
    return found


def _named(text: str, number: int) -> str:
    """A ticket by its kind and key, else the text itself."""
    return format_number(VOCABULARY[text].prefix, number) if number else text


def _parts(keys: list[int], now: datetime) -> list[QuerySet[Any, Any]]:
    """One query for each sort, with the same columns: sort, key, owner, text, key of a ticket."""
    held = Employee.groups.through.objects.filter(employee__in=keys)
    grants = AccessGrant.objects.filter(employee__in=keys, ended_at=None, ends_at__gt=now)
    return [
        _part("asset", Asset.objects.filter(holder__in=keys, state__in=HELD), owner="holder"),
        _part("ticket", Ticket.objects.open().filter(assignee__in=keys), owner="assignee", text="kind", ticket="pk"),
        _part("approval", Approval.objects.filter(approver__in=keys, state=Approval.State.ASKED), owner="approver",
             text="ticket__kind", ticket="ticket"),
        _part("task", Task.objects.filter(assignee__in=keys, state=Task.State.OPEN), owner="assignee",
             text="ticket__kind", ticket="ticket"),
        _part("access", Employee.objects.filter(pk__in=keys, is_active=True), owner="pk"),
        _part("group", held, key="group", owner="employee", text="group__name"),
        _part("token", ApiToken.objects.filter(employee__in=keys, expires_at__gt=now), owner="employee"),
        _part("grant", grants, owner="employee", text="ticket__kind", ticket="ticket"),
        _part("delegate", Absence.objects.filter(ends_at__gt=now, delegate__in=keys), owner="delegate",
             text="employee__name"),
    ]  # fmt: skip


def _part(
    sort: str, rows: QuerySet[Any, Any], *, owner: str, key: str = "pk", text: str = "", ticket: str = ""
) -> QuerySet[Any, Any]:
    return rows.order_by().values_list(
        Value(sort, CharField()), Cast(F(key), BigIntegerField()), Cast(F(owner), BigIntegerField()),
        Cast(F(text), CharField()) if text else Value("", CharField()),
        Cast(F(ticket), BigIntegerField()) if ticket else Value(0, BigIntegerField()),
    )  # fmt: skip


def in_words(left: Iterable[Left]) -> str:
    """The first few, and how many more."""
    words = [one.words for one in left]
    if len(words) <= MOST_NAMED:
        return "; ".join(words)
    return _("%(first)s; and %(more)s more") % {
        "first": "; ".join(words[:MOST_NAMED]), "more": len(words) - MOST_NAMED,
    }  # fmt: skip
