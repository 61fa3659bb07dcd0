"""Changes in the API: planned, moved and refused as on pages."""

from types import SimpleNamespace
from typing import Any

from django.test import Client

from changes.models import ChangeRequest
from directory.models import Employee
from tests import factories as make

from .making import make_change, plan_of


def send(person: Employee, method: str, address: str, body: Any = None, version: int | None = None) -> Any:
    client = Client()
    client.force_login(person)
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    options = {} if method == "get" else {"data": body or {}, "content_type": "application/json"}
    return getattr(client, method)(f"/api/v1/changes/{address}", headers=headers, **options)


def test_a_change_from_the_plan_to_its_authorisation(world: SimpleNamespace) -> None:
    made = send(world.author, "post", "", plan_of(world))
    assert made.status_code == 201, made.content
    change = made.json()
    assert (change["state"], change["assets"], change["implementer"]) == ("draft", [world.switch.number], "maker")

    submitted = send(world.author, "post", f"{change['number']}/transitions/submit/", version=change["version"])
    assert (submitted.json()["state"], submitted.json()["author"]) == ("assessment", "author")
    assessed = send(
        world.peer, "post", f"{change['number']}/transitions/assess/",
        {"risk_answers": {"users": "many"}, "assessment": "All of them."}, version=submitted.json()["version"],
    )  # fmt: skip
    body = assessed.json()
    assert (body["state"], body["risk_level"], body["risk_score"]) == ("authorisation", "high", 5)
    assert body["risk_answers"] == [{"question": "How many people would notice?", "answer": "Many", "points": 5}]


def test_a_guard_is_409_a_fault_of_the_payload_422_and_a_missing_version_428(world: SimpleNamespace) -> None:
    change = make_change(world, back_out=None)
    move = f"{change.number}/transitions/submit/"

    refused = send(world.author, "post", move, version=change.version)
    assert refused.status_code == 409 and "the way back" in refused.json()["detail"]
    assert send(world.author, "post", move).status_code == 428
    wrong = send(world.author, "post", "", plan_of(world, change_type="sudden"))
    assert wrong.status_code == 422 and set(wrong.json()["errors"]) == {"change_type"}


def test_an_answer_that_no_question_has_is_named_at_its_place(world: SimpleNamespace) -> None:
    change = make_change(world, "assessment")

    refused = send(
        world.peer, "post", f"{change.number}/transitions/assess/",
        {"risk_answers": {"users": "some"}, "assessment": "x"}, version=change.version,
    )  # fmt: skip

    assert refused.status_code == 422 and set(refused.json()["errors"]) == {"risk_answers.users"}


def test_the_plan_is_edited_by_an_action_and_goes_back(world: SimpleNamespace) -> None:
    change = make_change(world, "scheduled")

    done = send(world.author, "post", f"{change.number}/actions/plan/", {"outage": "All day"}, version=change.version)

    assert done.status_code == 200, done.content
    assert send(world.author, "get", f"{change.number}/").json()["state"] == "draft"


def test_transitions_say_what_is_possible_and_why_not(world: SimpleNamespace) -> None:
    change = make_change(world, "scheduled")

    moves = {row["name"]: row for row in send(world.author, "get", f"{change.number}/transitions/").json()}

    assert not moves["implement"]["allowed"] and "its implementer" in moves["implement"]["reason"]
    assert moves["cancel"]["allowed"]


def test_a_list_holds_what_one_may_see_and_finds_by_window(world: SimpleNamespace) -> None:
    shown = make_change(world, "assessment")
    secret = make_change(world, title="Secret")
    ChangeRequest.objects.filter(pk=secret.pk).update(confidential=True)

    numbers = [row["number"] for row in send(world.peer, "get", "").json()["results"]]
    assert numbers == [shown.number]
    assert send(world.peer, "get", f"{secret.number}/").status_code == 404
    for query, found in (('change_type = "normal"', 1), ('implementer = "maker"', 1), ('risk = "high"', 0),
                         ('planned_start > "2020-01-01"', 1), ('planned_end < "2020-01-01"', 0)):  # fmt: skip
        answer = send(world.peer, "get", f"?q={query}")
        assert len(answer.json()["results"]) == found, (query, answer.content)
    assert send(make.make_employee(), "get", "").json()["results"] == []


def test_a_list_costs_the_same_for_more_changes(world: SimpleNamespace, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        make_change(world, title=f"Change {number}")
    client = Client()
    client.force_login(world.peer)
    client.get("/api/v1/changes/")

    with django_assert_max_num_queries(12):
        assert len(client.get("/api/v1/changes/").json()["results"]) == 5
