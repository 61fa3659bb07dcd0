"""Every cell of the case's decision table, through ``decide()``: role × relation × state × action."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from onboarding.facts import CaseFacts
from onboarding.models import OnboardingCase
from servicedesk.workflow import machine_of

from . import test_decision_matrix as incidents
from .test_decision_matrix import ACTORS, NOW, RIGHTS, Cell

OPEN = frozenset({
    "requested", "approved", "preparing", "ready", "on_hold", "day_one", "notified", "scheduled", "access_revoked",
    "recovering", "verified",
})  # fmt: skip
STATES = (*sorted(OPEN), "closed", "cancelled")
RELATIONS = (*incidents.RELATIONS, "approver", "mechanism", "runner")
WORKS_A_TIER = {"work_l1", "work_l2", "work_l3"}


def cells() -> Iterator[Cell]:
    for actor in ACTORS:
        rights = RIGHTS if actor == "active" else ("employee", "l1")
        relations = RELATIONS if actor == "active" else ("stranger", "requester")
        for parts in product(rights, relations, STATES, (False, True)):
            yield Cell(parts[0], parts[1], actor, parts[2], 1, parts[3], "low")


@cache
def table() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """action → (states, who), from the reviewed file; nothing of the product is read."""
    rows = {}
    for line in (Path(__file__).parent / "case_table.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            action, states, who = (part.strip() for part in line.split("|"))
            words = {"open": OPEN, "all": frozenset(STATES)}
            rows[action] = (words.get(states, frozenset(states.split())), frozenset(who.split()))
    return rows


def standing(cell: Cell) -> frozenset[str]:
    """As for incidents, and what only cases know."""
    if cell.actor != "active" or cell.relation == "administering":
        return incidents.standing(cell)
    held = RIGHTS[cell.rights]
    by_queue = "view_confidential" in held or (not cell.confidential and bool(held & {"view_queue", "audit_queue"}))
    if cell.relation in ("approver", "mechanism"):
        found = incidents.standing(replace(cell, relation="stranger")) if by_queue else frozenset({"sees"})
        found |= {"approver", "participant"} if cell.relation == "approver" else {"mechanism"}
    elif cell.relation == "runner":
        found = incidents.standing(replace(cell, relation="stranger"))
        found |= {"runner"} if found else set()
    else:
        found = incidents.standing(cell)
    works = {"worker"} if "viewer" in found and held & WORKS_A_TIER else set()
    return (found - {"worker", "trainee"}) | works


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


def facts(cell: Cell, **more: Any) -> CaseFacts:
    """A case whose day and hour have come, with nothing open; a closed one has drifted."""
    base = incidents.facts(replace(cell, state="resolved"))
    known = {name: value for name, value in vars(base).items() if name in CaseFacts.__dataclass_fields__}
    changes: dict[str, Any] = {
        "number": "ONB-000001", "kind": "case", "state": cell.state, "is_merged": False,
        "is_approver": cell.relation == "approver", "on": NOW.date(), "today": NOW.date(), "revoke_at": NOW,
        "register": frozenset({"onboarding.run_case"} if cell.relation == "runner" else ()), "drifted": True,
        "cause": {"mechanism": "approval", **incidents.CAUSES}.get(cell.relation, ""),
    }  # fmt: skip
    return CaseFacts(**{**known, **changes, **more})


def test_the_table_and_the_machine_list_the_same_actions() -> None:
    assert set(table()) == set(machine_of(OnboardingCase).actions)


@pytest.mark.parametrize("action", sorted(table()))
def test_every_cell_of_the_table_is_decided_as_reviewed(action: str) -> None:
    machine = machine_of(OnboardingCase)
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


BLOCKED = [
    ("make_ready", "active", "preparing", {"early_tasks": 1}),
    ("start", "active", "ready", {"on": NOW.date() + timedelta(days=1)}),
    ("verify", "active", "recovering", {"open_tasks": 1}),
    ("revoke", "clock", "scheduled", {"revoke_at": NOW + timedelta(seconds=1)}),
    ("revoke", "clock", "scheduled", {"revoke_at": None}),
    ("reopen", "clock", "closed", {"drifted": False}),
]


@pytest.mark.parametrize(("action", "actor", "state", "more"), BLOCKED)
def test_each_condition_alone_denies_the_move(action: str, actor: str, state: str, more: dict[str, Any]) -> None:
    machine = machine_of(OnboardingCase)
    cell = Cell("looks on", "runner", actor, state, 1, False, "low")

    assert machine.decide(facts(cell), action).allowed
    assert machine.decide(facts(cell, **more), action).kind == "guard"


def test_a_person_need_not_wait_for_the_hour() -> None:
    cell = Cell("looks on", "runner", "active", "scheduled", 1, False, "low")

    assert machine_of(OnboardingCase).decide(facts(cell, revoke_at=NOW + timedelta(days=1)), "revoke").allowed
