"""What the page about a person shows of tickets beside the lists themselves: what they are to decide and to do."""

from typing import Any

from directory.models import Employee

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
