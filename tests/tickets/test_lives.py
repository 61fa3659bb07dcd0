"""Two lives written by hand beside the random ones: one through every move, one that time ends."""

import pytest

from servicedesk.common.errors import WrongState
from tests.oracles import desk as oracle

from .living_desk import DEFAULT
from .test_histories import OK, Histories, histories

__all__ = ["histories"]
pytestmark = pytest.mark.django_db

LIFE = [
    ("lea", "start"), ("lea", "pend"), ("lea", "resume"), ("lea", "escalate"), ("cora", "return_down"),
    ("cora", "assign"), ("mia", "pend"), ("lea", "merge"), ("lea", "unmerge"), ("lea", "resume"), ("lea", "resolve"),
    ("alice", "reopen"), ("lea", "resolve"), ("mia", "close"),
]  # fmt: skip


def test_one_life_through_every_move(histories: type[Histories]) -> None:
    life = histories()
    try:
        life.two_reports("alice", "alice")
        life.report("alice", "alice", DEFAULT, False)
        first, second, third = life.model.papers
        ends = [(second, "cora", "route"), (second, "alice", "cancel"), (third, "lea", "resolve")]
        steps = [(first, *step) for step in LIFE] + ends + [(third, "alice", "confirm")]
        for number, by, move in steps:
            paper = life.model.papers[number]
            reason_given = life.needs_reason(by, paper, move)
            assert life.refusal(by, number, paper, move) is OK, (by, move)
            life.move(
                by, number, move, stale=False, assignee="lea", into=second, queue="lone", reason_given=reason_given
            )
            for holds in (
                life.every_ticket_is_as_the_model_says,
                life.every_move_and_nothing_else_is_in_the_log,
                life.everybody_sees_what_the_model_says,
            ):
                holds()
    finally:
        life.teardown()

    assert histories.seen == set(oracle.MOVES)


def test_one_life_that_time_ends(histories: type[Histories]) -> None:
    life = histories()
    try:
        life.two_reports("alice", "bob")
        first, second = life.model.papers
        plain = {"stale": False, "assignee": "lea", "into": second, "queue": "hr", "reason_given": False}
        life.move("lea", first, "resolve", **plain)
        life.move("lea", second, "start", **plain)
        life.move("lea", second, "pend", **plain)
        life.time_passes(6)
        life.time_passes(6)
        for by in ("alice", "lea"):
            assert life.refusal(by, first, life.model.papers[first], "reopen") is WrongState
            life.move(by, first, "reopen", **plain)
        life.the_clock_looks()
        assert [paper.state for paper in life.model.papers.values()] == ["closed", "in_progress"]
        life.every_ticket_is_as_the_model_says()
        life.every_move_and_nothing_else_is_in_the_log()
    finally:
        life.teardown()
