"""What the demo company asks for from its catalogue: each request lives from the form to the signature, or waits."""

import random
import tomllib
from collections.abc import Generator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Count

from directory.absences import go_away
from directory.models import Employee
from incidents.models import CatalogueItem, ServiceRequest
from incidents.requests import table as catalogue
from incidents.requests.services import request_item
from incidents.services import report_incident
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.tickets.administration import operator
from servicedesk.tickets.models import Approval, Task
from servicedesk.workflow import carry_out

from .history import DAYS, Life, Wait, World, office_hours
from .stories import dice

SHIPPED = Path(__file__).with_name("wishes.toml")
# One request comes on so many incidents, and never fewer than one of each wish.
ONE_IN = 9
_Steps = Generator[Wait, None, None]


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def open_catalogue(at: datetime) -> None:
    """The shipped catalogue, as the operator applies it."""
    with time.at(at), channel_is("task"):
        catalogue.apply(catalogue.read(catalogue.SHIPPED), by=operator())


def begin(world: World, incidents: int) -> None:
    """Let requests begin all over the ninety days, the last days the fullest."""
    items = {item.slug: item for item in CatalogueItem.objects.select_related("queue")}
    wishes = _told()["wish"]
    askers = [person for people in world.cast.employees.values() for person in people if person.manager_id]
    technicians = [person for person in world.cast.people if person.manager_id and person not in askers]
    for number in range(max(len(wishes), incidents // ONE_IN) if askers else 0):
        chance = dice("wishes", world.seed, number)
        asker = chance.choice(technicians if technicians and chance.random() < 0.2 else askers)
        days = chance.uniform(0, 9) if chance.random() < 0.4 else chance.uniform(9, DAYS - 1)
        moment = office_hours(world.end - timedelta(days=days), asker)
        wish = wishes[number % len(wishes)]
        if moment < world.end:
            world.begin(RequestLife(world, wish, items[wish["item"]], asker, chance).live(), moment)


def send_somebody_away(world: World) -> None:
    """Who has the most to decide goes on holiday, and a colleague decides for them."""
    waiting = Approval.objects.filter(state=Approval.State.ASKED).values("approver")
    most = waiting.annotate(n=Count("pk")).order_by("-n", "approver").values_list("approver", flat=True)
    concerned = set(Approval.objects.filter(approver__in=most[:1]).values_list("requester", flat=True))
    away = Employee.objects.select_related("location").filter(pk__in=most[1:2]).first()
    if away is None:
        return
    delegate = next((one for one in world.cast.people if one.pk not in concerned and one.pk != away.pk
                     and one.department_id == away.department_id), None)  # fmt: skip
    if delegate is not None:
        with time.at(world.end), channel_is("portal"):
            day = world.end.date()
            go_away(away, starts_on=day, ends_on=day + timedelta(days=9), delegate=delegate)


class RequestLife:
    """One request from the form to its end, or as far as the ninety days go."""

    def __init__(
        self, world: World, wish: dict[str, Any], item: CatalogueItem, asker: Employee, chance: random.Random
    ) -> None:
        self.world, self.wish, self.item, self.asker, self.chance = world, wish, item, asker, chance
        self.pace = chance.lognormvariate(0.2, 0.6)
        self.request: ServiceRequest

    def live(self) -> Life:
        if "reported" in self.wish:
            yield from self.report()
        else:
            self.ask()
        yield from self.decide()
        if self.request.state != "fulfilment":
            return
        agent = self.worker()
        yield self.wait(4, agent)
        if self.is_over():
            return
        self.do("start", agent)
        if self.chance.random() < 0.25:
            yield from self.delivery(agent)
        yield from self.tasks()
        yield self.wait(5, agent)
        if self.is_over() or self.request.state != "fulfilment":
            return
        self.do("fulfil", agent, text=self.wish["done"])
        yield self.wait(9, self.asker)
        if self.chance.random() < 0.6 and not self.is_over():
            self.do("confirm", self.asker)

    def wait(self, hours: float, person: Employee) -> Wait:
        return timedelta(hours=max(0.1, self.chance.expovariate(1 / hours)) * self.pace), person

    def do(self, action: str, by: Employee, **details: Any) -> None:
        with channel_is("portal" if by.pk == self.asker.pk else "desk"):
            self.request = carry_out(self.request, action, by=by, details=details).record

    def is_over(self) -> bool:
        """Reads the request anew: the clock may have moved it."""
        self.request = ServiceRequest.objects.select_related("queue", "catalogue_item").get(pk=self.request.pk)
        return self.request.state in {"rejected", "fulfilled", "closed", "cancelled"}

    def worker(self) -> Employee:
        request = self.request
        return self.world.cast.worker(
            request.queue, request.tier, self.asker, self.chance, confidential=request.confidential
        )

    def ask(self) -> None:
        with channel_is("portal"):
            self.request = request_item(
                by=self.asker, catalogue_item=self.item.slug, note=self.wish.get("note", ""), answers=self.answers()
            )
        self.is_over()

    def report(self) -> _Steps:
        """It is written as something that does not work; whoever reads it makes a request of it."""
        with channel_is("portal"):
            incident = report_incident(
                by=self.asker, title=self.wish["reported"], description=self.wish["told"], impact="low", urgency="low"
            )
        agent = self.world.cast.worker(incident.queue, 1, self.asker, self.chance, confidential=False)
        yield self.wait(2, agent)
        with channel_is("desk"):
            self.request = carry_out(
                incident, "reclassify", by=agent,
                details={"kind": "request", "catalogue_item": self.item.slug, "answers": self.answers()},
            ).record  # fmt: skip
        self.is_over()

    def answers(self) -> dict[str, Any]:
        """The wish's answers, with days as dates from now and somebody for ``@``."""
        return {name: self._answer(value) for name, value in self.wish["answers"].items()}

    def _answer(self, value: Any) -> Any:
        if value == "@":
            return self.world.cast.colleague(self.asker, self.chance).login
        if isinstance(value, str) and value[0] == "+" and value[1:].isdigit():
            return (self.world.now + timedelta(days=int(value[1:]))).date().isoformat()
        return value

    def decide(self) -> _Steps:
        """Whoever is asked answers in their time; a no may be the end, or come back with better words."""
        while self.request.state in {"awaiting_approval", "rejected"}:
            if self.request.state == "rejected":
                yield self.wait(20, self.asker)
                if self.chance.random() < 0.5:
                    return
                self.do("revise", self.asker, answers=self.answers())
                self.is_over()
                continue
            asked = Approval.objects.filter(ticket=self.request.pk, state=Approval.State.ASKED)
            approval = asked.select_related("approver__location").order_by("step", "pk").first()
            if approval is None:
                return
            yield self.wait(16, approval.approver)
            if self.chance.random() < 0.08:
                yield self.wait(300, approval.approver)  # it lies there for weeks
            self.is_over()
            if self.request.state == "awaiting_approval" and asked.filter(pk=approval.pk).exists():
                verdict = "rejected" if self.chance.random() < 0.1 else "approved"
                words = _told()["reject" if verdict == "rejected" else "agree"]
                self.do(
                    "decide", approval.approver, approval=str(approval.uuid), verdict=verdict,
                    comment=self.chance.choice(words),
                )  # fmt: skip
                self.is_over()

    def delivery(self, agent: Employee) -> _Steps:
        """Something has to come from outside first; the clock takes the request up again."""
        days = self.chance.randint(2, 7)
        self.do(
            "pend", agent, reason="vendor", note=self.chance.choice(_told()["wait"]),
            follow_up_at=(self.world.now + timedelta(days=days)).isoformat(),
        )  # fmt: skip
        yield timedelta(days=days, hours=6), agent
        if not self.is_over() and self.request.state == "pending":
            self.do("start", agent)

    def tasks(self) -> _Steps:
        """Each task by somebody of its queue, in the order they depend on each other."""
        while not self.is_over():
            # A task only ever comes after earlier ones: the first that is open can be done.
            tasks = Task.objects.filter(ticket=self.request.pk, state=Task.State.OPEN).select_related("queue")
            task = tasks.order_by("pk").first()
            if task is None:
                return
            doer = self.world.cast.worker(
                task.queue, 1, self.asker, self.chance, confidential=self.request.confidential
            )
            yield self.wait(7, doer)
            if not self.is_over():
                self.do("complete_task", doer, task=str(task.uuid))
