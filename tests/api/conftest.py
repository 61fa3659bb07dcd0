"""People around one queue, and a way to call the API as each of them."""

import pytest
from rest_framework.test import APIClient

from directory import tokens
from directory.services import system_employee
from servicedesk.audit.models import Event
from tests.factories import (
    make_agent,
    make_analyst,
    make_coordinator,
    make_employee,
    make_incident,
    make_manager,
    make_queue,
    make_trainee,
)


def client_of(employee, *scopes):
    """A client that shows a token of ``employee``, as scripts do."""
    _token, text = tokens.issue(employee, by=system_employee("console"), scopes=scopes or tokens.SCOPES)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def send(client, method, path, data=None, *, version=None, **headers):
    """One JSON request; ``version`` becomes If-Match."""
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    if version is not None:
        named["HTTP_IF_MATCH"] = f'"{version}"'
    return getattr(client, method)(f"/api/v1/{path}", data, format="json", **named)


@pytest.fixture
def queue(db):
    return make_queue("service-desk", is_default=True)


@pytest.fixture
def other_queue(db):
    return make_queue("human-resources")


@pytest.fixture
def people(queue):
    """One person for each role, by role; the stranger works in another queue."""
    return {
        "requester": make_employee("rita"),
        "watcher": make_employee("walter"),
        "agent": make_agent(queue, 1, "ada"),
        "engineer": make_agent(queue, 2, "emil"),
        "coordinator": make_coordinator(queue, "cora"),
        "manager": make_manager(queue, "mia"),
        "trainee": make_trainee(queue, "tim"),
        "analyst": make_analyst(queue, "quinn"),
        "stranger": make_agent(make_queue("elsewhere"), 1, "sam"),
        "colleague": make_employee("carl"),
    }


class Clients(dict):
    """Role → client, made when it is first asked for."""

    def __init__(self, people):
        super().__init__()
        self.people = people

    def __missing__(self, role):
        self[role] = client_of(self.people[role])
        return self[role]


@pytest.fixture
def clients(people):
    return Clients(people)


@pytest.fixture
def incident(queue, people):
    return make_incident(queue, by=people["requester"])


def ticket_events():
    """How many lines the logs of tickets have."""
    return Event.objects.filter(subject_type__model="ticket").count()
