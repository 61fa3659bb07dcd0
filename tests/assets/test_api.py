"""Assets in the API: what each role reads and does, and how refusals look."""

from typing import Any

import pytest
from django.test import Client

from assets.models import Asset, AssetType
from directory.models import Employee
from servicedesk.workflow import perform
from tests import factories as make

from . import making

pytestmark = pytest.mark.django_db

COMMON = {
    "number", "tag", "name", "serial", "type", "model", "state", "condition", "holder", "location", "department",
    "warranty_until", "updated_at", "version",
}  # fmt: skip
DETAIL = COMMON | {"fields_of_type", "needs_wiping", "created_at"}
FOR_MANAGERS = {"cost", "currency", "supplier", "order_number", "purchased_on", "notes"}


@pytest.fixture
def agent(db: None) -> Employee:
    return make.make_agent(make.make_queue("service", is_default=True), 1, "ada")


def of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def send(person: Employee, method: str, address: str, body: dict[str, Any], version: int | None = None) -> Any:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return getattr(of(person), method)(f"/api/v1/{address}", body, content_type="application/json", headers=headers)


def test_each_role_reads_its_keys_and_no_others(
    asset: Asset, keeper: Employee, alice: Employee, agent: Employee
) -> None:
    perform(asset, "hand_over", by=keeper, employee=alice.login, terms="x")
    expected = {
        keeper: DETAIL | FOR_MANAGERS | {"reserved_for"}, agent: DETAIL | {"reserved_for"}, alice: DETAIL,
    }  # fmt: skip
    for person, keys in expected.items():
        row = of(person).get("/api/v1/assets/").json()["results"][0]
        detail = of(person).get(f"/api/v1/assets/{asset.number}/").json()
        assert (set(row), set(detail)) == (COMMON, keys), person


def test_a_stranger_finds_nothing(asset: Asset, keeper: Employee, alice: Employee) -> None:
    perform(asset, "hand_over", by=keeper, employee=alice.login, terms="x")
    stranger = make.make_employee("charlie")

    assert of(stranger).get("/api/v1/assets/").json()["results"] == []
    for tail in ("", "transitions/", "actions/", "events/", "custodies/", "impact/"):
        assert of(stranger).get(f"/api/v1/assets/{asset.number}/{tail}").status_code == 404, tail
    assert send(stranger, "patch", f"assets/{asset.number}/", {"name": "x"}, 2).status_code == 404
    assert send(stranger, "post", f"assets/{asset.number}/transitions/accept/", {}, 2).status_code == 404
    assert send(stranger, "post", "assets/", {"type": "laptop"}).status_code == 403
    assert of(stranger).get("/api/v1/assets/?q=" + 'holder = "alice"').json()["results"] == []


def test_a_life_by_api(keeper: Employee, alice: Employee, laptop: AssetType) -> None:
    made = send(keeper, "post", "assets/", {"type": "laptop", "tag": "LT-7", "cost": "999.90", "state": "ordered"})
    assert made.status_code == 201, made.content
    assert (made.status_code, made.json()["state"], made.json()["cost"]) == (201, "ordered", "999.90")
    address = made.headers["Location"].removeprefix("/api/v1/")
    for version, move, body, state in (
        (1, "receive", {}, "in_stock"),
        (2, "hand_over", {"employee": "alice", "terms": "Mind it"}, "pending_acceptance"),
    ):  # fmt: skip
        moved = send(keeper, "post", f"{address}transitions/{move}/", body, version)
        assert (moved.status_code, moved.json()["state"]) == (200, state), moved.content
    options = {one["name"]: one for one in of(alice).get(f"/api/v1/{address}transitions/").json()}
    assert options["accept"]["allowed"] and not options["retire"]["allowed"] and options["retire"]["reason"]

    assert send(alice, "post", f"{address}transitions/accept/", {"signature": "alice"}, 3).status_code == 422
    assert send(alice, "post", f"{address}transitions/accept/", {"signature": alice.name}, 2).status_code == 409
    assert send(alice, "post", f"{address}transitions/accept/", {"signature": alice.name}).status_code == 428
    signed = send(alice, "post", f"{address}transitions/accept/", {"signature": alice.name}, 3)

    assert (signed.status_code, signed.json()["state"], signed.json()["holder"]) == (200, "in_use", "alice")
    custody = of(alice).get(f"/api/v1/{address}custodies/").json()["results"][0]
    assert (custody["signature"], custody["employee"]["login"]) == (alice.name, "alice")
    events = of(keeper).get(f"/api/v1/{address}events/").json()["results"]
    assert [event["verb"] for event in events] == [
        "asset.created", "asset.received", "asset.handed_over", "asset.accepted"
    ]  # fmt: skip
    assert events[2]["details"]["changes"]["holder"] == [None, "alice"]


def test_who_declines_loses_sight_of_it(asset: Asset, keeper: Employee, alice: Employee) -> None:
    perform(asset, "hand_over", by=keeper, employee=alice.login, terms="x")

    answer = send(alice, "post", f"assets/{asset.number}/transitions/decline/", {"reason": "Broken"}, 2)

    assert answer.status_code == 204


def test_a_patch_changes_what_is_named(keeper: Employee, agent: Employee) -> None:
    kind = making.configure(keeper, [{"label": "Memory", "kind": "text", "required": True}])
    asset = making.make_asset(keeper, kind, tag="LT-1", field_memory="16 GB")
    address = f"assets/{asset.number}/"

    done = send(keeper, "patch", address, {"name": "Loan", "field_memory": "32 GB"}, 1)

    assert (done.json()["name"], done.json()["tag"], done.json()["fields_of_type"]) == (
        "Loan", "LT-1", {"memory": "32 GB"}
    )  # fmt: skip
    assert send(agent, "patch", address, {"name": "Mine"}, 2).status_code == 403
    for body in (
        {"state": "disposed"},
        {"holder": "ada"},
        {"version": 9},
        {"field_other": "x"},
        {"needs_wiping": False},
    ):
        answer = send(keeper, "patch", address, body, 2)
        assert answer.status_code == 422, body
    assert send(keeper, "patch", address, {"name": ["a"]}, 2).status_code == 400
    asset.refresh_from_db()
    assert (asset.version, asset.name) == (2, "Loan")


def test_queries_find_by_what_is_open_to_all_readers(asset: Asset, agent: Employee, keeper: Employee) -> None:
    making.make_asset(keeper, tag="MO-1")
    for query, found in (('tag startswith "LT"', 1), ('state = "in_stock"', 2), ('serial = "PF3KQ7"', 1),
                         ("holder = None", 2), ('number = "AST-000000"', 0)):  # fmt: skip
        answer = of(agent).get("/api/v1/assets/", {"q": query})
        assert (answer.status_code, len(answer.json()["results"])) == (200, found), query
    assert of(agent).get("/api/v1/assets/", {"q": "cost > 5"}).status_code in (400, 422)


def test_impact_is_told_nearest_first(asset: Asset, keeper: Employee, agent: Employee) -> None:
    server, app = (making.make_asset(keeper, name=name) for name in ("server", "app"))
    perform(server, "relate", by=keeper, kind="depends_on", other=asset.number)
    perform(app, "relate", by=keeper, kind="depends_on", other=server.number)

    rows = of(agent).get(f"/api/v1/assets/{asset.number}/impact/").json()

    assert [(row["number"], row["depth"]) for row in rows] == [(server.number, 1), (app.number, 2)]
    related = of(agent).get(f"/api/v1/assets/{server.number}/events/").json()["results"][1]
    assert related["details"] == {"kind": "depends_on", "related": asset.number}
