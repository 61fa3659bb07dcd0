"""The problem's machine: logged, investigated, perhaps a known error for a while, resolved."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models import Employee
from servicedesk.tickets import forms
from servicedesk.tickets import roles as may
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import move

from ..problems import effects
from ..problems.forms import ProblemAssignForm, ResolveProblemForm, WorkaroundForm

LOGGED, INVESTIGATING, KNOWN_ERROR = "logged", "investigating", "known_error"
RESOLVED, CLOSED, CANCELLED = "resolved", "closed", "cancelled"
OPEN = (LOGGED, INVESTIGATING, KNOWN_ERROR)


class Problem(Ticket):
    """The cause behind incidents."""

    KIND: ClassVar[str] = Kind.PROBLEM

    ticket_ptr = models.OneToOneField(
        Ticket, models.CASCADE, parent_link=True, primary_key=True, related_name=str(Kind.PROBLEM)
    )
    workaround = models.TextField(_("workaround"), max_length=20_000, blank=True)
    root_cause = models.TextField(_("root cause"), max_length=20_000, blank=True)
    resolution_text = models.TextField(_("what was done"), max_length=20_000, blank=True)

    class Meta:
        default_permissions = ()

    @move(source=LOGGED, target=INVESTIGATING, permission=may.works_its_tier, label=_("Investigate"),
          verb="investigated", order=10, icon="search")  # fmt: skip
    def investigate(self) -> None:
        self.assignee_id = self.assignee_id or self.passage.by.pk

    @move(source=INVESTIGATING, target=KNOWN_ERROR, permission=may.works_its_tier, payload=WorkaroundForm,
          label=_("Publish a workaround"), verb="workaround_published", order=20, icon="book")  # fmt: skip
    def publish_workaround(self, *, workaround: str) -> None:
        self.workaround = workaround

    @move(source=(INVESTIGATING, KNOWN_ERROR), target=RESOLVED, permission=may.works_its_tier,
          payload=ResolveProblemForm, after=effects.resolve_incidents, label=_("Resolve"), verb="resolved",
          order=40, icon="circle-check")  # fmt: skip
    def resolve(self, *, root_cause: str, text: str, resolve_incidents: bool = False, message: str = "") -> None:
        self.assignee_id = self.assignee_id or self.passage.by.pk
        self.root_cause, self.resolution_text = root_cause, text

    @move(source=RESOLVED, target=CLOSED, permission=may.works_its_tier, label=_("Close"), verb="closed", order=50,
          icon="circle-minus")  # fmt: skip
    def close(self) -> None: ...

    @move(source=OPEN, target=None, permission=may.works_its_tier, payload=ProblemAssignForm, label=_("Assign"),
          verb="assigned", order=30, icon="user-check")  # fmt: skip
    def assign(self, *, assignee: Employee) -> None:
        self.assignee = assignee

    @move(source=OPEN, target=CANCELLED, permission=may.works_its_tier, payload=forms.ReasonForm,
          label=_("Cancel the problem"), verb="cancelled", order=90, danger=True, icon="ban")  # fmt: skip
    def cancel(self, *, reason: str) -> None: ...
