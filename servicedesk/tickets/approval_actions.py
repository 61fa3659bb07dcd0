"""The rows of the decision table that kinds with approvals share, and their forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.workflow import Action
from servicedesk.workflow.payload import PayloadForm, TextField

from . import approvals, roles
from .access import asked_of
from .fields import EmployeeField
from .models import Approval


class DecideForm(PayloadForm):
    """One decision. The approval is one that waits for the actor, or for somebody they stand in for."""

    personal = ("comment",)
    unlogged = ("approval",)

    approval = forms.ModelChoiceField(
        Approval.objects.none(), to_field_name="uuid", label=gettext_lazy("Approval"), required=False,
        widget=forms.HiddenInput(), error_messages={"invalid_choice": gettext_lazy("This is not yours to decide.")},
    )  # fmt: skip
    verdict = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("approved", gettext_lazy("Approve")), ("rejected", gettext_lazy("Reject"))],
        widget=forms.RadioSelect(),
    )  # fmt: skip
    comment = TextField(
        label=gettext_lazy("Comment"), required=False, rows=3,
        help_text=gettext_lazy("The one who asked reads it. When you reject, say why."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = asked_of(self.by).filter(ticket=self.record.pk).select_related("round", "approver")
        self.related("approval").queryset = self.waiting

    def clean_approval(self) -> Approval:
        """The one that was named, or one's own, or the only one there is."""
        chosen: Approval | None = self.cleaned_data["approval"]
        if chosen is None:
            found = sorted(self.waiting, key=lambda row: (row.approver_id != self.by.pk, row.pk))
            if not found:
                raise ValidationError(_("Nothing here waits for your decision any more."))
            chosen = found[0]
        if self.by.pk in (chosen.requester_id, chosen.requested_for_id, chosen.implementer_id, chosen.author_id):
            raise ValidationError(
                _("You cannot decide on what you asked for or wrote, what is for you, or what you will do.")
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == "rejected" and not cleaned.get("comment", "").strip():
            self.add_error("comment", _("Say why you reject it: the one who asked reads this."))
        return cleaned


class LeaverForm(PayloadForm):
    employee = EmployeeField(Employee.objects.all(), label=gettext_lazy("Employee"))


def approval_actions(kind: str) -> tuple[Action, ...]:
    """For ``ticket_machine(extra=…)`` of a kind that is registered with :func:`.approvals.register_approvable`."""
    waiting = {(state := approvals.approvable(kind).waiting): state}
    return (
        Action(
            name="ask_approvers", label=gettext_lazy("Ask for approval"), permission=roles.by_approval,
            verb="ticket.approval_asked", sources=waiting, effect=approvals.ask, after=approvals.grant_if_met,
            raises_version=False, offered=False, order=100,
        ),
        Action(
            name="decide", label=gettext_lazy("Approve or reject"), permission=roles.approves,
            verb="ticket.approval_decided", sources=waiting, form=DecideForm, effect=approvals.decide,
            after=approvals.after_decision, raises_version=False, order=5,
        ),
        Action(
            name="hand_on_approval", label=gettext_lazy("Hand the approval on"), permission=roles.by_approval,
            verb="ticket.approval_handed_on", sources=waiting, form=LeaverForm, effect=approvals.hand_on,
            raises_version=False, offered=False, order=100,
        ),
    )  # fmt: skip
