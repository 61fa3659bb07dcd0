"""Home and "my tickets": mine and no others, in words, in a fixed number of statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.models import Employee
from incidents.models import Incident
from servicedesk.tickets.models import Queue
from servicedesk.workflow import perform
from tests import factories as make

from .conftest import signed_in
from .reading import page, resolve, words

pytestmark = pytest.mark.django_db


def test_home_shows_what_is_open_and_what_happens_next(as_alice: Client, ticket: Incident, luca: Employee):
    perform(ticket, "start", by=luca)

    text = words(page(as_alice, "/"))

    assert ticket.title in text and f"{luca.name} is working on it." in text


def test_home_asks_first_for_what_waits_for_me(as_alice: Client, ticket: Incident, luca: Employee):
    perform(ticket, "start", by=luca)
    perform(ticket, "pend", by=luca, reason="requester", follow_up_at=timezone.now() + timedelta(days=2))

    section = page(as_alice, "/").select_one("[aria-labelledby=needs-me]")

    assert section is not None and "Waiting for you" in words(section)


@pytest.mark.parametrize("address", ["/", "/tickets/", "/tickets/?show=all", "/tickets/?show=closed"])
def test_lists_hold_nothing_of_others(as_charlie: Client, ticket: Incident, luca: Employee, address: str):
    make.make_incident(ticket.queue, by=ticket.requester, title="Secret of Alice", confidential=True)
    resolve(ticket, luca)

    text = page(as_charlie, address).get_text()

    assert ticket.number not in text and "Secret of Alice" not in text


def test_a_technicians_own_list_is_not_the_queue(as_luca: Client, luca: Employee, ticket: Incident, network: Queue):
    own = make.make_incident(network, by=luca, title="My own chair")

    text = page(as_luca, "/tickets/", show="all").get_text()

    assert own.number in text and ticket.number not in text


def test_what_i_follow_is_listed_until_it_becomes_confidential(ticket: Incident, luca: Employee, charlie: Employee):
    perform(ticket, "watch", by=luca, employee=charlie)
    client = signed_in(charlie)
    assert ticket.number in page(client, "/tickets/", show="followed").get_text()

    Incident.objects.filter(pk=ticket.pk).update(confidential=True)

    assert ticket.number not in page(client, "/tickets/", show="followed").get_text()


def test_done_tickets_have_their_own_list(as_alice: Client, ticket: Incident, luca: Employee):
    resolve(ticket, luca)

    assert ticket.number not in page(as_alice, "/tickets/").get_text()
    assert ticket.number in page(as_alice, "/tickets/", show="closed").get_text()


@pytest.mark.parametrize("text", ["network", "NETWORK seat", "monday", "cable exchanged?", "seat no"])
def test_search_finds_words_of_title_description_and_public_messages(
    as_alice: Client, ticket: Incident, luca: Employee, text: str
):
    perform(ticket, "reply", by=luca, body="Was the cable exchanged?")

    assert ticket.number in page(as_alice, "/tickets/", q=text).get_text()


def test_search_finds_no_note_and_nothing_of_others(as_alice: Client, ticket: Incident, luca: Employee, network: Queue):
    perform(ticket, "note", by=luca, body="canarynote")
    other = make.make_incident(network, title="canaryother")

    for text in ("canarynote", "canaryother", other.number, "%", "_", "zzz"):
        shown = page(as_alice, "/tickets/", q=text)
        assert not shown.select(".ticket-row"), text


@pytest.mark.parametrize("typed", ["{number}", "{lower}", "{short}", "{serial}", " {number} "])
def test_a_number_in_the_search_box_opens_its_ticket(as_alice: Client, ticket: Incident, typed: str):
    text = typed.format(number=ticket.number, lower=ticket.number.lower(), short=f"INC-{ticket.pk}", serial=ticket.pk)

    assert as_alice.get("/tickets/", {"q": text})["Location"] == f"/tickets/{ticket.number}/"


@pytest.mark.parametrize(
    "query",
    [{"q": "\x00"}, {"q": "a" * 5000}, {"q": "9" * 300}, {"q": "9" * 15}, {"show": "nonsense"}, {"page": "-1"},
     {"page": "x"}, {"page": "9" * 30}, {"q": "'; DROP TABLE"}, {"q": "\ud800".encode("utf-8", "surrogatepass")}],
)  # fmt: skip
def test_odd_queries_are_answered_with_a_page(as_alice: Client, ticket: Incident, query: dict):
    assert as_alice.get("/tickets/", query).status_code == 200


def test_long_lists_have_pages_that_keep_the_search(as_alice: Client, alice: Employee, network: Queue):
    for n in range(25):
        make.make_incident(network, by=alice, title=f"Lamp {n}")

    first = page(as_alice, "/tickets/", q="lamp")
    assert len(first.select(".ticket-row")) == 20
    link = first.select_one("a[rel=next]")
    assert link is not None

    assert len(page(as_alice, f"/tickets/{link['href']}").select(".ticket-row")) == 5


def test_htmx_gets_the_list_alone(as_alice: Client, ticket: Incident):
    response = as_alice.get("/tickets/", {"q": "network"}, headers={"HX-Request": "true"})

    assert b"<html" not in response.content and ticket.number.encode() in response.content
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("address", ["/", "/tickets/?show=all", "/tickets/?q=lamp"])
def test_lists_do_not_ask_more_with_more_rows(as_alice: Client, alice: Employee, network: Queue, address: str):
    counts = []
    for n in (2, 16):
        for _ in range(n):
            make.make_incident(network, by=alice, title="A lamp")
        as_alice.get(address)
        with CaptureQueriesContext(
            connection,
        ) as statements:
            assert as_alice.get(address).status_code == 200
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("address", ["/", "/tickets/", "/report/", "/report/people/", "/profile/", "/tickets/INC-1/"])
def test_anonymous_visitors_are_sent_to_the_login(client: Client, ticket: Incident, address: str):
    assert client.get(address)["Location"] == f"/login/?next={address}"


def test_only_people_with_a_desk_are_shown_the_way_to_it(as_alice: Client, as_luca: Client):
    assert not page(as_alice, "/").select("a[href='/desk/']")
    assert page(as_luca, "/").select("a[href='/desk/']")
