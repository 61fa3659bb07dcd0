"""What a service request costs to look at: the same however many tasks and approvals hang on it."""

from typing import Any

import pytest
from django.test import Client

from directory.models import Employee
from incidents.models import ServiceRequest
from incidents.requests.services import request_item
from servicedesk.tickets.models import Approval, Queue
from servicedesk.workflow import perform
from tests import factories as make

pytestmark = pytest.mark.django_db
MANY = 8


@pytest.fixture
def requests(queue: Queue, alice: Employee) -> list[ServiceRequest]:
    """One that waits for many, and one with many tasks, some of them done."""
    board = make.make_group("board")
    for _number in range(MANY):
        make.make_employee(groups=(board,))
    rule = make.make_approval_rule(("group", board, MANY))
    waiting = request_item(by=alice, catalogue_item=make.make_catalogue_item(queue, "Car", rule=rule, form=[]).slug)
    item = make.make_catalogue_item(queue, "Desk", form=[])
    for number in range(MANY):
        item.tasks.create(position=number, title=f"Task {number}", queue=queue)
    worked = request_item(by=alice, catalogue_item=item.slug)
    worker = make.make_agent(queue, 1)
    for task in worked.tasks.order_by("pk")[:3]:
        perform(worked, "complete_task", by=worker, task=str(task.uuid))
    return [waiting, worked]


def client_of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_its_pages_cost_at_most_fifteen_statements(
    requests: list[ServiceRequest], agent: Employee, alice: Employee, django_assert_max_num_queries: Any
) -> None:
    assert Approval.objects.filter(ticket=requests[0], state="asked").count() == MANY
    for person, place in ((agent, "desk/tickets"), (alice, "tickets")):
        client = client_of(person)
        for request in requests:
            client.get(f"/{place}/{request.number}/")
            with django_assert_max_num_queries(15):
                assert client.get(f"/{place}/{request.number}/").status_code == 200


def test_its_lists_cost_at_most_twelve(
    requests: list[ServiceRequest], agent: Employee, alice: Employee, django_assert_max_num_queries: Any
) -> None:
    for person, address in ((agent, "/desk/"), (alice, "/tickets/"), (agent, "/api/v1/requests/")):
        client = client_of(person)
        client.get(address)
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200
