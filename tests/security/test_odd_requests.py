"""Requests that no page of ours makes: each is refused with a sentence, shows nothing and breaks nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from incidents.models import Incident
from servicedesk.portal.forms import MOST_FILES
from servicedesk.tickets.models import Queue
from servicedesk.workflow import perform
from tests import factories as make
from tests.api.conftest import client_of, send

pytestmark = pytest.mark.django_db

WORK = "how the desk works, canary-51c0"


@pytest.fixture
def queue() -> Queue:
    return make.make_queue("service-desk", is_default=True)


@pytest.fixture
def agent(queue):
    return make.make_agent(queue, 1, "ada")


@pytest.fixture
def incident(queue) -> Incident:
    return make.make_incident(queue)


@pytest.mark.parametrize("name", ["title", "description"])
def test_a_file_under_the_name_of_a_text_empties_no_text(client: Client, agent, incident, name) -> None:
    incident = perform(incident, "edit", by=agent, title="The printer burns", description="Since nine")
    client.force_login(agent)

    client.post(
        f"/desk/tickets/{incident.number}/edit/",
        {"version": incident.version, name: SimpleUploadedFile("a.txt", b"text")},
    )

    kept = Incident.objects.get(pk=incident.pk)
    assert (kept.title, kept.description) == ("The printer burns", "Since nine")


def test_tasks_are_read_by_the_desk_and_by_who_has_to_do_them(client: Client, agent, incident) -> None:
    elsewhere = make.make_queue("elsewhere")
    reader = make.make_agent(elsewhere, 1, "sam")  # has a desk, yet follows this ticket as anybody may
    perform(incident, "watch", by=agent, employee=reader)
    perform(incident, "add_task", by=agent, title=WORK)
    client.force_login(reader)

    def shown() -> list[str]:
        rows = send(client_of(reader), "get", f"incidents/{incident.number}/tasks/").json()["results"]
        return [row["title"] for row in rows]

    assert shown() == []
    assert WORK not in client.get(f"/desk/tickets/{incident.number}/").content.decode()
    perform(incident, "add_task", by=agent, title="Yours", queue=elsewhere, assignee=reader)
    assert shown() == ["Yours"]
    client.force_login(agent)
    assert WORK in client.get(f"/desk/tickets/{incident.number}/").content.decode()


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "0001-01-01"]
)
def test_a_task_is_due_at_a_time_that_every_zone_knows(agent, incident, moment) -> None:
    answer = send(client_of(agent), "post", f"incidents/{incident.number}/tasks/", {"title": "x", "due_at": moment})

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"due_at"}


@pytest.mark.parametrize("title", ["\u200b", "\u2060\ufeff\u00a0", "\ue000", "a\u0085b", "a\u009bb"], ids=ascii)
def test_a_title_can_be_seen_and_stands_on_one_line(agent, queue, title) -> None:
    answer = send(client_of(agent), "post", "incidents/", {"title": title})

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"title"}


def test_a_message_can_be_seen(agent, incident) -> None:
    answer = send(client_of(agent), "post", f"incidents/{incident.number}/messages/", {"body": "\u200b\n\u200b"})

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"body"}


def test_a_confidential_ticket_is_not_routed_to_where_nobody_may_read_it(queue) -> None:
    agent = make.make_technician(queue, "view_queue", "view_confidential", "work_l1")
    readers, strangers = make.make_queue("human-resources"), make.make_queue("facilities")
    make.make_technician(readers, "view_queue", "view_confidential", "work_l1")
    make.make_agent(strangers, 1)
    incident = make.make_incident(queue, confidential=True)
    api = client_of(agent)

    def routed(to: str) -> int:
        body = {"queue": to, "reason": "It is theirs"}
        path = f"incidents/{incident.number}/transitions/route/"
        return send(api, "post", path, body, version=incident.version).status_code

    assert routed("facilities") == 422
    assert Incident.objects.get(pk=incident.pk).queue == queue
    assert routed("human-resources") in (200, 204)


@pytest.mark.parametrize("path", ["/login/", "/tickets/"])
def test_a_form_in_an_encoding_that_cannot_be_read_is_refused(path) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get("/login/")  # for the cookie: without it, the form is not read at all

    answer = client.post(path, b"title=x", content_type="application/x-www-form-urlencoded; charset=utf-16")

    assert answer.status_code == 400


@pytest.mark.parametrize("version", ["\x00", "a\r\nX: y", "é"])
def test_the_description_of_the_api_takes_nothing_from_the_address_into_a_header(agent, version) -> None:
    answer = client_of(agent).get("/api/v1/schema/", {"version": version})

    assert answer.status_code == 200
    assert version not in answer["Content-Disposition"]


@pytest.mark.parametrize("key", ["9" * 30, "-" + "9" * 30])
@pytest.mark.parametrize("table", ["incidents/incident", "tickets/ticket", "directory/employee", "audit/event"])
def test_no_number_is_too_large_for_the_rescue_pages(client: Client, table, key) -> None:
    client.force_login(make.make_administrator())

    assert client.get(f"/admin/{table}/{key}/change/").status_code in (302, 404)


def _upload(client: Client, path: str, size: int, **more) -> int:
    """The answer to a body that is announced as ``size`` bytes large."""
    body = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n--B--\r\n'
    more |= {"CONTENT_LENGTH": str(size)}
    return client.generic("POST", path, body, "multipart/form-data; boundary=B", **more).status_code


def test_a_body_that_its_sender_may_never_send_is_not_read(client: Client, agent, settings) -> None:
    small, large = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.REQUEST_MAX_BYTES
    settings.FILE_UPLOAD_HANDLERS = ["tests.security.test_odd_requests.NeverAsked"]

    assert _upload(client, "/login/", 2 * small) == 413
    assert _upload(client, "/api/v1/incidents/", 2 * small) == 413
    client.force_login(agent)
    assert _upload(client, "/report/", 2 * large) == 413
    assert _upload(client, "/api/v1/incidents/", 2 * large) == 413
    with pytest.raises(AssertionError, match="asked"):
        _upload(client, "/report/", 2 * small)


class NeverAsked:
    """An upload handler that must not be reached."""

    def __init__(self, request: object) -> None:
        raise AssertionError("an upload handler was asked")


def test_several_files_of_the_largest_size_fit_into_one_form(settings) -> None:
    assert settings.REQUEST_MAX_BYTES > MOST_FILES * settings.ATTACHMENT_MAX_BYTES


@pytest.mark.parametrize("key", ["9" * 30, "-1", "x", "\x00", "²"])
def test_rows_of_the_rescue_pages_are_chosen_by_keys_alone(client: Client, key) -> None:
    client.force_login(make.make_administrator())

    for table, action in (("tickets/ticket", "start"), ("outbox/dispatch", "send_dead_again")):
        answer = client.post(f"/admin/{table}/", {"action": action, "_selected_action": [key]})
        assert answer.status_code == 400, table
