"""Tokens: hashed at rest, within their scope, and dead when their holder is."""

import hashlib
import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from directory import tokens
from directory.models import ApiToken, Employee
from directory.services import deactivate, system_employee
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from tests.factories import make_employee

from .conftest import client_of, send


def issue(login, *options):
    out = StringIO()
    call_command("issue_token", login, "--json", *options, stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def calling(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def test_the_command_prints_one_object(people):
    printed = issue("ada")

    assert set(printed) == {"token", "scope", "expires_at"}
    assert printed["scope"] == "read write"
    assert datetime.fromisoformat(printed["expires_at"]) - timezone.now() > timedelta(days=89)
    assert calling(printed["token"]).get("/api/v1/tickets/").status_code == 200


def test_a_token_is_kept_as_its_digest_only(people):
    text = issue("ada")["token"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM directory_apitoken")
        row = cursor.fetchall()[0]
    assert hashlib.sha256(text.encode()).hexdigest() in row
    assert not any(text in str(value) for value in row)
    assert not any(text in str(event.details) for event in Event.objects.all())


def test_issuing_is_an_event_of_its_holder(people):
    issue("ada", "--scope", "read")

    event = Event.objects.get(verb="employee.token_issued")
    assert (event.subject_id, event.actor, event.details["scope"]) == (
        people["agent"].pk, system_employee("console"), "read",
    )  # fmt: skip
    assert verify().ok


@pytest.mark.parametrize(
    ("options", "scope"),
    [
        ([], "read write"),
        (["--scope", "read"], "read"),
        (["--scope", "write"], "write"),
        (["--scope", "write", "--scope", "read"], "read write"),
        (["--scope", "read,write"], "read write"),
    ],
)
def test_the_scope_is_read_write_or_both(people, options, scope):
    assert issue("ada", *options)["scope"] == scope


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nobody"], 1),
        (["gone"], 1),
        (["system.clock"], 1),
        (["outsider"], 1),
        (["ada", "--scope", "admin"], 2),
        (["ada", "--days", "0"], 2),
        (["ada", "--days", "-5"], 2),
        (["ada", "--days", "99999999999999"], 2),
    ],
)
def test_the_command_refuses_with_a_sentence(people, arguments, code):
    make_employee("gone", is_active=False)
    make_employee("outsider", kind=Employee.Kind.EXTERNAL)
    system_employee("clock")

    with pytest.raises(CommandError) as refused:
        call_command("issue_token", *arguments)

    assert refused.value.returncode == code
    assert str(refused.value).endswith(".")
    assert not ApiToken.objects.exists()


def test_a_token_to_read_changes_nothing(people, incident):
    client = client_of(people["agent"], "read")

    assert send(client, "get", f"incidents/{incident.number}/").status_code == 200
    for method, tail in (("post", "transitions/start/"), ("patch", ""), ("post", "messages/")):
        response = send(client, method, f"incidents/{incident.number}/{tail}", {"title": "x"}, version=1)
        assert (response.status_code, "write" in response.json()["detail"]) == (403, True)
    assert send(client, "post", "incidents/", {"title": "x"}).status_code == 403


def test_a_token_to_write_reads_nothing(people, incident):
    client = client_of(people["agent"], "write")

    assert send(client, "get", f"incidents/{incident.number}/").status_code == 403
    assert send(client, "post", f"incidents/{incident.number}/transitions/start/", version=1).status_code == 200


def test_a_scope_never_gives_more_than_the_rights_of_its_holder(people, incident):
    client = client_of(people["requester"], "read", "write")

    assert send(client, "post", f"incidents/{incident.number}/transitions/start/", version=1).status_code == 403
    assert send(client, "patch", f"incidents/{incident.number}/", {"title": "x"}, version=1).status_code == 403


def test_a_lost_right_is_lost_to_the_token_at_once(people, incident):
    client = client_of(people["agent"])
    people["agent"].groups.clear()

    assert send(client, "get", f"incidents/{incident.number}/").status_code == 404


def test_the_token_of_a_deactivated_person_is_refused_and_deleted(people):
    client = client_of(people["agent"])

    deactivate(people["agent"])

    assert send(client, "get", "tickets/").status_code == 401
    assert not ApiToken.objects.exists()


def test_a_person_who_is_inactive_in_any_other_way_is_refused_too(people):
    client = client_of(people["agent"])

    Employee.objects.filter(login="ada").update(is_active=False)

    assert send(client, "get", "tickets/").status_code == 401


def test_a_token_ends(people):
    with time_machine.travel("2026-11-01T08:00:00Z", tick=False) as clock:
        client = calling(issue("ada", "--days", "1")["token"])
        clock.shift(timedelta(hours=23, minutes=59))
        assert send(client, "get", "tickets/").status_code == 200
        clock.shift(timedelta(minutes=1))
        assert send(client, "get", "tickets/").status_code == 401


def test_the_last_use_is_written_once_a_minute_at_most(people):
    with time_machine.travel("2026-11-01T08:00:00Z", tick=False) as clock:
        client = client_of(people["agent"])
        uses = []
        for seconds in (0, 30, 29, 2, 61):
            clock.shift(timedelta(seconds=seconds))
            assert send(client, "get", "queues/").status_code == 200
            uses.append(ApiToken.objects.get().last_used_at)

    assert [(use - uses[0]).total_seconds() for use in uses] == [0, 0, 0, 61, 122]


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Basic YWRhOng=", "bearer x y", "Token x", "Bearer " + "x" * 5000, "Bearer \x00", "Bearer é"],
)
def test_a_header_that_holds_no_token_is_401(people, header):
    assert APIClient().get("/api/v1/tickets/", HTTP_AUTHORIZATION=header).status_code == 401


def test_a_digest_is_no_token(people):
    text = issue("ada")["token"]

    assert calling(tokens.digest_of(text)).get("/api/v1/tickets/").status_code == 401


def test_a_session_needs_the_csrf_token_to_change_and_not_to_read(people, incident):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(people["agent"], backend="directory.backends.PasswordLogin")
    path = f"/api/v1/incidents/{incident.number}/"

    assert client.get(path).status_code == 200
    refused = client.patch(path, {"title": "x"}, format="json", HTTP_IF_MATCH="1")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    secret = "a" * 32
    client.cookies["csrftoken"] = secret
    allowed = client.patch(path, {"title": "x"}, format="json", HTTP_IF_MATCH="1", HTTP_X_CSRFTOKEN=secret)
    assert allowed.status_code == 200


def test_a_token_needs_no_csrf_token(people, incident):
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue('ada')['token']}")

    response = client.patch(f"/api/v1/incidents/{incident.number}/", {"title": "x"}, format="json", HTTP_IF_MATCH="1")

    assert response.status_code == 200
