"""The service request's machine: asked for from the catalogue, approved where the item says so, then fulfilled."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models import Employee
from servicedesk.tickets import effects, forms, guards
from servicedesk.tickets import roles as may
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import Permission, move

from ..requests import effects as request_effects
from ..requests import guards as request_guards
from ..requests.forms import CancelRequestForm, FulfilForm, RejectForm, ReviseForm
from .catalogue import CatalogueItem

SUBMITTED, AWAITING, APPROVED, REJECTED = "submitted", "awaiting_approval", "approved", "rejected"
FULFILMENT, PENDING, FULFILLED, CLOSED, CANCELLED = "fulfilment", "pending", "fulfilled", "closed", "cancelled"
WORKED = (FULFILMENT, PENDING)


class ServiceRequest(Ticket):
    """Something is wanted from the catalogue. ``form`` is the item's form as it was when this was asked."""

    KIND: ClassVar[str] = Kind.REQUEST

    ticket_ptr = models.OneToOneField(
        Ticket, models.CASCADE, parent_link=True, primary_key=True, related_name=str(Kind.REQUEST)
    )
    catalogue_item = models.ForeignKey(
        CatalogueItem, models.PROTECT, related_name="requests", verbose_name=_("catalogue item")
    )
    form = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    fulfilment_text = models.TextField(_("what was done"), max_length=20_000, blank=True)
    reopen_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()

    @property
    def outcome(self) -> str:
        return self.fulfilment_text

    @move(source=SUBMITTED, target=AWAITING, permission=may.by_approval, after=request_effects.ask_approvers,
          label=_("Ask for approval"), verb="approval_asked", order=6, offered=False, icon="help-circle")  # fmt: skip
    def ask_approval(self) -> None: ...

    @move(source=AWAITING, target=APPROVED, permission=may.by_approval, after=request_effects.begin,
          label=_("Approve"), verb="approved", order=6, offered=False, icon="check")  # fmt: skip
    def approve(self) -> None: ...

    @move(source=AWAITING, target=REJECTED, permission=may.by_approval, payload=RejectForm,
          label=_("Reject"), verb="rejected", order=7, offered=False, icon="x")  # fmt: skip
    def reject(self, *, comment: str) -> None: ...

    @move(source=REJECTED, target=SUBMITTED, permission=may.is_requester, payload=ReviseForm,
          conditions=[request_guards.within_revising_window], after=request_effects.go_on,
          label=_("Revise and send again"), verb="revised", order=8, icon="edit")  # fmt: skip
    def revise(self, *, answers: dict[str, Any]) -> None:
        self.answers = answers

    @move(source=(SUBMITTED, APPROVED), target=FULFILMENT, permission=may.by_approval,
          after=request_effects.create_tasks, label=_("Begin"), verb="begun", order=9, offered=False,
          icon="player-play")  # fmt: skip
    def begin(self) -> None: ...

    @move(source=WORKED, target=FULFILMENT, permission=may.works_its_tier, label=_("Start work"), verb="started",
          order=10, icon="player-play")  # fmt: skip
    def start(self) -> None:
        self.assignee_id = self.assignee_id or self.passage.by.pk

    @move(source=PENDING, target=FULFILMENT,
          permission=may.works_its_tier | Permission(may.REPLYING_REQUESTER, may.CLOCK),
          conditions=[guards.follow_up_is_reached], label=_("Resume work"), verb="resumed", order=12,
          icon="player-play")  # fmt: skip
    def resume(self) -> None: ...

    @move(source=WORKED, target=FULFILMENT, permission=may.works_or_coordinates, payload=forms.AssignForm,
          label=_("Assign"), verb="assigned", order=20, icon="user-check")  # fmt: skip
    def assign(self, *, assignee: Employee) -> None:
        self.assignee = assignee

    @move(source=FULFILMENT, target=PENDING, permission=may.works_its_tier, payload=forms.PendForm,
          after=effects.after_pend, label=_("Wait"), verb="pended", order=30, icon="player-pause")  # fmt: skip
    def pend(self, *, reason: str, follow_up_at: datetime, note: str = "") -> None:
        self.pending_reason, self.follow_up_at = reason, follow_up_at

    @move(source=FULFILMENT, target=FULFILLED, permission=may.works_its_tier, conditions=[guards.tasks_are_done],
          payload=FulfilForm, label=_("Fulfil"), verb="fulfilled", order=40, icon="circle-check")  # fmt: skip
    def fulfil(self, *, text: str) -> None:
        self.assignee_id = self.assignee_id or self.passage.by.pk
        self.fulfilment_text = text

    @move(source=WORKED, target=FULFILMENT, permission=may.works_or_coordinates, conditions=[guards.has_a_higher_tier],
          payload=forms.EscalateForm, label=_("Escalate"), verb="escalated", order=50,
          icon="arrow-up-right")  # fmt: skip
    def escalate(self, *, diagnosis: str) -> None:
        self.tier, self.assignee = self.tier + 1, None

    @move(source=WORKED, target=FULFILMENT, permission=may.works_or_coordinates, conditions=[guards.has_a_lower_tier],
          payload=forms.ReasonForm, label=_("Return to the tier below"), verb="returned_down", order=52,
          icon="arrow-down-right")  # fmt: skip
    def return_down(self, *, reason: str) -> None:
        self.tier, self.assignee = self.tier - 1, None

    @move(source=WORKED, target=FULFILMENT, permission=may.works_or_coordinates, payload=forms.RouteForm,
          label=_("Route to another queue"), verb="routed", order=60, icon="route")  # fmt: skip
    def route(self, *, queue: Queue, reason: str) -> None:
        self.queue, self.tier, self.assignee = queue, 1, None

    @move(source=FULFILLED, target=CLOSED, permission=may.is_requester, label=_("Confirm it is done"),
          verb="confirmed", order=14, icon="thumb-up")  # fmt: skip
    def confirm(self) -> None: ...

    @move(source=FULFILLED, target=FULFILMENT, permission=may.is_requester | may.works_its_tier,
          conditions=[guards.within_reopening_window], payload=forms.ReasonForm, label=_("Reopen"), verb="reopened",
          order=70, icon="rotate-clockwise")  # fmt: skip
    def reopen(self, *, reason: str) -> None:
        self.reopen_count += 1

    @move(source=FULFILLED, target=CLOSED, permission=Permission(may.CLOCK, may.MANAGER),
          conditions=[guards.reopening_window_is_over], label=_("Close"), verb="closed", order=72,
          icon="circle-minus")  # fmt: skip
    def close(self) -> None: ...

    @move(source=(SUBMITTED, AWAITING, APPROVED, *WORKED), target=CANCELLED,
          permission=may.is_requester | may.works_or_coordinates, conditions=[request_guards.nothing_is_done_yet],
          payload=CancelRequestForm, label=_("Cancel the request"), verb="cancelled", order=90, danger=True,
          icon="ban")  # fmt: skip
    def cancel(self, *, reason: str) -> None: ...
