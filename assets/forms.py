"""Payload forms of the moves of an asset. The door runs them."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.common.time import now as present
from servicedesk.tickets.fields import EmployeeField
from servicedesk.workflow.payload import LineField, PayloadForm, TextField

from .states import Condition, Wiped

FARTHEST_RETURN = timedelta(days=366)
DEFAULT_TERMS = gettext_lazy(
    "You look after it, use it for your work, and give it back when you are asked to. "
    "Tell the service desk at once when it is lost, stolen or broken."
)


class DateField(forms.DateField):
    """A day, chosen with the browser's own control."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class ReserveForm(PayloadForm):
    employee = EmployeeField(label=gettext_lazy("For whom"))


class HandOverForm(PayloadForm):
    personal = ("terms",)

    employee = EmployeeField(label=gettext_lazy("To whom"))
    terms = TextField(
        label=gettext_lazy("Terms"), max_length=4000, rows=4,
        help_text=gettext_lazy("They read this before they sign."),
    )  # fmt: skip


class AcceptForm(PayloadForm):
    personal = ("signature",)

    signature = LineField(
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("Type your full name: it is your signature under the terms."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def clean_signature(self) -> str:
        text = " ".join(self.cleaned_data["signature"].split())
        if text.casefold() != " ".join(self.by.name.split()).casefold():
            raise ValidationError(_("Sign with your own name, as we know it: %(name)s.") % {"name": self.by.name})
        return text


class ReasonForm(PayloadForm):
    personal = ("reason",)
    reason = TextField(label=gettext_lazy("Reason"), max_length=2000, rows=2)


class DeclineForm(ReasonForm):
    reason = TextField(
        label=gettext_lazy("Why you do not accept it"), max_length=2000, rows=3,
        help_text=gettext_lazy("Whoever handed it over reads this."),
    )  # fmt: skip


class AskBackForm(PayloadForm):
    due_on = DateField(label=gettext_lazy("To be given back by"))

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        today = localdate(present())
        if day < today:
            raise ValidationError(_("This day is over: choose today or a later day."))
        if day > today + FARTHEST_RETURN:
            raise ValidationError(_("Choose a day within a year."))
        return day


class TakeBackForm(PayloadForm):
    condition = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose")), *Condition.choices], label=gettext_lazy("Condition")
    )
    wiped = forms.ChoiceField(choices=[("", gettext_lazy("Choose")), *Wiped.choices], label=gettext_lazy("Its data"))

    def clean_wiped(self) -> str:
        wiped: str = self.cleaned_data["wiped"]
        if wiped == Wiped.NOT_NEEDED and self.record is not None and self.record.type.holds_data:
            raise ValidationError(
                _("A %(type)s holds data: say whether it is wiped.") % {"type": self.record.type.name.lower()}
            )
        return wiped


class DisposeForm(PayloadForm):
    certificate = LineField(
        label=gettext_lazy("Certificate"),
        help_text=gettext_lazy("Number of the paper that the recycler gave, or where it is kept."),
    )  # fmt: skip
