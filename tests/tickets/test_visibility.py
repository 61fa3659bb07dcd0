"""One read rule: the list, the single ticket, the snapshot of the door and a naive model say the same."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from directory.models import Employee
from directory.services import deactivate
from incidents.models import Incident
from servicedesk.common.errors import Hidden
from servicedesk.common.time import now
from servicedesk.tickets.access import can_view
from servicedesk.tickets.facts import facts_of
from servicedesk.tickets.models import (
    Approval,
    ApprovalRound,
    Attachment,
    Message,
    Queue,
    Task,
    Ticket,
    Watch,
)
from servicedesk.tickets.querysets import reads_notes
from servicedesk.tickets.timeline import timeline
from servicedesk.workflow import carry_out, perform
from tests import factories as make
from tests.oracles import desk as oracle

pytestmark = pytest.mark.django_db

SETS_OF_RIGHTS = (
    ("view_queue",),
    ("audit_queue",),
    ("view_confidential",),
    ("view_queue", "work_l1"),
    ("view_queue", "work_l2", "view_confidential"),
    ("view_queue", "manage_queue"),
    ("view_queue", "train_l1"),
    ("work_l1", "triage_queue"),
)


class Scene:
    """Made-up people, queues, rights and tickets of every relation, and the same on paper."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.queues = [make.make_queue(is_default=not number) for number in range(3)]
        self.people: dict[str, Employee] = {}
        self.persons: dict[str, oracle.Person] = {}
        for number in range(10):
            self._person(f"p{number}", chance)
        self._reads_everything_of(self.queues[0])
        self.papers: dict[int, oracle.Paper] = {}
        self._ticket(chance, self.queues[0], confidential=True)
        for _ in range(16):
            self._ticket(chance)
        for key in chance.sample(sorted(set(self.people) - {"reader"}), 2):
            deactivate(self.people[key])
            self.people[key].refresh_from_db()
            self.persons[key].active = False
        self._cases_of_who_left()

    def _person(self, key: str, chance: random.Random) -> None:
        rights: dict[str, frozenset[str]] = {}
        groups = []
        for queue in chance.sample(self.queues, chance.choice((0, 0, 1, 1, 2))):
            for _ in range(chance.choice((1, 1, 2))):  # held through several groups, so that joins could multiply
                held = chance.choice(SETS_OF_RIGHTS)
                groups.append(make.make_group(on=queue, rights=held))
                rights[queue.slug] = rights.get(queue.slug, frozenset()) | set(held)
        self.people[key] = make.make_employee(key, groups=tuple(groups))
        self.persons[key] = oracle.Person(rights)

    def _reads_everything_of(self, queue: Queue) -> None:
        rights = ("view_queue", "view_confidential")
        self.people["reader"] = make.make_employee("reader", groups=(make.make_group(on=queue, rights=rights),))
        self.persons["reader"] = oracle.Person({queue.slug: frozenset(rights)})

    def _ticket(self, chance: random.Random, queue: Queue | None = None, confidential: bool | None = None) -> None:
        keys = sorted(self.people)
        queue = queue or chance.choice(self.queues)
        asks, concerned, assignee = chance.choice(keys), chance.choice(keys), chance.choice([None, *keys])
        confidential = chance.random() < 0.4 if confidential is None else confidential
        ticket = make.make_incident(queue, by=self.people[asks], confidential=confidential)
        Incident.objects.filter(pk=ticket.pk).update(
            requested_for=self.people[concerned], assignee=self.people[assignee] if assignee else None
        )
        watchers = set(chance.sample(keys, chance.choice((0, 1, 3))))
        Watch.objects.bulk_create([Watch(ticket_id=ticket.pk, employee=self.people[key]) for key in watchers])
        paper = oracle.Paper(asks, concerned, queue.slug, confidential, assignee=assignee, watchers=watchers)
        self._tasks_and_approvals(chance, ticket, paper)
        self.papers[ticket.pk] = paper

    def _cases_of_who_left(self) -> None:
        """Whoever leaves has a case of their own: put on paper as it was filed."""
        for case in Ticket.objects.exclude(pk__in=self.papers).order_by("pk"):
            paper = oracle.Paper(case.requester.login, case.requested_for.login, case.queue.slug, case.confidential)
            paper.tasks = [(task.queue.slug, None) for task in case.tasks.all()]
            paper.approvers = {row.approver.login for row in case.approvals.all()}
            self.papers[case.pk] = paper

    def _tasks_and_approvals(self, chance: random.Random, ticket: Ticket, paper: oracle.Paper) -> None:
        for _ in range(chance.choice((0, 0, 1, 2))):
            queue, ended = chance.choice(self.queues), chance.choice([None, *sorted(self.people)])
            state = {"state": "done", "done_by": self.people[ended]} if ended else {}
            Task.objects.create(ticket_id=ticket.pk, title="A part of it", queue=queue, **state)
            paper.tasks.append((queue.slug, ended))
        others = sorted(set(self.people) - {paper.requester, paper.requested_for})
        for key in chance.sample(others, chance.choice((0, 0, 1))):
            round_ = ApprovalRound.objects.create(
                ticket_id=ticket.pk, rule_name="Rule", is_sequential=True, steps=[], subject_hash=""
            )
            person, decides = self.people[key], chance.random() < 0.5
            decided = {"state": "approved", "decided_by": person, "decided_at": now()} if decides else {}
            Approval.objects.create(
                ticket_id=ticket.pk, round=round_, step=0, approver=person, **decided,
                requester=self.people[paper.requester], requested_for=self.people[paper.requested_for],
            )  # fmt: skip
            (paper.decided if decides else paper.approvers).add(key)


def ids(found: Any) -> list[int]:
    return list(found.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(4))
def test_every_way_to_ask_gives_the_same_answer(seed: int) -> None:
    scene = Scene(seed)
    answers = set()
    for key, employee in scene.people.items():
        person = scene.persons[key]
        seen = ids(Ticket.objects.visible_to(employee))
        assert seen == sorted(oracle.visible(key, person, scene.papers)), key
        desk, personal = ids(Ticket.objects.on_desk_of(employee)), ids(Ticket.objects.personal_to(employee))
        on_paper = scene.papers.items()
        assert desk == [n for n, paper in on_paper if oracle.on_desk(person, paper)], key
        assert personal == [n for n, paper in on_paper if oracle.personal(key, person, paper)], key
        assert set(desk) | set(personal) == set(seen)
        assert Ticket.objects.visible_to(employee).count() == len(seen), "nothing is counted twice"
        for ticket in Ticket.objects.all():
            visible = ticket.pk in seen
            assert can_view(employee, ticket) == visible == facts_of(ticket.specific, employee).visible
            notes = visible and oracle.reads_notes(person, scene.papers[ticket.pk])
            assert (visible and reads_notes(employee, ticket)) == notes
            answers.add((visible, ticket.confidential, notes))
    assert answers >= {(True, True, True), (True, False, False), (False, True, False), (False, False, False)}


def test_who_has_left_sees_nothing_even_by_an_object_read_before() -> None:
    queue = make.make_queue(is_default=True)
    alice = make.make_employee()
    ticket = make.make_incident(queue, by=alice)
    deactivate(Employee.objects.get(pk=alice.pk))
    assert alice.is_active, "the object in memory knows nothing of it"

    for found in (Ticket.objects.visible_to, Ticket.objects.personal_to, Ticket.objects.on_desk_of):
        assert not found(alice).exists()
    assert not can_view(alice, ticket)


@pytest.mark.parametrize("relation", ["concerned", "assignee", "watcher", "analyst", "lead", "administrator"])
def test_a_confidential_ticket_is_hidden_from(relation: str) -> None:
    queue = make.make_queue(is_default=True)
    ticket = make.make_incident(queue, confidential=True)
    person = {"analyst": make.make_analyst, "lead": make.make_manager}.get(relation, lambda _q: make.make_employee())(
        queue
    )
    if relation == "administrator":
        person = make.make_administrator()
    elif relation == "watcher":
        Watch.objects.create(ticket_id=ticket.pk, employee=person)
    elif relation in ("concerned", "assignee"):
        field = {"concerned": "requested_for", "assignee": "assignee"}[relation]
        Incident.objects.filter(pk=ticket.pk).update(**{field: person})

    assert not Ticket.objects.visible_to(person).exists()
    with pytest.raises(Hidden):
        perform(ticket, "reply", by=person, body="May I?")


def test_a_confidential_ticket_is_read_by_its_requester_and_by_who_may() -> None:
    queue = make.make_queue(is_default=True)
    alice, hana = make.make_employee(), make.make_technician(queue, "view_queue", "work_l1", "view_confidential")
    ticket = make.make_incident(queue, by=alice, confidential=True)

    for person in (alice, hana):
        assert Ticket.objects.visible_to(person).get().pk == ticket.pk


@pytest.fixture
def analyst_of_much() -> Iterator[tuple[Employee, Queue]]:
    """Holds every right three times over, on two queues."""
    queues = [make.make_queue(is_default=not number) for number in range(2)]
    groups = [
        make.make_group(on=queue, rights=("view_queue", "work_l1", "view_confidential"))
        for queue in queues
        for _ in range(3)
    ]
    yield make.make_employee(groups=tuple(groups)), queues[0]


@pytest.mark.parametrize("way", ["visible_to", "on_desk_of", "personal_to"])
def test_a_list_takes_two_statements_however_many_rights_and_rows(
    way: str, analyst_of_much: tuple[Employee, Queue]
) -> None:
    person, queue = analyst_of_much

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            rows = list(getattr(Ticket.objects, way)(person))
        assert len({row.pk for row in rows}) == len(rows)
        joined = [q["sql"] for q in captured if "tickets_ticket" in q["sql"] and " JOIN " in q["sql"].split("WHERE")[0]]
        assert not joined, "the read rule joins nothing, so it multiplies nothing"
        return len(captured)

    make.make_incident(queue, by=person)
    few = statements()
    for _ in range(10):
        ticket = make.make_incident(queue, by=person)
        for _watcher in range(3):
            Watch.objects.create(ticket_id=ticket.pk, employee=make.make_employee())

    assert statements() == few <= 2


NOTE, DIAGNOSIS, REASON, FILE = "canary-note", "canary-diagnosis", "canary-reason", "canary-file.txt"


@pytest.fixture
def spoken() -> tuple[Incident, dict[str, Employee]]:
    """A ticket on which colleagues wrote to each other, with everybody around it."""
    queue = make.make_queue("network", is_default=True)
    people = {
        "alice": make.make_employee("alice"),
        "watcher": make.make_employee("walter"),
        "luca": make.make_agent(queue, 1, "luca"),
        "lena": make.make_technician(queue, "view_queue", "work_l2", "triage_queue", login="lena"),
        "mia": make.make_manager(queue, "mia"),
        "quinn": make.make_analyst(queue, "quinn"),
    }
    incident = make.make_incident(queue, by=people["alice"])
    luca, lena = people["luca"], people["lena"]
    perform(incident, "watch", by=luca, employee=people["watcher"])
    files = MultiValueDict({"files": [SimpleUploadedFile(FILE, b"for us")]})
    carry_out(incident, "note", by=luca, details={"body": NOTE}, files=files)
    carry_out(
        incident, "reply", by=luca, details={"body": "We look into it"},
        files=MultiValueDict({"files": [SimpleUploadedFile("guide.txt", b"for you")]}),
    )  # fmt: skip
    perform(incident, "escalate", by=luca, diagnosis=DIAGNOSIS)
    perform(incident, "return_down", by=lena, reason=REASON)
    perform(incident, "start", by=people["mia"], override_reason=REASON)
    perform(incident, "set_priority", by=luca, priority="P1", reason=REASON)
    return incident, people


@pytest.mark.parametrize(
    ("who", "reads"), [("alice", False), ("watcher", False), ("luca", True), ("lena", True), ("quinn", True)]
)
def test_notes_and_diagnoses_stay_with_the_desk(
    spoken: tuple[Incident, dict[str, Employee]], who: str, reads: bool
) -> None:
    incident, people = spoken
    reader = people[who]

    bodies = {message.body for message in Message.objects.readable_by(reader, incident)}
    names = {attachment.name for attachment in Attachment.objects.readable_by(reader, incident)}
    told = timeline(incident, reader)
    quotes = {quote for item in told for quote in item.quotes}

    assert ("We look into it" in bodies, "guide.txt" in names) == (True, True)
    assert (NOTE in bodies, FILE in names) == (reads, reads)
    assert ({DIAGNOSIS, REASON} <= quotes) == reads
    assert ("ticket.noted" in {item.verb for item in told}) == reads
    if not reads:
        assert "canary" not in repr(told) and not any(item.changes for item in told)
