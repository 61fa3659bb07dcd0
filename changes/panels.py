"""The part of a page that is about a change."""

from typing import Any

from directory.models import Employee
from servicedesk.common.time import now
from servicedesk.tickets.approvals import newest_approvals
from servicedesk.tickets.models import Approval, Ticket
from servicedesk.workflow import machine_of

from . import conflicts

_WATCHED = frozenset({"draft", "assessment", "authorisation", "scheduled"})


def change_panel(ticket: Ticket, reader: Employee) -> dict[str, Any]:
    """The plan, the window with what stands in its way, the risk, and how the authorisation stands."""
    change: Any = ticket.specific
    asked = [row for row in newest_approvals(ticket) if row.state != Approval.State.NOT_NEEDED]
    machine = machine_of(type(change))
    return {
        "change": change, "ticket": ticket, "approvals": asked,
        "may_plan": machine.decide(machine.facts(change, reader), "plan").allowed,
        **(_in_its_way(change, reader) if change.state in _WATCHED and change.planned_end else {}),
    }  # fmt: skip


def _in_its_way(change: Any, reader: Employee) -> dict[str, Any]:
    around = conflicts.surroundings(change, reader, now(), anew=False)
    start, end = change.planned_start, change.planned_end
    return {
        "clashes": [{"ticket": one, "waived": one.pk in change.waived} for one in around.seen],
        "hidden_clashes": len(around.hidden),
        "freezes": [one for one in around.freezes if one.start < end and one.end > start],
    }
