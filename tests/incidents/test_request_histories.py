"""Made-up lives of a request through the real door: whatever people try, nothing is fulfilled without every approval.

``HISTORIES`` (number of histories) makes the search heavier than in CI.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from directory.absences import go_away
from directory.models import Employee
from directory.services import deactivate
from incidents.models import ServiceRequest
from incidents.requests.services import request_item
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError
from servicedesk.common.time import now
from servicedesk.tickets.models import Approval, Queue, Task
from servicedesk.workflow import carry_out
from tests import factories as make

pytestmark = pytest.mark.django_db

QUORUM = 2
# Who is most likely to get something done; anybody may try anything.
LIKELY = {
    "decide": "lead", "revise": "alice", "edit": "luca", "complete_task": "luca", "fulfil": "luca", "pend": "luca",
    "resume": "luca", "confirm": "alice", "reopen": "alice", "cancel": "alice",
}  # fmt: skip
NEXT = {
    "awaiting_approval": "decide", "rejected": "revise", "fulfilment": "complete_task", "pending": "resume",
    "fulfilled": "confirm",
}  # fmt: skip
PEOPLE = ("alice", "bob", "lead", "boss", "olga", "otto", "luca", "mia")
BOARD = ("alice", "bob", "olga", "otto")


class Lives(RuleBasedStateMachine):
    people: ClassVar[dict[str, Employee]]
    items: ClassVar[dict[str, str]]
    seen: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.key = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(item=st.sampled_from(["after each other", "at once"]), wanted_for=st.sampled_from(["alice", "bob"]))
    def begin(self, item: str, wanted_for: str) -> None:
        by, someone = self.people["alice"], self.people[wanted_for]
        made = request_item(
            by=by, catalogue_item=self.items[item], requested_for=someone.login, field_model="The first"
        )
        self.key = made.pk

    @rule()
    def it_goes_on_as_planned(self) -> None:
        """The next move of its way: otherwise few lives would come far."""
        action = NEXT.get(ServiceRequest.objects.get(pk=self.key).state)
        for by in ("lead", "olga", "otto") if action == "decide" else (LIKELY[action],) if action else ():
            self.somebody_tries(action or "", by, "approved", "Again")
        if action == "complete_task":
            self.somebody_tries("fulfil", "luca", "approved", "Done")

    @rule(
        action=st.sampled_from(sorted(LIKELY)), by=st.sampled_from(PEOPLE),
        verdict=st.sampled_from(["approved", "rejected"]), text=st.sampled_from(["One", "Two"]),
    )  # fmt: skip
    def somebody_tries(self, action: str, by: str, verdict: str, text: str) -> None:
        request = ServiceRequest.objects.get(pk=self.key)
        person = Employee.objects.get(pk=self.people[by].pk)
        try:
            carry_out(request, action, by=person, details=self._details(action, verdict, text))
        except DomainError:
            after = ServiceRequest.objects.get(pk=self.key)
            assert (after.state, after.version) == (request.state, request.version)
            return
        self.seen.add(action)

    @rule(who=st.sampled_from(["lead", "olga"]))
    def an_approver_leaves(self, who: str) -> None:
        deactivate(Employee.objects.get(pk=self.people[who].pk))
        self.seen.add("leave")

    def _details(self, action: str, verdict: str, text: str) -> dict[str, Any]:
        task = Task.objects.filter(ticket=self.key, state="open").first()
        details: dict[str, dict[str, Any]] = {
            "decide": {"verdict": verdict, "comment": "Because."},
            "revise": {"field_model": text},
            "edit": {"title": text},
            "complete_task": {"task": str(task.uuid) if task else ""},
            "fulfil": {"text": "It is there."},
            "pend": {"reason": "vendor", "follow_up_at": (now() + timedelta(days=2)).isoformat()},
            "reopen": {"reason": "It is broken."},
            "cancel": {"reason": "withdrawn"},
        }
        return details.get(action, {})

    @invariant()
    def work_began_only_after_every_approval(self) -> None:
        if ServiceRequest.objects.filter(pk=self.key, state__in=("fulfilment", "pending", "fulfilled")).exists():
            rows = list(Approval.objects.filter(ticket=self.key, round__state="granted").order_by("round", "step"))
            newest = [row for row in rows if row.round_id == rows[-1].round_id]
            agreed = {
                step: {row.decided_by_id for row in newest if row.step == step and row.state == "approved"}
                for step in (0, 1)
            }
            assert len(agreed[0]) == 1
            assert len(agreed[1]) >= QUORUM

    @invariant()
    def nobody_decided_on_what_is_theirs(self) -> None:
        theirs = {self.people["alice"].pk, ServiceRequest.objects.get(pk=self.key).requested_for_id}
        decided = Approval.objects.filter(ticket=self.key).exclude(decided_by=None)
        assert not theirs & set(decided.values_list("decided_by", flat=True))

    @invariant()
    def each_way_into_the_work_led_through_an_approval(self) -> None:
        """From the log alone: between the question and the work there is a yes."""
        granted = False
        for event in Event.objects.filter(subject_id=self.key).order_by("sequence"):
            if event.verb == "request.approved":
                granted = True
            elif event.target in ("submitted", "awaiting_approval", "rejected", "cancelled"):
                granted = False
            if event.target in ("fulfilment", "pending", "fulfilled"):
                assert granted, event.verb

    @invariant()
    def nothing_is_fulfilled_with_tasks_open(self) -> None:
        if ServiceRequest.objects.filter(pk=self.key, state="fulfilled").exists():
            assert not Task.objects.filter(ticket=self.key, state="open").exists()


@pytest.fixture
def lives(
    queue: Queue, alice: Employee, lead: Employee, boss: Employee, agent: Employee, days_from_today: Any
) -> Iterator[type[Lives]]:
    board = make.make_group("board")
    Lives.people = {
        "alice": alice, "lead": lead, "boss": boss, "luca": agent, "bob": make.make_employee("bob", manager=lead),
        "olga": make.make_employee("olga", manager=boss), "otto": make.make_employee("otto"),
        "mia": make.make_manager(queue, "mia"),
    }  # fmt: skip
    bob = Lives.people["bob"]
    go_away(
        bob, starts_on=days_from_today(0), ends_on=days_from_today(3), delegate=alice
    )  # so she may ask in bob's place
    for login in BOARD:  # those whom it is for sit on the board, and may not decide
        Lives.people[login].groups.add(board)
    Lives.items = {}
    for name, sequential in (("after each other", True), ("at once", False)):
        steps = ("line_manager", ("group", board, QUORUM))
        rule = make.make_approval_rule(*steps, sequential=sequential)
        item = make.make_catalogue_item(queue, f"Desk {name}", rule=rule)
        item.tasks.create(position=0, title="Carry it", queue=queue)
        Lives.items[name] = item.slug
    Lives.seen = set()
    yield Lives


def test_made_up_lives_keep_every_promise(lives: type[Lives]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lives,
        settings=settings(
            max_examples=int(os.environ.get("HISTORIES", "10")), stateful_step_count=20, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

    assert verify().ok
    assert lives.seen >= {"decide", "complete_task", "fulfil", "leave"}


def test_one_life_from_the_order_to_the_confirmation(lives: type[Lives]) -> None:
    """The whole way, so that the promises about work are looked at at all."""
    life = lives()
    try:
        life.begin(item="after each other", wanted_for="bob")
        for _step in range(3):
            life.it_goes_on_as_planned()
            life.work_began_only_after_every_approval()
            life.each_way_into_the_work_led_through_an_approval()
            life.nobody_decided_on_what_is_theirs()
            life.nothing_is_fulfilled_with_tasks_open()
        assert ServiceRequest.objects.get(pk=life.key).state == "closed"
    finally:
        life.teardown()
