"""What is refused comes back with its text: at the field, beside what changed, or to copy."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from directory.models import Employee
from servicedesk.tickets.models import Queue
from servicedesk.workflow import carry_out, perform
from tests import factories as make

pytestmark = pytest.mark.django_db
TEXT = "A long and careful answer"


def soup_of(response: object) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([SimpleUploadedFile("big.bin", b"x" * (26 * 1024 * 1024))], "big.bin is larger than 25 MB"),
        ([SimpleUploadedFile("empty.txt", b"")], "empty"),
    ],
    ids=["26 MB", "empty"],
)
def test_a_refused_file_costs_no_text(
    desk: Client, network: Queue, alice: Employee, files: list[SimpleUploadedFile], sentence: str
) -> None:
    ticket = make.make_incident(network, by=alice)
    for file in files:
        file.seek(0)

    answer = desk.post(f"/desk/tickets/{ticket.number}/", {"kind": "note", "body": TEXT, "files": files})

    soup = soup_of(answer)
    assert answer.status_code == 422
    assert sentence in soup.select_one(".error-summary").get_text()
    assert soup.select_one("textarea[name=body]").get_text() == TEXT
    assert soup.select_one("input[name=kind][checked]")["value"] == "note"
    assert "Choose your files again" in soup.get_text()
    assert not ticket.messages.exists() and not ticket.attachments.exists()


def test_errors_of_the_composer_lead_to_its_fields(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)

    soup = soup_of(desk.post(f"/desk/tickets/{ticket.number}/", {"kind": "reply", "body": " "}))

    target = soup.select_one(".error-summary a")["href"].removeprefix("#")
    assert soup.find(id=target).name == "textarea"


def test_a_message_of_no_kind_is_asked_again_with_its_text(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)

    answer = desk.post(f"/desk/tickets/{ticket.number}/", {"kind": "shout", "body": TEXT})

    assert answer.status_code == 422
    assert "a reply or an internal note" in soup_of(answer).select_one(".error-summary").get_text()
    assert soup_of(answer).select_one("textarea[name=body]").get_text() == TEXT


def test_a_move_that_is_over_gives_the_text_back_to_copy(
    desk: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    ticket = make.make_incident(network, by=alice)
    seen = ticket.version
    perform(ticket, "cancel", by=alice, reason="withdrawn")
    address = f"/desk/tickets/{ticket.number}/escalate/"

    answer = desk.post(address, {"version": seen, "diagnosis": TEXT})

    soup = soup_of(answer)
    assert answer.status_code == 409
    assert "Alice cancelled it" in soup.select_one("[role=alert]").get_text()
    assert soup.select_one("textarea[readonly]").get_text() == TEXT
    in_dialog = desk.post(address, {"version": seen, "diagnosis": TEXT}, headers={"hx-request": "true"})
    assert in_dialog.status_code == 409 and soup_of(in_dialog).select_one("[data-error] [data-sentence]")


def test_what_is_not_allowed_gives_the_text_back_too(client: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)
    client.force_login(make.make_analyst(network))

    answer = client.post(f"/desk/tickets/{ticket.number}/", {"kind": "reply", "body": TEXT})

    assert answer.status_code == 403
    assert soup_of(answer).select_one("textarea[readonly]").get_text() == TEXT
    assert not ticket.messages.exists()


def test_a_session_that_ended_sends_to_the_login_and_writes_nothing(
    client: Client, network: Queue, alice: Employee
) -> None:
    ticket = make.make_incident(network, by=alice)

    answer = client.post(f"/desk/tickets/{ticket.number}/", {"kind": "reply", "body": TEXT})

    assert answer.headers["Location"].startswith("/login/?next=/desk/tickets/")
    assert not ticket.messages.exists()


def test_links_name_the_task_and_the_proposal_that_the_form_is_about(
    desk: Client, client: Client, network: Queue, alice: Employee, luca: Employee
) -> None:
    ticket = make.make_incident(network, by=alice, impact="low")
    trainee = make.make_trainee(network)
    for title in ("First", "Second"):
        carry_out(ticket, "add_task", by=luca, details={"title": title})
        carry_out(ticket, "propose", by=trainee, details={"kind": "reply", "body": title})

    soup = soup_of(desk.get(f"/desk/tickets/{ticket.number}/"))
    for action, field in (("skip_task", "task"), ("discard", "proposal")):
        links = [a["href"] for a in soup.select(f"a[href*='/{action}/?']")]
        assert len(links) == 2
        for link in links:
            chosen = soup_of(desk.get(link)).select_one(f"select[name={field}] option[selected]")
            assert chosen["value"] == link.partition("=")[2]


def test_a_new_ticket_split_off_starts_with_an_empty_form(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice, title="Two things at once")

    soup = soup_of(desk.get(f"/desk/tickets/{ticket.number}/split/"))

    assert not soup.select_one("input[name=title]").get("value")


def test_drafts_are_kept_for_each_ticket_person_and_kind(desk: Client, network: Queue, alice: Employee) -> None:
    keys = set()
    for _number in range(2):
        ticket = make.make_incident(network, by=alice)
        form = soup_of(desk.get(f"/desk/tickets/{ticket.number}/")).select_one("form.composer")
        assert form["data-draft-by"] == "kind"
        keys.add(form["data-draft"])
    assert len(keys) == 2


def test_far_too_many_files_are_refused_as_a_whole(desk: Client, network: Queue, alice: Employee) -> None:
    ticket = make.make_incident(network, by=alice)
    files = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(201)]

    answer = desk.post(f"/desk/tickets/{ticket.number}/", {"kind": "note", "body": TEXT, "files": files})

    # The form is not read at all, so the page cannot give the text back; the browser's own copy can.
    assert answer.status_code in (400, 422)
    assert soup_of(answer).select_one("[data-error], .error-summary")
    assert not ticket.messages.exists() and not ticket.attachments.exists()
