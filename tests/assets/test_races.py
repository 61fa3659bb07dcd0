"""Many at once: one winner, one event. Each race is also run with its lock taken away, to show that it happens."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection

from assets.models import Asset, StockItem
from directory.models import Employee
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError, InvalidPayload, WrongState
from servicedesk.workflow import machine as machines
from servicedesk.workflow import machine_of, perform
from tests import factories as make
from tests.concurrency.racing import events_of, losers, race, winners

from . import making

pytestmark = pytest.mark.django_db(transaction=True)

# SQLite has one writer: BEGIN IMMEDIATE is the lock, and fewer racers show as much.
RACERS = 20 if connection.vendor == "postgresql" else 6


@pytest.fixture
def people(transactional_db: None) -> list[Employee]:
    return [making.make_keeper(f"keeper{number}") for number in range(4)]


@pytest.fixture
def asset(people: list[Employee]) -> Asset:
    return making.make_asset(people[0], making.make_type("Laptop"), tag="LT-0382")


def without_the_lock(monkeypatch: pytest.MonkeyPatch, model: type[Any], meeting: Barrier) -> None:
    """Let the door read ``model`` without a lock, and make the readers wait for each other."""
    machine = machine_of(model)

    def plain_get(pk: int) -> Any:
        found = model._base_manager.get(pk=pk)
        meeting.wait(60)
        return found

    monkeypatch.setitem(machines._machines, model, type(machine)(**{**vars(machine), "lock": plain_get}))


def take_the_last(item: StockItem, by: Employee, to: Employee) -> StockItem:
    return perform(item, "issue", by=by, quantity=1, employee=to.login)


def test_of_those_who_take_the_last_item_one_wins(people: list[Employee]) -> None:
    item = making.make_item(people[0], quantity=1)

    outcomes = race(*[partial(take_the_last, item, people[n % 4], people[0]) for n in range(RACERS)])

    item.refresh_from_db()
    assert len(winners(outcomes)) == 1 and item.quantity == 0
    assert {type(error) for error in losers(outcomes)} <= {WrongState, InvalidPayload}
    assert item.movements.filter(kind="issued").count() == 1
    assert [event.verb for event in events_of(item)] == ["stock.created", "stock.received", "stock.issued"]
    assert verify().ok


@pytest.mark.postgres_only
def test_without_the_lock_the_last_item_is_taken_twice(people: list[Employee], monkeypatch: pytest.MonkeyPatch) -> None:
    item = making.make_item(people[0], quantity=1)
    without_the_lock(monkeypatch, StockItem, Barrier(4))

    outcomes = race(*[partial(take_the_last, item, person, people[0]) for person in people])

    assert len(winners(outcomes)) == 4


def test_of_those_who_hand_over_one_asset_one_wins(asset: Asset, people: list[Employee]) -> None:
    outcomes = race(
        *[partial(perform, asset, "hand_over", by=people[n % 4], employee=people[-n % 4].login, terms="Yours")
          for n in range(RACERS)]
    )  # fmt: skip

    asset.refresh_from_db()
    assert len(winners(outcomes)) == 1 and {type(error) for error in losers(outcomes)} == {WrongState}
    assert asset.custodies.count() == 1 and asset.custodies.get().employee_id == asset.holder_id
    assert [event.verb for event in events_of(asset)] == ["asset.created", "asset.handed_over"]
    assert verify().ok


@pytest.mark.postgres_only
def test_without_the_lock_the_index_lets_one_custody_in(
    asset: Asset, people: list[Employee], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line of defence: all of them pass the decision, and the database refuses the others."""
    without_the_lock(monkeypatch, Asset, Barrier(4))

    outcomes = race(
        *[partial(perform, asset, "hand_over", by=person, employee=person.login, terms="Yours") for person in people]
    )

    assert len(winners(outcomes)) == 1
    assert {type(error) for error in losers(outcomes)} == {IntegrityError}
    assert asset.custodies.count() == 1


def test_accepting_while_declining_ends_one_way(asset: Asset, people: list[Employee]) -> None:
    alice = make.make_employee("alice")
    asset = perform(asset, "hand_over", by=people[0], employee=alice.login, terms="Yours")

    outcomes = race(
        *[partial(perform, asset, "accept", by=alice, signature=alice.name)] * (RACERS // 2),
        *[partial(perform, asset, "decline", by=alice, reason="Broken")] * (RACERS // 2),
    )

    asset.refresh_from_db()
    assert len(winners(outcomes)) == 1
    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)
    custody = asset.custodies.get()
    accepted = asset.state == "in_use"
    assert (custody.is_active, custody.accepted_at is not None, bool(custody.signature)) == (accepted,) * 3
    assert len(events_of(asset)) == 3 and verify().ok


def test_two_who_close_a_circle_of_parts_do_not_both_succeed(people: list[Employee]) -> None:
    kind = making.make_type("Rack")
    one, other = (making.make_asset(people[0], kind, name=name) for name in ("one", "other"))

    outcomes = race(
        partial(perform, one, "relate", by=people[0], kind="part_of", other=other.number),
        partial(perform, other, "relate", by=people[1], kind="part_of", other=one.number),
    )

    assert len(winners(outcomes)) == 1 and isinstance(losers(outcomes)[0], InvalidPayload)
