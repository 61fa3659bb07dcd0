"""A desk with its people, and a page as a parsed document."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from directory.models import Employee
from servicedesk.tickets.models import Queue
from tests import factories as make


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def alice() -> Employee:
    return make.make_employee("alice")


@pytest.fixture
def luca(network: Queue) -> Employee:
    return make.make_agent(network, 1, "luca")


@pytest.fixture
def desk(client: Client, luca: Employee) -> Client:
    client.force_login(luca)
    return client


@pytest.fixture
def settings_desk(client: Client) -> Client:
    """Signed in as an administrator, who has no desk."""
    client.force_login(make.make_administrator("ada"))
    return client


@pytest.fixture
def page(client: Client) -> Callable[..., BeautifulSoup]:
    """``page(address, status=200, **query)`` as whoever is signed in."""

    def opened(address: str, status: int = 200, **query: Any) -> BeautifulSoup:
        response = client.get(address, query)
        assert response.status_code == status, response.content[:2000]
        return BeautifulSoup(response.content, "html.parser")

    return opened
