"""Twenty write at once, on either database: whatever was acknowledged is there afterwards, and nobody meets a lock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pytest
from django.db import OperationalError, connection

from directory.models import Employee
from incidents.models import Incident
from incidents.services import report_incident
from servicedesk.audit.verify import verify
from servicedesk.common import transactions
from servicedesk.common.errors import Busy, DomainError
from servicedesk.tickets.models import Message, Queue
from servicedesk.workflow import perform
from tests import factories as make

from .racing import events_of, losers, race

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 20


@dataclass
class Ledger:
    """What callers were told, kept outside the database."""

    lock: Lock = field(default_factory=Lock)
    numbers: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    moves: dict[int, int] = field(default_factory=dict)

    def acknowledged(self, *, number: str = "", body: str = "", moved: int = 0) -> None:
        with self.lock:
            self.numbers += [number] if number else []
            self.bodies += [body] if body else []
            if moved:
                self.moves[moved] = self.moves.get(moved, 0) + 1


def writer(lane: int, shared: list[Incident], by: Employee, ledger: Ledger) -> Callable[[], None]:
    """Reports, writes and moves; on tickets of its own and on those that everybody writes to."""

    def write() -> None:
        mine = report_incident(by=by, title=f"From writer {lane}")
        ledger.acknowledged(number=mine.number)
        for turn in range(4):
            ticket = shared[(lane + turn) % len(shared)]
            body = f"writer {lane}, turn {turn}"
            perform(ticket, "reply", by=by, body=body)
            ledger.acknowledged(body=body)
            move = ("start", "assign", "escalate", "return_down")[turn]
            details: dict[str, Any] = {
                "assign": {"assignee": by.login}, "escalate": {"diagnosis": "Deeper"}, "return_down": {"reason": "Up"},
            }.get(move, {})  # fmt: skip
            try:
                perform(ticket, move, by=by, **details)
            except Busy:
                raise
            except DomainError:
                continue  # another writer was there before: a refusal, not a loss
            ledger.acknowledged(moved=ticket.pk)

    return write


def test_nothing_that_was_acknowledged_is_lost() -> None:
    queue = make.make_queue("network", is_default=True)
    rights = ("view_queue", "work_l1", "work_l2", "work_l3")
    people = [make.make_technician(queue, *rights) for _ in range(WRITERS)]
    shared = [make.make_incident(queue) for _ in range(5)]
    ledger = Ledger()

    outcomes = race(*[writer(lane, shared, by, ledger) for lane, by in enumerate(people)])

    assert not losers(outcomes), losers(outcomes)[:3]
    assert len(ledger.numbers) == len(set(ledger.numbers)) == WRITERS and len(ledger.bodies) == 4 * WRITERS
    assert {incident.number for incident in Incident.objects.all()} == {*ledger.numbers, *(t.number for t in shared)}
    assert sorted(Message.objects.values_list("body", flat=True)) == sorted(ledger.bodies)
    for ticket in shared:
        ticket.refresh_from_db()
        moves = [event for event in events_of(ticket) if event.verb.startswith("incident.")]
        assert len(moves) - 1 == ledger.moves.get(ticket.pk, 0) == ticket.version - 1
        assert moves[-1].target == ticket.state
    assert verify().ok


@pytest.fixture
def hurried() -> Any:
    """This connection does not wait for the one writer of SQLite."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 1")
    yield
    connection.close()  # the next one waits as the settings say


def while_somebody_writes(attempt: Callable[[], Any]) -> None:
    """Run ``attempt`` while another connection holds the writer's lock."""
    other = connection.copy("other")
    other.ensure_connection()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
        attempt()
    finally:
        other.close()


@pytest.mark.sqlite_only
@pytest.mark.usefixtures("hurried")
def test_a_writer_that_never_gets_its_turn_is_asked_to_try_again() -> None:
    queue: Queue = make.make_queue(is_default=True)
    alice = make.make_employee()
    incident = make.make_incident(queue, by=alice)

    def attempt() -> None:
        with pytest.raises(Busy, match="Try again"):
            perform(incident, "reply", by=alice, body="Hello?")

    while_somebody_writes(attempt)
    assert perform(incident, "reply", by=alice, body="Hello!").pk == incident.pk
    assert [message.body for message in Message.objects.all()] == ["Hello!"]


@pytest.mark.sqlite_only
@pytest.mark.usefixtures("hurried")
def test_without_the_translation_the_lock_would_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = make.make_employee()
    incident = make.make_incident(make.make_queue(is_default=True), by=alice)
    monkeypatch.setattr(transactions, "_is_locked", lambda _error: False)

    def attempt() -> None:
        with pytest.raises(OperationalError, match="locked"):
            perform(incident, "reply", by=alice, body="Hello?")

    while_somebody_writes(attempt)
