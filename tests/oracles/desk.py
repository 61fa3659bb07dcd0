"""A naive model of the desk: plain dictionaries, worked out from the specification alone.

It imports nothing of the product. Whatever it says differently from the product is a fault of one of
them. People are keys; ``rights`` maps a person to queue → rights.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

OPEN = ("new", "assigned", "in_progress", "pending")
WORKS = {1: "work_l1", 2: "work_l2", 3: "work_l3"}

# move → (from, to, who); to = None: where it was before the merge
MOVES: dict[str, tuple[tuple[str, ...], str | None, tuple[str, ...]]] = {
    "route": (OPEN, "new", ("worker", "coordinator", "manager*")),
    "assign": (OPEN, "assigned", ("worker", "coordinator", "manager*")),
    "start": (("new", "assigned"), "in_progress", ("worker", "manager*")),
    "pend": (("assigned", "in_progress"), "pending", ("worker", "manager*")),
    "resume": (("pending",), "in_progress", ("worker", "manager*", "clock")),
    "escalate": (OPEN, "assigned", ("worker", "coordinator", "manager*")),
    "return_down": (OPEN, "assigned", ("worker", "coordinator", "manager*")),
    "resolve": (("new", "assigned", "in_progress"), "resolved", ("worker", "manager*")),
    "confirm": (("resolved",), "closed", ("requester",)),
    "reopen": (("resolved",), "in_progress", ("requester", "worker", "manager*")),
    "close": (("resolved",), "closed", ("clock", "manager")),
    "cancel": (OPEN, "cancelled", ("requester", "worker", "coordinator", "manager*")),
    "merge": (OPEN, "cancelled", ("worker", "coordinator", "manager*")),
    "unmerge": (("cancelled",), None, ("worker", "coordinator", "manager*")),
}


@dataclass
class Person:
    rights: dict[str, frozenset[str]] = field(default_factory=dict)
    active: bool = True
    clock: bool = False

    def on(self, queue: str) -> frozenset[str]:
        return self.rights.get(queue, frozenset()) if self.active else frozenset()


@dataclass
class Paper:
    """One ticket."""

    requester: str
    requested_for: str
    queue: str
    confidential: bool = False
    state: str = "new"
    tier: int = 1
    assignee: str | None = None
    watchers: set[str] = field(default_factory=set)
    approvers: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    tasks: list[tuple[str, str | None]] = field(default_factory=list)
    merged_into: int | None = None
    state_before_merge: str = ""
    written_since_merge: bool = False
    version: int = 1
    events: list[tuple[str, str, str]] = field(default_factory=list)
    said: int = 0
    noted: int = 0


def sees(key: str, person: Person, paper: Paper) -> bool:
    """May this person know of the ticket at all?"""
    if not person.active:
        return False
    if key == paper.requester:
        return True
    held = person.on(paper.queue)
    if key in paper.approvers:
        return True
    if paper.confidential:
        return "view_confidential" in held
    through_the_queue = bool(held & {"view_queue", "audit_queue", "view_confidential"})
    return through_the_queue or named(key, person, paper)


def named(key: str, person: Person, paper: Paper) -> bool:
    """Tied to an ordinary ticket in some way. ``tasks`` are (queue, who ended it; None while it is open)."""
    works = {"work_l1", "work_l2", "work_l3", "triage_queue"}
    at_work = any(ended == key if ended else bool(person.on(queue) & works) for queue, ended in paper.tasks)
    return at_work or key in {paper.requested_for, paper.assignee, *paper.watchers, *paper.decided}


def on_desk(person: Person, paper: Paper) -> bool:
    """Seen through the queue, and not for personal reasons."""
    held = person.on(paper.queue)
    if paper.confidential:
        return "view_confidential" in held
    return bool(held & {"view_queue", "audit_queue", "view_confidential"})


def personal(key: str, person: Person, paper: Paper) -> bool:
    """Seen because it is theirs in some way."""
    mine = key == paper.requester or key in paper.approvers
    return person.active and (mine or (named(key, person, paper) and not paper.confidential))


def reads_notes(person: Person, paper: Paper) -> bool:
    held = person.on(paper.queue)
    if paper.confidential and "view_confidential" not in held:
        return False
    return bool(held & {"view_queue", "audit_queue"})


def roles(key: str, person: Person, paper: Paper) -> frozenset[str]:
    """How one person stands to one ticket; empty for who may not know of it."""
    if person.clock:
        return frozenset({"clock"})
    if not sees(key, person, paper):
        return frozenset()
    found = {"sees"}
    if key == paper.requester:
        found.add("requester")
    held = person.on(paper.queue)
    if on_desk(person, paper) and "view_queue" in held:
        found.add("viewer")
        if WORKS[paper.tier] in held:
            found.add("worker")
        if "triage_queue" in held:
            found.add("coordinator")
        if "manage_queue" in held:
            found |= {"manager", "manager*"}
    return frozenset(found)


def visible(key: str, person: Person, papers: Mapping[int, Paper]) -> set[int]:
    return {number for number, paper in papers.items() if sees(key, person, paper)}


def workers(people: Mapping[str, Person], paper: Paper) -> set[str]:
    """Who could be given the ticket as it stands."""
    return {key for key, person in people.items() if person.active and "worker" in _able(person, paper)}


def _able(person: Person, paper: Paper) -> Iterable[str]:
    held = person.on(paper.queue)
    if WORKS[paper.tier] in held and (not paper.confidential or "view_confidential" in held):
        yield "worker"


def takes_part(key: str, person: Person, paper: Paper) -> bool:
    """May this person write publicly on the ticket?"""
    if person.clock or not sees(key, person, paper):
        return False
    held = person.on(paper.queue)
    works_here = on_desk(person, paper) and bool(
        held & {"work_l1", "work_l2", "work_l3", "triage_queue", "manage_queue"}
    )
    if works_here or key in (paper.requester, paper.requested_for):
        return True
    only_watches_over = bool(held & {"train_l1", "audit_queue"})
    return key in {paper.assignee, *paper.watchers} and not only_watches_over
