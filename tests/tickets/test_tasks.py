"""Tasks by queue: who may know of them, who ends them, and in which order."""

import pytest

from directory.models import Employee
from incidents.models import Incident
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted
from servicedesk.tickets.access import can_view
from servicedesk.tickets.models import Queue, Task, Ticket
from servicedesk.workflow import perform
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def facilities() -> Queue:
    return make.make_queue("facilities")


@pytest.fixture
def luca(network: Queue) -> Employee:
    return make.make_agent(network, 1, "luca")


@pytest.fixture
def fabio(facilities: Queue) -> Employee:
    return make.make_agent(facilities, 1, "fabio")


@pytest.fixture
def incident(network: Queue) -> Incident:
    return make.make_incident(network)


def add(incident: Ticket, by: Employee, title: str, queue: Queue | None = None, after: Task | None = None) -> Task:
    perform(incident, "add_task", by=by, title=title, **({"queue": queue.slug} if queue else {}))
    task = Task.objects.get(title=title)
    if after:
        task.after.add(after)
    return task


def test_a_task_brings_its_queue_to_the_ticket_and_nothing_more(
    incident: Incident, luca: Employee, fabio: Employee, facilities: Queue
) -> None:
    own = add(incident, luca, "Look at the switch")
    assert not can_view(fabio, incident)
    task = add(incident, luca, "Open the ceiling", facilities)

    assert can_view(fabio, incident)
    assert list(Task.objects.readable_by(fabio, incident)) == [task], "the desk's own tasks are its own affair"
    for action, details in (("note", {"body": "x"}), ("start", {}), ("edit", {"title": "x"}), ("reply", {"body": "x"})):
        with pytest.raises(NotPermitted):
            perform(incident, action, by=fabio, **details)
    with pytest.raises(InvalidPayload, match="Choose an open task of a queue in which you work"):
        perform(incident, "complete_task", by=fabio, task=own.uuid)

    perform(incident, "complete_task", by=fabio, task=task.uuid)

    assert can_view(fabio, incident), "one may look at what one has done"
    with pytest.raises(NotPermitted):
        perform(incident, "complete_task", by=fabio, task=own.uuid)


def test_a_colleague_of_the_queue_sees_it_while_the_task_is_open(
    incident: Incident, luca: Employee, fabio: Employee, facilities: Queue
) -> None:
    colleague, onlooker = make.make_agent(facilities, 2), make.make_technician(facilities, "view_queue")
    task = add(incident, luca, "Open the ceiling", facilities)
    assert (can_view(colleague, incident), can_view(onlooker, incident)) == (True, False)

    perform(incident, "skip_task", by=fabio, task=task.uuid, reason="It is open already")

    assert (can_view(colleague, incident), can_view(fabio, incident)) == (False, True)


def test_a_task_gives_no_sight_of_a_secret(
    incident: Incident, luca: Employee, fabio: Employee, facilities: Queue
) -> None:
    task = add(incident, luca, "Open the ceiling", facilities)
    Ticket.objects.filter(pk=incident.pk).update(confidential=True)
    incident.refresh_from_db()

    assert not can_view(fabio, incident) and not Ticket.objects.visible_to(fabio).exists()
    assert not Task.objects.of_technician(fabio).exists()
    with pytest.raises(Hidden):
        perform(incident, "complete_task", by=fabio, task=task.uuid)


def test_a_task_waits_for_those_before_it(incident: Incident, luca: Employee) -> None:
    first = add(incident, luca, "Order it")
    second = add(incident, luca, "Unpack it", after=first)
    with pytest.raises(InvalidPayload, match="“Unpack it” waits for “Order it”: finish or skip that first") as refused:
        perform(incident, "complete_task", by=luca, task=second.uuid)
    assert list(refused.value.errors) == ["task"]

    perform(incident, "skip_task", by=luca, task=first.uuid, reason="It is here")
    perform(incident, "complete_task", by=luca, task=second.uuid)

    assert set(Task.objects.values_list("state", flat=True)) == {"done", "skipped"}


def test_my_work_lists_mine_and_those_of_my_queues(
    client, incident: Incident, luca: Employee, fabio: Employee, facilities: Queue
) -> None:
    first = add(incident, luca, "Order the ladder", facilities)
    add(incident, luca, "Open the ceiling", facilities, after=first)
    Task.objects.filter(pk=first.pk).update(assignee=fabio)
    add(incident, luca, "Look at the switch")
    client.force_login(fabio)

    page = client.get("/desk/work/").content.decode()

    mine, _, queues = page.partition("Tasks of my queues")
    assert "Order the ladder" in mine and "Open the ceiling" in queues and "waits for “Order the ladder”" in queues
    assert "Look at the switch" not in page
    workspace = client.get(f"/desk/tickets/{incident.number}/").content.decode()
    assert "Open the ceiling" in workspace and "Look at the switch" not in workspace
