"""The part of a page that is about a case: its day, its person, and what is left of a leaver."""

from typing import Any

from directory.models import Employee
from servicedesk.common.time import now
from servicedesk.tickets.models import Ticket

from . import predicate

_LOOKED_AT = frozenset({"access_revoked", "recovering", "verified"})
MOST_SHOWN = 30


def case_panel(ticket: Ticket, _reader: Employee) -> dict[str, Any]:
    """Of a leaver, once access has ended: what the case cannot be closed with."""
    case: Any = ticket.specific
    is_leaving = case.case_type == "leaver"
    left = predicate.left_by([case.subject_id], now()) if is_leaving and case.state in _LOOKED_AT else []
    return {
        "case": case, "is_leaving": is_leaving, "looked": is_leaving and case.state in _LOOKED_AT,
        "left": left[:MOST_SHOWN], "more": max(0, len(left) - MOST_SHOWN),
    }  # fmt: skip
