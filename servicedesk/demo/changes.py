"""What the demo company changes on what it runs on: set up as a desk would, and changes in every state."""

import random
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group

from assets.models import Asset
from changes import register
from changes.models import ChangeRequest
from changes.roles import MANAGE
from changes.services import plan_change
from directory.models import Employee
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.tickets import approval_rules
from servicedesk.tickets.administration import operator
from servicedesk.tickets.models import Approval, Queue
from servicedesk.tickets.registers.rights import holds
from servicedesk.workflow import perform

from .history import DAYS, SATURDAY, Life, World
from .stories import dice

SHIPPED = Path(__file__).with_name("changes.toml")
# The moves that lead to each state, by type.
_TO_THE_END = ("implement", "complete", "review")
WAYS = {
    "normal": ("submit", "assess", "decide", *_TO_THE_END),
    "emergency": ("submit", "decide", *_TO_THE_END),
    "standard": ("submit", *_TO_THE_END),
}
REACHED = {
    "draft": "", "assessment": "submit", "authorisation": "assess", "scheduled": "decide",
    "implementing": "implement", "review": "complete", "closed": "review", "cancelled": "submit",
}  # fmt: skip
# Windows begin in the morning of Milan, which is the afternoon of the sites in the east.
OPENS_AT = 6


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def set_up(at: datetime) -> None:
    """Who authorises, the questionnaire, the templates and the freezes, as the operator sets them up."""
    told, by = _told(), operator()
    board = Group.objects.filter(name=told["board"]).first()
    if board is None or not Employee.objects.active().filter(groups=board).exists():
        return  # too small a company for a board: nobody could authorise
    with time.at(at), channel_is("task"):
        rules = {
            name: approval_rules.add_rule(
                by=by, name=rule["name"], slug=name,
                steps=[approval_rules.Step("group", board, rule["quorum"])],
            )
            for name, rule in told["rules"].items()
        }  # fmt: skip
        register.save_paths(
            by=by,
            lines={path: register.PathLine(rules[row["rule"]], row["from"]) for path, row in told["paths"].items()},
        )
        for row in told["question"]:
            choices = [register.ChoiceLine(label, points) for label, points in row["answers"]]
            register.save_question(None, by=by, text=row["text"], choices=choices)
        for row in told["template"]:
            queue = Queue.objects.get(slug=row["queue"])
            tasks = [register.TaskLine(title, queue) for title in row["tasks"]]
            values = {name: row[name] for name in ("name", "description", "plan", "outage", "back_out", "test_plan")}
            register.save_template(None, by=by, tasks=tasks, queue=queue, category=None, is_active=True, **values)
        for row in told["freeze"]:
            day = (at + timedelta(days=DAYS + 1 + row["from"])).replace(hour=0, minute=0, second=0, microsecond=0)
            register.save_freeze(
                None, by=by, name=row["name"], reason=row["reason"], start=day, end=day + timedelta(days=row["days"]),
                lets_emergencies=row["lets_emergencies"],
            )  # fmt: skip


def begin(world: World, racked: dict[str, Asset]) -> None:
    """Let each change begin on its day."""
    managers = [person for person in world.cast.people if holds(person, MANAGE)]
    if not racked or not managers or not approval_rules.ApprovalRule.objects.filter(slug="cab").exists():
        return
    for number, told in enumerate(_told()["change"]):
        chance = dice("change", world.seed, number)
        life = ChangeLife(world, told, racked, managers, chance)
        world.begin(life.live(), world.end - timedelta(days=min(told["days"], DAYS - 1)))


@dataclass
class ChangeLife:
    """One change, from the plan to its review, or as far as its story goes."""

    world: World
    told: dict[str, Any]
    racked: dict[str, Asset]
    managers: list[Employee]
    chance: random.Random
    change: ChangeRequest = field(init=False)

    def live(self) -> Life:
        queue = self.world.queues[self.told["queue"]]
        workers = self.world.cast.holders(queue, "work_l2") or self.world.cast.holders(queue, "work_l1")
        if len(workers) < 2:
            return
        self.author, self.maker, *_others = self.chance.sample(workers, k=2)
        self.manager = self.chance.choice([one for one in self.managers if one != self.maker] or self.managers)
        start = self._start()
        names = ("title", "description", "outage", "plan", "back_out", "test_plan", "impact", "urgency", "template")
        with channel_is("desk"):
            self.change = plan_change(
                by=self.author, change_type=self.told["type"], queue=queue.slug, implementer=self.maker.login,
                assets=", ".join(self.racked[name].number for name in self.told["assets"]),
                planned_start=start, planned_end=start + timedelta(hours=self.told.get("hours", 8)),
                **{name: self.told[name] for name in names if name in self.told},
            )  # fmt: skip
        yield from self._go_on(start)

    def _start(self) -> datetime:
        """The beginning of the window, on a working day."""
        day = self.world.now + timedelta(days=self.told["starts_in"])
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
        return day.replace(hour=OPENS_AT + self.told.get("hour", 0), minute=0, second=0, microsecond=0)

    def _go_on(self, start: datetime) -> Life:
        soon = timedelta(hours=2) if self.told["type"] == "emergency" else timedelta(hours=20)
        way = WAYS[self.told["type"]]
        last = REACHED[self.told["state"]]
        last = last if last in way else last and "submit"  # not every type is assessed and authorised
        for move in way[: way.index(last) + 1] if last else ():
            if move == "decide":
                yield from self._decisions(soon)
                continue
            by = {"submit": self.author, "assess": self.manager, "review": self.manager}.get(move, self.maker)
            yield (start - self.world.now if move == "implement" else soon / 4), by
            if move == "complete":
                yield from self._tasks()
            self._do(move, by)
        if self.told["state"] == "cancelled":
            yield timedelta(days=1), self.author
            self._do("cancel", self.author)

    def _decisions(self, soon: timedelta) -> Life:
        """Those who are asked decide one after the other, until it is authorised or the story ends here."""
        for approval in Approval.objects.filter(ticket=self.change.pk, state="asked").select_related("approver"):
            yield soon / 2, approval.approver
            self.change = ChangeRequest.objects.get(pk=self.change.pk)
            if self.change.state != "authorisation":
                return
            self._do(
                "decide", approval.approver, approval=str(approval.uuid), verdict="approved",
                comment=self.told.get("comment", ""),
            )  # fmt: skip

    def _tasks(self) -> Life:
        for task in self.change.tasks.filter(state="open"):
            yield timedelta(minutes=20), self.maker
            self._do("complete_task", self.maker, task=str(task.uuid))

    def _do(self, action: str, by: Employee, **more: Any) -> None:
        details = {
            "assess": {"risk_answers": self.told.get("answers", {}), "assessment": self.told.get("assessment", "")},
            "complete": {"result": self.told.get("result", "successful"), "text": self.told.get("done", "")},
            "review": {"text": self.told.get("review", "")},
            "cancel": {"reason": self.told.get("why", "")},
        }.get(action, {})
        with channel_is("desk"):
            perform(self.change, action, by=by, **details, **more)
        self.change = ChangeRequest.objects.get(pk=self.change.pk)
