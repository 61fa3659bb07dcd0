"""The parts of a workspace that are about problems."""

from typing import Any

from directory.models import Employee
from servicedesk.tickets.access import Access
from servicedesk.tickets.models import Ticket

from .linked import incidents_of, known_errors_for

MOST_INCIDENTS = 20
MOST_KNOWN_ERRORS = 5


def problem_panel(ticket: Ticket, reader: Employee) -> dict[str, Any]:
    """On a problem: its workaround and cause, and the incidents it causes, the open ones first."""
    found = list(incidents_of(ticket, reader).order_by("-is_open", "-pk")[: MOST_INCIDENTS + 1])
    return {
        "problem": ticket.specific,
        "incidents": found[:MOST_INCIDENTS],
        "has_more": len(found) > MOST_INCIDENTS,
    }


def known_errors_panel(ticket: Ticket, reader: Employee) -> dict[str, Any] | None:
    """On an open incident: what is known to cause incidents of its category, and the way to log what is not."""
    may_log = Access.of(reader).is_technician
    found = list(known_errors_for(ticket, reader)[:MOST_KNOWN_ERRORS]) if ticket.is_open else []
    if not found and not (may_log and ticket.is_open):
        return None
    rows = [{"problem": one.specific, "is_linked": one.is_linked} for one in found]  # type: ignore[attr-defined]
    return {"rows": rows, "ticket": ticket, "may_log": may_log}
