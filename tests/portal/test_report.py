"""Reporting a problem, for oneself and as a technician for a caller."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from directory.absences import go_away
from directory.models import Absence, Employee
from directory.services import deactivate
from incidents.models import Incident
from incidents.services import report_incident
from servicedesk.audit.models import Event
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.time import now
from servicedesk.tickets.models import Attachment, Queue
from tests import factories as make

from .reading import page, parsed, words

pytestmark = pytest.mark.django_db


def only() -> Incident:
    return Incident.objects.get()


def test_an_employee_reports_with_a_title_and_a_file(as_alice: Client, alice: Employee, network: Queue):
    file = SimpleUploadedFile("error.png", b"\x89PNG\r\n\x1a\n")

    response = as_alice.post("/report/", {"title": "The lamp is dark", "description": "Since noon", "files": [file]})

    incident = only()
    assert response["Location"] == f"/tickets/{incident.number}/"
    assert (incident.requester, incident.queue, incident.channel, incident.priority) == (alice, network, "portal", "P3")
    text = words(page(as_alice, response["Location"]))
    assert f"Your report has the number {incident.number}." in text and "error.png" in text


def test_a_category_chooses_the_queue(as_alice: Client, network: Queue):
    hr = make.make_queue("hr")
    category = make.make_category("Payroll", queue=hr)

    as_alice.post("/report/", {"title": "Payslip missing", "category": category.slug})

    assert (only().queue, only().category) == (hr, category)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "two\nlines \x07"}, "title"),
        ({"title": "Lamp", "description": "x" * 20_001}, "description"),
        ({"title": "Lamp", "category": "no-such"}, "category"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(
    as_alice: Client, network: Queue, data: dict, field: str
):
    soup = parsed(as_alice.post("/report/", {"description": "Kept text", **data}), 422)

    assert soup.select(f"#id_{field}_error") and soup.select(f".error-summary a[href='#id_{field}']")
    if field != "description":
        assert soup.select_one("textarea[name=description]").text.strip() == "Kept text"
    assert not Incident.objects.exists()


def test_a_file_that_is_too_large_leaves_no_half_report(as_alice: Client, network: Queue, settings):
    settings.ATTACHMENT_MAX_BYTES = 1024
    files = [SimpleUploadedFile("small.txt", b"x"), SimpleUploadedFile("big.bin", b"x" * 2000)]

    soup = parsed(as_alice.post("/report/", {"title": "Lamp", "files": files}), 422)

    assert "big.bin is larger than" in words(soup)
    assert not Incident.objects.exists() and not Attachment.objects.exists() and not Event.objects.exists()


def test_eleven_files_are_too_many(as_alice: Client, network: Queue):
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]

    soup = parsed(as_alice.post("/report/", {"title": "Lamp", "files": files}), 422)

    assert soup.select("#id_files_error")


def test_an_employee_is_not_offered_what_the_desk_decides(as_alice: Client, network: Queue, charlie: Employee):
    soup = page(as_alice, "/report/")
    assert {tag["name"] for tag in soup.select("main form [name]")} == {
        "csrfmiddlewaretoken", "title", "description", "category", "files", "confidential",
    }  # fmt: skip

    as_alice.post(
        "/report/",
        {"title": "Lamp", "requested_for": "charlie", "impact": "high", "urgency": "high", "queue": "network",
         "channel": "phone", "priority": "P1", "assignee": "alice", "state": "closed"},
    )  # fmt: skip

    incident = only()
    assert (incident.requester.login, incident.priority, incident.channel, incident.state) == (
        "alice",
        "P3",
        "portal",
        "new",
    )


def test_a_confidential_report_is_read_by_few(as_alice: Client, as_luca: Client, network: Queue):
    make.make_technician(network, "view_queue", "work_l1", "view_confidential")

    as_alice.post("/report/", {"title": "Salary list is open to all", "confidential": "on"})

    assert only().confidential
    page(as_luca, f"/tickets/{only().number}/", 404)


def test_a_technician_reports_for_a_caller(as_luca: Client, luca: Employee, charlie: Employee, network: Queue):
    response = as_luca.post(
        "/report/",
        {"title": "Lamp", "requested_for": "charlie", "impact": "high", "urgency": "high", "channel": "phone",
         "queue": "network"},
    )  # fmt: skip

    incident = only()
    assert (incident.requester, incident.channel, incident.priority) == (charlie, "phone", "P1")
    assert "Reported for Charlie Costa" in words(page(as_luca, response["Location"]))
    created = Event.objects.get(verb="incident.created")
    assert (created.actor, created.on_behalf_of) == (luca, charlie)


def test_a_technician_left_to_the_defaults_reports_nothing_urgent(as_luca: Client, network: Queue):
    soup = page(as_luca, "/report/")
    chosen = {
        select["name"]: (select.select_one("option[selected]") or {"value": ""})["value"]
        for select in soup.select("main select")
    }

    as_luca.post("/report/", {"title": "My own chair", **chosen})

    assert (only().priority, only().channel, only().requester.login) == ("P3", "portal", "luca")


@pytest.mark.parametrize("typed", ["charlie", "CHARLIE", "Charlie Costa", "charlie@example.com"])
def test_the_caller_is_found_by_login_name_or_mail(as_luca: Client, charlie: Employee, network: Queue, typed: str):
    as_luca.post("/report/", {"title": "Lamp", "requested_for": typed})

    assert only().requester == charlie


def test_part_of_a_name_brings_the_logins_to_choose_from(as_luca: Client, charlie: Employee, network: Queue):
    make.make_employee("carla.costa", name="Carla Costa")

    soup = parsed(as_luca.post("/report/", {"title": "Lamp", "requested_for": "costa"}), 422)

    text = words(soup)
    assert "Carla Costa (carla.costa)" in text and "Charlie Costa (charlie)" in text
    assert not Incident.objects.exists()


def test_nobody_reports_for_an_unknown_or_former_employee(as_luca: Client, charlie: Employee, network: Queue):
    deactivate(charlie)

    for typed in ("nobody at all", "charlie", "\x00"):
        assert parsed(as_luca.post("/report/", {"title": "Lamp", "requested_for": typed}), 422)
    assert not Incident.objects.exists()


def test_a_report_into_a_queue_one_does_not_see_says_where_it_went(as_luca: Client, charlie: Employee, network: Queue):
    make.make_queue("hr", name="Human resources")

    response = as_luca.post("/report/", {"title": "Payslip", "requested_for": "charlie", "queue": "hr"}, follow=True)

    assert response.redirect_chain == [("/report/", 302)]
    assert "Human resources has it" in words(parsed(response))


def test_files_for_a_queue_one_does_not_see_are_refused_with_the_report(
    as_luca: Client, charlie: Employee, network: Queue
):
    make.make_queue("hr")
    data = {"title": "Payslip", "requested_for": "charlie", "queue": "hr", "files": [SimpleUploadedFile("a.txt", b"a")]}

    soup = parsed(as_luca.post("/report/", data), 422)

    assert "ask the caller to add them" in words(soup) and not Incident.objects.exists()


def test_suggestions_are_for_technicians(as_alice: Client, as_luca: Client, charlie: Employee):
    deactivate(make.make_employee("charlotte", name="Charlotte Gone"))

    page(as_alice, "/report/people/", 403, requested_for="char")
    found = page(as_luca, "/report/people/", requested_for="char").select("option")

    assert [option["value"] for option in found] == ["charlie"]
    assert not page(as_luca, "/report/people/", requested_for="c").select("option")


def test_without_a_queue_the_report_says_who_can_help(as_alice: Client):
    soup = parsed(as_alice.post("/report/", {"title": "Lamp"}), 422)

    assert "No queue takes new tickets" in words(soup)


def test_who_stands_in_for_somebody_reports_for_them_while_it_lasts(
    as_alice: Client, alice: Employee, charlie: Employee, network: Queue
) -> None:
    assert "For whom" not in as_alice.get("/report/").content.decode()
    today = timezone.localdate()
    go_away(charlie, starts_on=today, ends_on=today + timedelta(days=2), delegate=alice)
    assert "For whom" in as_alice.get("/report/").content.decode()

    answer = as_alice.post("/report/", {"title": "His phone rings all day", "requested_for": "charlie"})

    incident = Incident.objects.get()
    assert answer.status_code == 302
    assert (incident.requester, incident.requested_for) == (alice, charlie)
    assert Event.objects.get(verb="incident.created").actor == alice
    for_another = {"title": "Hers", "requested_for": "dora"}
    make.make_employee("dora")
    assert as_alice.post("/report/", for_another).status_code == 422
    Absence.objects.update(starts_at=now() - timedelta(days=4), ends_at=now() - timedelta(days=1))
    with pytest.raises(InvalidPayload, match="for yourself only"):
        report_incident(by=alice, title="Too late", requested_for="charlie")
