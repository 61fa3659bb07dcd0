"""The incident's machine. Each move says where from, where to, who and when; bodies only assign fields."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE

from directory.models import Employee
from servicedesk.tickets import effects, forms, guards
from servicedesk.tickets import roles as may
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import Permission, move

from ..forms import ResolveForm

NEW, ASSIGNED, IN_PROGRESS, PENDING = "new", "assigned", "in_progress", "pending"
RESOLVED, CLOSED, CANCELLED = "resolved", "closed", "cancelled"
OPEN = (NEW, ASSIGNED, IN_PROGRESS, PENDING)


class Incident(Ticket):
    """Something is broken for someone. ``tier`` says whose turn it is."""

    KIND: ClassVar[str] = Kind.INCIDENT

    is_major = models.BooleanField(_("major incident"), default=False)
    resolution_code = models.CharField(_("resolution"), max_length=30, blank=True)
    resolution_text = models.TextField(_("what was done"), max_length=20_000, blank=True)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    merged_from_state = models.CharField(max_length=30, blank=True)

    class Meta:
        default_permissions = ()

    @property
    def outcome(self) -> str:
        return self.resolution_text

    @move(source=(NEW, ASSIGNED, PENDING), target=IN_PROGRESS, permission=may.works_its_tier,
          label=_("Start work"), verb="started", order=10, icon="player-play")  # fmt: skip
    def start(self) -> None:
        self.assignee_id = self.assignee_id or self.passage.by.pk

    @move(source=PENDING, target=IN_PROGRESS,
          permission=may.works_its_tier | Permission(may.REPLYING_REQUESTER, may.CLOCK),
          conditions=[guards.follow_up_is_reached],
          label=_("Resume work"), verb="resumed", order=12, icon="player-play")  # fmt: skip
    def resume(self) -> None: ...

    @move(source=OPEN, target=ASSIGNED, permission=may.works_or_coordinates, payload=forms.AssignForm,
          label=_("Assign"), verb="assigned", order=20, icon="user-check")  # fmt: skip
    def assign(self, *, assignee: Employee) -> None:
        self.assignee = assignee

    @move(source=(ASSIGNED, IN_PROGRESS), target=PENDING, permission=may.works_its_tier, payload=forms.PendForm,
          after=effects.after_pend, label=_("Wait"), verb="pended", order=30, icon="player-pause")  # fmt: skip
    def pend(self, *, reason: str, follow_up_at: datetime, note: str = "") -> None:
        self.pending_reason, self.follow_up_at = reason, follow_up_at

    @move(source=(NEW, ASSIGNED, IN_PROGRESS), target=RESOLVED, permission=may.works_its_tier,
          conditions=[guards.tasks_are_done], payload=ResolveForm, label=_("Resolve"), verb="resolved",
          order=40, icon="circle-check")  # fmt: skip
    def resolve(self, *, code: str, text: str) -> None:
        self.assignee_id = self.assignee_id or self.passage.by.pk
        self.resolution_code, self.resolution_text = code, text

    @move(source=OPEN, target=ASSIGNED, permission=may.works_or_coordinates,
          conditions=[guards.has_a_higher_tier], payload=forms.EscalateForm, label=_("Escalate"), verb="escalated",
          order=50, icon="arrow-up-right")  # fmt: skip
    def escalate(self, *, diagnosis: str) -> None:
        self.tier, self.assignee = self.tier + 1, None

    @move(source=OPEN, target=ASSIGNED, permission=may.works_or_coordinates, conditions=[guards.has_a_lower_tier],
          payload=forms.ReasonForm, label=_("Return to the tier below"), verb="returned_down", order=52,
          icon="arrow-down-right")  # fmt: skip
    def return_down(self, *, reason: str) -> None:
        self.tier, self.assignee = self.tier - 1, None

    @move(source=OPEN, target=NEW, permission=may.works_or_coordinates, payload=forms.RouteForm,
          label=_("Route to another queue"), verb="routed", order=60, icon="route")  # fmt: skip
    def route(self, *, queue: Queue, reason: str) -> None:
        self.queue, self.tier, self.assignee = queue, 1, None

    @move(source=RESOLVED, target=CLOSED, permission=may.is_requester, label=_("Confirm it is solved"),
          verb="confirmed", order=14, icon="thumb-up")  # fmt: skip
    def confirm(self) -> None: ...

    @move(source=RESOLVED, target=IN_PROGRESS, permission=may.is_requester | may.works_its_tier,
          conditions=[guards.within_reopening_window], payload=forms.ReasonForm, label=_("Reopen"), verb="reopened",
          order=70, icon="rotate-clockwise")  # fmt: skip
    def reopen(self, *, reason: str) -> None:
        self.reopen_count += 1

    @move(source=RESOLVED, target=CLOSED, permission=Permission(may.CLOCK, may.MANAGER),
          conditions=[guards.reopening_window_is_over], label=_("Close"), verb="closed", order=72,
          icon="circle-minus")  # fmt: skip
    def close(self) -> None: ...

    @move(source=OPEN, target=CANCELLED, permission=may.is_requester | may.works_or_coordinates,
          payload=forms.CancelForm, label=_("Cancel the ticket"), verb="cancelled", order=90, danger=True,
          icon="ban")  # fmt: skip
    def cancel(self, *, reason: str, duplicate_of: Ticket | None = None) -> None: ...

    @move(source=OPEN, target=CANCELLED, permission=may.works_or_coordinates, payload=forms.MergeForm,
          after=effects.after_merge, label=_("Merge into another ticket"), verb="merged", order=80,
          danger=True, icon="arrow-merge")  # fmt: skip
    def merge(self, *, into: Ticket) -> None:
        self.merged_from_state, self.merged_into_id = self.state, into.pk

    @move(source=CANCELLED, target=RETURN_VALUE(*OPEN), permission=may.works_or_coordinates,
          conditions=[guards.was_merged, guards.nothing_written_since_merge], after=effects.after_unmerge,
          label=_("Undo the merge"), verb="unmerged", order=82, icon="arrow-back-up")  # fmt: skip
    def unmerge(self) -> str:
        state, self.merged_from_state, self.merged_into = self.merged_from_state, "", None
        return state


class ImportedTicket(models.Model):
    """Where a ticket came from, and which lines of that file its history holds already.

    ``row_digests``: eight bytes for each line, in order. ``columns``: the last line as it stood, but
    for names of people and free text.
    """

    source = models.CharField(max_length=30)
    key = models.CharField(max_length=60)
    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="imported")
    row_digests = models.BinaryField()
    columns = models.JSONField(default=dict)
    events = models.PositiveIntegerField(help_text="length of the ticket's chain when its last lines came in")
    imported_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="imported_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
