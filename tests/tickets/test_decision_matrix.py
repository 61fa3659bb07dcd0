"""Every cell of the decision table, through ``decide()``: role × relation × state × tier × action."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from incidents.models import Incident
from servicedesk.tickets.facts import TicketFacts
from servicedesk.workflow import machine_of

STATES = ("new", "assigned", "in_progress", "pending", "resolved", "closed", "cancelled")
OPEN = frozenset(STATES[:4])
RESOLVED_AT = datetime(2026, 3, 4, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)

RIGHTS: dict[str, frozenset[str]] = {
    "employee": frozenset(),
    "trainee": frozenset({"view_queue", "train_l1"}),
    "l1": frozenset({"view_queue", "work_l1"}),
    "l2": frozenset({"view_queue", "work_l2"}),
    "l3": frozenset({"view_queue", "work_l3"}),
    "l1 and trainee": frozenset({"view_queue", "work_l1", "train_l1"}),
    "coordinator": frozenset({"view_queue", "triage_queue"}),
    "manager": frozenset({"view_queue", "manage_queue"}),
    "analyst": frozenset({"audit_queue"}),
    "looks on": frozenset({"view_queue"}),
    "blind worker": frozenset({"work_l1", "work_l2", "work_l3", "triage_queue", "manage_queue"}),
    "hr l1": frozenset({"view_queue", "work_l1", "view_confidential"}),
    "hr manager": frozenset({"view_queue", "manage_queue", "view_confidential"}),
}
# "administering" comes through the settings page for confidential tickets.
# Who only "configures" the desk is a stranger.
RELATIONS = (
    "stranger", "requester", "replying", "concerned", "assignee", "watcher", "tasker", "granted", "configures",
    "administering",
)  # fmt: skip
CAUSES = {"replying": "reply", "administering": "administration"}
ACTORS = ("active", "inactive", "clock")


@dataclass(frozen=True)
class Cell:
    rights: str
    relation: str
    actor: str
    state: str
    tier: int
    confidential: bool
    impact: str


def cells() -> Iterator[Cell]:
    for actor in ACTORS:
        rights = RIGHTS if actor == "active" else ("employee", "l1")
        relations = RELATIONS if actor == "active" else ("stranger", "requester")
        for combination in product(rights, relations, STATES, (1, 2, 3), (False, True), ("low", "medium")):
            yield Cell(combination[0], combination[1], actor, *combination[2:])


@cache
def table() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """action → (states, who), from the reviewed file; nothing of the product is read."""
    rows = {}
    for line in (Path(__file__).parent / "decision_table.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            action, states, who = (part.strip() for part in line.split("|"))
            words = {"open": OPEN, "all": frozenset(STATES)}
            rows[action] = (words.get(states, frozenset(states.split())), frozenset(who.split()))
    return rows


def standing(cell: Cell) -> frozenset[str]:
    """How the actor of a cell stands to its ticket, worked out naively from the specification."""
    if cell.actor == "clock":
        return frozenset({"clock"})
    if cell.actor == "inactive":
        return frozenset()
    if cell.relation == "administering":
        return frozenset({"administrator"})
    held = RIGHTS[cell.rights]
    asked = cell.relation in ("requester", "replying")
    if cell.confidential:
        by_queue = "view_confidential" in held
        sees = asked or by_queue or cell.relation == "granted"
    else:
        by_queue = bool(held & {"view_queue", "audit_queue", "view_confidential"})
        sees = by_queue or cell.relation not in ("stranger", "configures")
    if not sees:
        return frozenset()
    found = {"sees"}
    works_here = by_queue and bool(held & {"work_l1", "work_l2", "work_l3", "triage_queue", "manage_queue"})
    only_watches_over = bool(held & {"train_l1", "audit_queue"}) and not works_here
    if asked or works_here or cell.relation == "concerned":
        found.add("participant")
    if cell.relation in ("watcher", "assignee") and not only_watches_over:
        found.add("participant")
    if asked:
        found.add("requester")
    if cell.relation == "replying":
        found.add("replying")
    if cell.relation == "tasker" and not cell.confidential:
        found.add("tasker")
    if by_queue and "view_queue" in held:
        found.add("viewer")
        if f"work_l{cell.tier}" in held:
            found.add("worker")
        if "triage_queue" in held:
            found.add("coordinator")
        if "manage_queue" in held:
            found |= {"manager", "manager*"}
        if "train_l1" in held and cell.tier == 1 and cell.impact == "low":
            found.add("trainee")
    return frozenset(found)


def expected(action: str, cell: Cell) -> str:
    """``hidden``, ``right``, ``state``, ``guard``, ``override`` or ``allowed``."""
    found = standing(cell)
    if not found:
        return "hidden"
    states, who = table()[action]
    with_reason = "manager*" in found & who and not (found & who) - {"manager*"}
    if not found & who:
        return "right"
    if cell.state not in states:
        return "state"
    if (action == "escalate" and cell.tier == 3) or (action == "return_down" and cell.tier == 1):
        return "guard"
    if action == "close" and "clock" in found:
        return "guard"  # the window in which it may be reopened is not over
    if action == "resume" and "clock" in found:
        return "guard"  # it is to be followed up in an hour
    return "override" if with_reason else "allowed"


def met(found: Any, action: str) -> Any:
    """The snapshot ``found`` for ``action``: nothing is proposed where a proposal must be answered first."""
    return replace(found, open_proposals=0) if action == "reclassify" else found


def facts(cell: Cell) -> TicketFacts:
    return TicketFacts(
        number="INC-000001",
        kind="incident",
        state=cell.state,
        queue_name="Network",
        tier=cell.tier,
        tiers=3,
        impact=cell.impact,
        confidential=cell.confidential,
        has_assignee=cell.relation == "assignee",
        pending_reason="requester" if cell.state == "pending" else "",
        is_merged=cell.state == "cancelled",
        resolved_at=RESOLVED_AT if cell.state in ("resolved", "closed") else None,
        follow_up_at=NOW + timedelta(hours=1) if cell.state == "pending" else None,
        actor_active=cell.actor != "inactive",
        actor_is_clock=cell.actor == "clock",
        held=RIGHTS[cell.rights] if cell.actor == "active" else frozenset(),
        is_requester=cell.relation in ("requester", "replying"),
        is_concerned=cell.relation == "concerned",
        is_assignee=cell.relation == "assignee",
        is_watcher=cell.relation == "watcher",
        is_tasker=cell.relation == "tasker",
        open_tasks=0,
        open_proposals=1,
        written_since_merge=False,
        now=NOW,
        cause=CAUSES.get(cell.relation, ""),
        is_granted=cell.relation == "granted",
        configures=cell.relation in ("configures", "administering"),
    )


def test_the_table_and_the_machine_list_the_same_actions() -> None:
    assert set(table()) == set(machine_of(Incident).actions)


@pytest.mark.parametrize("action", sorted(table()))
def test_every_cell_of_the_table_is_decided_as_reviewed(action: str) -> None:
    machine = machine_of(Incident)
    wrong = []
    outcomes = set()
    for cell in cells():
        decision = machine.decide(met(facts(cell), action), action)
        outcome = (
            (decision.kind or "?") if not decision.allowed else "override" if decision.needs_override else "allowed"
        )
        outcomes.add(outcome)
        if outcome != expected(action, cell):
            wrong.append((cell, outcome, expected(action, cell)))

    assert not wrong[:5]
    assert {"allowed", "hidden"} <= outcomes, "a row nobody may ever use, or everybody, proves nothing"


def test_every_refusal_is_a_sentence() -> None:
    machine = machine_of(Incident)
    for cell in cells():
        for action in machine.actions:
            decision = machine.decide(facts(cell), action)
            if not decision.allowed:
                assert decision.sentence.endswith(".") and len(decision.sentence) > 20


def test_an_unlisted_action_is_denied() -> None:
    cell = Cell("hr manager", "requester", "active", "new", 1, False, "low")

    decision = machine_of(Incident).decide(facts(cell), "delete")

    assert (decision.allowed, decision.kind) == (False, "right")
