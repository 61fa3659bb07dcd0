"""Every cell of the table of assets, through the door itself: role × state × action."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.db import transaction

from assets.models import Asset, AssetType, StockItem
from directory.models import Employee
from directory.services import deactivate, system_employee
from servicedesk.common.errors import DomainError, Hidden, InvalidPayload, NotPermitted, WrongState
from servicedesk.workflow import machine_of, perform
from tests import factories as make

from . import making

pytestmark = pytest.mark.django_db

HELD = ("pending_acceptance", "in_use", "in_repair", "pending_return")
ROLES = ("keeper", "reporter", "holder", "agent", "analyst", "administrator", "stranger", "left", "clock")


@cache
def table() -> dict[str, tuple[frozenset[str], str, frozenset[str]]]:
    """action → (states, target, who), from the reviewed file; nothing of the product is read."""
    rows = {}
    for line in (Path(__file__).parent / "decision_table.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            action, states, target, who = (part.strip() for part in line.split("|"))
            known = frozenset(making.STATES) if states == "all" else frozenset(states.split())
            rows[action] = (known, target, frozenset(who.split()))
    return rows


class _Undo(Exception):
    """Ends a look at what would happen."""


@pytest.fixture
def people(keeper: Employee, second: Employee, alice: Employee) -> dict[str, Employee]:
    queue = make.make_queue("service", is_default=True)
    left = making.make_keeper("lars")
    deactivate(left)
    return {
        "keeper": second, "reporter": keeper, "holder": alice, "agent": make.make_agent(queue, 1, "ada"),
        "analyst": make.make_analyst(queue, "quinn"), "administrator": make.make_administrator("adam"),
        "stranger": make.make_employee("charlie"), "left": left, "clock": system_employee("clock"),
    }  # fmt: skip


@pytest.fixture
def assets(people: dict[str, Employee], laptop: AssetType) -> dict[str, Asset]:
    """One asset in each state; the one who manages them and reported one missing is the reporter."""
    made = {}
    for state in making.STATES:
        fresh = making.make_asset(people["reporter"], laptop, state="ordered" if state == "ordered" else "in_stock")
        made[state] = making.bring(
            fresh, state, keeper=people["reporter"], holder=people["holder"], second=people["keeper"]
        )
    return made


def sees(role: str, state: str) -> bool:
    """The read rule, worked out by hand."""
    if role in ("keeper", "reporter", "agent", "analyst", "clock"):
        return True
    return role == "holder" and state in HELD


def expected(role: str, state: str, action: str) -> type[DomainError] | str:
    states, target, who = table()[action]
    if not sees(role, state):
        return Hidden
    # The second person is a guard of its own, so the reporter is refused by the state first.
    allowed = who | ({"reporter"} if action == "write_off" else set())
    if role not in allowed:
        return NotPermitted
    if state not in states:
        return WrongState
    if role not in who or role == "clock" or action == "record_wipe":
        return WrongState  # a guard: it was their own report; the holder is still here; nothing is to be wiped
    return state if target == "same" else target


def outcome(asset: Asset, action: str, by: Employee, holder: Employee, other: Asset) -> type[DomainError] | str:
    details = {
        "edit": {"name": "Renamed"}, "note": {"body": "Seen on floor 2."},
        "relate": {"kind": "depends_on", "other": other.number}, "unrelate": {"other": other.number},
    }.get(action, making.details_of(action, holder))  # fmt: skip
    try:
        with transaction.atomic():
            moved = perform(asset, action, by=by, **details)
            raise _Undo(moved.state)
    except _Undo as done:
        return str(done)
    except InvalidPayload as error:
        assert action == "unrelate" and list(error.errors) == ["other"]  # it is theirs to do, there is only no relation
        return asset.state
    except DomainError as error:
        assert error.sentence.endswith(".") and len(error.sentence) > 20
        return type(error)


def cells() -> Iterator[tuple[str, str]]:
    for role in ROLES:
        for state in making.STATES:
            yield role, state


def test_the_table_and_the_machine_list_the_same_actions() -> None:
    machine = machine_of(Asset)

    assert set(table()) == set(machine.actions)
    for name, (states, target, _who) in table().items():
        action = machine.actions[name]
        assert set(action.sources) == states, name
        assert set(action.sources.values()) == (states if target == "same" else {target}), name
        assert action.is_move is (target != "same"), name


@pytest.mark.parametrize("action", sorted(table()))
def test_every_cell_is_decided_as_reviewed(
    action: str, people: dict[str, Employee], assets: dict[str, Asset], laptop: AssetType
) -> None:
    other = making.make_asset(people["keeper"], laptop)
    wrong = []
    for role, state in cells():
        found = outcome(assets[state], action, people[role], people["holder"], other)
        if found != expected(role, state, action):
            wrong.append((role, state, found, expected(role, state, action)))

    assert wrong == []


def test_the_read_rule_says_the_same_everywhere(people: dict[str, Employee], assets: dict[str, Asset]) -> None:
    machine = machine_of(Asset)
    for role, person in people.items():
        listed = set(Asset.objects.visible_to(person).values_list("pk", flat=True)) if role != "clock" else set()
        for state, asset in assets.items():
            fresh = Asset.objects.get(pk=asset.pk)
            assert machine.facts(fresh, person).visible is sees(role, state), (role, state)
            if role != "clock":
                assert (asset.pk in listed) is sees(role, state), (role, state)


@pytest.mark.parametrize("action", ["edit", "receive", "issue", "count"])
def test_stock_is_moved_by_those_who_manage_it_alone(action: str, people: dict[str, Employee]) -> None:
    item = making.make_item(people["keeper"], quantity=3)
    details = {
        "edit": {"name": "Quiet mouse", "is_active": True}, "receive": {"quantity": 2},
        "issue": {"quantity": 1, "employee": "alice"}, "count": {"counted": 2},
    }[action]  # fmt: skip
    refusals = {"agent": NotPermitted, "analyst": NotPermitted, "holder": Hidden, "stranger": Hidden, "left": Hidden,
                "administrator": Hidden}  # fmt: skip
    for role, refusal in refusals.items():
        with pytest.raises(refusal):
            perform(item, action, by=people[role], **details)

    item.refresh_from_db()
    assert (item.quantity, set(machine_of(StockItem).actions)) == (3, {"edit", "receive", "issue", "count"})
    assert perform(item, action, by=people["reporter"], **details).version == item.version + 1


@pytest.mark.parametrize("role", ["holder", "agent", "analyst", "administrator", "stranger", "left"])
def test_nobody_else_adds_to_the_register(role: str, people: dict[str, Employee], laptop: AssetType) -> None:
    with pytest.raises(NotPermitted):
        making.make_asset(people[role], laptop)
    with pytest.raises(NotPermitted):
        making.make_item(people[role])
