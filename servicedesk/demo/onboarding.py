"""Who joins, moves and leaves in the demo company: templates as HR sets them up, and cases on their way."""

import random
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from assets.models import Asset
from directory.models import Employee
from onboarding import register
from onboarding.models import OnboardingCase
from onboarding.opening import open_case
from onboarding.roles import RUN
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.tickets.administration import operator
from servicedesk.tickets.models import Approval, Queue, Task
from servicedesk.tickets.registers.rights import holds
from servicedesk.workflow import perform

from .cast import Cast
from .stories import dice

SHIPPED = Path(__file__).with_name("onboarding.toml")
# The moves that lead to each state; “tasks” does all of them, “early” those that come before the day.
_JOINING = ("approve", "prepare", "early", "make_ready", "start", "tasks", "verify", "close")
_NOT_BEFORE_THE_DAY = ("start", "tasks", "verify", "close", "revoke", "recover")
WAYS: dict[str, tuple[str, ...]] = {
    "requested": (), "approved": _JOINING[:1], "preparing": _JOINING[:2], "ready": _JOINING[:4],
    "day_one": _JOINING[:5], "closed": _JOINING, "on_hold": (*_JOINING[:2], "hold"), "notified": (),
    "scheduled": ("schedule",), "recovering": ("schedule", "revoke", "recover"),
}  # fmt: skip


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def set_up(at: datetime) -> None:
    """The templates, as the operator sets them up."""
    queues = {queue.slug: queue for queue in Queue.objects.all()}
    with time.at(at), channel_is("task"):
        for row in _told()["template"]:
            tasks = [register.TaskLine(task["title"], queues[task["queue"]], task["offset"]) for task in row["tasks"]]
            register.save_template(
                None, by=operator(), name=row["name"], case_type=row["case_type"], queue=queues[row["queue"]],
                tasks=tasks,
            )  # fmt: skip


def live(cast: Cast, end: datetime, seed: int) -> None:
    """Every case up to where it stands; nothing when nobody runs cases."""
    runners = [person for person in cast.people if holds(person, RUN)]
    chance = dice("onboarding", seed)
    people = [one for group in cast.employees.values() for one in group if one.manager_id]
    busy = set(Asset.objects.exclude(holder=None).values_list("holder", flat=True))
    if not runners or len(people) < 2 * len(_told()["case"]):
        return
    chosen: set[int] = set()
    for told in _told()["case"]:
        # Whoever leaves has something to give back; whoever joins has nothing yet.
        fitting = [one for one in people if one.pk not in chosen and (one.pk in busy) == (told["type"] == "leaver")]
        subject = chance.choice(fitting or [one for one in people if one.pk not in chosen])
        chosen.add(subject.pk)
        CaseLife(told, subject, chance.choice(runners), cast, end, chance).live()


@dataclass
class CaseLife:
    """One case, from the day on which HR opened it."""

    told: dict[str, Any]
    subject: Employee
    runner: Employee
    cast: Cast
    end: datetime
    chance: random.Random

    def live(self) -> None:
        began = self.end - timedelta(days=self.told["began"])
        on = (self.end + timedelta(days=self.told["days"])).date()
        with time.at(began), channel_is("desk"):
            self.case = open_case(
                by=self.runner, case_type=self.told["type"], subject=self.subject.login, on=on.isoformat(),
                note=self.told["note"],
            )  # fmt: skip
        way = WAYS[self.told["state"]]
        pace = (self.end - began) / (len(way) + 1)
        for step, move in enumerate(way, start=1):
            moment = began + pace * step
            if move in _NOT_BEFORE_THE_DAY:
                first = datetime.combine(on, moment.timetz()) + timedelta(hours=step)
                moment = min(max(moment, first), self.end)
            with time.at(moment), channel_is("desk"):
                self._do(move, moment)
                self.case = OnboardingCase.objects.get(pk=self.case.pk)

    def _do(self, move: str, moment: datetime) -> None:
        match move:
            case "approve":
                for approval in Approval.objects.filter(ticket=self.case.pk, state="asked").select_related("approver"):
                    uuid = str(approval.uuid)
                    perform(self.case, "decide", by=approval.approver, approval=uuid, verdict="approved")
            case "early" | "tasks":
                self._do_tasks(early=move == "early")
            case "schedule":
                at = max(moment, self.end + timedelta(days=self.told["days"])) + timedelta(hours=2)
                perform(self.case, "schedule", by=self.runner, revoke_at=at.isoformat())
            case "hold":
                perform(self.case, "hold", by=self.runner, reason=self.told["why"])
            case _:
                perform(self.case, move, by=self.runner)

    def _do_tasks(self, *, early: bool) -> None:
        """Each by somebody of its team."""
        for task in Task.objects.filter(ticket=self.case.pk, state="open").select_related("queue").order_by("pk"):
            if early and task.due_at is not None and task.due_at.date() > self.case.on:
                continue
            team = self.cast.holders(task.queue, "work_l1") or [self.runner]
            perform(self.case, "complete_task", by=self.chance.choice(team), task=str(task.uuid))
            self.case = OnboardingCase.objects.get(pk=self.case.pk)
