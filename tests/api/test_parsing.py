"""Type juggling: what is not the one plain value that a field takes is refused (SECURITY, row 13)."""

import json

import pytest

from incidents.models import Incident

from .conftest import send


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"title"',
        b"17",
        b"null",
        b"",
        b"{",
        b'{"title": "a", "title": "b"}',
        b'{"title": ["a"]}',
        b'{"title": {"a": "b"}}',
        b'{"title": "a", "made_up": {"a": "b"}}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "a\\ud800b"}',
        b'{"a\\u0000b": "x"}',
        b'{"title": "a", "impact": NaN}',
        b'{"title": "a", "impact": Infinity}',
        b'{"title": "caf\xe9"}',
        b'\xff\xfe{\x00"\x00',
        b'{"title": ' + b"9" * 5000 + b"}",
        b'{"title": ' + b"[" * 100_000,
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_a_body_that_could_be_read_in_two_ways_is_400(clients, body):
    before = Incident.objects.count()

    response = clients["requester"].post("/api/v1/incidents/", body, content_type="application/json")

    # An empty body is an object without fields: then it is the title that is missing.
    assert response.status_code == (422 if not body else 400), response.content
    assert Incident.objects.count() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 5),
        ("title", True),
        ("title", None),
        ("title", 1.5),
        ("description", 0),
        ("impact", 1),
        ("category", 7),
        ("requested_for", 1),
        ("queue", True),
    ],
)
def test_a_value_of_another_type_is_refused_at_its_field(clients, field, value):
    response = send(clients["agent"], "post", "incidents/", {"title": "Printer", field: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize("value", [True, "5", 5.5, "five"])
def test_a_number_is_a_number(clients, incident, value):
    path = f"incidents/{incident.number}/actions/log_time/"

    assert send(clients["agent"], "post", path, {"minutes": value}).json()["errors"].keys() == {"minutes"}


@pytest.mark.parametrize("value", [1, 0, "true", "", "no"])
def test_yes_or_no_is_true_or_false(clients, incident, value):
    path = f"incidents/{incident.number}/messages/"

    response = send(clients["agent"], "post", path, {"body": "Hello", "internal": value})

    assert response.status_code == 422
    assert response.json()["errors"].keys() == {"internal"}
    assert not incident.messages.exists()


def test_a_list_is_taken_only_where_one_belongs(clients, incident):
    path = f"incidents/{incident.number}/"

    assert send(clients["agent"], "patch", path, {"tags": "vpn"}, version=1).status_code == 400
    assert send(clients["agent"], "patch", path, {"title": ["vpn"]}, version=1).status_code == 400
    assert send(clients["agent"], "patch", path, {"tags": [1]}, version=1).status_code == 422
    assert send(clients["agent"], "patch", path, {"tags": []}, version=1).status_code == 200


def test_names_that_python_would_take_for_arguments_are_only_unknown_fields(clients, incident):
    extra = {"by": "mia", "action": "close", "record": 1, "expected_version": 9, "on_behalf_of": "rita", "self": 1}

    made = send(clients["requester"], "post", "incidents/", {"title": "x", **extra})
    moved = send(clients["agent"], "post", f"incidents/{incident.number}/transitions/start/", extra, version=1)

    assert (made.status_code, set(made.json()["errors"])) == (422, set(extra))
    assert (moved.status_code, set(moved.json()["errors"])) == (422, set(extra))


def test_control_characters_and_length_are_judged_at_the_field(clients):
    for title in ("a\nb", "a\x07b", "x" * 201, "\u202egpj.exe", "   "):
        response = send(clients["requester"], "post", "incidents/", {"title": title})
        assert (response.status_code, set(response.json()["errors"])) == (422, {"title"}), json.dumps(title)
