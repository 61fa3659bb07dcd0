"""Payload forms of problems."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from servicedesk.common.errors import NotPermitted
from servicedesk.tickets.access import WORKING, Access
from servicedesk.tickets.fields import TicketField
from servicedesk.tickets.forms import AssignForm
from servicedesk.tickets.models import Category, Queue, Ticket
from servicedesk.tickets.people import holders_of
from servicedesk.tickets.states import Kind, Level
from servicedesk.workflow.payload import LineField, PayloadForm, TextField

from .linked import open_incidents_of


class ProblemForm(PayloadForm):
    """A new problem, by a technician, in a queue they work or triage."""

    unlogged = ("title", "description", "confidential")

    incident = TicketField(
        label=gettext_lazy("First incident"), required=False,
        help_text=gettext_lazy("An incident that this problem causes; more can be linked later."),
    )  # fmt: skip
    title = LineField(label=gettext_lazy("What seems to be behind it?"))
    description = TextField(label=gettext_lazy("What is known so far"), rows=6, required=False)
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Queue")
    )
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Category"),
        help_text=gettext_lazy("Its known error is shown on incidents of this category."),
    )  # fmt: skip
    impact = forms.ChoiceField(
        choices=Level.choices, required=False, label=gettext_lazy("Impact"), initial=Level.MEDIUM
    )
    urgency = forms.ChoiceField(
        choices=Level.choices, required=False, label=gettext_lazy("Urgency"), initial=Level.MEDIUM
    )
    confidential = forms.BooleanField(required=False, label=gettext_lazy("Confidential"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        access = Access.of(self.by)
        self.by_technician = access.is_technician
        mine = access.queues_with(*WORKING)
        self.related("queue").queryset = Queue.objects.filter(is_active=True, pk__in=mine)
        self.related("queue").error_messages["invalid_choice"] = _("Choose a queue that you work or triage.")
        if not access.queues_with("view_confidential"):
            del self.fields["confidential"]

    def clean_incident(self) -> Ticket | None:
        other: Ticket | None = self.cleaned_data["incident"]
        if other is not None and other.kind != Kind.INCIDENT:
            raise forms.ValidationError(_("%(number)s is no incident.") % {"number": other.number})
        return other

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.by_technician:
            raise NotPermitted(_("Problems are logged by technicians. Report what is broken for you instead."))
        queue = cleaned.get("queue")
        incident = cleaned.get("incident")
        if cleaned.get("confidential") and queue and not holders_of(queue.pk, "view_confidential").exists():
            self.add_error(
                "confidential", _("Nobody of %(queue)s may read confidential tickets.") % {"queue": queue.name}
            )
        if incident is not None and incident.confidential and not cleaned.get("confidential"):
            self.add_error(
                "incident",
                _("%(number)s is confidential: mark the problem as confidential too, or leave it out.")
                % {"number": incident.number},
            )
        return cleaned


class ProblemAssignForm(AssignForm):
    def tier(self) -> int | None:
        return None

    def nobody(self) -> str:
        return _("Choose somebody active who works on %(queue)s.") % {"queue": self.record.queue.name}


class WorkaroundForm(PayloadForm):
    personal = ("workaround",)
    workaround = TextField(
        label=gettext_lazy("Workaround"),
        help_text=gettext_lazy("What helps until the cause is gone. Technicians see it on incidents of the category."),
    )  # fmt: skip


class ResolveProblemForm(PayloadForm):
    """The end of a problem, with the offer to resolve what it caused by one message."""

    personal = ("root_cause", "text", "message")

    root_cause = TextField(label=gettext_lazy("Root cause"))
    text = TextField(label=gettext_lazy("What was done"))
    resolve_incidents = forms.BooleanField(required=False, label=gettext_lazy("Resolve the linked incidents too"))
    message = TextField(
        label=gettext_lazy("Message to those who reported them"), required=False, rows=3,
        help_text=gettext_lazy("The same for all of them."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        count = open_incidents_of(self.record, self.by).count() if self.record is not None else 1
        if count:
            self.fields["resolve_incidents"].label = ngettext(
                "Resolve the linked incident too", "Resolve the %(n)s linked incidents too", count
            ) % {"n": count}
        else:
            del self.fields["resolve_incidents"], self.fields["message"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("resolve_incidents") and not cleaned.get("message", "").strip():
            self.add_error("message", _("Write what the people who reported the incidents are to read."))
        return cleaned
