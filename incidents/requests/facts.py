"""The snapshot of a service request: what every ticket has, and what only requests are asked about."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from directory.models import Employee
from servicedesk.tickets.facts import TicketFacts, facts_of

REVISE_DAYS = 30


@dataclass(frozen=True)
class RequestFacts(TicketFacts):
    """``closed_at``: since when it is rejected, cancelled or closed."""

    closed_at: datetime | None = None

    @property
    def revise_until(self) -> datetime | None:
        """The end of the time in which a rejected request may be revised."""
        return self.closed_at + timedelta(days=REVISE_DAYS) if self.closed_at else None


def request_facts(request: Any, actor: Employee, *, cause: str = "", anew: bool = False) -> RequestFacts:
    """As ``tickets.facts.facts_of``, in as many statements."""
    base = facts_of(request, actor, cause=cause, anew=anew)
    shared = {field.name: getattr(base, field.name) for field in fields(base)}
    return RequestFacts(**shared, closed_at=request.closed_at)
