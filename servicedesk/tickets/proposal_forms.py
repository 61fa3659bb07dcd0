"""The payloads of what a trainee proposes and a colleague releases or sends back."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.workflow import machine_of
from servicedesk.workflow.payload import PayloadForm, TextField

from .models import Proposal
from .states import ResolutionCode


class ProposeForm(PayloadForm):
    unlogged = ("body",)

    kind = forms.ChoiceField(choices=Proposal.Kind.choices, label=gettext_lazy("Proposal"))
    body = TextField(label=gettext_lazy("Text"))
    code = forms.ChoiceField(
        choices=[("", gettext_lazy("Only for a resolution")), *ResolutionCode.choices], required=False,
        label=gettext_lazy("Resolution"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "resolve" not in machine_of(type(self.record)).actions:  # nobody could release it
            reply = [(Proposal.Kind.REPLY, Proposal.Kind.REPLY.label)]
            self.fields["kind"] = forms.ChoiceField(choices=reply, label=gettext_lazy("Proposal"))
            del self.fields["code"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Proposal.Kind.RESOLUTION and not cleaned.get("code") and "code" not in self.errors:
            self.add_error("code", _("Say how it is solved: a colleague releases it with this code."))
        return cleaned


class ProposalForm(PayloadForm):
    proposal = forms.ModelChoiceField(Proposal.objects.none(), to_field_name="uuid", label=gettext_lazy("Proposal"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.related("proposal").queryset = Proposal.objects.filter(
            ticket=self.record.pk, state=Proposal.State.OPEN
        ).exclude(author=self.by)
        self.related("proposal").error_messages["invalid_choice"] = _(
            "Choose a proposal that waits on this ticket and is not your own."
        )


class DiscardForm(ProposalForm):
    personal = ("reason",)
    reason = TextField(label=gettext_lazy("What should be better"), rows=2)
