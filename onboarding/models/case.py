"""The machine of a case: somebody joins or moves and is prepared for, or leaves and loses access, tasks and things."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE

from directory.models import Employee
from servicedesk.tickets import forms as ticket_forms
from servicedesk.tickets import guards as ticket_guards
from servicedesk.tickets import roles as ticket_roles
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import Permission, move

from .. import effects, forms, guards, roles
from ..types import CaseType
from .templates import CaseTemplate

REQUESTED, APPROVED, PREPARING, READY, ON_HOLD = "requested", "approved", "preparing", "ready", "on_hold"
DAY_ONE, NOTIFIED, SCHEDULED, ACCESS_REVOKED = "day_one", "notified", "scheduled", "access_revoked"
RECOVERING, VERIFIED, CLOSED, CANCELLED = "recovering", "verified", "closed", "cancelled"
OPEN = (REQUESTED, APPROVED, PREPARING, READY, ON_HOLD, DAY_ONE, NOTIFIED, SCHEDULED, ACCESS_REVOKED, RECOVERING,
        VERIFIED)  # fmt: skip
HOLDABLE = (APPROVED, PREPARING, READY)

Person = settings.AUTH_USER_MODEL


class OnboardingCase(Ticket):
    """Somebody joins, moves or leaves. ``on``: the first day, or the last one.

    ``running``: ``<type>:<key of the subject>`` while it is open, so that there is one of a type for one person.
    ``waived``: what was left when it was closed all the same (keys of ``predicate.Left``), and ``waiver`` why.
    """

    KIND: ClassVar[str] = Kind.CASE
    PAGE_RELATED: ClassVar[tuple[str, ...]] = ("subject", "template")

    ticket_ptr = models.OneToOneField(
        Ticket, models.CASCADE, parent_link=True, primary_key=True, related_name=str(Kind.CASE)
    )
    case_type = models.CharField(_("type"), max_length=10, choices=CaseType)
    subject = models.ForeignKey(Person, models.PROTECT, related_name="cases", verbose_name=_("person"))
    template = models.ForeignKey(
        CaseTemplate, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("template")
    )
    on = models.DateField(_("day"))
    running = models.CharField(max_length=40, null=True, unique=True, editable=False)
    held_from = models.CharField(max_length=20, blank=True, editable=False)
    revoke_at = models.DateTimeField(_("access ends at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("access ended"), null=True, blank=True)
    waiver = models.TextField(_("why it is closed all the same"), max_length=20_000, blank=True)
    waived = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        permissions = [("run_case", "Run onboarding cases: joiners, movers and leavers, and their templates")]
        constraints = [
            models.CheckConstraint(
                condition=Q(running=None) | Q(running__startswith="joiner:") | Q(running__startswith="mover:")
                | Q(running__startswith="leaver:"),
                name="case_runs_for_somebody",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["revoke_at"], name="cases_to_revoke", condition=Q(revoked_at=None))]

    # Somebody joins or moves.

    @move(source=REQUESTED, target=APPROVED, permission=ticket_roles.approves | ticket_roles.by_approval,
          after=effects.after_approve, label=_("Approve"), verb="approved", order=10, icon="check")  # fmt: skip
    def approve(self) -> None: ...

    @move(source=APPROVED, target=PREPARING, permission=roles.runs, after=effects.make_template_tasks,
          label=_("Prepare"), verb="preparing", order=12, icon="list-check")  # fmt: skip
    def prepare(self) -> None: ...

    @move(source=PREPARING, target=READY, permission=roles.runs, conditions=[guards.early_tasks_are_done],
          label=_("Everything is ready"), verb="ready", order=14, icon="circle-check")  # fmt: skip
    def make_ready(self) -> None: ...

    @move(source=READY, target=DAY_ONE, permission=roles.runs, conditions=[guards.day_has_come],
          label=_("The first day"), verb="day_one", order=16, icon="sun")  # fmt: skip
    def start(self) -> None: ...

    @move(source=HOLDABLE, target=ON_HOLD, permission=roles.runs, payload=ticket_forms.ReasonForm,
          label=_("Put on hold"), verb="held", order=60, icon="player-pause")  # fmt: skip
    def hold(self, *, reason: str) -> None:
        self.held_from = self.passage.before["state"]

    @move(source=ON_HOLD, target=RETURN_VALUE(*HOLDABLE), permission=roles.runs, label=_("Go on"), verb="unheld",
          order=18, icon="player-play")  # fmt: skip
    def unhold(self) -> str:
        state, self.held_from = self.held_from, ""
        return state

    # Somebody leaves.

    @move(source=NOTIFIED, target=SCHEDULED, permission=roles.runs, payload=forms.ScheduleForm,
          after=effects.make_template_tasks, label=_("Schedule"), verb="scheduled", order=20,
          icon="calendar-time")  # fmt: skip
    def schedule(self, *, revoke_at: datetime) -> None:
        self.revoke_at = revoke_at

    @move(source=SCHEDULED, target=ACCESS_REVOKED, permission=roles.runs | Permission(ticket_roles.CLOCK),
          conditions=[guards.is_time_to_revoke], after=effects.end_access, label=_("End access now"),
          verb="access_revoked", order=22, danger=True, icon="lock")  # fmt: skip
    def revoke(self) -> None:
        self.revoked_at = self.passage.now

    @move(source=ACCESS_REVOKED, target=RECOVERING, permission=roles.runs, after=effects.make_recovery_tasks,
          label=_("Recover"), verb="recovering", order=24, icon="refresh")  # fmt: skip
    def recover(self) -> None: ...

    # Both.

    @move(source=(DAY_ONE, RECOVERING), target=VERIFIED, permission=roles.runs,
          conditions=[ticket_guards.tasks_are_done], label=_("Verified"), verb="verified", order=30,
          icon="square-check")  # fmt: skip
    def verify(self) -> None: ...

    @move(source=VERIFIED, target=CLOSED, permission=roles.runs, payload=forms.CloseForm, after=effects.after_close,
          label=_("Close"), verb="closed", order=32, icon="circle-minus")  # fmt: skip
    def close(self, *, waiver: str = "") -> None:
        self.running, self.waiver = None, waiver

    @move(source=CLOSED, target=RECOVERING, permission=Permission(ticket_roles.CLOCK), payload=forms.ReopenForm,
          conditions=[guards.something_is_left], after=effects.make_recovery_tasks, label=_("Reopen"), verb="reopened",
          order=70, offered=False, icon="rotate-clockwise")  # fmt: skip
    def reopen(self, *, reason: str) -> None:
        self.running, self.waiver, self.waived = f"leaver:{self.subject_id}", "", []

    @move(source=OPEN, target=None, permission=roles.runs, payload=forms.AssignCaseForm, label=_("Assign"),
          verb="assigned", order=50, icon="user-check")  # fmt: skip
    def assign(self, *, assignee: Employee) -> None:
        self.assignee = assignee

    @move(source=OPEN, target=CANCELLED, permission=roles.runs | ticket_roles.by_approval,
          payload=ticket_forms.ReasonForm, after=effects.after_cancel, label=_("Cancel the case"), verb="cancelled",
          order=90, danger=True, icon="ban")  # fmt: skip
    def cancel(self, *, reason: str) -> None:
        self.running = None
