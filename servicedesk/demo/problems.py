"""The causes behind what breaks in the demo: problems in every state, with the incidents that they explain."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from django.db.models import Q

from directory.models import Employee
from incidents.models import Incident, Problem
from incidents.problems.services import log_problem
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.tickets.models import Link
from servicedesk.workflow import perform

from .history import DAYS, Life, Wait, World
from .stories import dice

SHIPPED = Path(__file__).with_name("problems.toml")
# Who looks for a cause works tier 2.
TIER = 2
MOST_LINKED = 6
# The moves that lead to each state.
WAYS: dict[str, tuple[str, ...]] = {
    "logged": (),
    "investigating": ("investigate",),
    "known_error": ("investigate", "publish_workaround"),
    "resolved": ("investigate", "publish_workaround", "resolve"),
    "closed": ("investigate", "publish_workaround", "resolve", "close"),
    "cancelled": ("investigate", "cancel"),
}


@dataclass
class Cabinet:
    """The problems of the company: :meth:`open` before the three months are lived, :meth:`finish` after them."""

    world: World
    lives: list["ProblemLife"] = field(default_factory=list)

    def open(self) -> None:
        for number, told in enumerate(tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["problem"]):
            life = ProblemLife(self.world, told, dice("problem", self.world.seed, number))
            self.lives.append(life)
            self.world.begin(life.live(), self.world.end - timedelta(days=min(told["days"], DAYS - 1)))

    def finish(self) -> None:
        """What is new meanwhile is linked, and the last problem to be resolved takes its incidents with it."""
        with time.at(self.world.end):
            for life in self.lives:
                life.finish()


@dataclass
class ProblemLife:
    """One problem, from the day somebody suspects a cause."""

    world: World
    told: dict[str, Any]
    chance: random.Random
    problem: Problem = field(init=False)
    by: Employee = field(init=False)

    def live(self) -> Life:
        queue = self.world.queues[self.world.queue_of[self.told["category"]]]
        anybody = self.world.cast.holders(queue, f"work_l{TIER}")[0]
        self.by = self.world.cast.worker(queue, TIER, anybody, self.chance, confidential=False)
        with channel_is("desk"):
            self.problem = log_problem(
                by=self.by, queue=queue.slug, title=self.told["title"], description=self.told["description"],
                category=self.told["category"], impact=self.told["impact"], urgency=self.told["urgency"],
            )  # fmt: skip
        yield from self._go_on()

    def _go_on(self) -> Iterator[Wait]:
        way = [move for move in WAYS[self.told["state"]] if not (move == "resolve" and self.told.get("settles"))]
        pause = timedelta(days=self.told["days"] / (len(way) + 2))
        for move in way:
            yield pause, self.by
            self._link(MOST_LINKED // 2)
            self._do(move)
            if move == "investigate":
                for title in self.told.get("tasks", ()):
                    self._do("add_task", title=title)
                if "note" in self.told:
                    self._do("note", body=self.told["note"])

    def finish(self) -> None:
        if not hasattr(self, "problem"):
            return  # it came too late for these three months
        self.problem = Problem.objects.select_related("queue").get(pk=self.problem.pk)
        if self.problem.is_open:
            self._link(MOST_LINKED)
        if self.told.get("settles") and self.problem.state == "known_error":
            waiting = Incident.objects.filter(links__other=self.problem.pk, is_open=True).exists()
            offer = {"resolve_incidents": True, "message": self.told["message"]} if waiting else {}
            self._do("resolve", **offer)

    def _do(self, action: str, **details: Any) -> None:
        words = {
            "publish_workaround": ("workaround",), "resolve": ("root_cause", "text"), "cancel": ("reason",),
        }.get(action, ())  # fmt: skip
        with channel_is("desk"):
            done = perform(self.problem, action, by=self.by, **{word: self.told[word] for word in words}, **details)
        self.problem = done

    def _link(self, most: int) -> None:
        """Say of some incidents of the category that this is behind them; the newest stay to be found."""
        alike = reduce(or_, (Q(title__icontains=word) for word in self.told["alike"]))
        linked = Link.objects.filter(other=self.problem.pk)
        found = (
            Incident.objects.select_related("queue")
            .filter(alike, category=self.problem.category_id, queue=self.problem.queue_id, confidential=False)
            .exclude(pk__in=linked.values("ticket"))
            .exclude(state="cancelled")
            .order_by("-is_open", "pk")
        )
        for incident in found[: max(0, most - linked.count())]:
            by = self.world.cast.coordinator(incident.queue, self.chance) or self.world.cast.worker(
                incident.queue, incident.tier, self.by, self.chance, confidential=False
            )
            with channel_is("desk"):
                perform(incident, "link", by=by, other=self.problem.number, kind=Link.Kind.CAUSED_BY)
