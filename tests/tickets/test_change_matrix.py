"""Every cell of the change's decision table, through ``decide()``: role × relation × state × action."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from changes.facts import ChangeFacts
from changes.models import ChangeRequest
from servicedesk.workflow import machine_of

from . import test_decision_matrix as incidents
from .test_decision_matrix import ACTORS, NOW, RIGHTS, Cell

OPEN = frozenset({"draft", "assessment", "authorisation", "scheduled", "implementing", "review"})
STATES = (*sorted(OPEN), "closed", "cancelled")
# "chief" manages changes; "making chief" is the implementer as well. Author and implementer follow the change.
OWN = ("author", "implementer", "chief", "making chief")
RELATIONS = (*incidents.RELATIONS, "approver", "mechanism", *OWN)
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
    for line in (Path(__file__).parent / "change_table.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            action, states, who = (part.strip() for part in line.split("|"))
            words = {"open": OPEN, "all": frozenset(STATES)}
            rows[action] = (words.get(states, frozenset(states.split())), frozenset(who.split()))
    return rows


def standing(cell: Cell) -> frozenset[str]:
    """As for incidents, and what only changes know."""
    if cell.actor != "active" or cell.relation == "administering":
        return incidents.standing(cell)
    held = RIGHTS[cell.rights]
    by_queue = "view_confidential" in held or (not cell.confidential and bool(held & {"view_queue", "audit_queue"}))
    if cell.relation in ("approver", "mechanism"):
        found = incidents.standing(replace(cell, relation="stranger")) if by_queue else frozenset({"sees"})
        found |= {"approver", "participant"} if cell.relation == "approver" else {"mechanism"}
    else:
        relation = {"chief": "stranger", "author": "watcher", "implementer": "watcher", "making chief": "watcher"}
        found = incidents.standing(replace(cell, relation=relation.get(cell.relation, cell.relation)))
    if not found:
        return found
    more = set()
    if cell.relation == "author":
        more.add("author")
    if cell.relation in ("implementer", "making chief"):
        more.add("implementer")
    if cell.relation in ("chief", "making chief"):
        more.add("chief")
    if cell.relation == "chief":
        more.add("reviewer")
    if by_queue and held & {"work_l1", "work_l2", "work_l3", "triage_queue"}:
        more.add("technician")
    if by_queue and held & WORKS_A_TIER:
        more |= set() if cell.relation == "author" else {"peer"}
        more |= {"worker"} if "viewer" in found else set()
    return (found - {"worker", "trainee"}) | more


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


def facts(cell: Cell, **more: Any) -> ChangeFacts:
    """A change whose plan is complete, inside its window, with nothing in its way."""
    base = incidents.facts(replace(cell, state="resolved"))
    known = {name: value for name, value in vars(base).items() if name in ChangeFacts.__dataclass_fields__}
    relation = cell.relation
    changes: dict[str, Any] = {
        "number": "CHG-000001", "kind": "change", "state": cell.state, "is_merged": False,
        "is_approver": relation == "approver", "is_author": relation == "author",
        "is_implementer": relation in ("implementer", "making chief"),
        "register": frozenset({"changes.manage_change"} if relation in ("chief", "making chief") else ()),
        "planned_start": NOW - timedelta(hours=1), "planned_end": NOW + timedelta(hours=1), "review_is_missed": True,
        "cause": {"mechanism": "approval", **incidents.CAUSES}.get(relation, ""),
    }  # fmt: skip
    if relation in ("author", "implementer", "making chief"):
        changes["is_watcher"] = True
    return ChangeFacts(**{**known, **changes, **more})


def met(cell: Cell, action: str) -> ChangeFacts:
    """The same, with what ``action`` itself is about."""
    return facts(cell, **({"conflicts": ("CHG-000002",)} if action == "waive_conflict" else {}))


def test_the_table_and_the_machine_list_the_same_actions() -> None:
    assert set(table()) == set(machine_of(ChangeRequest).actions)


@pytest.mark.parametrize("action", sorted(table()))
def test_every_cell_of_the_table_is_decided_as_reviewed(action: str) -> None:
    machine = machine_of(ChangeRequest)
    wrong, outcomes = [], set()
    for cell in cells():
        decision = machine.decide(met(cell, action), action)
        outcome = (
            (decision.kind or "?") if not decision.allowed else "override" if decision.needs_override else "allowed"
        )
        outcomes.add(outcome)
        if outcome != expected(action, cell):
            wrong.append((cell, outcome, expected(action, cell)))

    assert not wrong[:5]
    assert "hidden" in outcomes and ("allowed" in outcomes) == (action != "propose")


BLOCKED = [
    ("submit", "requester", "draft", {"missing": ("the way back",)}),
    ("submit", "requester", "draft", {"template_active": False}),
    ("submit", "requester", "draft", {"is_standard": True, "conflicts": ("CHG-000002",)}),
    ("authorise", "mechanism", "authorisation", {"conflicts": ("CHG-000002",)}),
    ("implement", "implementer", "scheduled", {"conflicts": ("CHG-000002",)}),
    ("implement", "implementer", "scheduled", {"freeze": "Year end"}),
    ("implement", "implementer", "scheduled", {"planned_start": NOW + timedelta(seconds=1)}),
    ("implement", "implementer", "scheduled", {"planned_end": NOW}),
    ("complete", "implementer", "implementing", {"open_tasks": 1}),
    ("waive_conflict", "chief", "draft", {"conflicts": ()}),
]


@pytest.mark.parametrize(("action", "relation", "state", "more"), BLOCKED)
def test_each_condition_alone_denies_the_move(action: str, relation: str, state: str, more: dict[str, Any]) -> None:
    machine = machine_of(ChangeRequest)
    cell = Cell("looks on", relation, "active", state, 1, False, "low")
    start = {"conflicts": ("CHG-000002",)} if action == "waive_conflict" else {}

    assert machine.decide(facts(cell, **start), action).allowed
    assert machine.decide(facts(cell, **more), action).kind == "guard"


def test_a_conflict_does_not_stop_who_submits_a_change_that_others_authorise() -> None:
    cell = Cell("looks on", "requester", "active", "draft", 1, False, "low")

    assert machine_of(ChangeRequest).decide(facts(cell, conflicts=("CHG-000002",)), "submit").allowed
