"""The snapshot that ``decide`` looks at: one ticket as one actor meets it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from directory.models import Employee
from servicedesk.calendars.working_days import add_working_days
from servicedesk.common.time import now as present

from . import roles
from .access import SIGHT, WORKING, Access, asked_of, running_grants
from .administration import CONFIGURE
from .models import Approval, Message, Proposal, Task, Watch
from .states import VOCABULARY, Level

if TYPE_CHECKING:
    from .models import Ticket

REOPEN_WORKING_DAYS = 5


@dataclass(frozen=True)
class TicketFacts:
    """Plain values only; ``decide`` and the guards are pure over it."""

    number: str
    kind: str
    state: str
    queue_name: str
    tier: int
    tiers: int
    impact: str
    confidential: bool
    has_assignee: bool
    pending_reason: str
    is_merged: bool
    resolved_at: datetime | None
    follow_up_at: datetime | None
    actor_active: bool
    actor_is_clock: bool
    held: frozenset[str]
    is_requester: bool
    is_concerned: bool
    is_assignee: bool
    is_watcher: bool
    open_tasks: int
    open_proposals: int
    written_since_merge: bool
    now: datetime
    cause: str = ""
    is_approver: bool = False
    has_decided: bool = False
    is_tasker: bool = False
    did_task: bool = False
    is_granted: bool = False
    done_tasks: int = 0
    configures: bool = False
    register: frozenset[str] = frozenset()

    @property
    def state_label(self) -> str:
        return str(VOCABULARY[self.kind][self.state].label)

    @property
    def is_open(self) -> bool:
        return VOCABULARY[self.kind][self.state].is_open

    @property
    def reopen_until(self) -> datetime | None:
        """The end of the window in which a resolved ticket may be reopened."""
        return add_working_days(self.resolved_at, REOPEN_WORKING_DAYS) if self.resolved_at else None

    @property
    def may_see_queue(self) -> bool:
        if self.confidential:
            return "view_confidential" in self.held
        return bool(self.held & SIGHT) or "view_confidential" in self.held

    @property
    def visible(self) -> bool:
        """The read rule over plain values; the same law as ``access.can_view``."""
        if self.actor_is_clock or self.cause == roles.BY_APPROVAL:
            return True
        if not self.actor_active:
            return False
        if self.is_granted or self._administers:
            return True
        personal = self.is_concerned or self.is_assignee or self.is_watcher or self.has_decided
        personal = personal or self.is_tasker or self.did_task
        return self.is_requester or self.is_approver or self.may_see_queue or (personal and not self.confidential)

    @property
    def _administers(self) -> bool:
        """Came through the one service that lets somebody in without seeing the ticket."""
        return self.configures and self.cause == roles.BY_ADMINISTRATION

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role the actor has on this ticket."""
        if self.actor_is_clock:
            return frozenset({roles.SEES, roles.CLOCK, *self._mechanism()})
        if not self.visible:
            return frozenset()
        if self._administers:
            return frozenset({roles.ADMINISTRATOR})
        found = {roles.SEES, *self._mechanism()}
        technician = self.may_see_queue and bool(
            self.held & {"work_l1", "work_l2", "work_l3", "triage_queue", "manage_queue"}
        )
        if self.is_requester:
            found.add(roles.REQUESTER)
            if self.cause == "reply":
                found.add(roles.REPLYING_REQUESTER)
        observer = bool(self.held & {"train_l1", "audit_queue"}) and not technician
        follows = self.is_concerned or ((self.is_watcher or self.is_assignee) and not observer)
        if self.is_requester or follows or technician or self.is_approver or self.has_decided:
            found.add(roles.PARTICIPANT)
        if self.is_approver:
            found.add(roles.APPROVER)
        if self.is_tasker and not self.confidential:
            found.add(roles.TASKER)
        if self.may_see_queue and "view_queue" in self.held:
            found |= self._desk_roles()
        return frozenset(found)

    def _mechanism(self) -> set[str]:
        return {roles.MECHANISM} if self.cause == roles.BY_APPROVAL else set()

    def _desk_roles(self) -> set[str]:
        found = {roles.VIEWER}
        if f"work_l{self.tier}" in self.held:
            found.add(roles.WORKER)
        if "triage_queue" in self.held:
            found.add(roles.COORDINATOR)
        if "manage_queue" in self.held:
            found.add(roles.MANAGER)
        if "train_l1" in self.held and self.tier == 1 and self.impact == Level.LOW:
            found.add(roles.TRAINEE)
        return found

    def role_words(self, wanted: frozenset[str]) -> str:
        names = {"queue": self.queue_name, "tier": self.tier}
        return "; ".join(
            str(roles.WORDS[role]) % names for role in roles.WORDS if role in wanted and role != roles.CLOCK
        )


# Where a page keeps what it read of a ticket's children together with the ticket itself.
GLIMPSE = "glimpse"
_SEEN = (
    "is_watcher", "open_tasks", "open_proposals", "is_approver", "has_decided", "is_tasker", "did_task",
    "is_granted", "done_tasks",
)  # fmt: skip


def glimpse(actor: Employee, access: Access) -> dict[str, Any]:
    """What the snapshot asks of a ticket's children, as annotations of the ticket's own statement."""
    tasks = Task.objects.filter(ticket=OuterRef("pk"))
    open_tasks = tasks.filter(state=Task.State.OPEN)
    return {
        "is_watcher": Exists(Watch.objects.filter(ticket=OuterRef("pk"), employee=actor)),
        "open_tasks": _count(open_tasks),
        "open_proposals": _count(Proposal.objects.filter(ticket=OuterRef("pk"), state=Proposal.State.OPEN)),
        "is_approver": Exists(asked_of(actor).filter(ticket=OuterRef("pk"))),
        "has_decided": Exists(Approval.objects.filter(ticket=OuterRef("pk"), decided_by=actor)),
        "is_tasker": Exists(open_tasks.filter(queue__in=access.queues_with(*WORKING))),
        "did_task": Exists(tasks.filter(done_by=actor)),
        "done_tasks": _count(tasks.filter(state=Task.State.DONE)),
        "is_granted": Exists(running_grants().filter(ticket=OuterRef("pk"), employee=actor)),
    }


def _count(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().values("ticket").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def with_glimpse(found: QuerySet, actor: Employee) -> QuerySet:
    """``found`` for a page that shows one ticket to ``actor``: :func:`keep_glimpse` then saves a statement."""
    seen = {f"{GLIMPSE}_{name}": one for name, one in glimpse(actor, Access.of(actor)).items()}
    return found.annotate(**seen)


def keep_glimpse(ticket: "Ticket", row: "Ticket", actor: Employee) -> None:
    """Let facts about ``ticket`` start from what ``row``, of :func:`with_glimpse`, says. For pages, never the door."""
    ticket.__dict__[GLIMPSE] = (actor.pk, {name: getattr(row, f"{GLIMPSE}_{name}") for name in _SEEN})


def _seen(ticket: "Ticket", actor: Employee, access: Access, *, anew: bool) -> dict[str, Any]:
    whose, kept = ticket.__dict__.get(GLIMPSE, (None, {}))
    if not anew and whose == actor.pk:
        return dict(kept)
    found = type(ticket)._base_manager.filter(pk=ticket.pk).annotate(**glimpse(actor, access))
    return dict(found.values(*_SEEN).get())


def facts_of(ticket: "Ticket", actor: Employee, *, cause: str = "", anew: bool = False) -> TicketFacts:
    """Read the snapshot in two statements: the actor's rights, and what the ticket's children say.

    ``anew``: never trust rights remembered for this request; the door decides on what is true now.
    """
    access = Access.read(actor) if anew else Access.of(actor)
    seen = _seen(ticket, actor, access, anew=anew)
    written = bool(ticket.merged_into_id) and (
        Message.objects.filter(
            ticket__in=[ticket.pk, ticket.merged_into_id], at__gt=ticket.closed_at or ticket.updated_at
        ).exists()
    )
    return TicketFacts(
        number=ticket.number,
        kind=ticket.kind,
        state=ticket.state,
        queue_name=ticket.queue.name,
        tier=ticket.tier,
        tiers=ticket.queue.tiers,
        impact=ticket.impact,
        confidential=ticket.confidential,
        has_assignee=ticket.assignee_id is not None,
        pending_reason=ticket.pending_reason,
        is_merged=ticket.merged_into_id is not None,
        resolved_at=ticket.resolved_at,
        follow_up_at=ticket.follow_up_at,
        actor_active=access.active,
        actor_is_clock=access.active and access.kind == Employee.Kind.SERVICE and access.login == "system.clock",
        held=access.on(ticket.queue_id),
        configures=CONFIGURE in access.register,
        register=access.register,
        is_requester=ticket.requester_id == actor.pk,
        is_concerned=ticket.requested_for_id == actor.pk,
        is_assignee=ticket.assignee_id == actor.pk,
        written_since_merge=written,
        now=present(),
        cause=cause,
        **seen,
    )
