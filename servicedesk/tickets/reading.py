"""Opening one ticket, and what that leaves behind: for every face that shows a ticket."""

from datetime import timedelta

from django.db import transaction

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.audit.models import Event
from servicedesk.common.time import now as present

from .models import Ticket

OPENED = "ticket.opened"
OPENING_COUNTS_FOR = timedelta(hours=1)


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
    if lately.exists():
        return
    with transaction.atomic():
        # Under the lock that moves take, or the log could name a state that the ticket had just left.
        held = Ticket._base_manager.select_for_update(no_key=True).filter(pk=ticket.pk)
        state = held.values_list("state", flat=True).get()
        audit.record(ticket, OPENED, actor=by, source=state, target=state, at=now)


def ticket_for(employee: Employee, number: str) -> Ticket:
    """The full record of a number as people type it, with the rows it points to, or ``Hidden``."""
    return Ticket.objects.visible_to(employee).for_page().get_by_number(number).specific
