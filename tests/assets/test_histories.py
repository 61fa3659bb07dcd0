"""Made-up lives of assets and stock through the real door, beside a naive model: both agree on everything.

``HISTORIES`` (number of histories) makes the search heavier than in CI.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from assets.models import Asset, Custody, StockItem
from directory.models import Employee
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError, InvalidPayload
from servicedesk.workflow import perform
from tests import factories as make

from . import making
from .test_custody import events
from .test_decision_table import HELD, table

pytestmark = pytest.mark.django_db

PEOPLE = ("kim", "sonia", "alice", "bob")
KEEPERS = ("kim", "sonia")
MOVES = sorted(action for action, (_states, target, _who) in table().items() if target != "same")
# What ends a life comes seldom, what leads somewhere often.
WISHES = [move for move in MOVES for _ in range({"dispose": 1, "retire": 1, "write_off": 6, "accept": 6}.get(move, 3))]


@dataclass
class Paper:
    """What the model knows of one asset."""

    state: str = "in_stock"
    holder: str = ""
    reporter: str = ""
    unwiped: bool = False
    states: list[str] = field(default_factory=lambda: ["in_stock"])
    custodies: int = 0


class Lives(RuleBasedStateMachine):
    people: ClassVar[dict[str, Employee]]
    seen: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.papers: dict[int, Paper] = {}
        self.stock = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        for _number in range(2):
            self.papers[making.make_asset(self.people["kim"]).pk] = Paper()
        self.item = making.make_item(self.people["kim"])

    @rule(data=st.data(), which=st.integers(0, 1), to=st.sampled_from(PEOPLE), wiped=st.sampled_from(["yes", "no"]))
    def somebody_who_can(self, data: Any, which: int, to: str, wiped: str) -> None:
        """Something that is possible now, by somebody who may: otherwise most lives would stand still."""
        paper = self.papers[sorted(self.papers)[which]]
        possible = [(move, by) for move in WISHES for by in PEOPLE if self.may(paper, move, by)]
        if possible:
            move, by = data.draw(st.sampled_from(possible))
            self.somebody_tries(move, by, to, which, wiped)

    @rule(
        move=st.sampled_from(WISHES), by=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE), which=st.integers(0, 1),
        wiped=st.sampled_from(["yes", "no"]),
    )  # fmt: skip
    def somebody_tries(self, move: str, by: str, to: str, which: int, wiped: str) -> None:
        key = sorted(self.papers)[which]
        paper = self.papers[key]
        details = making.details_of(move, self.people[by if move == "accept" else to])
        if move == "take_back":
            details["wiped"] = wiped
        before = Asset.objects.get(pk=key)
        try:
            perform(before, move, by=self.people[by], **details)
        except DomainError:
            assert not self.may(paper, move, by), (move, by, paper)
        else:
            assert self.may(paper, move, by), (move, by, paper)
            self.moved(paper, move, by, to, wiped)
            self.seen.add(move)

    def may(self, paper: Paper, move: str, by: str) -> bool:
        if paper.state not in table()[move][0]:
            return False
        if move in ("accept", "decline"):
            return paper.holder == by
        if by not in KEEPERS:
            return False
        if move in ("hand_over", "dispose"):
            return not paper.unwiped
        return not (move == "write_off" and paper.reporter == by)

    def moved(self, paper: Paper, move: str, by: str, to: str, wiped: str) -> None:
        paper.state = table()[move][1]
        paper.states.append(paper.state)
        if move == "hand_over":
            paper.holder, paper.custodies = to, paper.custodies + 1
        if move in ("decline", "take_back", "retire", "find", "write_off"):
            paper.holder = ""
        if move == "take_back":
            paper.unwiped = wiped == "no"
        if move == "report_missing":
            paper.reporter = by
        if move == "find":
            paper.reporter = ""

    @rule(which=st.integers(0, 1), by=st.sampled_from(KEEPERS))
    def wipe(self, which: int, by: str) -> None:
        key = sorted(self.papers)[which]
        try:
            perform(Asset.objects.get(pk=key), "record_wipe", by=self.people[by])
        except DomainError:
            assert not self.papers[key].unwiped
        else:
            assert self.papers[key].unwiped
            self.papers[key].unwiped = False

    @rule(action=st.sampled_from(["receive", "issue", "count"]), number=st.integers(0, 4), by=st.sampled_from(PEOPLE))
    def stock_moves(self, action: str, number: int, by: str) -> None:
        details: dict[str, Any] = {"counted": number} if action == "count" else {"quantity": number}
        if action == "issue":
            details["employee"] = "alice"
        possible = by in KEEPERS and {
            "receive": number > 0, "issue": 0 < number <= self.stock, "count": True,
        }[action]  # fmt: skip
        try:
            perform(StockItem.objects.get(pk=self.item.pk), action, by=self.people[by], **details)
        except DomainError as error:
            assert not possible, (action, number, by, self.stock)
            assert by in KEEPERS or not isinstance(error, InvalidPayload)
        else:
            assert possible, (action, number, by, self.stock)
            self.stock = {"receive": self.stock + number, "issue": self.stock - number, "count": number}[action]

    @invariant()
    def both_agree(self) -> None:
        for key, paper in self.papers.items():
            asset = Asset.objects.select_related("holder").get(pk=key)
            holder = asset.holder.login if asset.holder else ""
            assert (asset.state, holder, asset.needs_wiping) == (paper.state, paper.holder, paper.unwiped)

    @invariant()
    def there_is_one_custody_where_somebody_has_it_and_none_elsewhere(self) -> None:
        for key, paper in self.papers.items():
            active = list(Custody.objects.filter(asset=key, ended_at=None).select_related("employee"))
            assert [custody.employee.login for custody in active] == ([paper.holder] if paper.holder else [])
            if paper.state in HELD:
                assert len(active) == 1
                assert (active[0].accepted_at is None) is (paper.state == "pending_acceptance")
            if paper.state not in (*HELD, "missing"):
                assert not active
            assert Custody.objects.filter(asset=key).count() == paper.custodies

    @invariant()
    def the_log_tells_every_move(self) -> None:
        for key, paper in self.papers.items():
            told = [event for event in events(Asset.objects.get(pk=key)) if event.source != event.target]
            assert [event.target for event in told] == paper.states
            assert all(one.target == other.source for one, other in pairwise(told))

    @invariant()
    def written_off_by_a_second_person(self) -> None:
        for asset in Asset.objects.filter(state="written_off"):
            assert asset.written_off_by_id and asset.written_off_by_id != asset.missing_reported_by_id

    @invariant()
    def stock_adds_up_and_is_never_negative(self) -> None:
        if not self.papers:
            return
        item = StockItem.objects.get(pk=self.item.pk)
        assert item.quantity == self.stock >= 0
        assert sum(item.movements.values_list("change", flat=True)) == item.quantity


@pytest.fixture
def lives(db: None) -> Iterator[type[Lives]]:
    making.make_type("Phone", holds_data=True)
    Lives.people = {
        login: making.make_keeper(login) if login in KEEPERS else make.make_employee(login) for login in PEOPLE
    }
    Lives.seen = set()
    yield Lives


def test_made_up_lives_keep_every_promise(lives: type[Lives]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lives,
        settings=settings(
            max_examples=int(os.environ.get("HISTORIES", "12")), stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

    assert verify().ok
    assert lives.seen >= {"reserve", "hand_over", "accept", "decline", "ask_back", "take_back", "report_missing"}


def test_one_life_through_every_state(lives: type[Lives]) -> None:
    life = lives()
    try:
        life.begin()
        way = [
            ("kim", "reserve"), ("kim", "hand_over"), ("alice", "decline"), ("kim", "hand_over"), ("alice", "accept"),
            ("kim", "repair"), ("kim", "repaired"), ("kim", "ask_back"), ("sonia", "take_back"),
            ("kim", "report_missing"), ("kim", "find"), ("sonia", "report_missing"), ("kim", "write_off"),
        ]  # fmt: skip
        for which, steps in ((0, way), (1, [("kim", "retire"), ("kim", "dispose")])):
            for by, move in steps:
                life.somebody_tries(move, by, "alice", which, "yes")
                life.both_agree()
                life.there_is_one_custody_where_somebody_has_it_and_none_elsewhere()
        assert [paper.state for paper in life.papers.values()] == ["written_off", "disposed"]
    finally:
        life.teardown()

    assert lives.seen == set(MOVES) - {"receive"}
