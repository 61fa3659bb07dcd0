"""Every cell of the table of articles, through ``decide()``: rights × authorship × audience × state × action."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from kb.facts import ArticleFacts
from kb.models import ArticleVersion
from kb.readers import Reader
from servicedesk.workflow import machine_of

STATES = ("draft", "in_review", "published", "review_due", "archived")
LIVE = frozenset({"published", "review_due"})
TODAY = date(2026, 3, 5)
QUEUE, ELSEWHERE = 1, 2

# technician, has a desk, publishes
RIGHTS: dict[str, tuple[bool, bool, bool]] = {
    "employee": (False, False, False),
    "trainee or analyst": (False, True, False),
    "technician": (True, True, False),
    "knowledge manager": (False, False, True),
    "knowledge manager with a desk": (False, True, True),
    "technician who publishes": (True, True, True),
}
AUDIENCES = ("everybody", "technicians", "queue", "groups")


@dataclass(frozen=True)
class Cell:
    rights: str
    actor: str
    wrote: bool
    member: bool  # of the queue or of the groups that the audience names
    audience: str
    draft_readers: str
    state: str
    has_open: bool
    due: bool


def cells() -> Iterator[Cell]:
    for actor in ("active", "inactive", "clock"):
        for combination in product(
            RIGHTS if actor == "active" else ("technician",), (False, True), (False, True), AUDIENCES,
            ("technicians", "writers"), STATES, (False, True), (False, True),
        ):  # fmt: skip
            yield Cell(combination[0], actor, *combination[1:])


@cache
def table() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """action → (states, who), from the reviewed file; nothing of the product is read."""
    rows = {}
    for line in (Path(__file__).parent / "decision_table.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            action, states, who = (part.strip() for part in line.split("|"))
            rows[action] = (frozenset(states.split()), frozenset(who.split()))
    return rows


def standing(cell: Cell) -> frozenset[str]:
    """How the actor of a cell stands to its version, worked out naively from the specification."""
    if cell.actor == "clock":
        return frozenset({"clock"})
    if cell.actor == "inactive":
        return frozenset()
    technician, desk, publishes = RIGHTS[cell.rights]
    in_audience = {
        "everybody": True, "technicians": desk, "queue": cell.member and desk, "groups": cell.member,
    }[cell.audience]  # fmt: skip
    open_to_all = cell.state in LIVE or (technician and cell.draft_readers == "technicians")
    sees = in_audience and open_to_all
    if not (sees or cell.wrote or publishes):
        return frozenset()
    found = {"reader"}
    if technician:
        found |= {"technician", "writer"} if cell.wrote else {"technician"}
    if publishes:
        found |= {"publisher+"} if cell.wrote else {"publisher", "publisher+"}
    return frozenset(found)


def expected(action: str, cell: Cell) -> str:
    """``hidden``, ``right``, ``state``, ``guard`` or ``allowed``."""
    found = standing(cell)
    if not found:
        return "hidden"
    states, who = table()[action]
    own_text = "publisher" in who and "publisher+" in found - who and "publisher" not in found
    if not found & who and not own_text:
        return "right"
    if cell.state not in states:
        return "state"
    if own_text:
        return "guard"
    if action in ("revise", "restore") and cell.has_open:
        return "guard"
    if action == "flag_review" and not cell.due:
        return "guard"
    return "allowed"


def facts(cell: Cell) -> ArticleFacts:
    technician, desk, publishes = RIGHTS[cell.rights] if cell.actor == "active" else (False, False, False)
    return ArticleFacts(
        number="KB-000001",
        ordinal=1,
        state=cell.state,
        audience=cell.audience,
        draft_readers=cell.draft_readers,
        queue_id=QUEUE if cell.audience == "queue" else None,
        reader=Reader(
            employee_id=1, active=cell.actor != "inactive", is_clock=cell.actor == "clock", is_technician=technician,
            has_desk=desk, is_publisher=publishes,
            queues=frozenset({QUEUE if cell.member else ELSEWHERE} if desk else ()),
        ),
        in_groups=cell.audience == "groups" and cell.member,
        is_writer=cell.wrote,
        has_open_version=cell.has_open,
        review_by=TODAY if cell.due else date(2026, 3, 6),
        today=TODAY,
    )  # fmt: skip


def test_the_table_and_the_machine_list_the_same_actions() -> None:
    assert set(table()) == set(machine_of(ArticleVersion).actions)


@pytest.mark.parametrize("action", sorted(table()))
def test_every_cell_of_the_table_is_decided_as_reviewed(action: str) -> None:
    machine = machine_of(ArticleVersion)
    wrong, outcomes = [], set()
    for cell in cells():
        decision = machine.decide(facts(cell), action)
        outcome = "allowed" if decision.allowed else decision.kind
        outcomes.add(outcome)
        if outcome != expected(action, cell):
            wrong.append((cell, outcome, expected(action, cell)))

    assert not wrong[:5]
    assert {"allowed", "hidden", "state", "right"} - {"right" if action == "rate" else ""} <= outcomes


def test_every_refusal_is_a_sentence() -> None:
    machine = machine_of(ArticleVersion)
    for cell in cells():
        for action in machine.actions:
            decision = machine.decide(facts(cell), action)
            if not decision.allowed:
                assert decision.sentence.endswith(".") and len(decision.sentence) > 20


def test_an_unlisted_action_is_denied() -> None:
    cell = Cell("technician who publishes", "active", False, True, "everybody", "technicians", "draft", False, False)

    assert machine_of(ArticleVersion).decide(facts(cell), "delete").kind == "right"
