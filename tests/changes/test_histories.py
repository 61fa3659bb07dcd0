"""Made-up lives of two changes of one asset through the real door: whatever people try, the promises hold.

``HISTORIES`` (number of histories) makes the search heavier than in CI.
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from changes.models import ChangeRequest
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError
from servicedesk.common.time import now
from servicedesk.tickets.models import Approval
from servicedesk.workflow import carry_out

from . import making

pytestmark = pytest.mark.django_db

PEOPLE = ("author", "maker", "peer", "chief", "cab1", "cab2")
# Who is most likely to get something done; anybody may try anything.
LIKELY = {
    "submit": "author", "assess": "peer", "decide": "cab1", "implement": "maker", "complete": "maker",
    "review": "chief", "waive_conflict": "chief", "plan": "author", "send_back": "chief", "cancel": "author",
}  # fmt: skip
ACTIONS = [name for name in LIKELY for _ in range({"cancel": 1, "send_back": 1, "plan": 2}.get(name, 4))]
WINDOWS = {"now": (-1, 2), "later": (24, 26), "over": (-5, -1)}  # hours from now
QUORUM = 2


class Lives(RuleBasedStateMachine):
    world: ClassVar[SimpleNamespace]
    people: ClassVar[dict[str, Any]]
    seen: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.keys: list[int] = []
        self.windows: dict[int, list[tuple[datetime, datetime, datetime]]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(kind=st.sampled_from(["normal", "emergency"]))
    def begin(self, kind: str) -> None:
        for change_type in ("normal", kind):
            change = making.make_change(self.world, change_type=change_type)
            self.keys.append(change.pk)
            self._note_window(change)

    def _note_window(self, change: ChangeRequest) -> None:
        self.windows.setdefault(change.pk, []).append((now(), change.planned_start, change.planned_end))

    @rule(which=st.integers(0, 1))
    def it_goes_on_as_planned(self, which: int) -> None:
        """The next move of its way: otherwise few lives would come far."""
        planned = {"draft": "submit", "assessment": "assess", "authorisation": "decide", "scheduled": "implement",
                   "implementing": "complete", "review": "review"}  # fmt: skip
        state = ChangeRequest.objects.get(pk=self.keys[which]).state
        if state in planned:
            self.whoever_is_likely_tries(planned[state], which)

    @rule(action=st.sampled_from(ACTIONS), which=st.integers(0, 1))
    def whoever_is_likely_tries(self, action: str, which: int) -> None:
        for by in {"decide": ("cab1", "cab2")}.get(action, (LIKELY[action],)):
            self.somebody_tries(action, by, which, "now", "approved")

    @rule(
        action=st.sampled_from(ACTIONS), by=st.sampled_from(PEOPLE), which=st.integers(0, 1),
        window=st.sampled_from(sorted(WINDOWS)), verdict=st.sampled_from(["approved", "rejected"]),
    )  # fmt: skip
    def somebody_tries(self, action: str, by: str, which: int, window: str, verdict: str) -> None:
        change = ChangeRequest.objects.get(pk=self.keys[which])
        try:
            carry_out(change, action, by=self.people[by], details=self._details(action, window, verdict))
        except DomainError:
            after = ChangeRequest.objects.get(pk=change.pk)
            assert (after.state, after.version) == (change.state, change.version)
            return
        self.seen.add(action)
        if action == "plan":
            self._note_window(ChangeRequest.objects.get(pk=change.pk))

    def _details(self, action: str, window: str, verdict: str) -> dict[str, Any]:
        start, end = (now() + timedelta(hours=hours) for hours in WINDOWS[window])
        details: dict[str, dict[str, Any]] = {
            "assess": {"risk_answers": {"users": "few"}, "assessment": "Fine."},
            "decide": {"verdict": verdict, "comment": "Because."},
            "complete": {"result": "successful", "text": "It runs."},
            "review": {"text": "As planned."},
            "waive_conflict": {"reason": "Other ports."},
            "plan": {"planned_start": start.isoformat(), "planned_end": end.isoformat()},
            "send_back": {"reason": "Not clear."},
            "cancel": {"reason": "Not needed."},
        }
        return details.get(action, {})

    def _events(self, key: int) -> list[Event]:
        events = Event.objects.filter(subject_id=key, verb__startswith="change.").order_by("sequence")
        return list(events.select_related("actor"))

    @invariant()
    def work_began_only_after_an_authorisation_that_still_held(self) -> None:
        for key in self.keys:
            authorised = False
            for event in self._events(key):
                if event.verb == "change.authorised":
                    authorised = True
                elif event.verb == "change.sent_back" or (event.verb == "change.planned" and event.details["fields"]):
                    authorised = False
                if event.verb == "change.begun":
                    assert authorised

    @invariant()
    def work_began_by_its_implementer_and_inside_its_window(self) -> None:
        for key in self.keys:
            for event in self._events(key):
                if event.verb == "change.begun":
                    start, end = [(a, b) for at, a, b in self.windows[key] if at <= event.at][-1]
                    assert event.actor.login == "maker" and start <= event.at < end

    @invariant()
    def nobody_decided_on_what_they_wrote_or_make(self) -> None:
        for row in Approval.objects.filter(ticket__in=self.keys).exclude(decided_by=None):
            assert row.decided_by_id not in {row.author_id, row.implementer_id, row.requester_id}
        for change in ChangeRequest.objects.filter(pk__in=self.keys, state__in=("scheduled", "implementing")):
            granted = change.approval_rounds.filter(state="granted").order_by("pk").last()
            assert granted is not None
            assert granted.approvals.filter(state="approved").count() >= QUORUM

    @invariant()
    def two_of_one_asset_have_one_window_only_where_that_was_accepted(self) -> None:
        taken = ChangeRequest.objects.filter(pk__in=self.keys, state__in=("scheduled", "implementing"))
        if len(taken) < 2:
            return
        one, two = taken
        overlap = one.planned_start < two.planned_end and two.planned_start < one.planned_end
        assert not overlap or one.pk in two.waived or two.pk in one.waived


@pytest.fixture
def lives(db: None) -> Iterator[type[Lives]]:
    world = making.make_world(quorum=QUORUM)
    Lives.world = world
    board = world.cab[0].groups.get()
    for person in (world.author, world.maker):  # they sit on the board, and may not decide on their own
        person.groups.add(board)
    Lives.people = {
        "author": world.author, "maker": world.maker, "peer": world.peer, "chief": world.manager,
        "cab1": world.cab[0], "cab2": world.cab[1],
    }  # fmt: skip
    Lives.seen = set()
    yield Lives


def test_made_up_lives_keep_every_promise(lives: type[Lives]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lives,
        settings=settings(
            max_examples=int(os.environ.get("HISTORIES", "8")), stateful_step_count=25, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

    assert verify().ok
    assert lives.seen >= {"submit", "assess", "decide"}


def test_one_life_from_the_plan_to_the_review(lives: type[Lives]) -> None:
    """The whole way, so that the promises about work are looked at at all."""
    life = lives()
    try:
        life.begin(kind="emergency")
        for which in (0, 1):
            for action in ("submit", "assess", "waive_conflict", "decide", "implement", "complete", "review"):
                life.whoever_is_likely_tries(action, which)
                life.work_began_only_after_an_authorisation_that_still_held()
                life.work_began_by_its_implementer_and_inside_its_window()
                life.nobody_decided_on_what_they_wrote_or_make()
                life.two_of_one_asset_have_one_window_only_where_that_was_accepted()
        assert set(ChangeRequest.objects.filter(pk__in=life.keys).values_list("state", flat=True)) == {"closed"}
    finally:
        life.teardown()
