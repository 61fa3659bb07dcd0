"""The life of one ticket: each step goes through the door at its time, then waits for whoever acts next."""

import random
from collections.abc import Generator
from datetime import timedelta
from typing import Any

from directory.models import Employee
from incidents.models import Incident
from incidents.services import report_incident
from servicedesk.audit.origin import channel_is
from servicedesk.tickets.models import Message, Proposal, Task
from servicedesk.workflow import Passage, carry_out

from . import files
from .history import Life, Wait, World
from .stories import Scene

CHANNELS = {"portal": 62, "phone": 22, "walk_in": 9, "chat": 7}
_Steps = Generator[Wait, None, None]


class TicketLife:
    """One ticket from the report to its end, or as far as the ninety days go."""

    def __init__(self, world: World, scene: Scene, chance: random.Random) -> None:
        self.world, self.scene, self.story, self.chance = world, scene, scene.story, chance
        self.requester = scene.requester
        self.home = world.queues[world.queue_of[self.story.category]]
        # Some matters go slowly whatever one does; a few rest for weeks.
        self.pace = chance.lognormvariate(0.35, 0.8) * (6 if chance.random() < 0.08 else 1)
        self.ticket: Incident
        self.agent: Employee

    # What a step is made of

    def wait(self, hours: float, person: Employee) -> Wait:
        """Some time around ``hours`` at this ticket's pace, until ``person`` is in the office."""
        return timedelta(hours=max(0.05, self.chance.expovariate(1 / hours)) * self.pace), person

    def do(self, action: str, by: Employee, *, attached: Any = None, **details: Any) -> Passage:
        """Take ``action``; the ticket is fresh afterwards."""
        with channel_is("portal" if by.pk == self.requester.pk else "desk"):
            passage = carry_out(
                self.ticket, action, by=by, details=details, files={"file": [attached]} if attached else None
            )
        self.ticket = passage.record
        return passage

    def rests(self) -> bool:
        """Whether the clock or another life has ended this one meanwhile; reads the ticket anew."""
        self.ticket = Incident.objects.select_related("queue").get(pk=self.ticket.pk)
        return not self.ticket.is_open

    def worker(self, near: Employee | None = None) -> Employee:
        return self.world.cast.worker(
            self.ticket.queue, self.ticket.tier, near or self.requester, self.chance,
            confidential=self.ticket.confidential,
        )  # fmt: skip

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    # The whole life

    def live(self) -> Life:
        self.report()
        self.agent = self.worker()
        siblings = self.world.open_ones.setdefault(self.story.category, [])
        siblings.append(self.ticket)
        try:
            yield from self._live(siblings)
        finally:
            siblings.remove(self.ticket)

    def _live(self, siblings: list[Incident]) -> _Steps:
        if self.maybe(0.05) and not self.ticket.confidential:
            yield self.wait(3, self.requester)
            return self.withdraw()
        yield from self.triage()
        if self.maybe(0.07) and (yield from self.repeats_another(siblings)):
            return None
        yield from self.learn()
        yield from self.work()
        yield from self.climb()
        yield from self.outside_help()
        yield from self.finish()
        yield from self.afterwards()
        return None

    def report(self) -> None:
        """The requester writes, or somebody of the desk takes the call."""
        details: dict[str, Any] = {
            "title": self.scene.title(), "description": self.scene.opening(), "impact": self.story.impact,
            "urgency": self.urgency(),
        }  # fmt: skip
        by = self.requester
        channel = self.story.channel or self.chance.choices(*_split(CHANNELS))[0]
        if self.story.confidential:
            details |= {"confidential": True, "category": self.story.category}
        elif channel == "portal":
            if self.maybe(0.85):  # the others do not know where it belongs
                details["category"] = self.story.category
        else:
            takes_calls = self.world.cast.worker(self.home, 1, self.requester, self.chance, confidential=False)
            by = takes_calls
            details |= {"channel": channel, "requested_for": self.requester, "category": self.story.category}
        with channel_is("portal" if by.pk == self.requester.pk else "desk"):
            self.ticket = report_incident(by=by, **details)
        if self.maybe(0.14):
            self.attach(self.requester)

    def urgency(self) -> str:
        return self.chance.choices([self.story.urgency, "low", "medium", "high"], [76, 8, 10, 6])[0]

    def attach(self, by: Employee, *, internal: bool = False) -> None:
        if internal:
            self.do("attach", by, attached=files.log(self.chance, "events.log", self.world.now), internal=True)
        else:
            self.do("attach", by, attached=files.picture(self.chance, f"screen-{self.chance.randint(1, 99)}.png"))

    def withdraw(self) -> None:
        self.do("reply", self.requester, body=self.scene.say("withdraw"))
        self.do("cancel", self.requester, reason="withdrawn")

    def triage(self) -> _Steps:
        """Somebody puts it where it belongs and starts."""
        coordinator = self.world.cast.coordinator(self.ticket.queue, self.chance)
        first = coordinator or self.agent
        yield self.wait(0.3 if self.ticket.priority == "P1" else 2.5, first)
        if self.ticket.queue_id != self.home.pk:
            by = first if coordinator else self.worker()
            self.do("route", by, queue=self.home.slug, reason=f"This is for {self.home.name}.")
            self.agent = self.worker()
            yield self.wait(2, self.agent)
            coordinator = None
        if self.ticket.category_id is None:
            self.do("categorise", coordinator or self.agent, category=self.story.category)
        if self.story.major and coordinator and self.maybe(0.2):
            self.do("flag_major", coordinator, major=True)
        if coordinator and self.maybe(0.08):
            self.do("set_priority", coordinator, impact=self.chance.choice(("low", "high")), urgency="medium")
        if coordinator and self.maybe(0.6) and not self.ticket.confidential:
            self.do("assign", coordinator, assignee=self.agent)
            yield self.wait(3, self.agent)
        elif self.maybe(0.025) and (managers := self.world.cast.holders(self.ticket.queue, "manage_queue")):
            yield self.wait(8, managers[0])
            self.do(
                "assign", managers[0], assignee=self.agent,
                override_reason="Both coordinators are away and this cannot wait until tomorrow.",
            )  # fmt: skip
            yield self.wait(2, self.agent)
        return None

    def repeats_another(self, siblings: list[Incident]) -> Generator[Wait, None, bool]:
        """It is the same as an open ticket: merged into it, or cancelled as its duplicate."""
        others = [
            other for other in siblings
            if other.pk != self.ticket.pk and other.confidential == self.ticket.confidential is False
            and Incident.objects.filter(pk=other.pk, is_open=True, queue=self.ticket.queue_id).exists()
        ]  # fmt: skip
        if not others or self.rests():
            return False
        other = others[-1]
        if self.maybe(0.35):
            self.do("link", self.agent, other=other, kind="relates")
            return False
        if self.maybe(0.4):
            self.do("cancel", self.agent, reason="duplicate", duplicate_of=other)
            return True
        self.do("merge", self.agent, into=other)
        if self.maybe(0.8):
            return True
        yield self.wait(0.3, self.agent)
        passage = self._undo_merge()
        return passage is None

    def _undo_merge(self) -> Passage | None:
        written = Message.objects.filter(
            ticket__in=[self.ticket.pk, self.ticket.merged_into_id], at__gt=self.ticket.closed_at
        )
        return None if written.exists() else self.do("unmerge", self.agent)

    def learn(self) -> _Steps:
        """A trainee proposes what to answer; a colleague releases it, or sends it back first."""
        trainees = self.world.cast.holders(self.ticket.queue, "train_l1")
        if not (trainees and self.story.proposal and self.ticket.impact == "low" and self.ticket.tier == 1):
            return None
        if not self.maybe(0.75):
            return None
        trainee = self.chance.choice(trainees)
        yield self.wait(1, trainee)
        proposal: Proposal = self.do("propose", trainee, kind="reply", body=self.scene.say("proposal")).result
        yield self.wait(4, self.agent)
        if self.maybe(0.25):
            self.do(
                "discard", self.agent, proposal=str(proposal.uuid), reason="Say first what they should try, then why."
            )
        else:
            self.do("release", self.agent, proposal=str(proposal.uuid))
        return None

    def work(self) -> _Steps:
        """The first tier starts, answers, asks and notes what it sees."""
        yield self.wait(2, self.agent)
        if self.ticket.state in ("new", "assigned"):
            self.do("start", self.agent)
        if self.story.first:
            self.do("reply", self.agent, body=self.scene.say("first"))
        if self.story.tags and self.maybe(0.6):
            self.do("tag", self.agent, tags=[_slug(tag) for tag in self.story.tags])
        if self.maybe(0.08) and not self.ticket.confidential:
            self.do("watch", self.requester, employee=self.scene.colleague)
        self.look_up()
        yield from self.ask()
        if self.story.note:
            yield self.wait(3, self.agent)
            self.do("note", self.agent, body=self.scene.fill(self.story.note))
            if self.maybe(0.1):
                self.attach(self.agent, internal=True)
        if self.maybe(0.3):
            self.do("log_time", self.agent, minutes=self.chance.choice((5, 10, 15, 20, 30, 45)))
        if self.maybe(0.04) and not self.ticket.confidential:
            yield from self.part_off()
        for title in self.story.tasks:
            self.do("add_task", self.agent, title=title)

    def look_up(self) -> None:
        """Every third ticket is met by an article of its category, if there is one that everybody reads."""
        known = self.world.articles.get(self.story.category, [])
        fitting = [article for article in known if article.audience == "everybody"]
        if fitting and self.ticket.pk % 3 == 0:
            self.do("link_article", self.agent, article=fitting[self.ticket.pk % len(fitting)].number)

    def ask(self) -> _Steps:
        """A question to the requester, who mostly answers; else the clock goes on."""
        if not (self.story.ask or self.maybe(0.12)) or self.story.confidential:
            if self.story.answer:
                yield self.wait(5, self.requester)
                self.do("reply", self.requester, body=self.scene.say("answer"))
            return None
        yield self.wait(0.5, self.agent)
        self.do("reply", self.agent, body=self.scene.say("ask"))
        self.do("pend", self.agent, reason="requester", follow_up_at=self.world.now + timedelta(days=3))
        yield self.wait(14, self.requester)
        if self.maybe(0.9):
            self.do("reply", self.requester, body=self.scene.say("answer"))
            if self.maybe(0.25):
                self.attach(self.requester)
        yield from self.go_on()
        return None

    def go_on(self) -> _Steps:
        """Wait for what the ticket waits for, then take it up again."""
        if self.rests():
            return None
        if self.ticket.state == "pending":
            yield self.wait(12, self.agent)
            if not self.rests() and self.ticket.state == "pending":
                self.do("resume", self.agent)
        return None

    def part_off(self) -> _Steps:
        """The requester mentions another thing, which becomes a ticket of its own."""
        yield self.wait(2, self.requester)
        message: Message = self.do("reply", self.requester, body=self.scene.say("also")).result
        yield self.wait(2, self.agent)
        made = self.do("split", self.agent, title=self.scene.say("also_title"), message=str(message.uuid)).result
        self.world.begin(PartLife(self, made).live(), self.world.now + timedelta(hours=4))

    def climb(self) -> _Steps:
        """Escalations, each with what was found; sometimes the tier above gives it back."""
        for diagnosis in self.story.diagnosis:
            if self.ticket.tier >= self.ticket.queue.tiers or not self.maybe(0.72):
                return None
            yield self.wait(5, self.agent)
            self.do("escalate", self.agent, diagnosis=self.scene.fill(diagnosis))
            below = self.agent
            self.agent = self.worker(near=below)
            coordinator = self.world.cast.coordinator(self.ticket.queue, self.chance)
            if coordinator and self.maybe(0.5):
                yield self.wait(3, coordinator)
                self.do("assign", coordinator, assignee=self.agent)
            yield self.wait(9, self.agent)
            if self.maybe(0.12):
                reason = (
                    self.story.returned or "Please try the known steps of the checklist first, and note the result."
                )
                self.do("return_down", self.agent, reason=reason)
                self.agent = below
                yield self.wait(6, below)
            self.do("start", self.agent)
            if self.maybe(0.5):
                self.do("reply", self.agent, body=self.scene.say("update"))
            if self.maybe(0.25):
                yield self.wait(10, self.requester)
                self.do("reply", self.requester, body=self.scene.say("chase"))
        return None

    def outside_help(self) -> _Steps:
        """The supplier, a change or a problem must come first."""
        if self.story.vendor:
            yield self.wait(3, self.agent)
            self.do(
                "pend", self.agent, reason="vendor", note=self.scene.fill(self.story.vendor),
                follow_up_at=self.world.now + timedelta(days=self.chance.randint(3, 15)),
            )  # fmt: skip
            yield self.wait(45, self.agent)
        elif self.maybe(0.06):
            self.do(
                "pend", self.agent, reason=self.chance.choice(("change", "problem", "evidence")),
                follow_up_at=self.world.now + timedelta(days=self.chance.randint(5, 30)),
            )  # fmt: skip
            yield self.wait(90, self.agent)
        yield from self.go_on()

    def finish(self) -> _Steps:
        yield self.wait(7, self.agent)
        for task in Task.objects.filter(ticket=self.ticket.pk, state=Task.State.OPEN).order_by("pk"):
            if self.maybe(0.88):
                self.do("complete_task", self.agent, task=str(task.uuid))
            else:
                self.do("skip_task", self.agent, task=str(task.uuid), reason="Not needed after all.")
            yield self.wait(1.5, self.agent)
        self.do("resolve", self.agent, code=self.story.code, text=self.scene.fill(self.story.resolution))

    def afterwards(self) -> _Steps:
        """Confirmed with thanks, reopened once, or left to the clock."""
        yield self.wait(11, self.requester)
        self.rests()
        if self.ticket.state != "resolved":
            return None
        if self.maybe(0.09):
            self.do("reopen", self.requester, reason=self.scene.say("reopen"))
            yield self.wait(16, self.agent)
            self.do("resolve", self.agent, code="fixed", text=self.scene.say("again"))
            yield self.wait(8, self.requester)
            self.rests()
        if self.ticket.state == "resolved" and self.maybe(0.5):
            if self.maybe(0.5):
                self.do("reply", self.requester, body=self.scene.say("thanks"))
            self.do("confirm", self.requester)
        return None


class PartLife(TicketLife):
    """What was split off: a small thing that the same agent settles."""

    def __init__(self, whole: TicketLife, ticket: Incident) -> None:
        super().__init__(whole.world, whole.scene, whole.chance)
        self.ticket, self.agent = ticket, whole.agent

    def live(self) -> Life:
        self.rests()
        self.agent = self.worker(near=self.agent)
        self.do("start", self.agent)
        yield self.wait(8, self.agent)
        self.do("resolve", self.agent, code="fixed", text=self.scene.say("again"))
        yield from self.afterwards()


def _slug(tag: str) -> str:
    return tag.lower().replace(" ", "-")


def _split(weights: dict[str, int]) -> tuple[list[str], list[int]]:
    return list(weights), list(weights.values())
