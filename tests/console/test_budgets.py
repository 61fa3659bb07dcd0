"""How often the pages ask the database: few statements, and no more of them when there is more to show."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from directory.models import Employee
from incidents.models import Incident, Problem
from incidents.problems.services import log_problem
from servicedesk.tickets import counting
from servicedesk.tickets.models import Category, Queue, Ticket
from servicedesk.workflow import carry_out, perform
from tests import factories as make

pytestmark = pytest.mark.django_db
LIST, TICKET = 12, 15


def statements(client: Client, address: str) -> list[str]:
    client.get(address)  # what a process learns once is learned
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def busy_ticket(network: Queue, alice: Employee, size: int) -> Incident:
    """A ticket with ``size`` of everything that can hang on one."""
    agent, boss = make.make_agent(network), make.make_coordinator(network)
    trainee = make.make_trainee(network)
    ticket = make.make_incident(network, by=alice, impact="low")
    for number in range(size):
        file = MultiValueDict({"files": [SimpleUploadedFile(f"{number}.txt", b"text")]})
        writer = make.make_agent(network) if number % 2 else alice
        carry_out(ticket, "reply", by=writer, details={"body": f"Message {number}"}, files=file)
        carry_out(ticket, "note", by=agent, details={"body": f"Note {number}"})
        carry_out(ticket, "propose", by=trainee, details={"kind": "reply", "body": f"Proposal {number}"})
        carry_out(ticket, "watch", by=make.make_agent(network))
        title = {"title": f"Task {number}"}
        carry_out(ticket, "add_task", by=agent, details=title)
        other = make.make_incident(network, by=make.make_employee())
        carry_out(ticket, "link", by=agent, details={"other": other.number})
        twin = make.make_incident(network, by=alice)
        carry_out(twin, "reply", by=alice, details={"body": "Again"})
        ticket.refresh_from_db()
        twin.refresh_from_db()
        perform(twin, "merge", by=agent, into=ticket.number)
        category = make.make_category()
        carry_out(ticket, "categorise", by=agent, details={"category": category.slug})
        carry_out(ticket, "tag", by=agent, details={"tags": [make.make_tag().slug]})
        ticket = perform(Incident.objects.get(pk=ticket.pk), "assign", by=boss, assignee=make.make_agent(network))
    return ticket


@pytest.fixture
def readers(network: Queue) -> dict[str, Employee]:
    return {
        "agent": make.make_agent(network),
        "engineer": make.make_agent(network, 2),
        "coordinator": make.make_coordinator(network),
        "manager": make.make_manager(network),
        "trainee": make.make_trainee(network),
        "analyst": make.make_analyst(network),
        "viewer": make.make_technician(network, "view_queue"),
    }


def test_a_ticket_asks_the_same_whatever_hangs_on_it(
    client: Client, network: Queue, alice: Employee, readers: dict[str, Employee]
) -> None:
    small, large = busy_ticket(network, alice, 2), busy_ticket(network, alice, 10)
    assert large.messages.count() == 20

    for role, reader in readers.items():
        client.force_login(reader)
        few, many = (statements(client, f"/desk/tickets/{ticket.number}/") for ticket in (small, large))
        assert len(many) <= len(few), (role, [sql for sql in many if sql not in few])
        assert len(many) <= TICKET, (role, many)


def test_a_full_page_of_the_queue_asks_as_little_as_a_short_one(
    client: Client, network: Queue, readers: dict[str, Employee]
) -> None:
    def more(number: int) -> None:
        for _number in range(number):
            person = make.make_employee(department=make.make_department(), location=make.make_location())
            ticket = make.make_incident(network, by=person)
            Ticket.objects.filter(pk=ticket.pk).update(assignee=make.make_agent(network))

    more(3)
    before = {}
    for role, reader in readers.items():
        client.force_login(reader)
        before[role] = len(statements(client, "/desk/"))
    more(52)
    for role, reader in readers.items():
        client.force_login(reader)
        for query in ("", "?sort=due", "?view=unassigned&sort=oldest", "?q=vpn", "?queue=network"):
            assert len(statements(client, f"/desk/{query}")) <= LIST, (role, query)
        assert len(statements(client, "/desk/")) <= before[role], role


def test_other_pages_keep_within_their_budget(client: Client, network: Queue, alice: Employee) -> None:
    agent = make.make_agent(network)
    for number in range(25):
        ticket = make.make_incident(network, by=alice)
        carry_out(ticket, "add_task", by=agent, details={"title": f"Task {number}", "assignee": agent.login})
        ticket.refresh_from_db()
        perform(ticket, "assign", by=agent, assignee=agent)
        make.make_employee(manager=alice)
    client.force_login(agent)
    for address in ("/desk/work/", "/desk/people/", "/desk/people/?q=person"):
        assert len(statements(client, address)) <= LIST, address
    assert len(statements(client, f"/desk/people/{alice.login}/")) <= TICKET
    for action in ("assign", "escalate", "pend", "set_priority", "tag", "edit", "add_task", "merge"):
        address = f"/desk/tickets/{ticket.number}/{action}/"
        assert len(statements(client, address)) <= LIST, (action, statements(client, address))


def test_settings_keep_within_their_budget(settings_desk: Client, network: Queue) -> None:
    for _number in range(15):
        make.make_tag()
        make.make_category(queue=network)
        make.make_group(on=make.make_queue(), rights=("view_queue", "work_l1"))
    addresses = ("", "queues/", "queues/network/", "categories/", "tags/", "roles/")
    for address in addresses:
        assert len(statements(settings_desk, f"/settings/{address}")) <= LIST, address


def test_counts_stop_at_their_limit(network: Queue, alice: Employee) -> None:
    for _number in range(5):
        make.make_incident(network, by=alice)
    limits: dict[str, Any] = {"limit": 3}
    assert counting.bounded_counts({"open": Ticket.objects.on_desk_of(alice)}, **limits) == {"open": 0}

    every = {"open": Ticket.objects.all(), "closed": Ticket.objects.filter(is_open=False)}
    with CaptureQueriesContext(connection) as captured:
        counts = counting.bounded_counts(every, **limits)

    assert counts == {"open": 4, "closed": 0} and len(captured) == 1
    assert counting.shown(counts["open"], **limits) == "3+" and counting.shown(3, **limits) == "3"
    assert counting.shown(1001) == "1000+" and counting.shown(1000) == "1000"


def known_errors(network: Queue, by: Employee, category: Category, number: int) -> None:
    for turn in range(number):
        known = log_problem(by=by, title=f"Cause {turn}", queue=network.slug, category=category.slug)
        perform(perform(known, "investigate", by=by), "publish_workaround", by=by, workaround=f"Way {turn}")


def busy_problem(network: Queue, by: Employee, size: int) -> Problem:
    problem = log_problem(by=by, title="A worn fan", queue=network.slug, category=make.make_category().slug)
    for number in range(size):
        carry_out(problem, "note", by=by, details={"body": f"Note {number}"})
        carry_out(problem, "reply", by=by, details={"body": f"Reply {number}"})
        carry_out(problem, "watch", by=make.make_agent(network))
        carry_out(problem, "add_task", by=by, details={"title": f"Task {number}"})
        incident = make.make_incident(network, by=make.make_employee())
        carry_out(incident, "link", by=by, details={"other": problem.number, "kind": "caused_by"})
    return problem


def test_problems_and_what_is_known_about_an_incident_ask_the_same_however_many_there_are(
    client: Client, network: Queue, alice: Employee, readers: dict[str, Employee]
) -> None:
    agent = make.make_agent(network)
    problems = [busy_problem(network, agent, size) for size in (2, 12)]
    incidents = [busy_ticket(network, alice, 2) for _turn in range(2)]
    for incident, number in zip(incidents, (1, 6), strict=True):
        category = make.make_category()
        known_errors(network, agent, category, number)
        Ticket.objects.filter(pk=incident.pk).update(category=category)

    for role, reader in readers.items():
        client.force_login(reader)
        for small, large in (problems, incidents):
            few, many = (statements(client, f"/desk/tickets/{ticket.number}/") for ticket in (small, large))
            assert len(many) <= len(few), (role, [sql for sql in many if sql not in few])
            assert len(many) <= TICKET, (role, many)
