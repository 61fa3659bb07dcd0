"""A log to look at and to spoil: three subjects with chains of their own, written as the product writes them."""

import pytest

from servicedesk.audit import services as audit
from servicedesk.audit import triggers
from servicedesk.audit.models import Event, PersonalText
from tests.factories import make_employee, make_queue

LENGTH = 8


def write_chains(actor):
    """Three queues with eight events each; every other event carries personal text."""
    subjects = [make_queue() for _ in range(3)]
    for number in range(LENGTH):
        for subject in subjects:
            audit.record(
                subject, "ticket.noted", actor=actor, source="new", target="new", details={"n": number, "to": "Ü"},
                text={"body": f"secret {number}"} if number % 2 else None,
            )  # fmt: skip
    return subjects


def events_of(subject):
    return Event.objects.filter(subject_id=subject.pk, subject_type__model="queue").order_by("sequence")


def spoil(work):
    """Change the log as somebody would who reached the database itself."""
    triggers.remove()
    try:
        work()
    finally:
        triggers.install()


def lose(events):
    """Take ``events`` out of the log, with their personal text."""
    gone = list(events.values_list("pk", flat=True))
    PersonalText.objects.filter(event__in=gone).delete()
    Event.objects.filter(pk__in=gone).delete()


@pytest.fixture
def actor(db):
    return make_employee("clerk")


@pytest.fixture
def chains(actor):
    return write_chains(actor)
