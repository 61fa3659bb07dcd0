"""Many decisions at once on PostgreSQL: one event and one move, and nothing that was edited is approved unread."""

from functools import partial
from threading import Barrier, get_ident
from typing import Any

import pytest

from directory.models import Employee
from incidents.models import ServiceRequest
from incidents.requests.services import request_item
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError, WrongState
from servicedesk.tickets.models import Approval, Queue
from servicedesk.workflow import perform
from tests import factories as make

from .racing import events_of, losers, race, winners, without_the_lock

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

RACERS = 50


@pytest.fixture
def queue() -> Queue:
    return make.make_queue("it", is_default=True)


@pytest.fixture
def lead() -> Employee:
    return make.make_employee("lead")


@pytest.fixture
def request_(queue: Queue, lead: Employee) -> ServiceRequest:
    item = make.make_catalogue_item(queue, "Laptop", rule=make.make_approval_rule("line_manager"))
    return request_item(by=make.make_employee("alice", manager=lead), catalogue_item=item.slug)


def decisions(request: ServiceRequest, by: Employee, number: int) -> list[Any]:
    return race(*[partial(perform, request, "decide", by=by, verdict="approved")] * number)


def count(request: ServiceRequest, verb: str) -> int:
    return sum(event.verb == verb for event in events_of(request))


def test_of_fifty_decisions_at_once_one_counts(request_: ServiceRequest, lead: Employee) -> None:
    outcomes = decisions(request_, lead, RACERS)

    assert len(winners(outcomes)) == 1
    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)
    verbs = ("ticket.approval_decided", "request.approved", "request.begun")
    assert [count(request_, verb) for verb in verbs] == [1, 1, 1]
    assert Approval.objects.get().state == "approved" and verify().ok


def test_even_without_the_lock_one_decision_counts(
    request_: ServiceRequest, lead: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line: all have read before the first one writes, and its row is decided once all the same."""
    without_the_lock(monkeypatch, ServiceRequest, _Once(Barrier(8)))

    outcomes = decisions(request_, lead, 8)

    assert len(winners(outcomes)) == count(request_, "ticket.approval_decided") == 1
    assert {type(error) for error in losers(outcomes)} == {WrongState}, losers(outcomes)
    assert verify().ok


class _Once:
    """A meeting for the first read of each racer; what they read later they read at once."""

    def __init__(self, barrier: Barrier) -> None:
        self.barrier, self.seen = barrier, set[int]()

    def wait(self, timeout: float) -> None:
        if get_ident() not in self.seen:
            self.seen.add(get_ident())
            self.barrier.wait(timeout)


def test_approve_while_edited_has_one_winner(request_: ServiceRequest, lead: Employee, queue: Queue) -> None:
    agent = make.make_agent(queue, 1, "luca")
    version = request_.version
    outcomes = race(
        *[partial(perform, request_, "decide", by=lead, verdict="approved", expected_version=version)] * 4,
        *[partial(perform, request_, "edit", by=agent, title="Ten laptops", expected_version=version)] * 4,
    )

    assert len(winners(outcomes)) == 1
    request_.refresh_from_db()
    assert (request_.state, request_.title) in {("fulfilment", "Laptop"), ("awaiting_approval", "Ten laptops")}
    assert verify().ok
