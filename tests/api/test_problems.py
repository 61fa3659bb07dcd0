"""Every way in which a request can fail has one status and one shape: RFC 9457."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from servicedesk.workflow import perform

from .conftest import client_of, send


def problem(response, status):
    """The body, after checking that it is the problem that was expected."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"] and body["detail"]
    return body


def test_a_body_that_is_not_json_is_400(clients):
    problem(clients["requester"].post("/api/v1/incidents/", b"{title", content_type="application/json"), 400)


def test_nobody_is_401_and_told_how_to_sign_in(db):
    response = APIClient().get("/api/v1/tickets/")

    problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_401_even_within_a_session(people):
    client = APIClient()
    client.force_login(people["agent"], backend="directory.backends.PasswordLogin")
    client.credentials(HTTP_AUTHORIZATION="Bearer sdt_made-up")

    problem(client.get("/api/v1/tickets/"), 401)


def test_a_missing_right_is_403_and_says_whose_it_is(clients, incident):
    response = send(clients["requester"], "post", f"incidents/{incident.number}/transitions/start/", version=1)

    assert "people who work tier 1" in problem(response, 403)["detail"]


def test_what_is_hidden_and_what_is_absent_answer_alike(clients, incident):
    hidden = send(clients["stranger"], "get", f"incidents/{incident.number}/")
    absent = send(clients["stranger"], "get", "incidents/INC-999999/")

    assert problem(hidden, 404) == problem(absent, 404)


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v2/tickets/", "/api/v1/tickets", "/api/v1/nothing/here/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_address_that_does_not_exist_is_404_in_every_method(db, path, method):
    problem(getattr(APIClient(), method)(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("delete", "incidents/INC-000001/"), ("put", "incidents/INC-000001/"), ("post", "tickets/"), ("patch", "queues/")],
)
def test_a_method_that_an_address_does_not_have_is_405(clients, method, path):
    response = send(clients["agent"], method, path, {})

    problem(response, 405)
    assert "GET" in response["Allow"]


def test_an_answer_in_another_format_is_406(clients):
    problem(clients["agent"].get("/api/v1/tickets/", HTTP_ACCEPT="text/csv"), 406)


def test_a_state_that_forbids_the_move_is_409(clients, incident, people):
    perform(incident, "start", by=people["agent"])

    response = send(clients["agent"], "post", f"incidents/{incident.number}/transitions/start/", version=2)

    assert "In progress" in problem(response, 409)["detail"]


def test_a_stale_version_is_409_with_the_version_it_has_now(clients, incident, people):
    perform(incident, "start", by=people["agent"])

    response = send(clients["agent"], "patch", f"incidents/{incident.number}/", {"title": "Mine"}, version=1)

    body = problem(response, 409)
    assert (body["expected_version"], body["current_version"]) == (1, 2)


def test_a_json_body_that_is_too_large_is_413(clients):
    problem(send(clients["agent"], "post", "incidents/", {"title": "x", "description": "y" * 3_000_000}), 413)


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_body_in_another_format_is_415(clients, media_type):
    problem(clients["agent"].post("/api/v1/incidents/", b"title=x", content_type=media_type), 415)


def test_a_faulty_field_is_422_and_every_field_is_named(clients, incident):
    changes = {"title": "", "impact": "enormous", "category": "no-such", "tags": ["no-such"], "assignee": "ada"}
    known = {name: value for name, value in changes.items() if name != "assignee"}

    unknown_name = send(clients["agent"], "patch", f"incidents/{incident.number}/", changes, version=1)
    bad_values = send(clients["agent"], "patch", f"incidents/{incident.number}/", known, version=1)

    assert set(problem(unknown_name, 422)["errors"]) == {"assignee"}
    assert set(problem(bad_values, 422)["errors"]) == set(known)


@pytest.mark.parametrize(
    ("method", "tail"), [("patch", ""), ("post", "transitions/start/"), ("post", "actions/categorise/")]
)
def test_a_change_without_the_version_it_is_about_is_428(clients, incident, method, tail):
    problem(send(clients["agent"], method, f"incidents/{incident.number}/{tail}", {"category": None}), 428)


@pytest.mark.parametrize("header", ['"3"', "3", 'W/"3"', ' "3" '])
def test_if_match_is_read_in_each_spelling(clients, incident, header):
    response = clients["agent"].patch(
        f"/api/v1/incidents/{incident.number}/", {"title": "x"}, format="json", HTTP_IF_MATCH=header
    )

    assert problem(response, 409)["expected_version"] == 3


@pytest.mark.parametrize("header", ["*", '"1", "2"', "one", '"-1"', '"' + "9" * 40 + '"', '"١"'])
def test_an_if_match_that_is_no_version_is_400(clients, incident, header):
    response = clients["agent"].patch(
        f"/api/v1/incidents/{incident.number}/", {"title": "x"}, format="json",
        HTTP_IF_MATCH=header.encode().decode("latin-1"),
    )  # fmt: skip

    problem(response, 400)


def test_too_many_requests_of_one_person_are_429_over_all_their_tokens(settings, people):
    settings.API_REQUESTS_PER_MINUTE = 3
    cache.clear()
    first, second = client_of(people["agent"]), client_of(people["agent"])

    answers = [client.get("/api/v1/queues/") for client in (first, second, first, second)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    problem(answers[-1], 429)
    assert 0 < int(answers[-1]["Retry-After"]) <= 61
    assert client_of(people["engineer"]).get("/api/v1/queues/").status_code == 200
    cache.clear()


@pytest.mark.parametrize("path", ["tickets/?q=%00", "employees/a%00b/", "tickets/INC-1%00/", "employees/?q=%00"])
def test_a_nul_in_the_address_is_refused_and_reaches_no_database(clients, path):
    assert clients["agent"].get(f"/api/v1/{path}").status_code in (400, 404, 422)


def test_instants_are_in_utc_whatever_zone_the_person_lives_in(people, incident):
    people["agent"].time_zone = "Asia/Shanghai"
    people["agent"].save()
    client = APIClient()
    client.force_login(people["agent"], backend="directory.backends.PasswordLogin")

    shown = client.get(f"/api/v1/incidents/{incident.number}/").json()

    assert shown["opened_at"] == incident.opened_at.isoformat().replace("+00:00", "Z")


def test_a_fault_of_ours_is_500_in_the_same_shape_and_tells_nothing(clients, monkeypatch):
    def broken(*_args):
        raise RuntimeError("secret")

    monkeypatch.setattr("servicedesk.tickets.api.views.page_of", broken)
    clients["agent"].raise_request_exception = False

    response = clients["agent"].get("/api/v1/tickets/")

    assert "secret" not in str(problem(response, 500))


def test_a_forged_host_is_400_in_the_same_shape(clients):
    problem(clients["agent"].get("/api/v1/tickets/", HTTP_HOST="evil.example"), 400)
