"""The description of the API: without warnings, whole, and shown on a page that needs no inline script."""

import re
from io import StringIO

import pytest
import yaml
from django.core.management import call_command

from .conftest import send


@pytest.fixture(scope="module")
def description():
    out = StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=out)
    return yaml.safe_load(out.getvalue())


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_it_is_valid_and_has_no_warnings(description):
    assert description["openapi"].startswith("3.")
    assert {"/api/v1/incidents/", "/api/v1/incidents/{number}/transitions/{move}/"} <= set(description["paths"])


def test_every_operation_says_that_problems_are_possible(description):
    for method, path, operation in operations(description):
        if path != "/api/v1/schema/":
            assert "application/problem+json" in operation["responses"]["default"]["content"], (method, path)


def test_every_post_names_the_idempotency_key_and_every_change_if_match(description):
    for method, path, operation in operations(description):
        headers = {p["name"]: p.get("required", False) for p in operation.get("parameters", []) if p["in"] == "header"}
        assert ("Idempotency-Key" in headers) is (method == "post"), (method, path)
        if method == "patch" or "/transitions/{" in path:
            assert headers["If-Match"] is True, (method, path)


def test_every_move_is_described_with_its_fields(description):
    content = description["paths"]["/api/v1/incidents/{number}/transitions/{move}/"]["post"]["requestBody"]["content"]
    moves = {shape["title"]: shape for shape in content["application/json"]["schema"]["anyOf"]}

    assert len(moves) == 15
    assert moves["escalate"]["required"] == ["diagnosis"]
    assert set(moves["pend"]["properties"]) == {"reason", "follow_up_at", "note", "override_reason"}


@pytest.mark.parametrize("role", ["agent", "requester"])
def test_what_is_answered_has_the_described_keys(description, clients, incident, role):
    number = incident.number
    for path in ("/incidents/", "/tickets/", "/incidents/{number}/", "/queues/", "/incidents/{number}/events/"):
        operation = description["paths"][f"/api/v1{path}"]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        component = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        answer = send(clients[role], "get", path[1:].format(number=number)).json()
        assert set(answer) == set(component["properties"])


def test_it_is_given_to_those_who_signed_in(clients, client):
    assert client.get("/api/v1/schema/").status_code == 401
    assert send(clients["requester"], "get", "schema/").status_code == 200


def test_the_page_has_no_inline_script_or_style_and_a_strict_policy(client, people):
    assert client.get("/api/v1/docs/")["Location"].startswith("/login/")
    client.force_login(people["requester"], backend="directory.backends.PasswordLogin")

    response = client.get("/api/v1/docs/")
    page = response.content.decode()

    assert response.status_code == 200
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", page)
    assert "unsafe" not in response["Content-Security-Policy"]
    assert 'data-schema="/api/v1/schema/"' in page
