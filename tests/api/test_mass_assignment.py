"""Only what is listed can be written; the rest of the model is out of reach (SECURITY, row 13)."""

import pytest

from incidents.models import Incident
from servicedesk.tickets.api.patching import FIELDS
from tests.factories import make_manager

from .conftest import client_of, send, ticket_events

WRITABLE = {"title", "description", "impact", "urgency", "priority", "reason", "category", "tags", "override_reason"}
MODEL_FIELDS = sorted(
    {field.name for field in Incident._meta.get_fields()}
    | {field.attname for field in Incident._meta.concrete_fields}
    | {"number", "pk", "specific", "facts", "passage", "watchers", "links", "resolution", "__class__", "state_label"}
)
VALUES = ["x", 1, None]


def snapshot(incident):
    return Incident.objects.filter(pk=incident.pk).values().get(), sorted(incident.tags.values_list("slug", flat=True))


def test_the_list_of_what_can_be_written_is_this_one():
    assert set(FIELDS) == WRITABLE


@pytest.mark.parametrize("role", ["requester", "agent", "coordinator", "manager"])
def test_no_other_field_of_the_model_can_be_patched(clients, incident, role):
    before, events = snapshot(incident), ticket_events()

    for name in set(MODEL_FIELDS) - WRITABLE:
        for value in VALUES:
            response = send(clients[role], "patch", f"incidents/{incident.number}/", {name: value}, version=1)
            assert response.status_code == 422, (name, value, response.content)
            assert name in response.json()["errors"]

    assert (snapshot(incident), ticket_events()) == (before, events)


@pytest.mark.parametrize("role", ["requester", "agent", "manager"])
def test_a_forbidden_field_beside_a_permitted_one_stops_both(clients, incident, role):
    before = snapshot(incident)

    for name in set(MODEL_FIELDS) - WRITABLE:
        body = {"title": "Changed", name: "x"}
        assert send(clients[role], "patch", f"incidents/{incident.number}/", body, version=1).status_code == 422

    assert snapshot(incident) == before


def test_no_other_field_of_the_model_can_be_given_when_reporting(clients):
    taken = {"title", "description", "category", "impact", "urgency", "requested_for", "channel", "queue",
             "confidential"}  # fmt: skip

    for name in set(MODEL_FIELDS) - taken:
        response = send(clients["agent"], "post", "incidents/", {"title": "Printer", name: "x"})
        assert response.status_code == 422, name
        assert name in response.json()["errors"]

    assert not Incident.objects.exists()


def test_each_writable_field_is_written(clients, incident):
    changes = {"title": "Printer", "description": "It smokes", "impact": "high", "urgency": "high"}

    response = send(clients["agent"], "patch", f"incidents/{incident.number}/", changes, version=1)

    assert response.status_code == 200
    shown = response.json()
    assert {name: shown[name] for name in changes} == changes
    assert shown["priority"] == "P1"
    assert response["ETag"] == f'"{shown["version"]}"'


def test_a_patch_of_several_parts_is_whole_or_not_at_all(clients, incident):
    before, events = snapshot(incident), ticket_events()

    # The priority needs a reason: the title, which is fine, must not be written either.
    body = {"title": "Changed", "priority": "P1"}
    response = send(clients["agent"], "patch", f"incidents/{incident.number}/", body, version=1)

    assert response.json()["errors"].keys() == {"reason"}
    assert (snapshot(incident), ticket_events()) == (before, events)


@pytest.mark.parametrize("body", [{}, {"reason": "because"}, {"override_reason": "because"}])
def test_a_patch_that_changes_nothing_is_refused(clients, incident, body):
    assert send(clients["agent"], "patch", f"incidents/{incident.number}/", body, version=1).status_code == 422


def test_a_manager_patches_with_a_written_reason_only(queue, incident):
    client = client_of(make_manager(queue))
    path = f"incidents/{incident.number}/"

    without = send(client, "patch", path, {"title": "Changed"}, version=1)
    with_reason = send(client, "patch", path, {"title": "Changed", "override_reason": "The team is ill."}, version=1)

    assert (without.status_code, set(without.json()["errors"])) == (422, {"override_reason"})
    assert (with_reason.status_code, with_reason.json()["title"]) == (200, "Changed")


def test_a_worker_has_no_use_for_an_override(clients, incident):
    body = {"title": "Changed", "override_reason": "I want to"}

    response = send(clients["agent"], "patch", f"incidents/{incident.number}/", body, version=1)

    assert (response.status_code, set(response.json()["errors"])) == (422, {"override_reason"})
