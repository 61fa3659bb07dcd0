"""Service requests, the catalogue, approvals and tasks in the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import ServiceRequest
from incidents.requests.services import request_item
from servicedesk.tickets.models import Approval, Task
from servicedesk.workflow import perform
from tests import factories as make

from .conftest import client_of, send

pytestmark = pytest.mark.django_db

FORM = [
    {"label": "Model", "kind": "choice", "choices": ["Big", "Small"], "required": True},
    {"label": "Screens", "kind": "number"},
    {"label": "Travels", "kind": "yes_no"},
    {"label": "Colleague", "kind": "person"},
]
ANSWERS = {"model": "Big", "screens": 2, "travels": True, "colleague": "alice"}


@pytest.fixture
def people(queue):
    boss = make.make_employee("boss")
    lead = make.make_employee("lead", manager=boss)
    alice = make.make_employee("alice", manager=lead)
    return {"boss": boss, "lead": lead, "alice": alice, "luca": make.make_agent(queue, 1, "luca"),
            "charlie": make.make_employee("charlie")}  # fmt: skip


@pytest.fixture
def laptop(queue):
    item = make.make_catalogue_item(queue, "Laptop", rule=make.make_approval_rule("line_manager"), form=FORM)
    first = item.tasks.create(position=1, title="Order it", queue=queue)
    item.tasks.create(position=2, title="Unpack it", queue=queue).after.add(first)
    return item


@pytest.fixture
def asked(people, laptop):
    return request_item(by=people["alice"], catalogue_item=laptop.slug, answers=ANSWERS)


def test_asking_and_reading_what_was_asked(people, laptop):
    client = client_of(people["alice"])
    body = {"catalogue_item": "laptop", "answers": ANSWERS, "note": "Please"}

    made = send(client, "post", "requests/", body)

    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["state"], shown["catalogue_item"], shown["answers"]) == ("awaiting_approval", "laptop", ANSWERS)
    assert send(client, "get", f"requests/{shown['number']}/").json()["answers"] == ANSWERS
    listed = send(client, "get", 'requests/?q=catalogue_item = "laptop"').json()["results"]
    assert [row["number"] for row in listed] == [shown["number"]]
    assert send(client, "get", 'tickets/?q=catalogue_item = "laptop"').json()["results"]


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({"answers": {"model": "Huge"}}, 422, "answers.model"),
        ({}, 422, "answers.model"),
        ({"answers": {"model": "Big", "screens": "x"}}, 422, "answers.screens"),
        ({"answers": {"model": "Big", "other": 1}}, 422, "answers.other"),
        ({"answers": {"model": "Big"}, "requested_for": "charlie"}, 422, "requested_for"),
        ({"answers": {"model": "Big"}, "state": "fulfilled"}, 422, "state"),
        ({"answers": {"model": {"a": 1}}}, 400, None),
        ({"answers": {"model": ["Big"]}}, 400, None),
        ({"answers": ["Big"]}, 422, "answers"),
        ({"answers": "Big"}, 422, "answers"),
        ({"answers": {"model": "Big"}, "note": {"a": "b"}}, 400, None),
    ],
)
def test_faults_are_told_where_they_stand(people, laptop, body, status, place):
    answer = send(client_of(people["alice"]), "post", "requests/", {"catalogue_item": "laptop", **body})

    assert answer.status_code == status, answer.content
    assert place is None or place in answer.json()["errors"], answer.json()
    assert not ServiceRequest.objects.exists()


def test_nothing_outside_ones_audience(people, laptop):
    laptop.groups.add(make.make_group("drivers"))
    client = client_of(people["alice"])

    assert send(client, "get", "catalogue-items/").json()["results"] == []
    assert send(client, "get", "catalogue-items/laptop/").status_code == 404
    answer = send(client, "post", "requests/", {"catalogue_item": "laptop", "answers": {"model": "Big"}})
    assert answer.status_code == 422 and "catalogue_item" in answer.json()["errors"]


def test_the_item_says_what_its_answers_are(people, laptop):
    shown = send(client_of(people["alice"]), "get", "catalogue-items/laptop/").json()

    assert shown["needs_approval"] is True
    assert [(one["name"], one["kind"]) for one in shown["answers"]] == [
        ("model", "choice"), ("screens", "number"), ("travels", "yes_no"), ("colleague", "person")
    ]  # fmt: skip


def test_deciding_by_uuid(people, asked):
    approval = Approval.objects.get()
    client = client_of(people["lead"])
    assert [row["uuid"] for row in send(client, "get", "approvals/?state=asked").json()["results"]] == [
        str(approval.uuid)
    ]
    path = f"approvals/{approval.uuid}/transitions/approve/"
    assert send(client, "post", path, {}).status_code == 428
    assert send(client, "post", path, {}, version=asked.version + 1).status_code == 409
    assert send(client, "post", f"approvals/{approval.uuid}/transitions/reject/", {}, version=asked.version
                ).status_code == 422  # fmt: skip

    answer = send(client, "post", path, {"comment": "Fine"}, version=asked.version)

    assert answer.status_code == 200 and answer.json()["state"] == "approved"
    assert ServiceRequest.objects.get().state == "fulfilment"
    options = send(client, "get", f"approvals/{approval.uuid}/transitions/").json()
    assert [option["allowed"] for option in options] == [False, False]


@pytest.mark.parametrize("who", ["alice", "boss", "luca", "charlie"])
def test_an_approval_of_somebody_else_does_not_exist(people, asked, who):
    """IDOR: also for the requester, the queue's technician and the manager above."""
    approval, client = Approval.objects.get(), client_of(people[who])

    for method, path in (("get", ""), ("get", "transitions/"), ("post", "transitions/approve/")):
        answer = send(client, method, f"approvals/{approval.uuid}/{path}", {}, version=asked.version)
        assert answer.status_code == 404, (method, path)
    assert send(client, "get", "approvals/").json()["results"] == []
    assert ServiceRequest.objects.get().state == "awaiting_approval"


def test_revising_by_answers(people, asked):
    request = perform(asked, "decide", by=people["lead"], verdict="rejected", comment="Too big")
    client = client_of(people["alice"])
    path = f"requests/{request.number}/transitions/"
    option = next(o for o in send(client, "get", path).json() if o["name"] == "revise")
    assert next(field["name"] for field in option["fields"]) == "answers.model"
    wrong = send(client, "post", f"{path}revise/", {"answers": {"model": "Huge"}}, version=request.version)
    assert wrong.status_code == 422 and "answers.model" in wrong.json()["errors"]
    missing = send(client, "post", f"{path}revise/", {}, version=request.version)
    assert missing.status_code == 422 and "answers.model" in missing.json()["errors"]

    answer = send(client, "post", f"{path}revise/", {"answers": {"model": "Small"}}, version=request.version)

    assert answer.status_code == 200 and answer.json()["answers"] == {"model": "Small"}


def test_tasks_of_ones_queues_in_their_order(people, asked):
    perform(asked, "decide", by=people["lead"], verdict="approved")
    version = ServiceRequest.objects.get().version
    first, second = Task.objects.order_by("pk")
    client = client_of(people["luca"])
    rows = send(client, "get", "tasks/?state=open").json()["results"]
    assert [(row["uuid"], row["after"]) for row in rows] == [
        (str(first.uuid), []), (str(second.uuid), [str(first.uuid)])
    ]  # fmt: skip
    early = send(client, "post", f"tasks/{second.uuid}/transitions/complete/", {}, version=version)
    assert early.status_code == 422 and "waits for" in str(early.json()["errors"]["task"])

    done = send(client, "post", f"tasks/{first.uuid}/transitions/complete/", {}, version=version)
    assert done.json()["state"] == "done"
    reason = {"reason": "It came unpacked"}
    skipped = send(client, "post", f"tasks/{second.uuid}/transitions/skip/", reason, version=version)
    assert skipped.json()["state"] == "skipped"
    for who in ("alice", "lead", "charlie"):
        stranger = client_of(people[who])
        assert send(stranger, "get", "tasks/").json()["results"] == []
        assert send(stranger, "get", f"tasks/{first.uuid}/").status_code == 404


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("luca", "requests/", 12), ("luca", "requests/{number}/", 15), ("luca", "requests/{number}/transitions/", 15),
        ("lead", "approvals/", 12), ("luca", "tasks/", 12), ("alice", "catalogue-items/", 12),
    ],
)  # fmt: skip
def test_budgets(people, asked, who, path, most):
    for _ in range(3):
        request_item(by=people["alice"], catalogue_item="laptop", answers=ANSWERS)
    client, address = client_of(people[who]), path.format(number=asked.number)
    send(client, "get", address)

    with CaptureQueriesContext(connection) as captured:
        assert send(client, "get", address).status_code == 200
    assert len(captured) <= most, [query["sql"][:150] for query in captured]
