"""What reading leaves behind, and what a reader missed: for every face that shows a ticket."""

from datetime import timedelta

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.audit.models import Event
from servicedesk.common.time import now as present
from servicedesk.workflow import machine_of

from .models import Ticket

OPENED = "ticket.opened"
OPENING_COUNTS_FOR = timedelta(hours=1)
MOST_CHANGES = 50


def note_opening(ticket: Ticket, by: Employee) -> None:
    """Record that ``by`` opened a confidential ``ticket``, once an hour; other tickets leave no trace.

    The only business record that a GET may write. Call it after the read rule let ``by`` in.
    """
    if not ticket.confidential:
        return
    now = present()
    lately = Event.objects.filter(
        subject_type=audit.subject_type_of(ticket), subject_id=ticket.pk, verb=OPENED, actor=by,
        at__gt=now - OPENING_COUNTS_FOR,
    )  # fmt: skip
    if not lately.exists():
        audit.record(ticket, OPENED, actor=by, source=ticket.state, target=ticket.state, at=now)


def changes_since(ticket: Ticket, version: int) -> list[Event]:
    """The events that took ``ticket`` from ``version`` to its present one, oldest first, at most fifty.

    ``ticket`` is the specific record. Personal text comes along: show it only to those who may read it.
    """
    steps = min(ticket.version - version, MOST_CHANGES)
    if steps <= 0:
        return []
    machine = machine_of(type(ticket))
    verbs = {
        action.verb if "." in action.verb else f"{machine.verb_prefix}.{action.verb}"
        for action in machine.actions.values()
        if action.raises_version
    }
    events = (
        Event.objects.filter(subject_type=audit.subject_type_of(ticket), subject_id=ticket.pk, verb__in=verbs)
        .select_related("actor", "personal_text")
        .order_by("-sequence")[:steps]
    )
    return list(reversed(events))
