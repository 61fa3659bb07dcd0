"""Nobody reaches what they may not see: by address, by relation, by list or by log (SECURITY, rows 6, 7, 10, 11)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from directory.models import MailAddress
from incidents.api import urlpatterns as incident_urls
from incidents.models import Incident
from servicedesk.audit.models import Event
from servicedesk.tickets.api.urls import urlpatterns as ticket_urls
from servicedesk.tickets.models import Attachment, Link, Message, Task
from servicedesk.workflow import carry_out, perform
from tests.factories import make_department, make_employee, make_incident, make_location, make_photo

from .conftest import client_of, send, ticket_events

CANARY = "canary-7f3a"


@pytest.fixture
def full(incident, people):
    """An incident with everything that hangs on one."""
    agent = people["agent"]
    perform(incident, "reply", by=agent, body="We look into it")
    perform(incident, "note", by=agent, body=f"note {CANARY}")
    perform(incident, "add_task", by=agent, title="Look at the router")
    for internal in (False, True):
        file = SimpleUploadedFile(f"{CANARY if internal else 'plan'}.txt", b"text")
        carry_out(incident, "attach", by=agent, details={"internal": internal}, files={"file": file})
    perform(incident, "watch", by=agent, employee=people["watcher"])
    return Incident.objects.get(pk=incident.pk)


def addresses(patterns, ticket):
    """Every address below a ticket, filled in with that ticket's own ids."""
    uuids = {
        "attachments": Attachment.objects.filter(ticket=ticket).first().uuid,
        "tasks": Task.objects.filter(ticket=ticket).first().uuid,
    }
    for pattern in patterns:
        route = str(pattern.pattern)
        if "<str:number>" not in route:
            continue
        tail = route.split("/")[2]
        yield (
            (
                route.replace("<str:number>", ticket.number)
                .replace("<uuid:uuid>", str(uuids.get(tail, "")))
                .replace("<slug:move>", "start")
                .replace("<slug:action>", "watch")
            ),
            pattern.callback.view_class,
        )


@pytest.mark.parametrize("role", ["stranger", "colleague"])
def test_every_address_of_a_ticket_is_404_for_who_may_not_see_it(clients, full, role):
    events = ticket_events()
    tried = 0

    for path, view in [*addresses(ticket_urls, full), *addresses(incident_urls, full)]:
        for method in ("get", "post", "patch"):
            if hasattr(view, method):
                kind = "multipart" if method == "post" and "attachments" in path else "json"
                response = getattr(clients[role], method)(f"/api/v1/{path}", {}, format=kind, HTTP_IF_MATCH='"1"')
                assert response.status_code == 404, (method, path)
                tried += 1

    assert tried >= 22
    assert ticket_events() == events


def test_every_address_of_a_ticket_is_401_for_nobody(client, full):
    for path, view in [*addresses(ticket_urls, full), *addresses(incident_urls, full)]:
        for method in ("get", "post", "patch"):
            if hasattr(view, method):
                assert getattr(client, method)(f"/api/v1/{path}").status_code == 401, (method, path)


def test_the_same_addresses_answer_those_who_may_see_it(clients, full):
    for path, view in [*addresses(ticket_urls, full), *addresses(incident_urls, full)]:
        if hasattr(view, "get"):
            assert send(clients["agent"], "get", path).status_code == 200, path


@pytest.mark.parametrize("collection", ["tickets/", "incidents/"])
@pytest.mark.parametrize(
    ("role", "sees"),
    [("requester", True), ("watcher", True), ("agent", True), ("engineer", True), ("analyst", True),
     ("stranger", False), ("colleague", False)],
)  # fmt: skip
def test_a_list_holds_what_its_reader_may_see(clients, full, collection, role, sees):
    numbers = [row["number"] for row in send(clients[role], "get", collection).json()["results"]]

    assert (full.number in numbers) is sees


def test_a_confidential_ticket_is_in_no_list_and_at_no_address_for_the_team(clients, queue, people):
    hidden = make_incident(queue, by=people["requester"], confidential=True, title=CANARY)

    for role in ("agent", "engineer", "coordinator", "manager", "trainee", "analyst", "colleague"):
        for path in ("tickets/", "incidents/", f'tickets/?q=title ~ "{CANARY}"', f"incidents/{hidden.number}/"):
            assert CANARY not in send(clients[role], "get", path).content.decode(), (role, path)
    assert send(clients["requester"], "get", f"incidents/{hidden.number}/").json()["title"] == CANARY


@pytest.mark.parametrize("role", ["requester", "watcher"])
def test_notes_and_their_files_reach_nobody_outside_the_desk(clients, full, role):
    secret = Attachment.objects.get(ticket=full, internal=True)

    for path, view in [*addresses(ticket_urls, full), *addresses(incident_urls, full)]:
        if hasattr(view, "get"):
            response = send(clients[role], "get", path)
            content = b"".join(response) if response.streaming else response.content
            assert CANARY not in content.decode() and str(secret.uuid) not in content.decode(), path
    assert send(clients[role], "get", f"incidents/{full.number}/attachments/{secret.uuid}/").status_code == 404
    assert send(clients["agent"], "get", f"incidents/{full.number}/attachments/{secret.uuid}/").status_code == 200


def test_the_file_or_task_of_one_ticket_is_not_found_under_another(clients, full, queue):
    other = make_incident(queue)

    for address in (f"attachments/{Attachment.objects.first().uuid}", f"tasks/{Task.objects.first().uuid}"):
        assert send(clients["agent"], "get", f"incidents/{full.number}/{address}/").status_code == 200
        assert send(clients["agent"], "get", f"incidents/{other.number}/{address}/").status_code == 404


def hidden_relations(hidden):
    """(address below the ticket, body, field that names the hidden record): each relation of a payload."""
    number = hidden.number
    message = Message.objects.create(ticket=hidden, author=hidden.requester, body="hidden")
    task = Task.objects.create(ticket=hidden, queue=hidden.queue, title="hidden")
    file = Attachment.objects.create(
        ticket=hidden, uploader=hidden.requester, name="a", size=1, sha256="", content_type="text/plain", file="none"
    )
    return [
        ("transitions/merge/", {"into": number}, "into"),
        ("transitions/cancel/", {"reason": "duplicate", "duplicate_of": number}, "duplicate_of"),
        ("actions/link/", {"other": number}, "other"),
        ("actions/unlink/", {"other": number}, "other"),
        ("actions/split/", {"title": "x", "message": str(message.uuid)}, "message"),
        ("actions/complete_task/", {"task": str(task.uuid)}, "task"),
        ("actions/skip_task/", {"task": str(task.uuid), "reason": "x"}, "task"),
        ("messages/", {"body": "x", "attachments": [str(file.uuid)]}, "attachments"),
        ("transitions/assign/", {"assignee": "sam"}, "assignee"),
        ("tasks/", {"title": "x", "assignee": "sam"}, "assignee"),
        ("actions/watch/", {"employee": "system.console"}, "employee"),
    ]


def test_a_hidden_record_cannot_be_named_in_any_relation(clients, full, other_queue):
    hidden = make_incident(other_queue)
    cases = hidden_relations(hidden)
    events, version = ticket_events(), Incident.objects.get(pk=full.pk).version

    for tail, body, field in cases:
        response = send(clients["agent"], "post", f"incidents/{full.number}/{tail}", body, version=version)
        assert response.status_code == 422, (tail, response.content)
        assert set(response.json()["errors"]) == {field}, tail

    assert ticket_events() == events
    assert not Link.objects.exists()


def test_a_hidden_ticket_and_none_are_refused_in_the_same_words(clients, full, other_queue):
    hidden = make_incident(other_queue)
    path = f"incidents/{full.number}/actions/link/"

    answers = [send(clients["agent"], "post", path, {"other": number}) for number in (hidden.number, "INC-999999")]

    assert answers[0].json() == answers[1].json()


def test_only_a_technician_reports_for_another_person(clients, people):
    body = {"title": "The screen is black", "requested_for": "carl"}

    refused = send(clients["requester"], "post", "incidents/", body)
    made = send(clients["agent"], "post", "incidents/", body)

    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"requested_for"})
    assert (made.status_code, made.json()["requester"]) == (201, "carl")
    event = Event.objects.get(verb="incident.created")
    assert (event.actor, event.on_behalf_of) == (people["agent"], people["colleague"])


def test_a_link_to_a_hidden_ticket_is_not_shown(clients, full, other_queue, people):
    hidden, shown = make_incident(other_queue), make_incident(full.queue)
    for other in (hidden, shown):
        Link.objects.create(ticket_id=full.pk, other_id=other.pk, by=people["agent"])

    links = send(clients["agent"], "get", f"incidents/{full.number}/").json()["links"]

    assert links == [{"kind": "relates", "number": shown.number, "inbound": False}]


def test_a_merge_into_a_hidden_ticket_shows_no_number(clients, full, queue, people):
    other = make_incident(queue)
    perform(full, "merge", by=people["agent"], into=other.number)

    path = f"incidents/{full.number}/"
    assert send(clients["agent"], "get", path).json()["merged_into"] == other.number
    assert send(clients["requester"], "get", path).json()["merged_into"] is None
    told = send(clients["agent"], "get", f"{path}events/").json()["results"][-1]
    assert told["details"]["into"] == other.number


def test_a_requester_reads_how_far_the_work_is_and_no_details(clients, full, people, other_queue):
    perform(full, "assign", by=people["agent"], assignee="ada")
    perform(full, "route", by=people["agent"], queue=other_queue.slug, reason="Theirs")

    told = send(clients["requester"], "get", f"incidents/{full.number}/events/").json()["results"]

    assert all(event["details"] == {} for event in told)
    assert {event["verb"] for event in told} == {
        "incident.created", "ticket.replied", "incident.assigned", "incident.routed",
    }  # fmt: skip


def test_details_of_the_log_hold_logins_and_slugs(clients, full, people):
    perform(full, "assign", by=people["agent"], assignee="ada")

    told = send(clients["agent"], "get", f"incidents/{full.number}/events/").json()["results"]

    by_verb = {event["verb"]: event["details"] for event in told}
    assert by_verb["incident.assigned"]["changes"]["assignee"] == [None, "ada"]
    assert by_verb["incident.created"]["changes"]["queue"][1] in ("service-desk", None)
    assert by_verb["ticket.watched"]["employee"] == "walter"


def test_moving_a_ticket_out_of_ones_own_sight_answers_without_it(clients, incident, other_queue):
    body = {"queue": other_queue.slug, "reason": "Theirs"}

    response = send(clients["agent"], "post", f"incidents/{incident.number}/transitions/route/", body, version=1)

    assert (response.status_code, response.content) == (204, b"")
    assert send(clients["agent"], "get", f"incidents/{incident.number}/").status_code == 404


TICKET_KEYS = {
    "number", "kind", "state", "is_open", "title", "queue", "tier", "category", "assignee", "requester",
    "requested_for", "department", "location", "impact", "urgency", "priority", "confidential", "channel", "tags",
    "pending_reason", "follow_up_at", "merged_into", "next_due_at", "opened_at", "updated_at", "resolved_at",
    "closed_at", "version",
}  # fmt: skip
DETAIL_KEYS = TICKET_KEYS | {"description", "links", "watchers"}
KEYS = {
    "tickets/": TICKET_KEYS,
    "incidents/": TICKET_KEYS | {"is_major"},
    "tickets/{number}/": DETAIL_KEYS,
    "incidents/{number}/": DETAIL_KEYS | {"is_major", "resolution_code", "resolution_text", "reopen_count"},
    "incidents/{number}/messages/": {"uuid", "author", "internal", "body", "at", "channel", "attachments"},
    "incidents/{number}/attachments/": {
        "uuid", "name", "size", "sha256", "content_type", "internal", "uploader", "message", "at",
    },
    "incidents/{number}/events/": {
        "sequence", "verb", "actor", "on_behalf_of", "source", "target", "at", "recorded_at", "channel", "details",
        "text",
    },
    "incidents/{number}/tasks/": {
        "uuid", "title", "state", "queue", "assignee", "due_at", "done_by", "done_at", "skip_reason", "after",
    },
    "incidents/{number}/transitions/": {"name", "label", "allowed", "reason", "fields"},
    "employees/": {
        "login", "name", "kind", "email", "further_addresses", "title", "phone", "department", "location", "manager",
        "time_zone", "photo", "is_active", "deactivated_at",
    },
    "queues/": {"slug", "name", "description", "tiers", "is_active", "is_default"},
}  # fmt: skip


@pytest.mark.parametrize("path", KEYS)
@pytest.mark.parametrize("role", ["requester", "watcher", "agent", "engineer", "coordinator", "manager", "analyst"])
def test_the_keys_that_a_role_reads_are_these(clients, full, path, role):
    body = send(clients[role], "get", path.format(number=full.number)).json()
    rows = body if isinstance(body, list) else body.get("results", [body])

    how_the_desk_works = path.endswith("/tasks/") and role in ("requester", "watcher")
    assert bool(rows) is not how_the_desk_works
    for row in rows:
        assert set(row) == KEYS[path]


def test_people_are_looked_up_by_the_desk_and_others_find_themselves(clients, people):
    make_employee("gone", is_active=False)

    logins = {row["login"] for row in send(clients["agent"], "get", "employees/?limit=100").json()["results"]}
    own = {row["login"] for row in send(clients["requester"], "get", "employees/").json()["results"]}

    assert {"rita", "ada", "gone"} <= logins and not any(login.startswith("system.") for login in logins)
    assert own == {"rita"}
    assert send(clients["requester"], "get", "employees/ada/").status_code == 404
    assert send(clients["agent"], "get", "employees/RITA/").json()["login"] == "rita"


def test_people_are_narrowed_by_where_they_belong(clients, people):
    boss = make_employee("boss", department=make_department(), location=make_location())
    MailAddress.objects.create(employee=boss, address="b@example.com")
    photo = make_photo(boss)
    make_employee("junior", manager=boss)
    make_employee("gone", manager=boss, is_active=False)

    def found(query):
        rows = send(clients["agent"], "get", f"employees/?limit=100&{query}").json()["results"]
        return {row["login"] for row in rows}

    assert found("manager=BOSS") == {"junior", "gone"}
    assert found("manager=boss&is_active=true") == {"junior"}
    assert found("is_active=false") == {"gone"}
    assert found("department=finance&location=milan") >= {"boss"} and "junior" not in found("department=finance")
    assert send(clients["agent"], "get", "employees/?is_active=maybe").status_code == 422
    assert found("department=%22") == set()
    row = send(clients["agent"], "get", "employees/boss/").json()
    assert row["further_addresses"] == ["b@example.com"] and row["time_zone"] == "Europe/Rome"
    assert row["photo"] == f"/photos/boss/{photo.digest}/" and row["deactivated_at"] is None


def test_opening_a_confidential_ticket_through_the_api_is_recorded_once_an_hour(queue, people):
    hidden = make_incident(queue, by=people["requester"], confidential=True)
    client = client_of(people["requester"])

    for _time in range(3):
        assert send(client, "get", f"incidents/{hidden.number}/").status_code == 200

    assert Event.objects.filter(verb="ticket.opened", actor=people["requester"]).count() == 1
