"""Who hears of what. One row is written with the event; who is told is worked out when it is sent."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.outbox import services as outbox
from servicedesk.workflow import Passage

from . import mail
from .subjects import found, named, subject_of
from .texts import is_told, text_of

FAN_OUT = "fan-out"


def on_passage(passage: Passage) -> None:
    """Inside the transaction of an event that somebody is told of: leave one row."""
    if passage.event is None or not is_told(passage.event.verb) or subject_of(passage.record) is None:
        return
    outbox.enqueue(
        FAN_OUT, key=f"event:{passage.event.pk}:fan-out",
        payload={"event": passage.event.pk, **named(passage.record)},
    )  # fmt: skip


def fan_out(payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
    """One row for each recipient of an event: unique per event × recipient × channel."""
    event, record = Event.objects.get(pk=payload["event"]), found(payload)
    for employee in recipients(event, record):
        outbox.enqueue(
            mail.KIND, key=f"event:{event.pk}:employee:{employee.pk}:mail",
            payload={"event": event.pk, **named(record), "employee": employee.pk},
        )  # fmt: skip


def recipients(event: Event, record: models.Model) -> list[Employee]:
    """Who is told of ``event``: never who may not see the record, nobody without an address.

    Its actor is told only where that is a receipt.
    """
    text, subject = text_of(event.verb), subject_of(record)
    if subject is None:
        return []
    ids = set(subject.people(record, text.audience, event)) - (set() if text.tells_actor else {event.actor_id})
    people = Employee.objects.active().people().filter(pk__in=ids).exclude(email="").order_by("pk")
    return [person for person in people if subject.can_view(person, record)]
