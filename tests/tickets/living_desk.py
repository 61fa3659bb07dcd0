"""A small desk with all its people, as the histories live through it: product and naive model side by side."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import Group

from directory.models import Employee
from directory.services import system_employee
from servicedesk.tickets.models import Queue
from tests import factories as make
from tests.oracles import desk as oracle

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
QUEUES = {"desk": 3, "hr": 2, "lone": 1}
DEFAULT = "desk"
GROUPS: dict[str, tuple[str, frozenset[str]]] = {
    "desk l1": ("desk", frozenset({"view_queue", "work_l1"})),
    "desk l2": ("desk", frozenset({"view_queue", "work_l2"})),
    "desk l3": ("desk", frozenset({"view_queue", "work_l3"})),
    "desk triage": ("desk", frozenset({"view_queue", "triage_queue"})),
    "desk lead": ("desk", frozenset({"view_queue", "manage_queue"})),
    "desk learners": ("desk", frozenset({"view_queue", "train_l1"})),
    "desk audit": ("desk", frozenset({"audit_queue"})),
    "hr l1": ("hr", frozenset({"view_queue", "work_l1", "view_confidential"})),
    "hr l2": ("hr", frozenset({"view_queue", "work_l2", "view_confidential"})),
    "hr lead": ("hr", frozenset({"view_queue", "manage_queue", "view_confidential"})),
    "hr triage": ("hr", frozenset({"view_queue", "triage_queue"})),
    "lone l1": ("lone", frozenset({"view_queue", "work_l1", "triage_queue"})),
}
MEMBERS: dict[str, tuple[str, ...]] = {
    "alice": (),
    "bob": (),
    "lea": ("desk l1",),
    "luis": ("desk l2",),
    "lou": ("desk l3",),
    "cora": ("desk triage", "hr triage"),
    "mia": ("desk lead",),
    "tim": ("desk learners",),
    "quinn": ("desk audit",),
    "hana": ("hr l1",),
    "hugo": ("hr l2", "desk l1"),
    "hilde": ("hr lead",),
    "omar": ("lone l1", "desk l1", "desk l2"),
}
CLOCK = "system.clock"


@dataclass
class World:
    """The rows, which every history shares; a history undoes what it changed."""

    queues: dict[str, Queue]
    groups: dict[str, Group]
    people: dict[str, Employee]


@dataclass
class Model:
    """What the oracle knows; one for each history."""

    groups_of: dict[str, set[str]] = field(default_factory=lambda: {k: set(v) for k, v in MEMBERS.items()})
    active: set[str] = field(default_factory=lambda: set(MEMBERS))
    papers: dict[int, oracle.Paper] = field(default_factory=dict)

    def person(self, key: str) -> oracle.Person:
        rights: dict[str, frozenset[str]] = {}
        for name in self.groups_of.get(key, ()):
            queue, held = GROUPS[name]
            rights[queue] = rights.get(queue, frozenset()) | held
        return oracle.Person(rights, active=key in self.active or key == CLOCK, clock=key == CLOCK)

    def people(self) -> dict[str, oracle.Person]:
        return {key: self.person(key) for key in MEMBERS}


def make_world() -> World:
    queues = {slug: make.make_queue(slug, tiers=n, is_default=slug == DEFAULT) for slug, n in QUEUES.items()}
    groups = {
        name: make.make_group(name, on=queues[queue], rights=tuple(rights)) for name, (queue, rights) in GROUPS.items()
    }
    people = {
        key: make.make_employee(key, groups=tuple(groups[name] for name in names)) for key, names in MEMBERS.items()
    }
    people[CLOCK] = system_employee("clock")
    return World(queues, groups, people)


def is_technician(person: oracle.Person) -> bool:
    working = {"work_l1", "work_l2", "work_l3", "triage_queue"}
    return person.active and any(held & working for held in person.rights.values())


def five_working_days_after(moment: datetime) -> datetime:
    """Counted day by day; for a moment on a weekday."""
    left = 5
    while left:
        moment += timedelta(days=1)
        left -= moment.weekday() < 5
    return moment
