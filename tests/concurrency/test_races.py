"""Many at once on PostgreSQL: one winner, one event, no gap. Each race is also run with its lock taken away."""

from datetime import timedelta
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Employee
from incidents.models import Incident
from servicedesk.audit import services as audit
from servicedesk.audit.models import Event, Head
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError, StaleVersion
from servicedesk.tickets.models import Queue
from servicedesk.workflow import perform
from tests import factories as make

from .racing import events_of, losers, race, winners, without_the_lock

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

RACERS = 50


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def luca(network: Queue) -> Employee:
    return make.make_technician(network, "view_queue", "work_l1", "work_l2", "work_l3", "triage_queue", login="luca")


@pytest.fixture
def incident(network: Queue) -> Incident:
    return make.make_incident(network)


ONE_MOVE: list[tuple[str, dict[str, Any]]] = [
    ("escalate", {"diagnosis": "Beyond tier 1"}),
    ("assign", {"assignee": "luca"}),
    ("resolve", {"code": "fixed", "text": "Restarted the access point"}),
]


def all_at_once(incident: Incident, by: Employee, move: str, details: dict[str, Any], racers: int) -> list[Any]:
    return race(*[partial(perform, incident, move, by=by, expected_version=1, **details)] * racers)


@pytest.mark.parametrize(("move", "details"), ONE_MOVE)
def test_of_fifty_who_move_one_version_one_wins(
    incident: Incident, luca: Employee, move: str, details: dict[str, Any]
) -> None:
    outcomes = all_at_once(incident, luca, move, details, RACERS)

    assert len(winners(outcomes)) == 1
    assert {type(error) for error in losers(outcomes)} == {StaleVersion}
    incident.refresh_from_db()
    assert (incident.version, len(events_of(incident))) == (2, 2)
    assert verify().ok


@pytest.mark.parametrize(("move", "details"), ONE_MOVE)
def test_without_the_lock_more_than_one_wins(
    incident: Incident, luca: Employee, move: str, details: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch, Incident, Barrier(8))

    outcomes = all_at_once(incident, luca, move, details, 8)

    assert len(winners(outcomes)) == 8 and len(events_of(incident)) == 9


def different_moves(incident: Incident, luca: Employee, other: Queue) -> list[Any]:
    """Racers who want different things of one ticket, none of them knowing its version."""
    tomorrow = timezone.now() + timedelta(days=1)
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("start", {}),
        ("assign", {"assignee": luca.login}),
        ("escalate", {"diagnosis": "Beyond this tier"}),
        ("return_down", {"reason": "Back"}),
        ("pend", {"reason": "vendor", "follow_up_at": tomorrow}),
        ("resume", {}),
        ("resolve", {"code": "fixed", "text": "Done"}),
        ("reopen", {"reason": "Not done"}),
        ("route", {"queue": other.slug, "reason": "Theirs"}),
        ("cancel", {"reason": "mistaken"}),
    ]
    return [partial(perform, incident, move, by=luca, **details) for move, details in wishes]


def breaks(incident: Incident) -> list[tuple[str, str]]:
    """(target of an event, source of the next one) wherever the two differ."""
    events = events_of(incident)
    return [(a.target, b.source) for a, b in pairwise(events) if a.target != b.source]


def test_different_moves_at_once_come_one_after_the_other(incident: Incident, luca: Employee) -> None:
    other = make.make_queue("facilities")
    luca.groups.add(make.make_group(on=other, rights=("view_queue", "work_l1", "triage_queue")))

    outcomes = race(*different_moves(incident, luca, other) * 3)

    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)
    incident.refresh_from_db()
    events = events_of(incident)
    assert len(events) == 1 + len(winners(outcomes)) == incident.version
    assert events[-1].target == incident.state and not breaks(incident)
    tiers = [event.details["changes"]["tier"] for event in events[1:] if "tier" in event.details.get("changes", {})]
    assert all(abs(after - before) == 1 or after == 1 for before, after in tiers)
    assert verify().ok


def test_without_the_lock_the_moves_tear_the_history(
    incident: Incident, luca: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make.make_queue("facilities")
    without_the_lock(monkeypatch, Incident, Barrier(10))

    race(*different_moves(incident, luca, other))

    assert breaks(incident)


def test_reports_at_once_get_numbers_of_their_own(network: Queue) -> None:
    people = [make.make_employee() for _ in range(20)]

    outcomes = race(*[partial(make.report_incident, by=person, title="No network") for person in people])

    assert not losers(outcomes)
    assert len({incident.number for incident in outcomes}) == 20
    assert [len(events_of(incident)) for incident in outcomes] == [1] * 20
    assert verify().ok


def test_one_chain_grows_without_a_gap(network: Queue, luca: Employee) -> None:
    outcomes = race(*[partial(audit.record, network, "queue.looked_at", actor=luca)] * RACERS)

    assert not losers(outcomes)
    assert sorted(event.sequence for event in outcomes) == list(range(1, RACERS + 1))
    assert verify().ok


def test_without_the_heads_lock_the_chain_refuses_writers(
    network: Queue, luca: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.record(network, "queue.looked_at", actor=luca)
    meeting = Barrier(8)

    def plain_get(kind: Any, subject_id: int) -> Head:
        head = Head.objects.get(subject_type=kind, subject_id=subject_id)
        meeting.wait(60)
        return head

    monkeypatch.setattr(audit, "_locked_head", plain_get)

    outcomes = race(*[partial(audit.record, network, "queue.looked_at", actor=luca)] * 8)

    assert len(losers(outcomes)) == 7, "the unique sequence is the second guard"
    assert Event.objects.filter(verb="queue.looked_at").count() == 2
