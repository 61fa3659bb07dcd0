"""Payload forms of the moves of cases."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.common.time import now
from servicedesk.tickets.forms import AssignForm
from servicedesk.workflow.payload import PayloadForm, TextField

from . import predicate


class AssignCaseForm(AssignForm):
    def tier(self) -> int | None:
        return None

    def nobody(self) -> str:
        return _("Choose somebody active who works on %(queue)s.") % {"queue": self.record.queue.name}


class ScheduleForm(PayloadForm):
    revoke_at = forms.DateTimeField(
        label=gettext_lazy("Access ends at"),
        help_text=gettext_lazy("Sessions, tokens and groups end then, and nobody can sign in as this person."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip


class CloseForm(PayloadForm):
    """A leaver who still has something is let go only with a reason."""

    personal = ("waiver",)

    waiver = TextField(label=gettext_lazy("Why it is closed although something is left"), required=False, rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left: list[predicate.Left] = []
        if self.record is not None and self.record.case_type == "leaver":
            self.left = predicate.left_by([self.record.subject_id], now())
        if self.left:
            self.fields["waiver"].help_text = _("Still there: %(left)s.") % {"left": predicate.in_words(self.left)}

    def clean_waiver(self) -> str:
        reason: str = self.cleaned_data["waiver"]
        if self.left and not reason.strip():
            raise forms.ValidationError(
                _("Still there: %(left)s. Settle it, or say why the case is closed all the same.")
                % {"left": predicate.in_words(self.left)}
            )
        return reason if self.left else ""


class ReopenForm(PayloadForm):
    personal = ("reason",)
    reason = TextField(label=gettext_lazy("Reason"), rows=2)
