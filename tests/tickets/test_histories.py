"""Made-up histories through the real door, beside a naive model: whatever happens, both agree on everything.

``HISTORIES`` (number of histories) makes the search heavier than in CI.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from directory.services import deactivate
from incidents.models import Incident
from incidents.services import report_incident, sweep
from servicedesk.audit.models import Event, Head
from servicedesk.audit.services import subject_type_of
from servicedesk.audit.verify import verify
from servicedesk.common import time
from servicedesk.common.errors import DomainError, Hidden, InvalidPayload, NotPermitted, StaleVersion, WrongState
from servicedesk.tickets.models import Message, Ticket, Watch
from servicedesk.workflow import carry_out
from tests.oracles import desk as oracle

from .living_desk import (
    CLOCK,
    DEFAULT,
    MEMBERS,
    MONDAY,
    QUEUES,
    Model,
    World,
    five_working_days_after,
    is_technician,
    make_world,
)

pytestmark = pytest.mark.django_db

OK = None
# Histories that end early tell little, and what needs a rare state before it must be wished for more often.
WEIGHTS = {"cancel": 1, "merge": 2, "close": 2, "confirm": 2, "pend": 8, "resume": 20, "unmerge": 6}
WISHES = [move for move in oracle.MOVES for _ in range(WEIGHTS.get(move, 4))]
actors = st.sampled_from([*MEMBERS, CLOCK])
employees = st.sampled_from(list(MEMBERS))
tickets = st.integers(0, 30)


class Histories(RuleBasedStateMachine):
    world: ClassVar[World]
    seen: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.model = Model()
        self.now = MONDAY
        self.resolved_at: dict[int, Any] = {}
        self.follow_up_at: dict[int, Any] = {}
        self.links = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # What happens

    @initialize(first=employees, second=employees)
    def two_reports(self, first: str, second: str) -> None:
        self.report(first, first, DEFAULT, False)
        self.report(second, second, DEFAULT, False)

    @rule(by=employees, person=employees, queue=st.sampled_from(list(QUEUES)), confidential=st.booleans())
    def report(self, by: str, person: str, queue: str, confidential: bool) -> None:
        actor = self.model.person(by)
        details: dict[str, Any] = {"title": "It does not work", "confidential": confidential}
        if is_technician(actor):
            details["queue"] = queue
        else:
            queue = DEFAULT
        if person != by:
            details["requested_for"] = person
        readers = any("view_confidential" in other.on(queue) for other in self.model.people().values())
        wrong = person != by and (not is_technician(actor) or person not in self.model.active)
        expected = (
            NotPermitted if not actor.active else InvalidPayload if wrong or (confidential and not readers) else OK
        )
        made = self.attempt(expected, lambda: report_incident(by=self.world.people[by], **details))
        if made is not None:
            self.model.papers[made.pk] = oracle.Paper(person, person, queue, confidential, events=[("", "new")])

    @rule(data=st.data(), ticket=tickets)
    def a_permitted_move(self, data: Any, ticket: int) -> None:
        self.something_permitted(data, ticket)

    @rule(data=st.data(), ticket=st.integers(0, 1))
    def a_permitted_move_of_the_first_two(self, data: Any, ticket: int) -> None:
        self.something_permitted(data, ticket)

    def something_permitted(self, data: Any, ticket: int) -> None:
        number, paper = self.pick(ticket)
        possible: dict[str, list[str]] = {}
        for move in oracle.MOVES:
            able = [by for by in [*MEMBERS, CLOCK] if self.refusal(by, number, paper, move) is OK]
            if able:
                possible[move] = able
        if possible:
            move = data.draw(st.sampled_from([m for m in WISHES if m in possible]), "what")
            by = data.draw(st.sampled_from(possible[move]), "who")
            others = sorted(oracle.workers(self.model.people(), paper)) or ["alice"]
            into = [n for n in self.model.papers if self.mergeable(by, number, n)] or [number]
            self.move(
                by, number, move, stale=False, reason_given=self.needs_reason(by, paper, move),
                assignee=data.draw(st.sampled_from(others)), into=data.draw(st.sampled_from(into)),
                queue=data.draw(st.sampled_from([q for q in QUEUES if q != paper.queue])),
            )  # fmt: skip

    @rule(
        by=actors, ticket=tickets, move=st.sampled_from(list(oracle.MOVES)), stale=st.booleans(), assignee=employees,
        into=tickets, queue=st.sampled_from(list(QUEUES)), reason_given=st.booleans(),
    )  # fmt: skip
    def any_move(
        self, by: str, ticket: int, move: str, stale: bool, assignee: str, into: int, queue: str, reason_given: bool
    ) -> None:
        number, _paper = self.pick(ticket)
        other, _paper = self.pick(into)
        self.move(by, number, move, stale=stale, assignee=assignee, into=other, queue=queue, reason_given=reason_given)

    @rule(by=actors, ticket=tickets, word=st.sampled_from(["reply", "note"]))
    def write(self, by: str, ticket: int, word: str) -> None:
        number, paper = self.pick(ticket)
        actor = self.model.person(by)
        may = oracle.takes_part(by, actor, paper) if word == "reply" else "viewer" in oracle.roles(by, actor, paper)
        hidden = not oracle.roles(by, actor, paper)
        expected = Hidden if hidden else OK if may else NotPermitted
        if self.act(expected, by, number, word, {"body": "Canary"}) is None:
            return
        paper.events.append((paper.state, paper.state))
        paper.said, paper.noted = paper.said + (word == "reply"), paper.noted + (word == "note")
        for other_number, other in self.model.papers.items():
            if other.merged_into is not None and number in (other_number, other.merged_into):
                other.written_since_merge = True
        if word == "reply" and paper.state == "pending" and by == paper.requester:
            self.moved(paper, "in_progress")

    @rule(by=actors, ticket=tickets)
    def split(self, by: str, ticket: int) -> None:
        number, paper = self.pick(ticket)
        found = oracle.roles(by, self.model.person(by), paper)
        who = found & {"worker", "coordinator", "manager*"}
        expected = (
            Hidden if not found else NotPermitted if not who else OK if paper.state in oracle.OPEN else WrongState
        )
        details = {"title": "The other half"} | ({"override_reason": "Nobody is in"} if who == {"manager*"} else {})
        passage = self.act(expected, by, number, "split", details)
        if passage is not None:
            self.links += 1
            paper.events.append((paper.state, paper.state))
            self.model.papers[passage.result.pk] = oracle.Paper(
                paper.requester, paper.requested_for, paper.queue, paper.confidential, tier=paper.tier,
                events=[("", "new")],
            )  # fmt: skip

    @rule(by=employees, ticket=tickets)
    def watch(self, by: str, ticket: int) -> None:
        number, paper = self.pick(ticket)
        sees = oracle.sees(by, self.model.person(by), paper)
        if self.act(OK if sees else Hidden, by, number, "watch", {}) is not None:
            paper.watchers.add(by)
            paper.events.append((paper.state, paper.state))

    @rule(days=st.integers(1, 6))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        while self.now.weekday() > 4:
            self.now += timedelta(days=1)

    @rule()
    def the_clock_looks(self) -> None:
        with time.at(self.now):
            sweep(now=self.now)
        for number, paper in self.model.papers.items():
            if paper.state == "pending" and self.follow_up_at[number] <= self.now:
                self.moved(paper, "in_progress")
            elif paper.state == "resolved" and self.now > five_working_days_after(self.resolved_at[number]):
                self.moved(paper, "closed")

    @precondition(lambda self: len(self.model.active) > 9)
    @rule(key=employees)
    def somebody_leaves(self, key: str) -> None:
        deactivate(self.world.people[key])
        self.model.active.discard(key)
        self.model.groups_of[key] = set()

    @rule(key=employees, data=st.data())
    def somebody_changes_teams(self, key: str, data: Any) -> None:
        names = data.draw(st.sets(st.sampled_from(MEMBERS[key]), max_size=2) if MEMBERS[key] else st.just(set()))
        if key in self.model.active:
            self.world.people[key].groups.set([self.world.groups[name] for name in names])
            self.model.groups_of[key] = set(names)

    # How it is expected to end

    def pick(self, ticket: int) -> tuple[int, oracle.Paper]:
        numbers = list(self.model.papers)
        number = numbers[ticket % len(numbers)]
        return number, self.model.papers[number]

    def refusal(self, by: str, number: int, paper: oracle.Paper, move: str) -> type[DomainError] | None:
        """Why ``by`` may not do this now, whatever the payload; by right first, then state, then guard."""
        found = oracle.roles(by, self.model.person(by), paper)
        sources, _target, who = oracle.MOVES[move]
        if not found:
            return Hidden
        if not found & set(who):
            return NotPermitted
        if paper.state not in sources:
            return WrongState
        window = five_working_days_after(self.resolved_at[number]) if paper.state == "resolved" else self.now
        held_back = {
            "escalate": paper.tier >= QUEUES[paper.queue],
            "return_down": paper.tier == 1,
            "reopen": self.now > window,
            "close": "clock" in found and self.now <= window,
            "unmerge": paper.merged_into is None or paper.written_since_merge,
        }
        return WrongState if held_back.get(move) else OK

    def needs_reason(self, by: str, paper: oracle.Paper, move: str) -> bool:
        return oracle.roles(by, self.model.person(by), paper) & set(oracle.MOVES[move][2]) == {"manager*"}

    def mergeable(self, by: str, number: int, into: int) -> bool:
        paper, other = self.model.papers[number], self.model.papers[into]
        same_readers = paper.confidential == other.confidential and (
            not other.confidential or paper.requester == other.requester
        )
        sees = oracle.sees(by, self.model.person(by), other)
        return into != number and other.state in oracle.OPEN and same_readers and sees

    def move(
        self, by: str, number: int, move: str, *, stale: bool, assignee: str, into: int, queue: str, reason_given: bool
    ) -> None:
        paper = self.model.papers[number]
        follow_up = self.now + timedelta(days=2)
        details: dict[str, Any] = {
            "route": {"queue": queue, "reason": "Theirs"},
            "assign": {"assignee": assignee},
            "pend": {"reason": "vendor", "follow_up_at": follow_up},
            "escalate": {"diagnosis": "Canary"},
            "return_down": {"reason": "Not enough known"},
            "resolve": {"code": "fixed", "text": "Done"},
            "reopen": {"reason": "Again"},
            "cancel": {"reason": "withdrawn"},
            "merge": {"into": f"INC-{into}"},
        }.get(move, {})  # fmt: skip
        if reason_given:
            details["override_reason"] = "Nobody is in"
        wrong = (
            (move == "assign" and assignee not in oracle.workers(self.model.people(), paper))
            or (move == "route" and queue == paper.queue)
            or (move == "merge" and not self.mergeable(by, number, into))
            or reason_given != self.needs_reason(by, paper, move)
        )
        expected = self.refusal(by, number, paper, move)
        if stale and expected not in (Hidden, NotPermitted):
            expected = StaleVersion
        if expected is OK and wrong:
            expected = InvalidPayload
        version = paper.version + 1 if stale else paper.version
        if self.act(expected, by, number, move, details, version) is None:
            return
        self.seen.add(move)
        self.follow(by, number, paper, move, assignee, into, queue)
        if move == "pend":
            self.follow_up_at[number] = follow_up

    def follow(
        self, by: str, number: int, paper: oracle.Paper, move: str, assignee: str, into: int, queue: str
    ) -> None:
        """Let the model do what the product just did."""
        other = self.model.papers.get(into if move == "merge" else paper.merged_into or 0)
        before, target = paper.state, oracle.MOVES[move][1] or paper.state_before_merge
        self.moved(paper, target)
        if move in ("start", "resolve"):
            paper.assignee = paper.assignee or by
        elif move == "assign":
            paper.assignee = assignee
        elif move in ("escalate", "return_down"):
            paper.tier, paper.assignee = paper.tier + (1 if move == "escalate" else -1), None
        elif move == "route":
            paper.queue, paper.tier, paper.assignee = queue, 1, None
        elif move == "merge":
            paper.merged_into, paper.state_before_merge, paper.written_since_merge = into, before, False
        elif move == "unmerge":
            paper.merged_into = None
        if move == "resolve":
            self.resolved_at[number] = self.now
        if move in ("merge", "unmerge"):
            assert other is not None
            other.events.append((other.state, other.state))

    @staticmethod
    def moved(paper: oracle.Paper, target: str) -> None:
        paper.events.append((paper.state, target))
        paper.state, paper.version = target, paper.version + 1

    def act(
        self, expected: type[DomainError] | None, by: str, number: int, action: str, details: dict[str, Any],
        version: int | None = None,
    ) -> Any:  # fmt: skip
        actor, ticket = self.world.people[by], Incident(pk=number)
        return self.attempt(
            expected, lambda: carry_out(ticket, action, by=actor, expected_version=version, details=details)
        )

    def attempt(self, expected: type[DomainError] | None, doing: Any) -> Any:
        self.now += timedelta(minutes=1)
        try:
            with time.at(self.now):
                result = doing()
        except DomainError as refusal:
            assert type(refusal) is expected, (refusal, refusal.sentence, expected)
            return None
        assert expected is OK, f"expected {expected}"
        return result

    # What always holds

    @invariant()
    def every_ticket_is_as_the_model_says(self) -> None:
        keys = {employee.pk: key for key, employee in self.world.people.items()}
        slugs = {queue.pk: slug for slug, queue in self.world.queues.items()}
        rows = {ticket.pk: ticket for ticket in Incident.objects.all()}
        assert set(rows) == set(self.model.papers)
        for number, paper in self.model.papers.items():
            row = rows[number]
            assert (row.state, row.tier, slugs[row.queue_id], keys.get(row.assignee_id), row.version) == (
                paper.state, paper.tier, paper.queue, paper.assignee, paper.version,
            )  # fmt: skip
            assert (keys[row.requester_id], row.confidential, row.merged_into_id) == (
                paper.requester, paper.confidential, paper.merged_into,
            )  # fmt: skip
            assert row.is_open == (paper.state in oracle.OPEN)
            assert 1 <= row.tier <= QUEUES[paper.queue]
            assert (row.resolved_at is not None) >= (row.state == "resolved")
            assert (row.closed_at is not None) == (row.state in ("closed", "cancelled"))
            assert (row.follow_up_at is not None and row.pending_reason == "vendor") >= (row.state == "pending")

    @invariant()
    def every_move_and_nothing_else_is_in_the_log(self) -> None:
        if not self.model.papers:
            return
        kind = subject_type_of(Ticket(kind="incident"))
        told: dict[int, list[Event]] = {number: [] for number in self.model.papers}
        cases = Ticket.objects.exclude(pk__in=told)  # one for each who left, filed by the desk itself
        assert cases.filter(kind="case").count() == cases.count() == len(MEMBERS) - len(self.model.active)
        for event in Event.objects.filter(subject_type=kind, subject_id__in=told).order_by("subject_id", "sequence"):
            told[event.subject_id].append(event)
        for number, events in told.items():
            assert [(event.source, event.target) for event in events] == self.model.papers[number].events
            assert all(one.target == two.source for one, two in pairwise(events))
            steps = [event.details.get("changes", {}).get("tier") for event in events]
            for event, step in zip(events, steps, strict=True):
                if step and event.source:
                    assert abs(step[1] - step[0]) == 1 or (event.verb == "incident.routed" and step[1] == 1)
        assert Message.objects.count() == sum(paper.said + paper.noted for paper in self.model.papers.values())
        assert Watch.objects.count() == sum(len(paper.watchers) for paper in self.model.papers.values())
        heads = len({e.subject_id for es in told.values() for e in es}) + cases.count()
        assert verify().ok and Head.objects.count() == heads

    @invariant()
    def everybody_sees_what_the_model_says(self) -> None:
        for key in MEMBERS:
            incidents = Ticket.objects.visible_to(self.world.people[key]).filter(kind="incident")
            seen = list(incidents.values_list("pk", flat=True))
            assert len(seen) == len(set(seen))
            assert set(seen) == oracle.visible(key, self.model.person(key), self.model.papers)


@pytest.fixture
def histories() -> Iterator[type[Histories]]:
    class Lived(Histories):
        world = make_world()
        seen: ClassVar[set[str]] = set()

    yield Lived


def test_whatever_happens_the_desk_and_the_model_agree(histories: type[Histories]) -> None:
    number = int(os.environ.get("HISTORIES", "0"))
    run_state_machine_as_test(
        histories,
        settings=settings(
            max_examples=number or 15, stateful_step_count=40, deadline=None, derandomize=not number, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

    assert len(histories.seen) > 10, f"the histories are too poor: {histories.seen}"
