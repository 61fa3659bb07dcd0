"""Two who change the kind of a ticket at once, on PostgreSQL: one does, and nothing is left of the former kind."""

from functools import partial
from threading import Barrier

import pytest

from directory.models import Employee
from incidents.models import CatalogueItem, Incident
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.workflow import perform
from tests import factories as make

from .racing import events_of, losers, race, winners, without_the_lock

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def queue() -> Queue:
    return make.make_queue("it", is_default=True)


@pytest.fixture
def agent(queue: Queue) -> Employee:
    return make.make_agent(queue, 1)


@pytest.fixture
def mouse(queue: Queue) -> CatalogueItem:
    return make.make_catalogue_item(queue, "Mouse")


@pytest.fixture
def incident(queue: Queue) -> Incident:
    return make.make_incident(queue)


def verbs(ticket: Ticket) -> list[str]:
    return [event.verb for event in events_of(ticket)]


def test_of_many_at_once_one_changes_its_kind(incident: Incident, agent: Employee, mouse: CatalogueItem) -> None:
    become = partial(perform, incident, "reclassify", by=agent, kind="request", catalogue_item=mouse.slug)

    outcomes = race(*[become] * 8)

    assert len(winners(outcomes)) == 1
    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)
    assert verbs(incident).count("ticket.reclassified") == verbs(incident).count("request.begun") == 1
    assert not Incident.objects.filter(pk=incident.pk).exists() and verify().ok


def test_a_move_at_the_same_moment_comes_before_it_or_not_at_all(
    incident: Incident, agent: Employee, mouse: CatalogueItem
) -> None:
    outcomes = race(
        partial(perform, incident, "reclassify", by=agent, kind="request", catalogue_item=mouse.slug),
        partial(perform, incident, "start", by=agent),
    )

    assert outcomes[0] in winners(outcomes)
    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)
    told = [verb for verb in verbs(incident) if verb in ("incident.started", "ticket.reclassified")]
    assert told in (["ticket.reclassified"], ["incident.started", "ticket.reclassified"])
    assert Ticket.objects.get(pk=incident.pk).specific.state == "fulfilment" and verify().ok


def test_without_the_lock_it_would_end_in_a_fault(
    incident: Incident, agent: Employee, mouse: CatalogueItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have read the incident before the first one writes: the others meet a row that is there already."""
    without_the_lock(monkeypatch, Incident, Barrier(4))
    become = partial(perform, incident, "reclassify", by=agent, kind="request", catalogue_item=mouse.slug)

    outcomes = race(*[become] * 4)

    assert any(not isinstance(error, DomainError) for error in losers(outcomes))
