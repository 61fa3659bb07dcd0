"""The personas of the portal: Alice asks, Bob shares, Charlie must see nothing; Luca works the queue."""

import pytest
from django.test import Client

from directory.models import Employee
from incidents.models import Incident
from servicedesk.tickets.models import Queue
from tests import factories as make


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def alice() -> Employee:
    return make.make_employee("alice", name="Alice Amato")


@pytest.fixture
def charlie() -> Employee:
    return make.make_employee("charlie", name="Charlie Costa")


@pytest.fixture
def luca(network: Queue) -> Employee:
    return make.make_agent(network, 1, "luca")


@pytest.fixture
def ticket(network: Queue, alice: Employee) -> Incident:
    return make.make_incident(network, by=alice, title="No network at my seat", description="Since **Monday**.")


@pytest.fixture
def as_alice(alice: Employee) -> Client:
    return signed_in(alice)


@pytest.fixture
def as_charlie(charlie: Employee) -> Client:
    return signed_in(charlie)


@pytest.fixture
def as_luca(luca: Employee) -> Client:
    return signed_in(luca)


def signed_in(employee: Employee) -> Client:
    client = Client()
    client.force_login(employee)
    return client
