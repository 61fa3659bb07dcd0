"""The whole demo: people from the directory, the desk from its table, three months of work, logins by role."""

import json
import os
import secrets
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from directory.ldap import sync
from directory.ldap.ldif import LdifSource
from directory.models import Employee
from incidents.models import Incident
from servicedesk.audit import services as audit
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.common.errors import DomainError
from servicedesk.outbox import services as outbox
from servicedesk.tickets import desk_table
from servicedesk.tickets.administration import operator
from servicedesk.tickets.models import Category, Queue, Ticket
from servicedesk.tickets.sight import grant_access

from . import changes, directory, onboarding, wishes
from .articles import Shelf
from .assets import Depot
from .cast import Cast
from .history import DAYS, World, openings
from .life import TicketLife
from .problems import Cabinet

# Role as it is shown → the group that plays it. The first one is of people who only ask.
ROLES = {
    "employee": "", "trainee": "desk-trainees", "L1 agent": "desk-l1", "L2 engineer": "desk-l2",
    "L3 specialist": "desk-l3", "coordinator": "desk-coordinators", "desk manager": "desk-managers",
    "network engineer": "network-l2", "HR agent": "hr-l1", "HR agent for confidential matters": "hr-confidential",
    "facilities agent": "facilities-l1", "QA analyst": "qa-analysts", "administrator": "administrators",
    "knowledge manager": "knowledge-managers", "onboarding coordinator": "onboarding-coordinators",
    "change manager": "change-managers", "CAB member": "cab-members", "asset manager": "asset-managers",
}  # fmt: skip

# Without those that look like another one.
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
Tell = Callable[[str], None]


class NotEmpty(DomainError):
    """The database holds people or tickets already."""


def fill(*, employees: int, tickets: int, seed: int, logins: Path, tell: Tell) -> None:
    """Fill an empty database, whole or not at all, and write ``logins`` (mode 600).

    Nothing of what is made up is mailed: the outbox is shut while it happens. Raises
    :class:`NotEmpty` and :class:`.directory.TooSmall`.
    """
    if Employee.objects.people().exists() or Ticket.objects.exists() or Queue.objects.exists():
        raise NotEmpty(
            _("The database is not empty: the demo company moves into an empty one only. Set DATA_DIR or DATABASE_URL.")
        )
    end = time.now()
    with transaction.atomic(), outbox.shut():
        _hire(employees, seed, tell)
        _open_the_desk(end - timedelta(days=DAYS + 1), tell)
        _live(tickets, seed, end, tell)
        tell(_("Choosing a login for each role."))
        draft = _write_logins(_choose_logins(seed), logins)
    draft.replace(logins)
    while audit.seal():
        pass


def _hire(employees: int, seed: int, tell: Tell) -> None:
    tell(_("Hiring {n} people.").format(n=employees))
    with tempfile.TemporaryDirectory() as folder:
        path = directory.SHIPPED
        if employees != directory.shipped_size():
            path = Path(folder) / directory.SHIPPED.name
            directory.write(path, employees=employees, seed=seed)
        report = sync.run(LdifSource(str(path)))
    if report.refused:
        raise DomainError(report.refused)


def _open_the_desk(at: datetime, tell: Tell) -> None:
    tell(_("Opening the queues."))
    with time.at(at), channel_is("task"):
        desk_table.apply(desk_table.read(desk_table.SHIPPED), by=operator())
    wishes.open_catalogue(at)
    changes.set_up(at)
    onboarding.set_up(at)


def _live(tickets: int, seed: int, end: datetime, tell: Tell) -> None:
    queue_of: dict[str, str] = {}
    for category in Category.objects.select_related("parent", "queue").order_by("path"):
        above = queue_of.get(category.parent.slug, "") if category.parent else ""
        queue_of[category.slug] = category.queue.slug if category.queue else above
    queues = {queue.slug: queue for queue in Queue.objects.all()}
    start = end - timedelta(days=DAYS)
    cast = Cast()
    shelf = Shelf(cast, queues, end, seed)
    shelf.fill(start - timedelta(hours=20))
    world = World(
        cast=cast, queues=queues, queue_of=queue_of, end=end, seed=seed, now=start, articles=shelf.published
    )  # fmt: skip
    for moment, scene, chance in openings(world, tickets):
        world.begin(TicketLife(world, scene, chance).live(), moment)
    wishes.begin(world, tickets)
    cabinet = Cabinet(world)
    cabinet.open()
    depot = Depot(cast, queues, end, seed)
    changes.begin(world, depot.rack())
    told = {"days": -1}

    def progress(moment: datetime) -> None:
        days = (moment - start).days
        if days >= told["days"] + 5 or told["days"] < 0:
            told["days"] = days
            tell(_("Day {day} of {days}: {n} tickets.").format(day=days, days=DAYS, n=Ticket.objects.count()))

    world.run(progress)
    wishes.send_somebody_away(world)
    _let_somebody_in(end)
    cabinet.finish()
    shelf.finish()
    tell(_("Handing out the equipment."))
    depot.fill()
    tell(_("Seeing who joins, moves and leaves."))
    onboarding.live(cast, end, seed)


def _let_somebody_in(at: datetime) -> None:
    """An administrator lets an analyst see the latest confidential incident for a few days."""
    secret = Incident.objects.filter(confidential=True).order_by("-pk").first()
    if secret is None:
        return
    administrator, analyst = (
        Employee.objects.active().people().filter(groups__name=ROLES[role]).order_by("login")[0]
        for role in ("administrator", "QA analyst")
    )
    with time.at(at), channel_is("desk"):
        grant_access(
            secret.number, by=administrator, employee=analyst.login, days=3,
            reason="Looks at how long the first answer took; agreed with the head of HR",
        )  # fmt: skip


def _choose_logins(seed: int) -> list[tuple[str, Employee]]:
    """Somebody for each role, nobody twice; whoever has the most to show goes first."""
    taken: set[int] = set()
    chosen = []
    people = Employee.objects.active().people().order_by("login")
    for role, group in ROLES.items():
        if group:
            candidates = [person for person in people.filter(groups__name=group) if person.pk not in taken]
        else:
            candidates = [
                person for person in people
                if not person.groups.exclude(name="everyone").exclude(name__startswith="staff-").exists()
            ]  # fmt: skip
        if not candidates:
            continue
        person = max(candidates, key=lambda one: (_has_to_show(one, asks=not group), -one.pk))
        taken.add(person.pk)
        chosen.append((role, person))
    return chosen


def _has_to_show(person: Employee, *, asks: bool) -> int:
    mine = Ticket.objects.filter(requester=person) if asks else Ticket.objects.filter(assignee=person)
    return mine.open().count()


def _write_logins(chosen: list[tuple[str, Employee]], path: Path) -> Path:
    """Give each a password of their own and keep them in a draft beside ``path`` that only we may read."""
    rows = []
    for role, person in chosen:
        password = "".join(secrets.choice(_LETTERS) for _place in range(16))
        person.set_password(password)
        person.save(update_fields=["password"])
        rows.append({"role": role, "login": person.login, "password": password})
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=2)
    return draft
