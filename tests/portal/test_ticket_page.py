"""One ticket as an employee reads it: what is shown, to whom, and what is not."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from directory.models import Employee
from incidents.models import Incident
from servicedesk.audit.models import Event, Head
from servicedesk.audit.verify import verify
from servicedesk.tickets.models import Attachment, Queue, Ticket
from servicedesk.workflow import carry_out, perform
from tests import factories as make
from tests.ui.test_markdown import PAYLOADS

from .conftest import signed_in
from .reading import page, parsed, resolve, words

pytestmark = pytest.mark.django_db
SUB_PAGES = ("", "reply/", "confirm/", "reopen/", "cancel/", "follow/", "unfollow/")


def upload(ticket: Incident, by: Employee, name: str, content: bytes, *, action: str = "reply") -> Attachment:
    sent = MultiValueDict({"files": [SimpleUploadedFile(name, content)]})
    message = carry_out(ticket, action, by=by, details={"body": "See the file."}, files=sent).result
    found: Attachment = message.attachments.get()
    return found


def test_the_page_says_where_the_ticket_stands_in_plain_words(as_alice: Client, ticket: Incident, luca: Employee):
    perform(ticket, "assign", by=luca, assignee=luca)

    text = words(page(as_alice, f"/tickets/{ticket.number}/"))

    assert "With the team" in text and f"{luca.name} will start on it next." in text and "Since Monday ." in text


def test_the_conversation_holds_public_messages_and_moves_in_order(as_alice: Client, ticket: Incident, luca: Employee):
    perform(ticket, "start", by=luca)
    perform(ticket, "reply", by=luca, body="Which socket is it?")
    resolve(ticket, luca, "The socket was **dead**.")

    conversation = words(page(as_alice, f"/tickets/{ticket.number}/").select_one(".conversation"))

    order = [conversation.index(part) for part in ("Since", "Work started", "Which socket", "The socket was dead")]
    assert order == sorted(order)


def test_nothing_internal_is_on_the_page(as_alice: Client, ticket: Incident, luca: Employee):
    perform(ticket, "start", by=luca)
    perform(ticket, "note", by=luca, body="canary-note")
    upload(ticket, luca, "canary-file.txt", b"x", action="note")
    perform(ticket, "add_task", by=luca, title="canary-task")
    perform(ticket, "set_priority", by=luca, impact="low", urgency="low", priority="P1", reason="canary-priority")
    soon = timezone.now() + timedelta(days=2)
    perform(ticket, "pend", by=luca, reason="vendor", follow_up_at=soon, note="canary-pend")
    perform(ticket, "log_time", by=luca, minutes=5, note="canary-time")
    perform(ticket, "escalate", by=luca, diagnosis="canary-diagnosis")

    for address in (f"/tickets/{ticket.number}/", "/", "/tickets/?show=all", f"/tickets/{ticket.number}/cancel/"):
        assert b"canary" not in as_alice.get(address).content


def test_notes_stay_at_the_desk_even_for_those_who_read_them_there(as_luca: Client, ticket: Incident, luca: Employee):
    perform(ticket, "note", by=luca, body="canary-note")
    upload(ticket, luca, "canary-file.txt", b"x", action="note")

    response = as_luca.get(f"/tickets/{ticket.number}/")

    assert b"canary" not in response.content
    assert f"/desk/tickets/{ticket.number}/".encode() in response.content


@pytest.mark.parametrize("sub_page", SUB_PAGES)
@pytest.mark.parametrize("confidential", [False, True])
def test_strangers_find_nothing(as_charlie: Client, ticket: Incident, sub_page: str, confidential: bool):
    Incident.objects.filter(pk=ticket.pk).update(confidential=confidential)
    hidden = as_charlie.get(f"/tickets/{ticket.number}/{sub_page}")
    absent = as_charlie.get(f"/tickets/INC-999999/{sub_page}")

    assert hidden.status_code == absent.status_code == 404
    assert words(parsed(hidden, 404)) == words(parsed(absent, 404))


@pytest.mark.parametrize("action", ["reply", "confirm", "reopen", "cancel", "follow", "unfollow"])
def test_strangers_change_nothing(as_charlie: Client, ticket: Incident, action: str):
    before = Event.objects.count()

    response = as_charlie.post(
        f"/tickets/{ticket.number}/{action}/", {"version": 1, "body": "x", "reason": "withdrawn"}
    )

    assert response.status_code == 404 and Event.objects.count() == before


def test_only_the_requester_and_the_few_see_a_confidential_ticket(ticket: Incident, luca: Employee, network: Queue):
    trusted = make.make_technician(network, "view_queue", "work_l1", "view_confidential", login="trusted")
    perform(ticket, "watch", by=luca)
    Incident.objects.filter(pk=ticket.pk).update(confidential=True)

    answers = {
        person.login: signed_in(person).get(f"/tickets/{ticket.number}/").status_code
        for person in (ticket.requester, luca, trusted)
    }

    assert answers == {"alice": 200, "luca": 404, "trusted": 200}


def test_opening_a_confidential_ticket_is_an_event_once_an_hour(
    as_alice: Client, alice: Employee, ticket: Incident, time_machine
):
    Incident.objects.filter(pk=ticket.pk).update(confidential=True)
    opened = Event.objects.filter(verb="ticket.opened", actor=alice, subject_id=ticket.pk)
    time_machine.move_to("2026-11-20T10:00:00Z", tick=False)

    for _ in range(3):
        as_alice.get(f"/tickets/{ticket.number}/")
    assert opened.count() == 1

    time_machine.move_to("2026-11-20T11:00:01Z", tick=False)
    as_alice.get(f"/tickets/{ticket.number}/")
    assert opened.count() == 2
    assert not verify().faults


def test_no_get_of_the_portal_writes(as_alice: Client, as_luca: Client, ticket: Incident, luca: Employee):
    file = upload(ticket, luca, "log.txt", b"x")
    resolve(ticket, luca)
    row = Ticket.objects.filter(pk=ticket.pk).values()
    before = (row.get(), Event.objects.count(), list(Head.objects.values()))
    addresses = ["/", "/tickets/", "/tickets/?q=network", "/report/", "/profile/", "/report/people/?requested_for=ali"]
    addresses += [f"/tickets/{ticket.number}/{sub_page}" for sub_page in SUB_PAGES]
    addresses += [f"/tickets/{ticket.number}/files/{file.uuid}/"]

    with CaptureQueriesContext(connection) as statements:
        for client in (as_alice, as_luca):
            for address in addresses:
                assert client.get(address).status_code in (200, 302, 403, 409), address

    assert (row.get(), Event.objects.count(), list(Head.objects.values())) == before
    writes = [s["sql"] for s in statements if s["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in writes if "django_session" not in sql] == []


@pytest.mark.parametrize("spelling", ["inc-{serial}", "INC{serial}", "inc-0000{serial}", "INC-{serial}"])
def test_other_spellings_lead_to_the_one_address(as_alice: Client, ticket: Incident, spelling: str):
    response = as_alice.get(f"/tickets/{spelling.format(serial=ticket.pk)}/")

    assert (response.status_code, response["Location"]) == (302, f"/tickets/{ticket.number}/")


@pytest.mark.parametrize(
    "number", ["INC", "0", "INC-0", "XYZ-000001", "INC-" + "9" * 15, "INC-" + "9" * 40, "%00", "a b"]
)
def test_what_is_no_number_is_not_found(as_alice: Client, ticket: Incident, number: str):
    page(as_alice, f"/tickets/{number}/", 404)


def test_a_merged_ticket_says_so_and_names_the_other_only_to_those_who_see_it(
    as_alice: Client, alice: Employee, ticket: Incident, luca: Employee, network: Queue, charlie: Employee
):
    own = make.make_incident(network, by=alice, title="The same again")
    foreign = make.make_incident(network, by=charlie, title="Charlie has it too")
    perform(own, "merge", by=luca, into=ticket)
    text = words(page(as_alice, f"/tickets/{own.number}/"))
    assert "Handled together" in text and ticket.number in text

    perform(ticket, "merge", by=luca, into=foreign)
    text = words(page(as_alice, f"/tickets/{ticket.number}/"))
    assert "Handled together" in text and foreign.number not in text and foreign.title not in text


# SECURITY 1, 2 and 4


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_write_cannot_act(as_alice: Client, alice: Employee, network: Queue, luca: Employee, payload: str):
    clean = payload.replace("\x00", "")
    title = " ".join(clean.split())[:200]
    Employee.objects.filter(pk__in=(alice.pk, luca.pk)).update(name=title[:200])
    alice.refresh_from_db()
    luca.refresh_from_db()
    ticket = make.make_incident(network, by=alice, title=title, description=clean)
    upload(ticket, luca, title.replace("/", "") + ".txt", b"x")
    perform(ticket, "reply", by=luca, body=clean)
    resolve(ticket, luca, clean)

    for address in ("/", "/tickets/?show=all", f"/tickets/{ticket.number}/", f"/tickets/{ticket.number}/reopen/"):
        soup = page(as_alice, address)
        assert acting_parts(soup) <= OUR_OWN, address
        assert not [source for source in fetched_by_itself(soup) if "evil.example" in source]


# What the templates themselves use; nothing else in a page may act.
OUR_OWN = {
    ("script", "src"), ("a", "hx-get"), ("a", "hx-target"), ("div", "hx-ignore"), ("form", "hx-post"),
    ("form", "hx-target"), ("form", "hx-get"), ("form", "hx-trigger"), ("form", "hx-swap"), ("form", "hx-replace-url"),
}  # fmt: skip
ACTING_TAGS = [
    "iframe",
    "object",
    "embed",
    "base",
    "math",
    "style",
    "foreignobject",
    "audio",
    "video",
    "source",
    "template",
]
ACTING_SCHEMES = ("javascript:", "data:", "vbscript:")


def acting_parts(soup: BeautifulSoup) -> set[tuple[str, str]]:
    """(tag, attribute) of everything in a page that could act; a script without a source counts as inline."""
    parts = {("script", "src" if tag.get("src") else "inline") for tag in soup.select("script")}
    parts |= {(tag.name, "") for tag in soup.find_all(ACTING_TAGS)}
    parts |= {("link", str(tag["href"])) for tag in soup.select("link") if not str(tag["href"]).startswith("/static/")}
    for tag in soup.find_all(True):
        names = {name.lower() for name in tag.attrs}
        acting = {n for n in names if n.startswith(("on", "hx-", "data-hx-", "formaction")) or n in ("style", "srcdoc")}
        parts |= {(tag.name, name) for name in acting}
        if "".join(str(tag.get("href", "")).split()).lower().startswith(ACTING_SCHEMES):
            parts.add((tag.name, "href"))
    return parts


def fetched_by_itself(soup: BeautifulSoup) -> list[str]:
    """Addresses that the page fetches or sends to without anybody following a link."""
    names = ("src", "srcset", "poster", "data", "action", "formaction", "background")
    return [str(tag[name]) for tag in soup.find_all(True) for name in names if tag.get(name)]


def test_the_search_for_acting_parts_finds_them():
    planted = (
        "<p onclick=x style=y><iframe></iframe><a href=' java\tscript:x'>x</a><b hx-post=/x>b</b><script>x</script>"
    )

    found = acting_parts(BeautifulSoup(planted, "html.parser"))

    assert found == {
        ("p", "onclick"), ("p", "style"), ("iframe", ""), ("a", "href"), ("b", "hx-post"), ("script", "inline"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evil.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("evil.html", b"<script>alert(1)</script>"),
        ("evil.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"),
        ("polyglot.gif", b"GIF89a/*<script>alert(1)</script>*/"),
        ("report.pdf", b"%PDF-1.4 <script>"),
    ],
)
def test_a_file_is_only_ever_a_download(as_alice: Client, ticket: Incident, luca: Employee, name: str, content: bytes):
    file = upload(ticket, luca, name, content)

    response = as_alice.get(f"/tickets/{ticket.number}/files/{file.uuid}/")

    assert b"".join(response.streaming_content) == content
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;") and name in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\u202egpj.exe", "x\u200b.txt", 'q"uote.txt', "новый.txt", "报告.pdf", "a\r\nSet-Cookie: x"],
)
def test_file_names_are_only_words(as_alice: Client, ticket: Incident, luca: Employee, name: str):
    file = upload(ticket, luca, name, b"x")

    response = as_alice.get(f"/tickets/{ticket.number}/files/{file.uuid}/")
    page(as_alice, f"/tickets/{ticket.number}/")

    disposition = response["Content-Disposition"]
    assert "\r" not in disposition and "\u202e" not in disposition and ".." not in disposition
    assert "Set-Cookie" not in response and file.file.name.endswith(file.uuid.hex)


def test_files_of_others_and_of_notes_are_not_found(
    as_alice: Client, as_charlie: Client, as_luca: Client, ticket: Incident, luca: Employee, charlie: Employee
):
    public = upload(ticket, luca, "public.txt", b"x")
    internal = upload(ticket, luca, "internal.txt", b"x", action="note")
    other = make.make_incident(ticket.queue, by=charlie)

    def status(client: Client, of: Incident, file: Attachment) -> int:
        return client.get(f"/tickets/{of.number}/files/{file.uuid}/").status_code

    assert [status(as_alice, ticket, public), status(as_alice, ticket, internal)] == [200, 404]
    assert [status(as_charlie, ticket, public), status(as_charlie, other, public)] == [404, 404]
    assert status(as_luca, ticket, internal) == 200


def test_a_ticket_page_asks_a_fixed_number_of_questions(
    as_alice: Client, alice: Employee, ticket: Incident, luca: Employee, network: Queue
):
    counts = []
    for n in (1, 8):
        for k in range(n):
            upload(ticket, luca, f"{n}-{k}.txt", b"x")
            perform(ticket, "assign", by=luca, assignee=luca)
            perform(ticket, "note", by=luca, body="A note.")
            perform(ticket, "watch", by=luca, employee=make.make_employee())
            perform(make.make_incident(network, by=alice), "merge", by=luca, into=ticket)
        as_alice.get(f"/tickets/{ticket.number}/")
        with CaptureQueriesContext(connection) as statements:
            page(as_alice, f"/tickets/{ticket.number}/")
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 15


def test_htmx_gets_the_ticket_alone(as_alice: Client, ticket: Incident):
    response = as_alice.get(f"/tickets/{ticket.number}/", headers={"HX-Request": "true"})

    assert b"<html" not in response.content and ticket.title.encode() in response.content
