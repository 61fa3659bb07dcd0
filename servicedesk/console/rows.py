"""Tickets as rows of a list: a number, words, a shape; nothing that asks the database again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import VOCABULARY, WAITING_WORDS

# The states' tones of the vocabulary in the words of the status component.
STATUS_TONES = {
    "new": "new",
    "assigned": "new",
    "progress": "progress",
    "waiting": "waiting",
    "resolved": "done",
    "closed": "closed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True)
class Row:
    """One ticket in a list."""

    number: str
    title: str
    status: str
    tone: str
    priority: str
    requester: str
    place: str
    assignee: str
    queue: str
    tier: int
    confidential: bool
    updated_at: datetime
    next_due_at: datetime | None


def status_of(ticket: Ticket) -> tuple[str, str]:
    """(words, tone) of a ticket's state; a waiting one says for what, a merged one that it lives on elsewhere."""
    state = VOCABULARY[ticket.kind][ticket.state]
    if ticket.merged_into_id is not None:
        label = _("Merged")
    else:
        label = str(WAITING_WORDS[ticket.pending_reason] if ticket.pending_reason else state.label)
    return label, STATUS_TONES[state.tone]


def rows_of(tickets: Iterable[Ticket]) -> list[Row]:
    """Rows for tickets read with ``for_list()``."""
    rows = []
    for ticket in tickets:
        label, tone = status_of(ticket)
        place = ", ".join(str(part) for part in (ticket.department, ticket.location) if part)
        rows.append(
            Row(
                number=ticket.number, title=ticket.title, status=label, tone=tone, priority=ticket.priority,
                requester=ticket.requester.name, place=place, assignee=ticket.assignee.name if ticket.assignee else "",
                queue=ticket.queue.name, tier=ticket.tier, confidential=ticket.confidential,
                updated_at=ticket.updated_at, next_due_at=ticket.next_due_at,
            )
        )  # fmt: skip
    return rows
