"""Every cell of the problem's decision table, through ``decide()``: role × relation × state × tier × action."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from incidents.models import Problem
from incidents.problems.facts import ProblemFacts
from servicedesk.workflow import machine_of

from . import test_decision_matrix as incidents
from .test_decision_matrix import ACTORS, RELATIONS, RIGHTS, Cell

OPEN = frozenset({"logged", "investigating", "known_error"})
STATES = (*sorted(OPEN), "resolved", "closed", "cancelled")
WORKS_A_TIER = {"work_l1", "work_l2", "work_l3"}


def cells() -> Iterator[Cell]:
    for actor in ACTORS:
        rights = RIGHTS if actor == "active" else ("employee", "l1")
        relations = RELATIONS if actor == "active" else ("stranger", "requester")
        for parts in product(rights, relations, STATES, (1, 3), (False, True), ("low", "medium")):
            yield Cell(parts[0], parts[1], actor, *parts[2:])


@cache
def table() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """action → (states, who), from the reviewed file; nothing of the product is read."""
    rows = {}
    for line in (Path(__file__).parent / "problem_table.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            action, states, who = (part.strip() for part in line.split("|"))
            words = {"open": OPEN, "all": frozenset(STATES)}
            rows[action] = (words.get(states, frozenset(states.split())), frozenset(who.split()))
    return rows


def standing(cell: Cell) -> frozenset[str]:
    """As for incidents, but whoever works some tier of the queue works here, and nobody learns here."""
    found = incidents.standing(cell) - {"worker", "trainee"}
    held = RIGHTS[cell.rights] if cell.actor == "active" else frozenset()
    return found | {"worker"} if "viewer" in found and held & WORKS_A_TIER else found


def expected(action: str, cell: Cell) -> str:
    found = standing(cell)
    if not found:
        return "hidden"
    states, who = table()[action]
    if not found & who:
        return "right"
    if cell.state not in states:
        return "state"
    return "override" if not (found & who) - {"manager*"} else "allowed"


def facts(cell: Cell) -> ProblemFacts:
    base = incidents.facts(replace(cell, state="resolved"))
    known = {name: value for name, value in vars(base).items() if name in ProblemFacts.__dataclass_fields__}
    changes = {"number": "PRB-000001", "kind": "problem", "state": cell.state, "is_merged": False}
    return ProblemFacts(**{**known, **changes})


def test_the_table_and_the_machine_list_the_same_actions() -> None:
    assert set(table()) == set(machine_of(Problem).actions)


@pytest.mark.parametrize("action", sorted(table()))
def test_every_cell_of_the_table_is_decided_as_reviewed(action: str) -> None:
    machine = machine_of(Problem)
    wrong, outcomes = [], set()
    for cell in cells():
        decision = machine.decide(facts(cell), action)
        outcome = (
            (decision.kind or "?") if not decision.allowed else "override" if decision.needs_override else "allowed"
        )
        outcomes.add(outcome)
        if outcome != expected(action, cell):
            wrong.append((cell, outcome, expected(action, cell)))

    assert not wrong[:5]
    assert "hidden" in outcomes and ("allowed" in outcomes) == (action != "propose")
