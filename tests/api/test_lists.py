"""Lists: pages by cursor, a closed query language, a closed order, and a cost that does not grow with rows."""

from itertools import pairwise

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import Incident
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.query import schema
from servicedesk.workflow import carry_out, perform
from tests.factories import make_category, make_employee, make_incident, make_queue, make_tag

from .conftest import send


def walk(client, path):
    """Every page from the first to the last, and the addresses back."""
    pages, response = [], client.get(f"/api/v1/{path}")
    while True:
        assert response.status_code == 200, response.content
        pages.append(response.json())
        if pages[-1]["next"] is None:
            return pages
        response = client.get(pages[-1]["next"])


def numbers(page):
    return [row["number"] for row in page["results"]]


@pytest.fixture
def many(queue, people):
    made = [make_incident(queue, by=people["requester"], title=f"Fault {n}") for n in range(11)]
    for index, ticket in enumerate(made):
        # Ties and absent values, which a cursor must pass without loss.
        Ticket.objects.filter(pk=ticket.pk).update(
            priority=f"P{1 + index % 3}", next_due_at=None if index % 2 else timezone.now().replace(minute=index % 4)
        )
    return made


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 11, 100])
@pytest.mark.parametrize(
    "ordering", ["", "number", "-number", "priority", "-priority", "next_due_at", "-next_due_at", "updated_at",
                 "-priority,next_due_at", "next_due_at,-priority"],
)  # fmt: skip
def test_the_pages_hold_every_row_once_in_order_and_lead_back(clients, many, ordering, limit):
    expected = [
        ticket.number for ticket in Ticket.objects.order_by(*(schema.ordering(ordering) or schema.ordering("-number")))
    ]

    pages = walk(clients["agent"], f"tickets/?limit={limit}&ordering={ordering}")

    assert [number for page in pages for number in numbers(page)] == expected
    assert pages[0]["previous"] is None
    for before, after in pairwise(pages):
        assert numbers(clients["agent"].get(after["previous"]).json()) == numbers(before)


def test_a_row_that_comes_in_between_moves_no_other(clients, many, queue):
    first = send(clients["agent"], "get", "tickets/?limit=4").json()
    make_incident(queue)

    second = clients["agent"].get(first["next"]).json()

    assert numbers(first) + numbers(second) == [ticket.number for ticket in reversed(many)][:8]


@pytest.mark.parametrize(
    ("size", "rows"), [("limit=3", 3), ("page_size=3", 3), ("limit=100", 11), ("limit=5000", 11), ("", 11)]
)
def test_a_page_has_as_many_rows_as_were_asked_for(clients, many, size, rows):
    assert len(send(clients["agent"], "get", f"tickets/?{size}").json()["results"]) == rows


def test_no_page_has_more_than_a_hundred_rows(clients, queue, people):
    for _number in range(101):
        make_incident(queue, by=people["requester"])

    for path in ("tickets/?limit=101", "incidents/?page_size=100000"):
        assert len(send(clients["agent"], "get", path).json()["results"]) == 100


@pytest.mark.parametrize("size", ["0", "-1", "ten", "1.5", "", "9" * 30, "²"])
def test_a_size_that_is_none_is_400(clients, size):
    assert send(clients["agent"], "get", f"tickets/?limit={size}").status_code == 400


@pytest.mark.parametrize("cursor", ["", "x", "WyJwayIsIGZhbHNlLCBbMV1d", "a:b:c", "%00", "é"])
def test_a_cursor_that_we_did_not_write_is_400(clients, cursor):
    assert send(clients["agent"], "get", f"tickets/?cursor={cursor}").status_code == 400


def test_a_cursor_of_another_order_is_400(clients, many):
    cursor = send(clients["agent"], "get", "tickets/?limit=2").json()["next"]

    assert clients["agent"].get(f"{cursor}&ordering=priority").status_code == 400


def test_a_query_narrows_the_list_and_shows_nothing_more(clients, many, queue, people, other_queue):
    tag = make_tag("vpn")
    perform(many[3], "tag", by=people["agent"], tags=[tag])
    hidden = make_incident(other_queue, title="Fault hidden")
    Ticket.objects.get(pk=hidden.pk).tags.add(tag)

    found = send(clients["agent"], "get", f'tickets/?q=tag = "{tag.slug}" or title ~ "hidden"').json()

    assert numbers(found) == [many[3].number]


@pytest.mark.parametrize(
    ("parameter", "text"),
    [("q", "state ="), ("q", 'password = "x"'), ("q", 'requester.password = "x"'), ("q", "x" * 5000),
     ("q", 'title.title = "x"'), ("q", "1=1"), ("q", "title = 'x' --"), ("ordering", "title"),
     ("ordering", "requester__password"), ("ordering", "?"), ("ordering", "number,number")],
)  # fmt: skip
def test_a_query_or_order_outside_the_schema_is_422_at_its_parameter(clients, many, parameter, text):
    response = clients["agent"].get("/api/v1/tickets/", {parameter: text})

    assert (response.status_code, list(response.json()["errors"])) == (422, [parameter])


def test_people_are_found_by_part_of_their_name_and_sorted_by_a_closed_list(clients, people):
    found = send(clients["agent"], "get", "employees/?q=AD&ordering=-login").json()["results"]

    assert [row["login"] for row in found] == ["ada"]
    assert send(clients["agent"], "get", "employees/?ordering=password").status_code == 422


@pytest.fixture
def rich(queue, people):
    """Fifty tickets, each with everything a row names."""
    category, tags = make_category(queue=queue), [make_tag(), make_tag()]
    into = make_incident(queue, by=people["requester"])
    for number in range(50):
        ticket = make_incident(queue, by=make_employee(), title=f"Fault {number}", category=category.slug)
        Ticket.objects.get(pk=ticket.pk).tags.set(tags)
        perform(ticket, "merge", by=people["agent"], into=into.number)
    return into


@pytest.mark.parametrize("path", ["tickets/", "incidents/", 'tickets/?q=tag != "x"&ordering=priority'])
def test_a_list_of_fifty_takes_at_most_twelve_queries(clients, rich, path):
    send(clients["agent"], "get", path)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert len(send(clients["agent"], "get", f"{path}{'&' if '?' in path else '?'}limit=2").json()["results"]) == 2
    with CaptureQueriesContext(connection) as queries:
        assert len(send(clients["agent"], "get", path).json()["results"]) == 50

    assert len(queries) == len(few) <= 12


def test_the_parts_of_a_ticket_cost_the_same_however_many_there_are(clients, incident, people):
    paths = [f"incidents/{incident.number}/{tail}" for tail in
             ("", "events/", "messages/", "attachments/", "tasks/", "transitions/", "actions/")]  # fmt: skip

    def costs():
        found = []
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert send(clients["agent"], "get", path).status_code == 200
            found.append(len(queries))
        return found

    def grow(times):
        for number in range(times):
            files = {"file": SimpleUploadedFile("a.txt", b"a")}
            attached = carry_out(incident, "attach", by=people["agent"], files=files).result
            perform(incident, "note", by=people["agent"], body="x", attachments=[str(attached.uuid)])
            perform(incident, "add_task", by=people["agent"], title=f"Task {number}", assignee="ada")
            perform(incident, "link", by=people["agent"], other=make_incident(incident.queue).number)
            perform(incident, "watch", by=people["agent"], employee=make_employee().login)

    grow(1)
    send(clients["agent"], "get", "queues/")  # the last use of the token is noted now, and not again
    few = costs()
    grow(8)

    assert costs() == few
    assert max(few) <= 12


def test_a_move_takes_at_most_twenty_queries_with_its_answer(clients, incident):
    path = f"incidents/{incident.number}/transitions/start/"
    send(clients["agent"], "get", "queues/")
    with CaptureQueriesContext(connection) as queries:
        assert send(clients["agent"], "post", path, {}, version=1).status_code == 200

    assert len(queries) <= 20


def test_queues_and_categories_are_listed_and_found(clients):
    queue = make_queue("network")
    parent = make_category("Network", queue=queue)
    child = make_category("Wireless", parent=parent)

    assert "network" in [row["slug"] for row in send(clients["requester"], "get", "queues/").json()["results"]]
    shown = send(clients["requester"], "get", f"categories/{child.slug}/").json()
    assert (shown["parent"], shown["queue"], shown["path"]) == (parent.slug, None, "Network › Wireless")
    assert send(clients["requester"], "get", "queues/nowhere/").status_code == 404
    assert send(clients["requester"], "get", "categories/nothing/").status_code == 404


def test_a_new_incident_says_where_it_is(clients):
    made = send(clients["requester"], "post", "incidents/", {"title": "The VPN drops", "description": "Since noon"})

    assert made.status_code == 201
    assert made["Location"] == f"/api/v1/incidents/{made.json()['number']}/"
    assert made["ETag"] == '"1"'
    assert clients["requester"].get(made["Location"]).json() == made.json()
    assert Incident.objects.get().channel == "api"
