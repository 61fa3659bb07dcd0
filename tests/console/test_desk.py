"""The technicians' pages: what they show, to whom, and how often they ask the database."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from directory.models import Employee
from incidents.models import Incident
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.workflow import options, perform
from tests import factories as make

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, status: int = 200, **query: str) -> BeautifulSoup:
    response = client.get(address, query)
    assert response.status_code == status, response.content[:2000]
    return BeautifulSoup(response.content, "html.parser")


def test_the_queue_lists_what_waits_and_not_what_others_hold(desk: Client, network: Queue, alice: Employee) -> None:
    mine = make.make_incident(network, by=alice, title="No network at my seat")
    elsewhere = make.make_incident(make.make_queue("hr"), by=alice, title="Payslip of March")

    text = page(desk, "/desk/").get_text()

    assert mine.number in text and elsewhere.number not in text


def test_an_employee_without_a_desk_is_told_where_their_tickets_are(client: Client, alice: Employee) -> None:
    client.force_login(alice)

    assert "for people who work at a desk" in page(client, "/desk/", 403).get_text()


def test_anonymous_visitors_are_sent_to_the_login(client: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)
    for address in ("/desk/", "/desk/work/", f"/desk/tickets/{ticket.number}/", "/desk/people/", "/settings/"):
        assert client.get(address).headers["Location"] == f"/login/?next={address}"


def test_filters_search_and_jump_to_a_number(desk: Client, network: Queue, alice: Employee, luca: Employee) -> None:
    vpn = make.make_incident(network, by=alice, title="VPN drops", impact="high", urgency="high")
    mouse = make.make_incident(network, by=alice, title="Mouse is slow")
    perform(mouse, "assign", by=luca, assignee=luca)

    assert mouse.number not in page(desk, "/desk/", view="unassigned").get_text()
    assert vpn.number not in page(desk, "/desk/", view="mine").get_text()
    assert mouse.number not in page(desk, "/desk/", q='priority = "P1"').get_text()
    assert vpn.number not in page(desk, "/desk/", q="mouse").get_text()
    assert desk.get("/desk/", {"q": vpn.number.lower()}).headers["Location"] == f"/desk/tickets/{vpn.number}/"
    assert "aria-invalid" in str(page(desk, "/desk/", 422, q='nonsense = "1"'))
    assert page(desk, "/desk/", 422, q="a\x00b = 1")


def test_a_search_that_finds_nothing_says_where_else_and_how_to_look(
    desk: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    make.make_incident(network, by=alice, title="VPN drops")

    told = page(desk, "/desk/", q="priority:P1").get_text()

    assert 'state = "new" and priority = "P1"' in told and "“Done”" in told
    assert page(desk, "/desk/", q='state = "new" and priority = "P1"')
    assert "priority =" not in page(desk, "/desk/", view="mine").get_text()


def test_who_follows_a_ticket_oneself_added_nobody(
    desk: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    ticket = make.make_incident(network, by=alice)
    perform(ticket, "watch", by=luca)
    perform(ticket, "watch", by=luca, employee=alice.login)

    told = page(desk, f"/desk/tickets/{ticket.number}/").get_text(" ", strip=True)

    assert f"{luca.name} follows it now" in told
    assert f"{luca.name} added a follower" in told


def test_a_field_for_a_person_says_what_it_takes(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)
    for action in ("watch", "add_task"):
        assert (
            "Login, e-mail address or full name." in page(desk, f"/desk/tickets/{ticket.number}/{action}/").get_text()
        )
    assert "Login, e-mail" not in page(desk, f"/desk/tickets/{ticket.number}/assign/").get_text()


def test_buttons_are_shown_exactly_for_what_the_door_allows(
    client: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    ticket = make.make_incident(network, by=alice)
    people = [
        luca, make.make_agent(network, 2), make.make_coordinator(network), make.make_manager(network),
        make.make_trainee(network), make.make_analyst(network),
    ]  # fmt: skip
    for person in people:
        client.force_login(person)
        soup = page(client, f"/desk/tickets/{ticket.number}/")
        shown = {
            (tag.get("href") or tag.get("action")).rstrip("/").rsplit("/", 1)[-1].split("?")[0]
            for tag in soup.select(".ticket-head a[href*='/desk/tickets/'], .ticket-head form[action]")
        }
        for option in options(ticket, person, moves_only=True):
            assert (option.name in shown) == option.allowed, (person.login, option.name)


def test_a_move_with_a_form_is_done_and_the_next_tier_reads_the_diagnosis(
    desk: Client, network: Queue, alice: Employee
) -> None:
    ticket = make.make_incident(network, by=alice)
    address = f"/desk/tickets/{ticket.number}/escalate/"
    assert page(desk, address).select_one("textarea[name=diagnosis]")

    missing = desk.post(address, {"version": ticket.version, "diagnosis": " "})
    done = desk.post(address, {"version": ticket.version, "diagnosis": "The switch of floor 3 is dead"}, follow=True)

    assert missing.status_code == 422 and b"the next tier reads it first" in missing.content
    assert "The switch of floor 3 is dead" in done.content.decode()
    ticket.refresh_from_db()
    assert (ticket.state, ticket.tier, ticket.assignee) == ("assigned", 2, None)


def test_a_stale_form_shows_what_changed_and_keeps_the_text(
    desk: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    ticket = make.make_incident(network, by=alice)
    seen = ticket.version
    perform(ticket, "set_priority", by=luca, impact="high", urgency="high")

    answer = desk.post(f"/desk/tickets/{ticket.number}/escalate/", {"version": seen, "diagnosis": "My long diagnosis"})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "set the priority" in text and "My long diagnosis" in text
    ticket.refresh_from_db()
    assert ticket.tier == 1


def test_a_form_without_a_version_changes_nothing(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)

    assert desk.post(f"/desk/tickets/{ticket.number}/start/", {}).status_code == 422
    ticket.refresh_from_db()
    assert ticket.state == "new"


def test_replies_and_notes_go_to_their_readers(desk: Client, client: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)
    address = f"/desk/tickets/{ticket.number}/"

    desk.post(address, {"kind": "reply", "body": "Please restart it"})
    desk.post(address, {"kind": "note", "body": "CANARY-NOTE"})
    empty = desk.post(address, {"kind": "note", "body": ""})

    assert list(ticket.messages.values_list("body", "internal")) == [
        ("Please restart it", False),
        ("CANARY-NOTE", True),
    ]
    assert empty.status_code == 422
    assert "CANARY-NOTE" in page(desk, address).get_text()


def test_a_stranger_finds_no_ticket(client: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)
    client.force_login(make.make_agent(make.make_queue("hr")))

    for address in (f"/desk/tickets/{ticket.number}/", f"/desk/tickets/{ticket.number}/start/"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"version": 1}).status_code == 404


def test_other_spellings_of_a_number_lead_to_the_ticket(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)

    assert desk.get(f"/desk/tickets/inc-{ticket.pk}/").headers["Location"] == f"/desk/tickets/{ticket.number}/"


def test_a_ticket_routed_out_of_sight_leads_back_to_the_queue(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)
    other = make.make_queue("facilities")

    done = desk.post(
        f"/desk/tickets/{ticket.number}/route/", {"version": ticket.version, "queue": other.slug, "reason": "A lamp"}
    )

    assert done.headers["Location"] == "/desk/"


def test_tasks_links_and_followers_work_from_the_page(
    desk: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    ticket, other = make.make_incident(network, by=alice), make.make_incident(network, by=alice)

    def post(action: str, **details: object) -> int:
        ticket.refresh_from_db()
        return desk.post(f"/desk/tickets/{ticket.number}/{action}/", {"version": ticket.version, **details}).status_code

    assert post("add_task", title="Call the supplier") == 302
    task = ticket.tasks.get()
    assert post("resolve", code="fixed", text="Done") == 409
    assert post("complete_task", task=str(task.uuid)) == 302
    assert post("link", other=other.number, kind="relates") == 302
    assert other.title in page(desk, f"/desk/tickets/{ticket.number}/").get_text()
    assert post("unlink", other=other.number) == 302
    assert post("watch") == 302 and ticket.watches.get().employee == luca
    assert post("unwatch") == 302 and not ticket.watches.exists()
    assert post("resolve", code="fixed", text="Done") == 302
    assert Ticket.objects.get(pk=ticket.pk).state == "resolved"


def test_the_whole_life_of_an_incident_is_told_on_its_page(
    desk: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    ticket: Incident = make.make_incident(network, by=alice)
    ticket = perform(ticket, "start", by=luca)
    ticket = perform(ticket, "resolve", by=luca, code="fixed", text="Replaced the cable")
    perform(ticket, "reopen", by=alice, reason="It is back")

    text = page(desk, f"/desk/tickets/{ticket.number}/").get_text()

    for words in ("reported it", "started work", "resolved it", "Replaced the cable", "reopened it", "It is back"):
        assert words in text


def test_words_find_titles_people_and_priorities_and_digits_lead_to_the_ticket(desk: Client, network: Queue) -> None:
    anna = make.make_employee("anna", name="Anna Grassi")
    wanted = make.make_incident(network, by=anna, title="Password prompt again", impact="high", urgency="high")
    other = make.make_incident(network, title="Prompt for a password")

    for text in ("grassi", '"password prompt"', "P1 prompt", "p1"):
        found = page(desk, "/desk/", q=text).select_one("#queue-list").get_text()
        assert wanted.number in found and other.number not in found, text
    assert desk.get("/desk/", {"q": str(wanted.pk)}).headers["Location"] == f"/desk/tickets/{wanted.number}/"


def test_a_proposal_that_waits_is_found_from_the_queue(desk: Client, network: Queue, alice: Employee) -> None:
    plain = make.make_incident(network, by=alice, impact="low")
    small = make.make_incident(network, by=alice, impact="low")
    for body in ("Restart it", "Restart it twice"):
        perform(small, "propose", by=make.make_trainee(network), kind="reply", body=body)

    listed = page(desk, "/desk/", view="proposals").select_one("#queue-list").get_text()

    assert listed.count(small.number) == 1 and plain.number not in listed


def test_a_merged_ticket_says_so_in_lists(desk: Client, network: Queue, alice: Employee, luca: Employee) -> None:
    merged, into = make.make_incident(network, by=alice), make.make_incident(network, by=alice)
    perform(merged, "merge", by=luca, into=into.number)

    assert "Merged" in page(desk, "/desk/", view="done").select_one("#queue-list").get_text()
