"""Consumables: counted, issued to somebody, never fewer than none."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from assets.models import StockItem, StockMovement
from directory.models import Employee
from servicedesk.common.errors import InvalidPayload, WrongState
from servicedesk.workflow import create, perform
from tests import factories as make

from . import making
from .test_custody import events

pytestmark = pytest.mark.django_db


def test_what_comes_in_and_goes_out_is_told_and_adds_up(keeper: Employee, alice: Employee) -> None:
    item = making.make_item(keeper, "Mouse", 10, unit="piece", reorder_at=3)
    item = perform(item, "issue", by=keeper, quantity=4, employee=alice.login, note="New desk")
    item = perform(item, "count", by=keeper, counted=5)

    moves = list(item.movements.order_by("pk").values_list("kind", "change", "left"))
    assert moves == [("received", 10, 10), ("issued", -4, 6), ("counted", -1, 5)]
    assert item.quantity == sum(change for _kind, change, _left in moves) == 5 and not item.is_low
    assert [event.verb for event in events(item)] == [  # type: ignore[arg-type]
        "stock.created", "stock.received", "stock.issued", "stock.counted"
    ]  # fmt: skip
    assert events(item)[2].details["employee"] == alice.pk  # type: ignore[arg-type]


def test_nothing_is_issued_of_what_is_not_there(keeper: Employee, alice: Employee) -> None:
    item = making.make_item(keeper, quantity=2)
    with pytest.raises(InvalidPayload, match="Only 2 of Mouse are left"):
        perform(item, "issue", by=keeper, quantity=3, employee=alice.login)
    item = perform(item, "issue", by=keeper, quantity=2, employee=alice.login)

    with pytest.raises(WrongState, match="Nothing is left"):
        perform(item, "issue", by=keeper, quantity=1, employee=alice.login)


def test_what_is_not_issued_any_more_is_not_issued(keeper: Employee, alice: Employee) -> None:
    item = making.make_item(keeper, quantity=2)
    item = perform(item, "edit", by=keeper, name="Mouse")

    assert not item.is_active
    with pytest.raises(WrongState, match="not issued any more"):
        perform(item, "issue", by=keeper, quantity=1, employee=alice.login)


def test_somebody_or_some_ticket_gets_it(keeper: Employee, alice: Employee) -> None:
    queue = make.make_queue("service", is_default=True)
    ticket = make.make_incident(queue, by=alice)
    keeper.groups.add(make.make_group(on=queue, rights=("view_queue",)))
    item = making.make_item(keeper, quantity=3)
    with pytest.raises(InvalidPayload, match="Say who gets it"):
        perform(item, "issue", by=keeper, quantity=1)

    item = perform(item, "issue", by=keeper, quantity=1, ticket=ticket.number)

    moved = item.movements.first()
    assert (moved.ticket_id, moved.employee) == (ticket.pk, alice)


def test_a_ticket_that_is_hidden_cannot_be_named(keeper: Employee, alice: Employee) -> None:
    ticket = make.make_incident(make.make_queue("service", is_default=True), by=alice)
    item = making.make_item(keeper, quantity=3)

    with pytest.raises(InvalidPayload, match="no such ticket"):
        perform(item, "issue", by=keeper, quantity=1, ticket=ticket.number)


def test_one_name_at_one_place_is_one_item(keeper: Employee) -> None:
    making.make_item(keeper, "Toner")
    with pytest.raises(InvalidPayload, match="already"):
        making.make_item(keeper, "TONER")

    place = make.make_location()
    assert create(StockItem, by=keeper, details={"name": "Toner", "location": place.slug}).record.pk


def test_the_database_refuses_what_the_code_never_asks(keeper: Employee, alice: Employee) -> None:
    item = making.make_item(keeper, quantity=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockItem.objects.filter(pk=item.pk).update(quantity=-1)
    for wrong in ({"kind": "issued", "change": -1, "left": 0}, {"kind": "received", "change": 5, "left": 4}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StockMovement.objects.create(item=item, by=keeper, **wrong)


def send(person: Employee, method: str, address: str, body: dict[str, Any] | None = None, version: int = 0) -> Any:
    client = Client()
    client.force_login(person)
    headers = {"If-Match": f'"{version}"'} if version else {}
    return getattr(client, method)(
        f"/api/v1/stock-items/{address}", body, content_type="application/json", headers=headers
    )


def test_a_life_by_api(keeper: Employee, alice: Employee) -> None:
    made = send(keeper, "post", "", {"name": "Toner", "unit": "box", "reorder_at": 2})
    number = made.json()["number"]
    assert (made.status_code, made.json()["quantity"], made.headers["Location"]) == (
        201, 0, f"/api/v1/stock-items/{number}/"
    )  # fmt: skip
    got = send(keeper, "post", f"{number}/actions/receive/", {"quantity": 3}, 1)
    given = send(keeper, "post", f"{number}/actions/issue/", {"quantity": 2, "employee": "alice"}, 2)
    assert (got.status_code, given.status_code) == (200, 200), given.content
    assert send(keeper, "post", f"{number}/actions/issue/", {"quantity": 2, "employee": "alice"}, 3).status_code == 422
    assert send(keeper, "post", f"{number}/actions/count/", {"counted": 0}, 2).status_code == 409

    patched = send(keeper, "patch", f"{number}/", {"shelf": "C 4"}, 3)

    row = patched.json()
    assert (row["shelf"], row["name"], row["unit"], row["quantity"]) == ("C 4", "Toner", "box", 1)
    assert row["is_active"] and row["is_low"], "what was not named stays"
    assert send(keeper, "patch", f"{number}/", {"quantity": 99}, 4).status_code == 422
    moves = send(keeper, "get", f"{number}/movements/").json()["results"]
    assert [(m["kind"], m["change"], m["left"], m["employee"]) for m in moves] == [
        ("issued", -2, 1, "alice"), ("received", 3, 3, None)
    ]  # fmt: skip
    verbs = [event["verb"] for event in send(keeper, "get", f"{number}/events/").json()["results"]]
    assert verbs == ["stock.created", "stock.received", "stock.issued", "stock.edited"]


def test_who_reads_stock_by_api_and_who_changes_it(keeper: Employee, alice: Employee) -> None:
    queue = make.make_queue("service", is_default=True)
    agent, other = make.make_agent(queue), make.make_agent(make.make_queue("payroll"))
    ticket = make.make_incident(queue, by=alice)
    keeper.groups.add(make.make_group(on=queue, rights=("view_queue",)))
    item = perform(making.make_item(keeper, quantity=5), "issue", by=keeper, quantity=1, ticket=ticket.number)

    assert send(alice, "get", "").json()["results"] == []
    for tail in ("", "actions/", "events/", "movements/"):
        assert send(alice, "get", f"{item.number}/{tail}").status_code == 404, tail
    assert send(agent, "get", "").json()["results"][0]["number"] == item.number
    assert (
        send(agent, "post", f"{item.number}/actions/issue/", {"quantity": 1, "employee": "alice"}, 3).status_code == 403
    )
    assert send(agent, "post", "", {"name": "Mine"}).status_code == 403
    seen = [send(one, "get", f"{item.number}/movements/").json()["results"][0]["ticket"] for one in (agent, other)]
    assert seen == [ticket.number, None], "a ticket is named to those who may see it"
