"""A desk, somebody who writes, two who publish, and somebody who only reads."""

import pytest

from directory.models import Employee
from servicedesk.tickets.models import Queue
from tests import factories as make


@pytest.fixture
def network(db: None) -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def luca(network: Queue) -> Employee:
    """Writes."""
    return make.make_agent(network, 1, "luca")


@pytest.fixture
def wei(network: Queue) -> Employee:
    """A colleague who writes."""
    return make.make_agent(network, 2, "wei")


@pytest.fixture
def kim(network: Queue) -> Employee:
    """Writes and publishes."""
    return make.make_publisher("kim", on=network)


@pytest.fixture
def nora(db: None) -> Employee:
    """Publishes, works at no desk."""
    return make.make_publisher("nora")


@pytest.fixture
def alice(db: None) -> Employee:
    """Reads."""
    return make.make_employee("alice")
