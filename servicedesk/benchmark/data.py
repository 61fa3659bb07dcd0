"""Varied data, the same for the same seed: skewed queues and people, texts in five languages, whole histories.

Tickets go in through ``workflow.replay``, so their chains are those of an import.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction

from directory.models import Employee
from incidents.models import Incident
from servicedesk.audit.origin import channel_is
from servicedesk.demo.stories import Story, dice, stories
from servicedesk.tickets import desk_table
from servicedesk.tickets.administration import operator
from servicedesk.tickets.models import Category, Message, Queue
from servicedesk.tickets.states import priority_of
from servicedesk.workflow.replay import History, Step, replay

BATCH = 1000
OPEN_SHARE = 0.2
YEARS = 2
QUEUES = {"it-service-desk": 60, "network": 22, "facilities": 11, "human-resources": 7}
AGENT = "bench.agent"
_OPEN_ENDS = (
    ("new",), ("new", "assigned"), ("new", "assigned", "in_progress"), ("new", "in_progress", "pending"),
    ("new", "assigned", "in_progress", "pending", "in_progress"),
)  # fmt: skip
_CLOSED_ENDS = (
    ("new", "in_progress", "resolved", "closed"), ("new", "assigned", "in_progress", "resolved", "closed"),
    ("new", "assigned", "in_progress", "pending", "in_progress", "resolved", "closed"),
    ("new", "in_progress", "resolved", "in_progress", "resolved", "closed"), ("new", "cancelled"),
    ("new", "assigned", "in_progress", "resolved"),
)  # fmt: skip
Tell = Callable[[int, int], None]


@dataclass
class Stage:
    """What every made-up ticket draws from."""

    queues: dict[str, Queue]
    categories: dict[str, Category]
    requesters: list[Employee]
    workers: list[Employee]
    now: datetime


def fill(rows: int, *, seed: int = 1, told: Tell = lambda _done, _all: None) -> Stage:
    """Write ``rows`` tickets with their histories and messages; ``told(done, all)`` after each batch."""
    stage = _set_stage(rows, seed)
    chance = dice("benchmark", seed)
    for start in range(0, rows, BATCH):
        number = min(BATCH, rows - start)
        drafts = [_history(stage, chance) for _row in range(number)]
        with transaction.atomic(), channel_is("import"):
            replay(drafts, verb="imported")
            Message.objects.bulk_create(
                [message for draft in drafts for message in _messages(draft.record, chance)], batch_size=2000
            )
        told(start + number, rows)
    return stage


def fill_events(events: int, *, seed: int = 1, told: Tell = lambda _done, _all: None) -> int:
    """Write tickets until the log holds about ``events`` events of tickets; gives how many it holds."""
    stage, chance, written = _set_stage(events // 4, seed), dice("events", seed), 0
    while written < events:
        drafts: list[History] = []
        planned = written
        while planned < events and len(drafts) < BATCH:
            drafts.append(_history(stage, chance))
            planned += len(drafts[-1].steps)
        with channel_is("import"):
            written += replay(drafts, verb="imported")
        told(min(written, events), events)
    return written


def _set_stage(rows: int, seed: int) -> Stage:
    with channel_is("task"):
        desk_table.apply(desk_table.read(desk_table.SHIPPED), by=operator())
    number = max(50, min(20_000, rows // 50))
    Employee.objects.bulk_create(
        [Employee(login=f"person{n}", name=f"Person {n}", email=f"person{n}@example.com") for n in range(number)],
        batch_size=BATCH,
    )
    workers = Employee.objects.bulk_create(
        [Employee(login=f"{AGENT}{n or ''}", name=f"Agent {n}", email=f"agent{n}@example.com") for n in range(24)]
    )
    for name in ("desk-l1", "desk-l2", "network-l1"):
        Group.objects.get(name=name).members.set(workers)
    return Stage(
        queues={queue.slug: queue for queue in Queue.objects.all()},
        categories={category.slug: category for category in Category.objects.all()},
        requesters=list(Employee.objects.filter(login__startswith="person").order_by("pk")), workers=workers,
        now=datetime.now(UTC),
    )  # fmt: skip


def _history(stage: Stage, chance: random.Random) -> History:
    story = chance.choice(stories())
    is_open = chance.random() < OPEN_SHARE
    states = chance.choice(_OPEN_ENDS if is_open else _CLOSED_ENDS)
    opened = stage.now - timedelta(days=chance.uniform(6, 60 if is_open else 365 * YEARS))
    requester = stage.requesters[min(int(chance.paretovariate(0.6)) - 1, chance.randrange(len(stage.requesters)))]
    worker = stage.workers[min(int(chance.paretovariate(0.9)) - 1, len(stage.workers) - 1)]
    queue = stage.queues[chance.choices(list(QUEUES), list(QUEUES.values()))[0]]
    impact = chance.choice(("high", "medium", "medium", "low", "low"))
    urgency = chance.choice(("medium", "low", "high"))
    moments = [opened]
    for _state in states[1:]:
        moments.append(moments[-1] + timedelta(hours=min(20, chance.expovariate(1 / 6)), seconds=1))
    last = states[-1]
    resolved = moments[states.index("resolved")] if "resolved" in states and last in ("resolved", "closed") else None
    incident = Incident(
        kind=Incident.KIND, state=last, is_open=is_open, title=_title(story, chance), description=story.description,
        queue=queue, tier=chance.choices(range(1, queue.tiers + 1), (8, 3, 1)[: queue.tiers])[0],
        category=stage.categories[story.category], assignee=worker if len(states) > 1 else None, requester=requester,
        requested_for=requester, impact=impact, urgency=urgency, priority=priority_of(impact, urgency),
        channel=chance.choice(("portal", "portal", "phone")), opened_at=opened, updated_at=moments[-1],
        resolved_at=resolved, closed_at=moments[-1] if last in ("closed", "cancelled") else None,
        pending_reason="vendor" if last == "pending" else "",
        follow_up_at=stage.now + timedelta(days=30) if last == "pending" else None,
        resolution_code=story.code if resolved else "", resolution_text=story.resolution if resolved else "",
    )  # fmt: skip
    steps = [
        Step(
            at=at, actor_id=requester.pk if index == 0 else worker.pk, source=states[index - 1] if index else "",
            target=state, values={"queue": queue.pk, "assignee": worker.pk if index else None},
            text={"reason": story.note} if story.note and index == 2 else {},
        )
        for index, (state, at) in enumerate(zip(states, moments, strict=True))
    ]  # fmt: skip
    return History(record=incident, steps=steps)


def _title(story: Story, chance: random.Random) -> str:
    """A title with made-up things in its braces, cheaply: a hundred thousand are wanted."""
    text = chance.choice(story.titles)
    while "{" in text:
        before, _brace, rest = text.partition("{")
        text = f"{before}{chance.randint(100, 9999)}{rest.partition('}')[2]}"
    return text


def _messages(incident: Incident, chance: random.Random) -> list[Message]:
    by = incident.assignee_id
    if by is None:
        return []
    at = incident.opened_at + timedelta(minutes=30)
    story = chance.choice(stories())
    said = [(story.first or story.resolution, False)]
    if chance.random() < 0.5:
        said.append((story.note or story.description, True))
    return [
        Message(ticket_id=incident.pk, author_id=by, body=body, internal=internal, at=at, channel="import")
        for body, internal in said
    ]
