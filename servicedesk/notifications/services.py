"""Who hears of what. One row is written with the event; who is told is worked out when it is sent."""

from collections.abc import Callable, Mapping
from typing import Any

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.outbox import services as outbox
from servicedesk.tickets.access import can_view
from servicedesk.tickets.models import Ticket
from servicedesk.workflow import Passage

from . import mail
from .texts import is_told, text_of

FAN_OUT = "fan-out"


def on_passage(passage: Passage) -> None:
    """Inside the transaction of an event that somebody is told of: leave one row."""
    if passage.event is not None and is_told(passage.event.verb) and isinstance(passage.record, Ticket):
        outbox.enqueue(
            FAN_OUT, key=f"event:{passage.event.pk}:fan-out",
            payload={"event": passage.event.pk, "ticket": passage.record.pk},
        )  # fmt: skip


def fan_out(payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
    """One row for each recipient of an event: unique per event × recipient × channel."""
    event = Event.objects.get(pk=payload["event"])
    ticket = Ticket.objects.get(pk=payload["ticket"])
    for employee in recipients(event, ticket):
        outbox.enqueue(
            mail.KIND, key=f"event:{event.pk}:employee:{employee.pk}:mail",
            payload={"event": event.pk, "ticket": ticket.pk, "employee": employee.pk},
        )  # fmt: skip


def recipients(event: Event, ticket: Ticket) -> list[Employee]:
    """Who is told of ``event``: never who may not see the ticket, nobody without an address.

    Its actor is told only where that is a receipt.
    """
    text = text_of(event.verb)
    audience = text.audience
    ids: set[int | None] = set()
    if "requester" in audience:
        ids |= {ticket.requester_id, ticket.requested_for_id}
    if "assignee" in audience:
        ids.add(ticket.assignee_id)
    if "watchers" in audience:
        ids |= set(ticket.watches.values_list("employee", flat=True))
    ids -= {None} if text.tells_actor else {None, event.actor_id}
    people = Employee.objects.active().people().filter(pk__in=ids).exclude(email="").order_by("pk")
    return [person for person in people if can_view(person, ticket)]
