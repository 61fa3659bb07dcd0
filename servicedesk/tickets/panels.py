"""What the page about a person shows of tickets beside the lists themselves: what they are to decide and to do."""

from typing import Any

from directory.absences import now_away, stands_in
from directory.models import Employee
from servicedesk.common.time import now as present

from .models import Approval, Task, Ticket

SHOWN = 10


def waiting_approvals(person: Employee, reader: Employee) -> dict[str, Any] | None:
    """What ``person`` is asked to approve, of tickets that the reader may see; the oldest first."""
    seen = Ticket.objects.visible_to(reader).order_by()
    found = Approval.objects.filter(approver=person, state=Approval.State.ASKED, ticket__in=seen.values("pk"))
    rows = list(found.select_related("ticket").order_by("asked_at", "pk")[: SHOWN + 1])
    return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None


def open_tasks(person: Employee, reader: Employee) -> dict[str, Any] | None:
    """The open tasks that are given to ``person`` and that the reader may know of; what is due comes first."""
    found = Task.objects.known_to(reader).filter(assignee=person, state=Task.State.OPEN)
    rows = list(found.select_related("ticket", "queue").order_by("due_at", "pk")[: SHOWN + 1])
    return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None


def absences(person: Employee, _reader: Employee) -> dict[str, Any] | None:
    """Whether ``person`` is away or will be, who decides for them, and for whom they decide now."""
    absence = getattr(person, "absence", None)
    if absence is not None and absence.ends_at <= present():
        absence = None
    principals = now_away().filter(stands_in(), delegate=person).select_related("employee").order_by("employee__name")
    stands_for = [one.employee for one in principals[:SHOWN]]
    if absence is None and not stands_for:
        return None
    return {"absence": absence, "is_away": absence is not None and absence.starts_at <= present(),
            "stands_for": stands_for}  # fmt: skip
