"""Moves and actions through the API: what is offered is what can be done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import CatalogueItem, Incident
from servicedesk.audit.models import Event
from servicedesk.tickets.models import Message
from servicedesk.workflow import perform
from tests.factories import make_catalogue_item, make_category, make_incident, make_tag

from .conftest import send

SOON = (timezone.now() + timedelta(days=2)).isoformat()
PAYLOADS = {
    "assign": {"assignee": "ada"},
    "pend": {"reason": "vendor", "follow_up_at": SOON, "note": "Ordered"},
    "resolve": {"code": "fixed", "text": "A new cable"},
    "escalate": {"diagnosis": "Needs the firewall team"},
    "return_down": {"reason": "Look at the cable first"},
    "route": {"queue": "human-resources", "reason": "About a contract"},
    "reopen": {"reason": "It broke again"},
    "cancel": {"reason": "withdrawn"},
    "reclassify": {"kind": "request", "catalogue_item": "mouse"},
}
STATES = {
    "new": [],
    "assigned": ["assign"],
    "in_progress": ["start"],
    "pending": ["start", "pend"],
    "resolved": ["start", "resolve"],
    "closed": ["start", "resolve", "confirm"],
    "cancelled": ["cancel"],
    "tier 2": ["escalate"],
    "merged": ["merge"],
}
ROLES = ["requester", "watcher", "agent", "engineer", "coordinator", "manager", "trainee", "analyst"]


def brought_to(state, queue, people):
    """A fresh incident in ``state``; another open one stands ready to be merged into."""
    incident = make_incident(queue, by=people["requester"])
    other = make_incident(queue, by=people["requester"])
    if not CatalogueItem.objects.exists():
        make_catalogue_item(queue, "Mouse")
    perform(incident, "watch", by=people["agent"], employee=people["watcher"])
    for move in STATES[state]:
        who = people["requester" if move == "confirm" else "agent"]
        payload = {"into": other.number} if move == "merge" else PAYLOADS.get(move, {})
        incident = perform(incident, move, by=who, **payload)
    return incident, other


def payload_for(row, incident, other):
    """What the move of ``row`` needs, with the reason of one who steps in where it is asked for."""
    payload = dict(PAYLOADS.get(row["name"], {}))
    if row["name"] == "merge":
        payload["into"] = other.number
    if row["name"] == "assign" and incident.tier == 2:
        payload["assignee"] = "emil"
    if "override_reason" in {field["name"] for field in row["fields"]}:
        payload["override_reason"] = "Nobody else is here"
    return payload


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_a_move_is_listed_as_allowed_exactly_when_it_can_be_made(clients, people, queue, other_queue, state, role):
    incident, other = brought_to(state, queue, people)
    path = f"incidents/{incident.number}"
    offered = {row["name"]: row for row in send(clients[role], "get", f"{path}/transitions/").json()}
    kept = Incident.objects.filter(pk=incident.pk).values().get()

    assert len(offered) == 15
    for name, row in offered.items():
        payload = payload_for(row, incident, other)
        assert set(payload) <= {field["name"] for field in row["fields"]}, name
        if row["allowed"]:
            assert row["reason"] == ""
            continue
        assert row["reason"].endswith(".")
        refused = send(clients[role], "post", f"{path}/transitions/{name}/", payload, version=incident.version)
        assert refused.status_code in (403, 409), (name, refused.content)
        assert refused.json()["detail"] == row["reason"]
    assert Incident.objects.filter(pk=incident.pk).values().get() == kept

    allowed = [name for name, row in offered.items() if row["allowed"]]
    for name in allowed[:1] + allowed[-1:]:
        fresh, other = brought_to(state, queue, people)
        payload = payload_for(offered[name], fresh, other)
        address = f"incidents/{fresh.number}/transitions/{name}/"
        made = send(clients[role], "post", address, payload, version=fresh.version)
        assert made.status_code in (200, 204), (name, made.content)
        assert Event.objects.filter(subject_id=fresh.pk).latest("sequence").channel == "api"


def test_a_move_answers_with_the_ticket_after_it(clients, incident):
    path = f"incidents/{incident.number}/transitions"

    started = send(clients["agent"], "post", f"{path}/start/", version=1)
    escalated = send(clients["agent"], "post", f"{path}/escalate/", PAYLOADS["escalate"], version=2)

    assert (started.json()["state"], started.json()["assignee"], started["ETag"]) == ("in_progress", "ada", '"2"')
    shown = escalated.json()
    assert (shown["state"], shown["tier"], shown["assignee"], shown["version"]) == ("assigned", 2, None, 3)


def test_a_field_says_what_it_takes(clients, incident):
    rows = send(clients["agent"], "get", f"incidents/{incident.number}/transitions/").json()
    fields = {(row["name"], field["name"]): field for row in rows for field in row["fields"]}

    assert fields["assign", "assignee"]["type"] == "employee"
    assert fields["merge", "into"]["type"] == "ticket"
    assert fields["route", "queue"]["type"] == "queue"
    assert fields["escalate", "diagnosis"]["required"] is True
    assert [choice["value"] for choice in fields["pend", "reason"]["choices"]] == [
        "requester", "vendor", "change", "problem", "evidence",
    ]  # fmt: skip
    assert fields["pend", "follow_up_at"]["type"] == "instant"


@pytest.mark.parametrize("name", ["edit", "attach", "reply", "fly", "create", "__init__"])
def test_what_is_no_move_has_no_address_among_the_moves(clients, incident, name):
    response = send(clients["agent"], "post", f"incidents/{incident.number}/transitions/{name}/", {}, version=1)

    assert response.status_code == 404
    assert Incident.objects.get(pk=incident.pk).version == 1


@pytest.mark.parametrize("name", ["start", "close", "reply", "note", "attach", "fly", "create"])
def test_what_is_no_other_action_has_no_address_among_the_actions(clients, incident, name):
    response = send(clients["agent"], "post", f"incidents/{incident.number}/actions/{name}/", {}, version=1)

    assert response.status_code == 404


def test_actions_do_what_they_say_and_name_what_they_made(clients, incident, people):
    tag, category = make_tag(), make_category()
    path = f"incidents/{incident.number}/actions"

    def act(name, body, version=None, role="agent"):
        response = send(clients[role], "post", f"{path}/{name}/", body, version=version)
        assert response.status_code == 200, (name, response.content)
        return response.json()["result"]

    act("watch", {}, role="engineer")
    act("tag", {"tags": [tag.slug]}, version=1)
    act("categorise", {"category": category.slug}, version=2)
    act("log_time", {"minutes": 5, "note": "Call"})
    new = act("split", {"title": "The printer, too"})
    act("link", {"other": new})
    task = send(clients["agent"], "post", f"incidents/{incident.number}/tasks/", {"title": "Call the supplier"})
    assert act("complete_task", {"task": task.json()["uuid"]}) == task.json()["uuid"]

    shown = send(clients["agent"], "get", f"incidents/{incident.number}/").json()
    assert (shown["tags"], shown["category"], shown["watchers"]) == ([tag.slug], category.slug, ["emil"])
    assert {link["number"] for link in shown["links"]} == {new}
    assert clients["agent"].get(task["Location"]).json()["state"] == "done"


def test_a_version_given_freely_is_checked_as_well(clients, incident):
    path = f"incidents/{incident.number}/actions/log_time/"

    assert send(clients["agent"], "post", path, {"minutes": 5}, version=7).status_code == 409
    assert send(clients["agent"], "post", path, {"minutes": 5}, version=1).status_code == 200


def test_messages_do_not_raise_the_version(clients, incident):
    path = f"incidents/{incident.number}/messages/"

    reply = send(clients["requester"], "post", path, {"body": "Any news?"})
    note = send(clients["agent"], "post", path, {"body": "No idea", "internal": True})

    assert (reply.status_code, note.status_code) == (201, 201)
    assert (reply.json()["internal"], note.json()["internal"]) == (False, True)
    assert Incident.objects.get(pk=incident.pk).version == 1
    assert [row["body"] for row in send(clients["agent"], "get", path).json()["results"]] == ["Any news?", "No idea"]
    assert [row["body"] for row in send(clients["requester"], "get", path).json()["results"]] == ["Any news?"]


@pytest.mark.parametrize("role", ["requester", "watcher"])
def test_a_note_is_refused_to_who_would_not_read_it(clients, incident, people, role):
    perform(incident, "watch", by=people["agent"], employee=people["watcher"])

    path = f"incidents/{incident.number}/messages/"

    assert send(clients[role], "post", path, {"body": "x", "internal": True}).status_code == 403
    assert not Message.objects.exists()


def test_a_reply_of_the_requester_wakes_the_ticket(clients, incident, people):
    perform(incident, "start", by=people["agent"])
    body = {"reason": "requester", "follow_up_at": SOON}
    send(clients["agent"], "post", f"incidents/{incident.number}/transitions/pend/", body, version=2)

    send(clients["requester"], "post", f"incidents/{incident.number}/messages/", {"body": "Here it is"})

    assert send(clients["requester"], "get", f"incidents/{incident.number}/").json()["state"] == "in_progress"


def test_of_two_who_read_the_same_version_the_second_is_told_and_loses_nothing_of_the_first(clients, incident):
    path = f"incidents/{incident.number}/"
    versions = {role: send(clients[role], "get", path)["ETag"] for role in ("agent", "coordinator")}

    def change(role, title):
        return clients[role].patch(f"/api/v1/{path}", {"title": title}, format="json", HTTP_IF_MATCH=versions[role])

    first, second = change("agent", "From the agent"), change("coordinator", "From the coordinator")

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["current_version"] == 2
    assert Incident.objects.get(pk=incident.pk).title == "From the agent"


def test_times_without_a_zone_are_utc(clients, incident, people):
    people["agent"].time_zone = "Asia/Shanghai"
    people["agent"].save()
    moment = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    perform(incident, "start", by=people["agent"])
    body = {"reason": "vendor", "follow_up_at": moment.replace(tzinfo=None).isoformat()}

    made = send(clients["agent"], "post", f"incidents/{incident.number}/transitions/pend/", body, version=2)

    assert made.json()["follow_up_at"] == moment.isoformat().replace("+00:00", "Z")


def test_what_became_of_another_kind_is_found_at_its_new_address(clients, people, queue, other_queue):
    incident = make_incident(queue)
    item = make_catalogue_item(queue, "Mouse")
    path = f"incidents/{incident.number}"

    made = send(
        clients["agent"], "post", f"{path}/transitions/reclassify/", {"kind": "request", "catalogue_item": item.slug},
        version=incident.version,
    )  # fmt: skip

    number = incident.number.replace("INC", "REQ")
    assert made.status_code == 200 and made.json()["number"] == number and made.json()["state"] == "fulfilment"
    assert made["Content-Location"] == f"/api/v1/requests/{number}/"
    moved = send(clients["agent"], "get", f"{path}/events/?limit=5")
    assert (moved.status_code, moved["Location"]) == (308, f"/api/v1/requests/{number}/events/?limit=5")
    assert send(clients["watcher"], "get", f"{path}/").status_code == 404
