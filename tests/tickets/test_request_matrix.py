"""Every cell of the service request's decision table, through ``decide()``: role × relation × state × tier × action."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from incidents.models import ServiceRequest
from incidents.requests.facts import RequestFacts
from servicedesk.workflow import machine_of

from . import test_decision_matrix as incidents
from .test_decision_matrix import NOW, RESOLVED_AT, RIGHTS, Cell

OPEN = frozenset({"submitted", "awaiting_approval", "approved", "fulfilment", "pending"})
STATES = (*sorted(OPEN), "rejected", "fulfilled", "closed", "cancelled")
RELATIONS = (*incidents.RELATIONS, "approver", "decided", "mechanism")


def cells() -> Iterator[Cell]:
    for actor in incidents.ACTORS:
        rights = RIGHTS if actor == "active" else ("employee", "l1")
        relations = RELATIONS if actor == "active" else ("stranger", "requester")
        for parts in product(rights, relations, STATES, (1, 3), (False, True), ("low", "medium")):
            yield Cell(parts[0], parts[1], actor, *parts[2:])


@cache
def table() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """action → (states, who), from the reviewed file; nothing of the product is read."""
    rows = {}
    for line in (Path(__file__).parent / "request_table.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            action, states, who = (part.strip() for part in line.split("|"))
            words = {"open": OPEN, "all": frozenset(STATES)}
            rows[action] = (words.get(states, frozenset(states.split())), frozenset(who.split()))
    return rows


def standing(cell: Cell) -> frozenset[str]:
    """As for incidents; and an approver sees it until they decided, also a secret one."""
    if cell.actor == "active" and cell.relation in ("approver", "mechanism"):
        held = RIGHTS[cell.rights]
        by_queue = "view_confidential" in held or (not cell.confidential and bool(held & {"view_queue", "audit_queue"}))
        desk = incidents.standing(replace(cell, relation="stranger")) if by_queue else frozenset({"sees"})
        return desk | ({"approver", "participant"} if cell.relation == "approver" else {"mechanism"})
    if cell.relation == "decided":
        found = incidents.standing(replace(cell, relation="concerned"))
        return found
    return incidents.standing(cell)


def expected(action: str, cell: Cell) -> str:
    found = standing(cell)
    if not found:
        return "hidden"
    states, who = table()[action]
    if not found & who:
        return "right"
    if cell.state not in states:
        return "state"
    if (action == "escalate" and cell.tier == 3) or (action == "return_down" and cell.tier == 1):
        return "guard"
    if action in ("close", "resume") and "clock" in found:
        return "guard"
    return "override" if not (found & who) - {"manager*"} else "allowed"


def facts(cell: Cell) -> RequestFacts:
    base = vars(incidents.facts(cell))
    changes = {
        "number": "REQ-000001", "kind": "request", "is_merged": False,
        "resolved_at": RESOLVED_AT if cell.state in ("fulfilled", "closed") else None,
        "is_approver": cell.relation == "approver", "has_decided": cell.relation == "decided",
        "cause": {"mechanism": "approval", **incidents.CAUSES}.get(cell.relation, ""),
    }  # fmt: skip
    known = {name: value for name, value in base.items() if name in RequestFacts.__dataclass_fields__}
    closed = NOW if cell.state in ("rejected", "closed", "cancelled") else None
    return RequestFacts(**{**known, **changes}, closed_at=closed)


def test_the_table_and_the_machine_list_the_same_actions() -> None:
    assert set(table()) == set(machine_of(ServiceRequest).actions)


@pytest.mark.parametrize("action", sorted(table()))
def test_every_cell_of_the_table_is_decided_as_reviewed(action: str) -> None:
    machine = machine_of(ServiceRequest)
    wrong, outcomes = [], set()
    for cell in cells():
        decision = machine.decide(incidents.met(facts(cell), action), action)
        outcome = (
            (decision.kind or "?") if not decision.allowed else "override" if decision.needs_override else "allowed"
        )
        outcomes.add(outcome)
        if outcome != expected(action, cell):
            wrong.append((cell, outcome, expected(action, cell)))

    assert not wrong[:5]
    assert {"allowed", "hidden"} <= outcomes, "a row nobody may ever use, or everybody, proves nothing"
