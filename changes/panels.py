"""The part of a page that is about a change."""

from typing import Any

from directory.models import Employee
from servicedesk.common.time import now
from servicedesk.tickets.models import ApprovalRound, Ticket
from servicedesk.workflow import machine_of

from . import conflicts

_WATCHED = ("draft", "assessment", "authorisation", "scheduled")


def change_panel(ticket: Ticket, reader: Employee) -> dict[str, Any]:
    """The plan, the window with what stands in its way, the risk, and how the authorisation stands."""
    change: Any = ticket.specific
    watched = change.state in _WATCHED and change.planned_start and change.planned_end
    found = list(conflicts.overlapping(change, now()).order_by("pk")) if watched else []
    visible = Ticket.objects.visible_to(reader).filter(pk__in=[one.pk for one in found])
    seen = set(visible.values_list("pk", flat=True)) if found else set()
    newest = (
        ApprovalRound.objects.filter(ticket=ticket.pk)
        .order_by("-pk")
        .prefetch_related("approvals__approver", "approvals__instead_of")
        .first()
    )
    freezes = conflicts.freezes_between(change.planned_start, change.planned_end) if watched else ()
    return {
        "change": change,
        "clashes": [{"ticket": one, "waived": one.pk in change.waived} for one in found if one.pk in seen],
        "hidden_clashes": len(found) - len(seen),
        "freezes": list(freezes),
        "approval": newest,
        "ticket": ticket,
        "may_plan": _may_plan(change, reader),
    }


def _may_plan(change: Any, reader: Employee) -> bool:
    machine = machine_of(type(change))
    return machine.decide(machine.facts(change, reader), "plan").allowed
