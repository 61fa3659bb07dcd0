"""Whoever waited for a ticket goes on from what it has become, and two who block each other both get an answer."""

from threading import Barrier
from typing import Any

import pytest

from directory.models import Employee
from incidents.models import Incident
from servicedesk.audit.verify import verify
from servicedesk.common import transactions
from servicedesk.common.errors import Busy, DomainError, InvalidPayload, WrongState
from servicedesk.tickets.models import Queue
from servicedesk.tickets.reading import note_opening
from servicedesk.workflow import machine as machines
from servicedesk.workflow import machine_of, perform
from tests import factories as make

from .racing import Holder, events_of, losers, race, winners

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def luca(network: Queue) -> Employee:
    return make.make_technician(network, "view_queue", "work_l1", "triage_queue", login="luca")


@pytest.fixture
def pair(network: Queue) -> tuple[Incident, Incident]:
    return make.make_incident(network), make.make_incident(network)


def test_a_ticket_routed_meanwhile_is_found_in_its_new_queue(
    pair: tuple[Incident, Incident], network: Queue, luca: Employee
) -> None:
    other = make.make_queue("facilities")
    luca.groups.add(make.make_group(on=other, rights=("view_queue", "work_l1")))
    incident = pair[0]
    with Holder(lambda: perform(incident, "route", by=luca, queue="facilities", reason="Theirs")):
        started = perform(incident, "start", by=luca)

    assert (started.queue, started.state) == (other, "in_progress")
    assert [event.verb for event in events_of(incident)][-2:] == ["incident.routed", "incident.started"]


def test_a_merge_is_undone_by_somebody_who_waited_for_it(pair: tuple[Incident, Incident], luca: Employee) -> None:
    merged, into = pair
    perform(merged, "start", by=luca)
    with Holder(lambda: perform(merged, "merge", by=luca, into=into.number)):
        undone = perform(merged, "unmerge", by=luca)

    assert (undone.state, undone.merged_into_id, undone.merged_from_state) == ("in_progress", None, "")


def test_what_was_written_while_waiting_keeps_a_merge(pair: tuple[Incident, Incident], luca: Employee) -> None:
    merged, into = pair
    perform(merged, "merge", by=luca, into=into.number)
    with (
        Holder(lambda: perform(into, "reply", by=luca, body="One answer for both")),
        pytest.raises(WrongState, match="tear an answer apart"),
    ):
        perform(merged, "unmerge", by=luca)

    merged.refresh_from_db()
    assert merged.state == "cancelled"


def test_what_is_given_back_is_told_from_the_state_the_other_ticket_has_now(
    pair: tuple[Incident, Incident], luca: Employee
) -> None:
    merged, into = pair
    perform(merged, "merge", by=luca, into=into.number)
    with Holder(lambda: perform(into, "start", by=luca)):
        perform(merged, "unmerge", by=luca)

    last = events_of(into)[-1]
    assert (last.verb, last.source, last.target) == ("incident.gave_back", "in_progress", "in_progress")


def test_who_opens_a_confidential_ticket_is_noted_with_the_state_it_has_then(network: Queue) -> None:
    alice = make.make_employee("alice")
    hana = make.make_technician(network, "view_queue", "work_l1", "view_confidential")
    incident = make.make_incident(network, by=alice, confidential=True)
    with Holder(lambda: perform(incident, "start", by=hana)):
        note_opening(incident, alice)

    told = [(event.verb, event.source, event.target) for event in events_of(incident)]
    assert told[1:] == [
        ("incident.started", "new", "in_progress"),
        ("ticket.opened", "in_progress", "in_progress"),
    ]


@pytest.fixture
def both_hold_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two passages wait for each other once each has its lock: a sure deadlock when they cross."""
    machine = machine_of(Incident)
    meeting, entered = Barrier(2), []

    def lock_and_meet(pk: int) -> Any:
        found = machine.lock(pk)
        entered.append(pk)
        if len(entered) <= 2:
            meeting.wait(60)
        return found

    crossing = type(machine)(**{**vars(machine), "lock": lock_and_meet})
    monkeypatch.setitem(machines._machines, Incident, crossing)


def cross_merge(pair: tuple[Incident, Incident], luca: Employee) -> list[Any]:
    one, two = pair
    return race(
        lambda: perform(one, "merge", by=luca, into=two.number),
        lambda: perform(two, "merge", by=luca, into=one.number),
    )


@pytest.mark.usefixtures("both_hold_their_own")
def test_two_merges_that_cross_end_in_one_merge_and_one_refusal(
    pair: tuple[Incident, Incident], luca: Employee
) -> None:
    outcomes = cross_merge(pair, luca)

    assert len(winners(outcomes)) == 1
    [refused] = losers(outcomes)
    assert isinstance(refused, InvalidPayload) and "no longer open" in refused.sentence
    states = sorted(Incident.objects.values_list("state", flat=True))
    assert states == ["cancelled", "new"] and verify().ok


@pytest.mark.usefixtures("both_hold_their_own")
def test_without_beginning_again_one_of_them_is_asked_to_try_again(
    pair: tuple[Incident, Incident], luca: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "TRIES", 1)

    outcomes = cross_merge(pair, luca)

    assert [type(error) for error in losers(outcomes)] == [Busy]
    assert len(winners(outcomes)) == 1


def test_merges_in_a_ring_all_get_an_answer(network: Queue, luca: Employee) -> None:
    ring = [make.make_incident(network) for _ in range(6)]

    outcomes = race(
        *[
            lambda one=one, into=into: perform(one, "merge", by=luca, into=into.number)
            for one, into in zip(ring, [*ring[1:], ring[0]], strict=True)
        ]
    )

    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)
    assert winners(outcomes) and Incident.objects.filter(is_open=True).exists()
    assert Incident.objects.filter(state="cancelled").count() == len(winners(outcomes))
    assert verify().ok
