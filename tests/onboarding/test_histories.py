"""Made-up lives of leavers through the real door: a closed one has nothing left, but what a waiver let pass.

``HISTORIES`` (number of histories) makes the search heavier than in CI.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from assets.models import Asset
from directory.models import ApiToken, Employee
from onboarding import services
from onboarding.models import OnboardingCase
from onboarding.opening import open_case
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError
from servicedesk.common.time import now
from servicedesk.tickets.models import Approval, Task, Ticket
from servicedesk.workflow import perform
from tests.signin.conftest import is_in, sign_in

from .making import finish_tasks, give_asset, give_ticket, make_world

pytestmark = pytest.mark.django_db

WAY = ("schedule", "revoke", "recover", "verify", "close", "cancel")


class Lives(RuleBasedStateMachine):
    world: ClassVar[SimpleNamespace]
    seen: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @property
    def person(self) -> Employee:
        return Employee.objects.get(pk=self.world.leaver.pk)

    def case(self) -> OnboardingCase | None:
        return OnboardingCase.objects.order_by("pk").last()

    @rule()
    def somebody_opens_a_case(self) -> None:
        self._try("open", lambda: open_case(by=self.world.runner, case_type="leaver", subject="leo", on="2026-12-01"))

    @rule(move=st.sampled_from(WAY), waiver=st.sampled_from(["", "", "Agreed"]))
    def the_case_goes_on(self, move: str, waiver: str) -> None:
        case = self.case()
        if case is None or (move == "cancel" and case.state != "access_revoked"):
            return
        details: dict[str, Any] = {
            "schedule": {"revoke_at": (now() + timedelta(hours=1)).isoformat()}, "close": {"waiver": waiver},
            "cancel": {"reason": "They stay"},
        }.get(move, {})  # fmt: skip
        self._try(move, lambda: perform(case, move, by=self.world.runner, **details))

    @rule(waiver=st.sampled_from(["", "Agreed"]))
    def the_case_goes_on_as_planned(self, waiver: str) -> None:
        """The next move of the way, after what it asks for: otherwise few lives would come far."""
        case = self.case()
        planned = {"notified": "schedule", "scheduled": "revoke", "access_revoked": "recover", "recovering": "verify",
                   "verified": "close"}  # fmt: skip
        if case is None or case.state not in planned:
            self.somebody_opens_a_case()
            return
        self.the_tasks_are_done()
        self.the_case_goes_on(planned[case.state], waiver)

    @rule()
    def the_tasks_are_done(self) -> None:
        case = self.case()
        if case is not None and case.is_open:
            finish_tasks(case, self.world.confidant)

    @rule(what=st.sampled_from(["asset", "ticket", "group", "nothing"]))
    def something_is_given(self, what: str) -> None:
        """Through the door, which refuses it once they are out; and a group by somebody who may write rows."""
        give = {
            "asset": lambda: give_asset(self.world, self.person),
            "ticket": lambda: give_ticket(self.world, self.person),
            "group": lambda: self.person.groups.add(self.world.runner.groups.get()), "nothing": lambda: None,
        }  # fmt: skip
        self._try(f"give {what}", give[what])

    @rule()
    def what_is_left_is_taken(self) -> None:
        one, _other = self.world.keepers
        for asset in Asset.objects.filter(holder=self.person, state="in_use"):
            due = (now().date() + timedelta(days=1)).isoformat()
            asked = perform(asset, "ask_back", by=one, due_on=due)
            perform(asked, "take_back", by=one, condition="good", wiped="not_needed")
        Ticket.objects.filter(assignee=self.person).update(assignee=None)
        self.person.groups.clear()

    @rule()
    def the_night_comes(self) -> None:
        services.sweep(now=now() + timedelta(hours=2))
        services.recheck()
        self._every_closed_case_is_clean()

    def _try(self, name: str, work: Any) -> None:
        try:
            work()
        except DomainError:
            return
        self.seen.add(name)

    def _left(self) -> set[str]:
        """Worked out by hand, with nothing of the product's predicate."""
        pk = self.world.leaver.pk
        found = {f"asset:{key}" for key in Asset.objects.filter(holder=pk).values_list("pk", flat=True)}
        found |= {f"ticket:{key}" for key in
                  Ticket.objects.filter(assignee=pk, is_open=True).values_list("pk", flat=True)}  # fmt: skip
        found |= {f"group:{key}" for key in self.person.groups.values_list("pk", flat=True)}
        found |= {f"token:{key}" for key in ApiToken.objects.filter(employee=pk).values_list("pk", flat=True)}
        found |= {f"approval:{key}" for key in
                  Approval.objects.filter(approver=pk, state="asked").values_list("pk", flat=True)}  # fmt: skip
        found |= {f"task:{key}" for key in Task.objects.filter(assignee=pk, state="open").values_list("pk", flat=True)}
        return found | ({f"access:{pk}"} if self.person.is_active else set())

    def _every_closed_case_is_clean(self) -> None:
        case = self.case()
        if case is not None and case.state == "closed":
            assert self._left() <= set(case.waived), (self._left(), case.waived)

    @invariant()
    def what_was_closed_without_a_reason_had_nothing_left(self) -> None:
        case = self.case()
        if case is not None and case.state == "closed" and not case.waiver:
            assert case.waived == []

    @invariant()
    def whose_access_ended_is_out_until_the_case_is_cancelled(self) -> None:
        case = self.case()
        if case is None or case.revoked_at is None:
            return
        assert self.person.is_active == (case.state == "cancelled")

    @invariant()
    def one_case_runs(self) -> None:
        assert OnboardingCase.objects.filter(is_open=True).count() <= 1


@pytest.fixture
def lives(db: None) -> Iterator[type[Lives]]:
    Lives.world, Lives.seen = make_world(), set()
    yield Lives


def test_made_up_lives_keep_every_promise(lives: type[Lives]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lives,
        settings=settings(
            max_examples=int(os.environ.get("HISTORIES", "8")), stateful_step_count=30, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

    assert verify().ok
    assert lives.seen >= {"open", "schedule", "revoke"}


@pytest.mark.parametrize("waiver", ["", "Agreed"])
def test_one_life_to_the_end_and_back(lives: type[Lives], waiver: str) -> None:
    life = lives()
    try:
        life.something_is_given("asset")
        life.somebody_opens_a_case()
        for move in ("schedule", "revoke", "recover"):
            life.the_case_goes_on(move, "")
        life.the_tasks_are_done()
        life.the_case_goes_on("verify", "")
        life.the_case_goes_on("close", waiver)
        assert life.case().state == ("closed" if waiver else "verified")
        if not waiver:
            life.what_is_left_is_taken()
            life.the_case_goes_on("close", "")
        assert life.case().state == "closed" and not is_in(sign_in(life.person))
        life.the_night_comes()
        assert life.case().state == "closed"
        life.something_is_given("group")
        life.the_night_comes()
        assert life.case().state == "recovering"
    finally:
        life.teardown()
