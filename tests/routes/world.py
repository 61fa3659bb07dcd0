"""A small desk with somebody of every role, a ticket of each kind with all that can hang on one, and secrets."""

import gzip
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assets.models import Asset, ImportFile, StockItem
from changes.models import AuthorisationPath, ChangeTemplate, FreezePeriod, RiskQuestion
from changes.services import plan_change
from directory import tokens
from directory.models import Employee, SyncAlarm, SyncRun
from directory.services import system_employee
from incidents.models import Incident
from incidents.problems.services import log_problem
from incidents.requests.services import request_item
from kb.models import ArticleVersion
from onboarding.models import CaseTemplate
from onboarding.opening import open_case
from servicedesk.audit import services as audit
from servicedesk.audit.models import Event, Seal
from servicedesk.common.time import now
from servicedesk.outbox.models import Dispatch
from servicedesk.tickets.models import AccessGrant, ApprovalRule, Attachment, Queue, Task, Ticket
from servicedesk.workflow import carry_out, perform
from tests import factories as make
from tests.assets import making

from .inventory import Route

PHOTO = "ab" * 32
FOR_THE_DESK = ("zanzibar-note", "zanzibar-file", "zanzibar-task")
FOR_ITS_REQUESTER = ("zanzibar-title", "zanzibar-text", "zanzibar-reply", "zanzibar-answer", "zanzibar-comment")
SECRET_WORDS = (*FOR_THE_DESK, *FOR_ITS_REQUESTER)
# The collections of the API that hold one kind of ticket; every other address is asked for the incident.
OF_ONE_KIND = {
    "api/v1/changes/": "change",
    "api/v1/onboarding-cases/": "case",
    "api/v1/problems/": "problem",
    "api/v1/requests/": "request",
}
# Every action is asked for by test_every_form_of_an_action_is_only_a_look.
SOME_ACTIONS = ("start", "assign", "escalate", "tag")
CONFIGURES = ("administrator", "working administrator")
DESK = ("agent", "engineer", "coordinator", "manager", "trainee", "analyst", "looks on", "handler",
        "change manager", "runner",
        "stranger at a desk", "working administrator", "assignee of the secret")  # fmt: skip
TECHNICIANS = ("agent", "engineer", "coordinator", "handler", "stranger at a desk", "working administrator",
               "assignee of the secret")  # fmt: skip
ROLES = (*DESK, "requester", "watcher", "concerned", "stranger", "requester of the secret", "administrator", "keeper")
# A stranger to every desk, who decides on the secret request: test_canaries.
DECIDES = ("approver of the secret",)
ON_THE_QUEUE = ("agent", "engineer", "coordinator", "manager", "trainee", "analyst", "looks on", "handler",
                "change manager", "runner", "working administrator", "assignee of the secret")  # fmt: skip


@dataclass
class World:
    people: dict[str, Employee]
    queue: Queue
    elsewhere: Queue
    ticket: Incident
    others: dict[str, Ticket]
    article: ArticleVersion
    asset: Asset
    item: StockItem
    kept: ImportFile
    secrets: dict[str, Ticket] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        """Signed in as ``role``; the same session each time."""
        if role not in self.clients:
            self.clients[role] = Client()
            self.clients[role].force_login(self.people[role])
        return self.clients[role]

    def about(self, route: Route, ticket: Ticket) -> Ticket:
        """The ticket that an address is about: where it holds one kind, the one beside ``ticket`` of that kind."""
        kind = next((kind for prefix, kind in OF_ONE_KIND.items() if route.pattern.startswith(prefix)), "")
        if not kind:
            return ticket
        return self.others[kind] if ticket.pk == self.ticket.pk else self.secrets[kind]

    def sees(self, role: str, ticket: Ticket) -> bool:
        """Worked out by hand, with nothing of the product."""
        asked = {
            self.ticket.pk: ("requester", "watcher", "concerned"), self.others["request"].pk: ("requester",),
            self.others["problem"].pk: (), self.others["change"].pk: (),
            self.others["case"].pk: ("requester",),
        }  # fmt: skip
        if ticket.pk in asked:
            return role in (*ON_THE_QUEUE, *asked[ticket.pk])
        if ticket.pk in (self.secrets["problem"].pk, self.secrets["change"].pk, self.secrets["case"].pk):
            return role in ("handler", "runner")
        return role in ("requester of the secret", "handler", "runner")

    def all_kinds(self) -> list[Ticket]:
        return [self.ticket, *self.others.values()]

    def may_enter(self, role: str, route: Route, ticket: Ticket) -> str:
        """``in``, ``forbidden``, ``hidden``, ``sent home`` (the rescue pages' word for hidden) or ``asked again``."""
        who, ticket = route.who, self.about(route, ticket)
        if who == "confirmed":
            return "asked again"  # nobody here has shown their password
        if (answer := self._may_enter_register(role, who)) is not None:
            return answer
        if who == "api-approval":
            return "hidden"  # nobody is asked to approve anything here
        if who == "api-task" and role not in TECHNICIANS:
            return "hidden"
        if who.startswith("desk") and role not in DESK:
            return "forbidden"
        if who == "technician" and role not in TECHNICIANS:
            return "forbidden"
        if who in ("administrator", "rescue-ticket") and role not in CONFIGURES:
            return "forbidden"
        if who == "api-person" and role not in (*DESK, "requester"):
            return "hidden"
        if who == "rescue-ticket":
            shown = role == "working administrator" and not ticket.confidential
            return "in" if shown else "sent home"
        if who.endswith(("ticket", "api-task")) and not self.sees(role, ticket):
            return "hidden"
        return "in"

    def _may_enter_register(self, role: str, who: str) -> str | None:
        """The asset waits for the requester's signature; None where it is not about a register."""
        readers = (*DESK, "keeper")
        allowed = {
            "asset": (("requester",), "hidden"), "api-asset": ((*readers, "requester"), "hidden"),
            "api-register": (readers, "hidden"),
            "register": (readers, "forbidden"), "keeper": (("keeper",), "forbidden"),
            "keeper-file": (("keeper",), "forbidden"),
            "register-settings": ((*CONFIGURES, "keeper"), "forbidden"),
            "change-settings": ((*CONFIGURES, "change manager"), "forbidden"),
            "runner": (("runner",), "forbidden"),
            "case-settings": ((*CONFIGURES, "runner"), "forbidden"),
        }  # fmt: skip
        if who not in allowed:
            return None
        roles, refusal = allowed[who]
        return "in" if role in roles else refusal

    def _of_assets(self, pattern: str) -> str:
        """``pattern`` filled in, where it is about assets."""
        if not pattern.startswith(("desk/assets/", "equipment/", "settings/assets/", "api/v1/assets/", "api/v1/stock")):
            return pattern
        model = self.asset.model
        slug = {"types": self.asset.type.slug, "makers": model.maker.slug, "models": model.slug}
        named = {
            "<str:number>": self.item.number if "/stock" in pattern else self.asset.number,
            "<slug:name>": "accept" if pattern.startswith("equipment/") else "edit", "<slug:move>": "reserve",
            "<slug:action>": "issue" if "/stock" in pattern else "note", "<uuid:uuid>": str(self.kept.uuid),
            "<slug:slug>": slug.get((pattern.split("/") + ["", ""])[2], ""),
        }  # fmt: skip
        for name, value in named.items():
            pattern = pattern.replace(name, value)
        return pattern

    def addresses(self, route: Route, ticket: Ticket) -> list[str]:
        """``route`` filled in with the ids of ``ticket``; several where it stands for several pages."""
        ticket = self.about(route, ticket)
        pattern = route.pattern.removeprefix("^")
        if pattern == "api/":
            return ["/api/nothing/"]
        if pattern.endswith("(?P<url>.*)$"):
            return ["/admin/nothing/"]
        if pattern.endswith("/)/$") or "(?P<app_label>" in pattern:
            return [f"/admin/{app}/" for app in ("directory", "tickets", "audit", "outbox", "auth", "incidents")]
        if "<path:object_id>" in pattern:
            return ["/" + pattern.replace("<path:object_id>", str(self._row_of(pattern, ticket)))]
        pattern = self._of_assets(pattern)
        is_article = "kb/" in pattern or "/articles/" in pattern
        if is_article:
            named = {"<slug:name>": "revise", "<slug:move>": "archive", "<slug:action>": "revise", "<int:ordinal>": "1"}
            for name, value in named.items():
                pattern = pattern.replace(name, value)
        names = {
            "<str:number>": self.article.number if is_article else ticket.number,
            "<str:login>": self.people["requester"].login,
            "<int:group>": str(self.people["agent"].groups.get().pk), "<slug:move>": "start",
            "<slug:action>": "edit", "<str:digest>": PHOTO, "<int:run>": str(SyncRun.objects.get().pk),
            "<int:grant>": str(AccessGrant.objects.get().pk),
            "<int:alarm>": str(SyncAlarm.objects.earliest("pk").pk),
            "<int:pk>": str(FreezePeriod.objects.get().pk),
        }  # fmt: skip
        for name, value in names.items():
            pattern = pattern.replace(name, value)
        if "<uuid:uuid>" in pattern:
            model = Task if "/tasks/" in pattern else Attachment
            rows = model.objects.filter(ticket=ticket)
            return ["/" + pattern.replace("<uuid:uuid>", str(row.uuid)) for row in rows]
        if "<slug:name>" in pattern:
            return ["/" + pattern.replace("<slug:name>", name) for name in SOME_ACTIONS]
        if "<slug:slug>" in pattern:
            slug = self.queue.categories.get().slug if "categories" in pattern else self.queue.slug
            slug = "printer-paper" if "catalogue" in pattern else slug
            slug = ApprovalRule.objects.get(slug__startswith="rule-").slug if "catalogue/rules" in pattern else slug
            slug = ticket.tags.get().slug if "tags" in pattern else slug
            slug = ChangeTemplate.objects.get().slug if "changes/templates" in pattern else slug
            slug = RiskQuestion.objects.get().slug if "changes/questions" in pattern else slug
            slug = CaseTemplate.objects.get().slug if "onboarding/templates" in pattern else slug
            return ["/" + pattern.replace("<slug:slug>", slug)]
        return ["/" + pattern]

    def _row_of(self, pattern: str, ticket: Ticket) -> Any:
        rows = {
            "department": self.people["requester"].department_id, "location": self.people["requester"].location_id,
            "employee": self.people["requester"].pk, "group": self.people["agent"].groups.get().pk,
            "queue": self.queue.pk, "category": self.queue.categories.get().pk, "tag": ticket.tags.get().pk,
            "ticket": ticket.pk, "incident": ticket.pk, "seal": Seal.objects.first().pk,
            "syncrun": SyncRun.objects.get().pk, "apitoken": self.people["requester"].api_tokens.get().pk,
            "event": Event.objects.get(subject_id=ticket.pk, verb="incident.created").pk,
            "dispatch": Dispatch.objects.filter(payload__ticket=ticket.pk).first().pk,
        }  # fmt: skip
        return rows[pattern.split("/")[2]]

    def add_secret(self) -> Incident:
        """A confidential ticket of each kind that several people without sight are tied to, full of words to look for.

        Gives the incident; ``secrets`` has them all.
        """
        handler, asker = self.people["handler"], self.people["requester of the secret"]
        title, text = "A zanzibar-title matter", "Because of zanzibar-text"
        secret = make.make_incident(
            self.queue, by=asker, title=title, description=text, category=self.queue.categories.get()
        )
        wanted = request_item(by=asker, catalogue_item="advance", note=text, field_why="zanzibar-answer")
        approver = self.people["approver of the secret"]
        wanted = perform(wanted, "decide", by=approver, verdict="approved", comment="zanzibar-comment")
        problem = log_problem(by=handler, title=title, description=text, queue=self.queue.slug, confidential=True)
        change = plan_change(by=handler, **change_details(self.queue, self.asset, handler), title=title,
                             description=text, confidential=True)  # fmt: skip
        perform(change, "submit", by=handler)
        case = open_case(by=self.people["runner"], case_type="leaver", subject=self.people["stranger"].login,
                         on="2026-12-24", note=text)  # fmt: skip
        self.secrets = {"incident": secret, "request": wanted, "problem": problem, "change": change, "case": case}
        for ticket in self.secrets.values():
            Ticket.objects.filter(pk=ticket.pk).update(
                title=title, confidential=True, assignee=self.people["assignee of the secret"],
                requested_for=self.people["concerned"],
            )  # fmt: skip
            ticket.refresh_from_db()
            fill(ticket, handler, "zanzibar")
            ticket.watches.create(employee=self.people["watcher"])
            ticket.refresh_from_db()
        return secret


def fill(ticket: Ticket, by: Employee, word: str) -> None:
    """Everything that hangs on a ticket, through the door."""
    perform(ticket, "reply", by=by, body=f"{word}-reply")
    perform(ticket, "note", by=by, body=f"{word}-note")
    perform(ticket, "add_task", by=by, title=f"{word}-task")
    perform(ticket, "tag", by=by, tags=[make.Tag.objects.get(slug="printer").slug])
    for internal in (False, True):
        file = SimpleUploadedFile(f"{word}-{'file' if internal else 'reply'}.txt", b"text")
        carry_out(ticket, "attach", by=by, details={"internal": internal}, files={"file": file})


def change_details(queue: Queue, asset: Asset, implementer: Employee) -> dict[str, Any]:
    """A complete plan, in a window that begins tomorrow."""
    start = now() + timedelta(days=1)
    return {
        "change_type": "normal", "queue": queue.slug, "assets": asset.number, "outage": "Nothing", "plan": "Swap it.",
        "planned_start": start.isoformat(), "planned_end": (start + timedelta(hours=2)).isoformat(),
        "implementer": implementer.login, "back_out": "Swap it again.",
    }  # fmt: skip


def set_changes_up(queue: Queue) -> None:
    """One of each thing that a desk sets up for its changes."""
    ChangeTemplate.objects.create(
        name="Swap a toner", slug="swap-toner", queue=queue, plan="Swap it.", outage="Nothing", back_out="Swap again."
    )
    FreezePeriod.objects.create(name="Year end", start=now() + timedelta(days=30), end=now() + timedelta(days=40))
    question = RiskQuestion.objects.create(slug="users", text="How many people would notice?")
    for slug in ("few", "many"):
        question.choices.create(slug=slug, label=slug.title())
    AuthorisationPath.objects.create(path="low", rule=ApprovalRule.objects.get(slug__startswith="rule-"))


def build() -> World:
    queue, elsewhere = make.make_queue("network", is_default=True), make.make_queue("facilities")
    make.make_category("Printers", queue=queue)
    make.Tag.objects.create(name="printer", slug="printer")
    make.make_catalogue_item(queue, "Printer paper")
    advance = make.make_catalogue_item(
        queue, "Advance", rule=make.make_approval_rule("line_manager"), form=[{"label": "Why", "kind": "text"}],
        confidential=True,
    )  # fmt: skip
    advance.tasks.create(position=1, title="Pay it", queue=queue)
    work = ("view_queue", "work_l1")
    people = {
        "requester": make.make_employee("rita", department=make.make_department(), location=make.make_location()),
        "watcher": make.make_employee("walter"),
        "concerned": make.make_employee("conny"),
        "stranger": make.make_employee("charlie"),
        "stranger at a desk": make.make_agent(elsewhere, 1, "sam"),
        "agent": make.make_agent(queue, 1, "ada"),
        "engineer": make.make_agent(queue, 2, "emil"),
        "coordinator": make.make_coordinator(queue, "cora"),
        "manager": make.make_manager(queue, "mia"),
        "trainee": make.make_trainee(queue, "tim"),
        "analyst": make.make_analyst(queue, "quinn"),
        "looks on": make.make_technician(queue, "view_queue", login="lou"),
        "handler": make.make_technician(queue, *work, "view_confidential", login="hana"),
        "assignee of the secret": make.make_technician(queue, *work, login="axel"),
        "approver of the secret": (approver := make.make_employee("olaf")),
        "requester of the secret": make.make_employee("zoe", manager=approver),
        "administrator": make.make_administrator("adam"),
        "working administrator": make.make_administrator("wanda"),
        "keeper": making.make_keeper("kim"),
        "change manager": make.make_change_manager(queue, login="chloe"),
        "runner": make.make_runner(queue, "ruth"),
    }
    people["working administrator"].groups.add(make.make_group(on=queue, rights=work))
    make.make_photo(people["requester"], digest=PHOTO)
    tokens.issue(people["requester"], by=system_employee("console"))
    run = SyncRun.objects.create(source="ldif:people.ldif", started_at=now(), finished_at=now(), complete=True)
    SyncAlarm.objects.create(
        run=run, kind="moved", source="people", about="uid=moved", reason="It moved.", raised_at=now()
    )
    ticket = make.make_incident(
        queue, by=people["requester"], title="Printer on floor 3", description="It hums", impact="low"
    )
    Ticket.objects.filter(pk=ticket.pk).update(requested_for=people["concerned"])
    past = make.make_incident(queue, by=people["requester of the secret"], title="Door badge")
    AccessGrant.objects.create(  # long over
        ticket=past, employee=people["concerned"], by=people["administrator"], reason="Somebody asked",
        granted_at=now() - timedelta(days=3), ends_at=now() - timedelta(days=1),
    )  # fmt: skip
    fill(ticket, people["agent"], "plain")
    perform(ticket, "watch", by=people["agent"], employee=people["watcher"])
    perform(ticket, "propose", by=people["trainee"], kind="reply", body="plain-proposal")
    others: dict[str, Ticket] = {
        "request": request_item(by=people["requester"], catalogue_item="printer-paper"),
        "problem": log_problem(by=people["agent"], title="Toner of a bad lot", queue=queue.slug),
    }
    article = make.make_article(
        people["agent"], make.make_publisher("pia"), title="Clean the printer", category=queue.categories.get().slug
    )
    keeper = people["keeper"]
    kind = making.make_type("Laptop")
    asset = making.make_asset(keeper, kind, tag="LT-1", model=making.make_model(kind).slug)
    asset = perform(asset, "hand_over", by=keeper, employee=people["requester"].login, terms="Look after it.")
    set_changes_up(queue)
    details = change_details(queue, asset, people["agent"])
    others["change"] = plan_change(by=people["agent"], title="Another tray for the printer", **details)
    perform(others["change"], "submit", by=people["agent"])
    CaseTemplate.objects.create(name="Newcomer", slug="newcomer", case_type="joiner", queue=queue)
    others["case"] = open_case(
        by=people["runner"], case_type="joiner", subject=people["requester"].login, on="2026-12-01"
    )
    for other in others.values():
        fill(other, people["agent"], "plain")
        other.refresh_from_db()
    audit.seal()
    ticket.refresh_from_db()
    item = making.make_item(keeper, quantity=2)
    kept = ImportFile.objects.create(owner=keeper, name="list.csv", packed=gzip.compress(b"Asset Tag,Category\n"))
    return World(people, queue, elsewhere, ticket, others, article, asset, item, kept)
