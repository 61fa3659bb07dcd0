"""Three months lived in order of time: every ticket is a life, and the next thing to happen happens next."""

import heapq
import random
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from changes.services import sweep as sweep_changes
from directory.models import Employee
from incidents.models import Incident
from incidents.requests.services import sweep as sweep_requests
from incidents.services import sweep as sweep_incidents
from kb.models import ArticleVersion
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.tickets.models import Queue

from .cast import Cast
from .stories import LANGUAGES, Scene, Story, dice, stories

# A life waits (for how long, for whom: it goes on in that person's office hours).
Wait = tuple[timedelta, Employee]
Life = Generator[Wait, None, None]

DAYS = 90
OPENS, CLOSES = 8, 18
SATURDAY = 5
# How many of a hundred tickets belong to a queue, and to a site.
QUEUES = {"it-service-desk": 56, "network": 20, "human-resources": 11, "facilities": 13}
SITES = {"milan": 37, "kuala-lumpur": 25, "shanghai": 22, "hong-kong": 16}


@dataclass
class World:
    """Where the lives meet: the clock, the cast, and the tickets that are open by category."""

    cast: Cast
    queues: dict[str, Queue]
    queue_of: dict[str, str]
    end: datetime
    seed: int
    now: datetime
    open_ones: dict[str, list[Incident]] = field(default_factory=dict)
    articles: dict[str, list[ArticleVersion]] = field(default_factory=dict)
    _agenda: list[tuple[datetime, int, Life]] = field(default_factory=list)
    _turn: Iterator[int] = field(default_factory=count)

    def begin(self, life: Life, at: datetime) -> None:
        """Let ``life`` start at ``at``."""
        heapq.heappush(self._agenda, (at, next(self._turn), life))

    def run(self, told: Callable[[datetime], None]) -> None:
        """Live until the end; ``told(moment)`` is called after each step. What comes later stays undone."""
        midnight = self.now.replace(hour=3, minute=0, second=0, microsecond=0)
        while self._agenda and self._agenda[0][0] <= self.end:
            moment, _turn, life = heapq.heappop(self._agenda)
            while midnight + timedelta(days=1) <= moment:
                midnight += timedelta(days=1)
                self._clock(midnight)
            self.now = moment
            with time.at(moment):
                wait = next(life, None)
            if wait is not None:
                delay, person = wait
                self.begin(life, office_hours(moment + delay, person))
            told(moment)
        for _life in self._agenda:
            _life[2].close()
        self._clock(self.end)

    def _clock(self, moment: datetime) -> None:
        with time.at(moment), channel_is("task"):
            sweep_incidents(now=moment)
            sweep_requests(now=moment)
            sweep_changes(now=moment)


def office_hours(moment: datetime, person: Employee) -> datetime:
    """``moment``, or the next time at which ``person`` is in the office."""
    local = moment.astimezone(ZoneInfo(person.shown_time_zone))
    offset = timedelta(minutes=(local.minute * 7 + local.second) % 75)
    if local.hour >= CLOSES:
        local = (local + timedelta(days=1)).replace(hour=OPENS, minute=30) + offset
    elif local.hour < OPENS:
        local = local.replace(hour=OPENS, minute=30) + offset
    while local.weekday() >= SATURDAY:
        local = (local + timedelta(days=1)).replace(hour=OPENS, minute=40) + offset
    return max(moment, local.astimezone(moment.tzinfo))


def openings(world: World, tickets: int) -> list[tuple[datetime, Scene, random.Random]]:
    """When what goes wrong for whom: ``tickets`` beginnings, in order of time."""
    chance = dice("openings", world.seed)
    by_place = _stories_by_place(world)
    found: list[tuple[datetime, Scene, random.Random]] = []
    while len(found) < tickets:
        site = chance.choices(list(SITES), list(SITES.values()))[0]
        queue = chance.choices(list(QUEUES), list(QUEUES.values()))[0]
        choice = by_place.get((site, queue))
        people = world.cast.employees.get(site)
        if not choice or not people:
            continue
        story = chance.choice(choice)
        # A few people ask much more often than the others.
        requester = people[min(int(chance.paretovariate(0.7)) - 1, chance.randrange(len(people)))]
        own = dice(world.seed, len(found))
        scene = Scene(story, requester, world.cast.colleague(requester, own), own)
        found.append((_moment(world, requester, chance), scene, own))
    found.sort(key=lambda opening: opening[0])
    return found


def _stories_by_place(world: World) -> dict[tuple[str, str], list[Story]]:
    found: dict[tuple[str, str], list[Story]] = {}
    for site, (own, common) in LANGUAGES.items():
        for story in stories():
            # People write in their own language more often than in English; confidences stay rare.
            times = {own: 3, common: 2}.get(story.language, 0)
            if times:
                key = (site, world.queue_of[story.category])
                found.setdefault(key, []).extend([story] * (1 if story.confidential else times))
    return found


def _moment(world: World, person: Employee, chance: random.Random) -> datetime:
    """An instant of the ninety days, mostly in office hours; the last weeks are the fullest."""
    while True:
        days = chance.uniform(0, 12) if chance.random() < 0.27 else chance.uniform(0, DAYS - 0.5)
        local = (world.end - timedelta(days=days)).astimezone(ZoneInfo(person.shown_time_zone))
        if local.weekday() >= SATURDAY and chance.random() < 0.93:
            continue
        hour = chance.choices(range(7, 20), (1, 5, 12, 13, 11, 7, 5, 10, 12, 10, 7, 3, 1))[0]
        local = local.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60), microsecond=0)
        moment = local.astimezone(world.end.tzinfo)
        if world.end - timedelta(days=DAYS) <= moment <= world.end:
            return moment
