"""Changes on PostgreSQL: of two that take one window one wins, and what is edited is not authorised unread."""

from functools import partial
from threading import Barrier
from types import SimpleNamespace

import pytest

from changes import conflicts, effects
from changes.models import ChangeRequest
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError, WrongState
from servicedesk.workflow import perform
from tests.changes.making import make_change, make_world

from .racing import events_of, losers, race, winners

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    return make_world()


def count(change: ChangeRequest, verb: str) -> int:
    return sum(event.verb == verb for event in events_of(change))


def authorisations(world: SimpleNamespace, changes: list[ChangeRequest]) -> list[object]:
    return race(*[partial(perform, change, "decide", by=world.cab[0], verdict="approved") for change in changes])


def test_of_changes_that_take_one_window_at_once_one_wins(world: SimpleNamespace) -> None:
    changes = [make_change(world, "authorisation", title=f"Change {n}") for n in range(4)]

    outcomes = authorisations(world, changes)

    assert len(winners(outcomes)) == 1, outcomes
    assert {type(error) for error in losers(outcomes)} == {WrongState}, losers(outcomes)
    states = sorted(ChangeRequest.objects.values_list("state", flat=True))
    assert states == ["authorisation"] * 3 + ["scheduled"]
    assert sum(count(change, "change.authorised") for change in changes) == 1 and verify().ok


def test_without_holding_the_assets_several_take_it(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is what keeps them apart: without it each looks before any of the others has taken the window."""
    changes = [make_change(world, "authorisation", title=f"Change {n}") for n in range(2)]
    meeting = Barrier(2)
    conflicting = conflicts.conflicting
    monkeypatch.setattr(conflicts, "hold_assets", lambda _change: None)

    def look_together(change: ChangeRequest, now: object) -> list[int]:
        found = conflicting(change, now)
        if change.state == "scheduled":  # inside take_window: both have looked before either commits
            meeting.wait(60)
        return found

    monkeypatch.setattr(conflicts, "conflicting", look_together)
    assert effects.take_window.__globals__["conflicts"] is conflicts

    outcomes = authorisations(world, changes)

    assert len(winners(outcomes)) == 2, outcomes
    assert set(ChangeRequest.objects.values_list("state", flat=True)) == {"scheduled"}


def test_authorise_while_the_plan_is_edited_has_one_winner(world: SimpleNamespace) -> None:
    change = make_change(world, "authorisation")
    version = change.version

    outcomes = race(
        *[partial(perform, change, "decide", by=world.cab[0], verdict="approved", expected_version=version)] * 3,
        *[partial(perform, change, "plan", by=world.author, outage="All day", expected_version=version)] * 3,
    )

    assert len(winners(outcomes)) == 1, outcomes
    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)
    change.refresh_from_db()
    assert (change.state, change.outage) in {("draft", "All day"), ("scheduled", "Ten minutes in the whole building")}
    assert verify().ok


def test_of_those_who_begin_the_work_at_once_one_does(world: SimpleNamespace) -> None:
    change = make_change(world, "scheduled")

    outcomes = race(*[partial(perform, change, "implement", by=world.maker)] * 10)

    assert len(winners(outcomes)) == count(change, "change.begun") == 1
    assert {type(error) for error in losers(outcomes)} == {WrongState} and verify().ok
