"""Cells of the decision table as real rows: one ticket, put into each cell in turn, and people of every role."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from assets.models import Asset, Custody, TicketAsset
from directory.models import Employee
from incidents.models import Incident
from kb.models import ArticleLink
from servicedesk.common.time import now
from servicedesk.tickets.models import Link, Proposal, Queue, Tag, Task, Ticket, Watch
from tests import factories as make
from tests.assets.making import bring, make_asset, make_keeper

STATES = ("new", "assigned", "in_progress", "pending", "resolved", "closed", "cancelled")
RELATIONS = ("stranger", "requester", "concerned", "assignee", "watcher")
RIGHTS: dict[str, tuple[str, ...]] = {
    "employee": (),
    "trainee": ("view_queue", "train_l1"),
    "l1": ("view_queue", "work_l1"),
    "l2": ("view_queue", "work_l2"),
    "l3": ("view_queue", "work_l3"),
    "coordinator": ("view_queue", "triage_queue"),
    "manager": ("view_queue", "manage_queue"),
    "analyst": ("audit_queue",),
    "looks on": ("view_queue",),
    "hr l1": ("view_queue", "work_l1", "view_confidential"),
    "hr manager": ("view_queue", "manage_queue", "view_confidential"),
}


@dataclass(frozen=True)
class Cell:
    role: str
    relation: str
    state: str
    tier: int
    confidential: bool
    impact: str


class Stage:
    """The people, and one ticket that is put into a cell and taken out again."""

    def __init__(self) -> None:
        self.queue: Queue = make.make_queue("network", is_default=True)
        self.other: Queue = make.make_queue("facilities")
        self.tag = make.make_tag("printer")
        self.category = make.make_category("Printers", queue=self.queue)
        self.people = {role: make.make_technician(self.queue, *rights) for role, rights in RIGHTS.items() if rights}
        self.people["employee"] = make.make_employee()
        administrators = make.make_administrator().groups.get()
        self.administrators = {
            role: make.make_employee(groups=(administrators, *person.groups.all()))
            for role, person in self.people.items()
        }
        self.workers = {
            tier: make.make_technician(self.queue, "view_queue", f"work_l{tier}", "view_confidential")
            for tier in (1, 2, 3)
        }
        self.rita, self.trainee = make.make_employee("rita"), make.make_trainee(self.queue)
        self.ticket: Incident = make.make_incident(self.queue, by=self.rita)
        self.target: Incident = make.make_incident(self.queue, by=self.rita, title="Another one")
        self.item = make.make_catalogue_item(self.queue, form=[])
        self.article = make.make_article(self.workers[1], make.make_publisher())
        keeper = make_keeper()
        self.asset = bring(make_asset(keeper), "in_use", keeper=keeper, holder=self.rita, second=make_keeper())
        self.clients: dict[int, Client] = {}

    def client(self, employee: Employee) -> Client:
        if employee.pk not in self.clients:
            self.clients[employee.pk] = Client()
            self.clients[employee.pk].force_login(employee)
        return self.clients[employee.pk]

    @contextmanager
    def set_up(self, cell: Cell, actor: Employee, action: str = "") -> Iterator[Incident]:
        """The ticket in the cell, with what ``action`` needs; everything is undone after the block."""
        self.client(actor)  # signed in before, so that the session outlives the cell
        with transaction.atomic():
            ids = {
                "requester": actor if cell.relation == "requester" else self.rita,
                "requested_for": actor if cell.relation == "concerned" else self.rita,
                "assignee": actor if cell.relation == "assignee" else None,
            }
            is_open = cell.state in STATES[:4]
            merged = action == "unmerge" and cell.state == "cancelled"
            Ticket.objects.filter(pk=self.ticket.pk).update(
                state=cell.state, is_open=is_open, tier=cell.tier, confidential=cell.confidential, impact=cell.impact,
                pending_reason="vendor" if cell.state == "pending" else "",
                follow_up_at=now() + timedelta(days=1) if cell.state == "pending" else None,
                resolved_at=now() if cell.state in ("resolved", "closed") else None,
                closed_at=now() if cell.state in ("closed", "cancelled") else None,
                merged_into=self.target if merged else None, **ids,
            )  # fmt: skip
            Incident.objects.filter(pk=self.ticket.pk).update(merged_from_state="new" if merged else "")
            Ticket.objects.filter(pk=self.target.pk).update(confidential=cell.confidential, requester=ids["requester"])
            if cell.relation == "watcher":
                Watch.objects.create(ticket=self.ticket, employee=actor)
            if action in ("complete_task", "skip_task"):
                Task.objects.create(ticket=self.ticket, title="Call the supplier", queue=self.queue)
            if action in ("release", "discard"):
                Proposal.objects.create(ticket=self.ticket, author=self.trainee, kind="reply", body="Restart it")
            if action == "unlink":
                Link.objects.create(ticket=self.ticket, other=self.target, by=self.rita)
            if action == "link_asset":  # one of their own: a requester names no other
                Custody.objects.filter(asset=self.asset.pk).update(employee=actor)
                Asset.objects.filter(pk=self.asset.pk).update(holder=actor)
            if action == "unlink_asset":
                TicketAsset.objects.create(ticket=self.ticket, asset=self.asset, by=self.rita)
            if action == "unlink_article":
                ArticleLink.objects.create(ticket=self.ticket, article=self.article.article, by=self.rita)
            yield Incident.objects.get(pk=self.ticket.pk)
            transaction.set_rollback(True)

    def details(self, action: str, ticket: Incident) -> dict[str, Any]:
        """Details that the form of ``action`` takes, as plain values."""
        made: dict[str, dict[str, Any]] = {
            "route": {"queue": self.other.slug, "reason": "It is theirs"},
            "assign": {"assignee": self.workers[ticket.tier].login},
            "pend": {"reason": "vendor", "follow_up_at": (now() + timedelta(days=2)).isoformat()},
            "escalate": {"diagnosis": "The switch is dead"},
            "return_down": {"reason": "The basics are missing"},
            "resolve": {"code": "fixed", "text": "Replaced"},
            "reopen": {"reason": "It is back"},
            "cancel": {"reason": "withdrawn"},
            "merge": {"into": self.target.number},
            "reply": {"body": "Hello"},
            "note": {"body": "Hm"},
            "edit": {"title": "A better title"},
            "set_priority": {"impact": "high", "urgency": "high"},
            "tag": {"tags": [self.tag.slug]},
            "categorise": {"category": self.category.slug},
            "link": {"other": self.target.number, "kind": "relates"},
            "unlink": {"other": self.target.number},
            "split": {"title": "Its other half"},
            "reclassify": {"kind": "request", "catalogue_item": self.item.slug},
            "add_task": {"title": "Call the supplier"},
            "skip_task": {"reason": "Not needed"},
            "log_time": {"minutes": 15},
            "propose": {"kind": "reply", "body": "Restart it"},
            "discard": {"reason": "Too short"},
            "flag_major": {"major": True},
            "link_article": {"article": self.article.number},
            "cite_article": {"article": self.article.number},
            "unlink_article": {"article": self.article.number},
            "link_asset": {"asset": self.asset.number},
            "unlink_asset": {"asset": self.asset.number},
        }  # fmt: skip
        found = dict(made.get(action, {}))
        if action in ("complete_task", "skip_task"):
            found["task"] = str(Task.objects.get(ticket=ticket).uuid)
        if action in ("release", "discard"):
            found["proposal"] = str(Proposal.objects.get(ticket=ticket).uuid)
        return found


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("plan.txt", b"text")


def tags_of(ticket: Ticket) -> list[str]:
    return list(Tag.objects.filter(tickets=ticket).values_list("slug", flat=True))
