"""The change's machine: planned, assessed, authorised by others, made inside its window, reviewed."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE

from directory.models import Employee
from servicedesk.tickets import forms as ticket_forms
from servicedesk.tickets import guards as ticket_guards
from servicedesk.tickets import roles as ticket_roles
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind, Level
from servicedesk.workflow import move

from .. import effects, forms, guards, roles
from .register import ChangeTemplate

DRAFT, ASSESSMENT, AUTHORISATION, SCHEDULED = "draft", "assessment", "authorisation", "scheduled"
IMPLEMENTING, REVIEW, CLOSED, CANCELLED = "implementing", "review", "closed", "cancelled"
OPEN = (DRAFT, ASSESSMENT, AUTHORISATION, SCHEDULED, IMPLEMENTING, REVIEW)
# Submitted, and not begun: a plan that changes now goes back to its author.
PLANNED = (ASSESSMENT, AUTHORISATION, SCHEDULED)
REVIEW_HOURS = 72

Person = settings.AUTH_USER_MODEL


class ChangeType(models.TextChoices):
    STANDARD = "standard", _("Standard")
    NORMAL = "normal", _("Normal")
    EMERGENCY = "emergency", _("Emergency")


class Result(models.TextChoices):
    """How the work ended."""

    SUCCESSFUL = "successful", _("Successful")
    WITH_ISSUES = "with_issues", _("Done, with issues")
    ROLLED_BACK = "rolled_back", _("Rolled back")


class ChangeRequest(Ticket):
    """Something that the company runs on is to be changed. What it affects are the assets linked to it.

    ``author``: who submitted it. ``planned_start`` and ``planned_end``: the window, from the first until just before
    the second. ``risk_answers``: ``[{"question", "answer", "points"}]``, as they were when it was assessed. ``waived``:
    keys of the conflicting changes that ``waiver`` lets pass. ``review_due_at``: until when an emergency is reviewed.
    """

    KIND: ClassVar[str] = Kind.CHANGE
    PAGE_RELATED: ClassVar[tuple[str, ...]] = ("implementer", "author", "template")

    ticket_ptr = models.OneToOneField(
        Ticket, models.CASCADE, parent_link=True, primary_key=True, related_name=str(Kind.CHANGE)
    )
    change_type = models.CharField(_("type"), max_length=20, choices=ChangeType)
    template = models.ForeignKey(
        ChangeTemplate, models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=_("template")
    )
    author = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("submitted by")
    )
    implementer = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="changes_to_make", verbose_name=_("implementer")
    )
    planned_start = models.DateTimeField(_("planned start"), null=True, blank=True)
    planned_end = models.DateTimeField(_("planned end"), null=True, blank=True)
    outage = models.CharField(_("interruption"), max_length=300, blank=True)
    plan = models.TextField(_("plan"), max_length=20_000, blank=True)
    back_out = models.TextField(_("way back"), max_length=20_000, blank=True)
    test_plan = models.TextField(_("how it is tested"), max_length=20_000, blank=True)
    risk_answers = models.JSONField(default=list)
    risk_score = models.PositiveSmallIntegerField(_("points"), null=True, blank=True)
    risk_level = models.CharField(_("risk"), max_length=10, choices=Level, blank=True)
    assessment = models.TextField(_("assessment"), max_length=20_000, blank=True)
    waiver = models.TextField(_("why the conflict is accepted"), max_length=20_000, blank=True)
    waived = models.JSONField(default=list)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=20, choices=Result, blank=True)
    result_text = models.TextField(_("what was done"), max_length=20_000, blank=True)
    review_text = models.TextField(_("review"), max_length=20_000, blank=True)
    review_due_at = models.DateTimeField(_("review until"), null=True, blank=True)
    review_missed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("manage_change", "Manage changes: assess, accept conflicts, review, freezes, templates")]
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_start=None) | Q(planned_end=None) | Q(planned_end__gt=F("planned_start")),
                name="change_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=(Q(change_type="standard") & Q(template__isnull=False))
                | (~Q(change_type="standard") & Q(template=None)),
                name="standard_change_has_a_template",
            ),
        ]
        indexes = [models.Index(fields=["planned_start", "planned_end"], name="changes_by_window")]

    @property
    def outcome(self) -> str:
        return self.result_text

    @move(source=DRAFT, target=RETURN_VALUE(ASSESSMENT, AUTHORISATION, SCHEDULED),
          permission=ticket_roles.is_requester | roles.is_technician,
          conditions=[guards.plan_is_complete, guards.template_is_active, guards.standard_has_no_conflict],
          after=effects.after_submit, label=_("Submit"), verb="submitted", order=10, icon="send")  # fmt: skip
    def submit(self) -> str:
        self.author_id = self.passage.by.pk
        return {ChangeType.NORMAL: ASSESSMENT, ChangeType.EMERGENCY: AUTHORISATION}.get(
            ChangeType(self.change_type), SCHEDULED
        )

    @move(source=ASSESSMENT, target=AUTHORISATION, permission=roles.assesses, payload=forms.AssessForm,
          after=effects.ask_approvers, label=_("Assess"), verb="assessed", order=20, icon="list-check")  # fmt: skip
    def assess(self, *, risk_answers: list[dict[str, Any]], score: int, level: str, assessment: str) -> None:
        self.risk_answers, self.risk_score, self.risk_level = risk_answers, score, level
        self.assessment = assessment

    @move(source=OPEN, target=None, permission=ticket_roles.works_or_coordinates | roles.manages,
          payload=forms.AssignChangeForm, label=_("Assign"), verb="assigned", order=60, icon="user-check")  # fmt: skip
    def assign(self, *, assignee: Employee) -> None:
        self.assignee = assignee

    @move(source=PLANNED, target=DRAFT,
          permission=roles.manages | ticket_roles.approves | ticket_roles.by_approval, payload=ticket_forms.ReasonForm,
          label=_("Send back"), verb="sent_back", order=50, icon="arrow-back-up")  # fmt: skip
    def send_back(self, *, reason: str) -> None:
        self.waiver, self.waived = "", []

    @move(source=AUTHORISATION, target=SCHEDULED, permission=ticket_roles.by_approval,
          conditions=[guards.has_no_conflict], after=effects.take_window, label=_("Authorise"), verb="authorised",
          order=25, offered=False, icon="check")  # fmt: skip
    def authorise(self) -> None: ...

    @move(source=SCHEDULED, target=IMPLEMENTING, permission=roles.implements,
          conditions=[guards.inside_its_window, guards.no_freeze, guards.has_no_conflict], after=effects.take_window,
          label=_("Begin the work"), verb="begun", order=30, icon="player-play")  # fmt: skip
    def implement(self) -> None:
        self.started_at = self.passage.now

    @move(source=IMPLEMENTING, target=REVIEW, permission=roles.implements,
          conditions=[ticket_guards.tasks_are_done], payload=forms.CompleteForm, label=_("Complete"),
          verb="completed", order=40, icon="circle-check")  # fmt: skip
    def complete(self, *, result: str, text: str) -> None:
        self.result, self.result_text, self.ended_at = result, text, self.passage.now
        if self.change_type == ChangeType.EMERGENCY:
            self.review_due_at = self.passage.now + timedelta(hours=REVIEW_HOURS)

    @move(source=REVIEW, target=CLOSED, permission=roles.reviews, payload=forms.ReviewForm, label=_("Review and close"),
          verb="reviewed", order=45, icon="circle-check")  # fmt: skip
    def review(self, *, text: str) -> None:
        self.review_text = text

    @move(source=(DRAFT, *PLANNED), target=CANCELLED, permission=roles.wrote | roles.manages,
          payload=ticket_forms.ReasonForm, label=_("Cancel the change"), verb="cancelled", order=90, danger=True,
          icon="ban")  # fmt: skip
    def cancel(self, *, reason: str) -> None: ...
