"""Payload forms of incidents: making one, and resolving it."""

from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.absences import principals_of
from servicedesk.common.errors import NotPermitted
from servicedesk.tickets.access import Access
from servicedesk.tickets.fields import EmployeeField
from servicedesk.tickets.models import Category, Queue
from servicedesk.tickets.people import holders_of
from servicedesk.tickets.states import Channel, Level, ResolutionCode
from servicedesk.workflow.payload import LineField, PayloadForm, TextField


class ResolveForm(PayloadForm):
    personal = ("text",)

    code = forms.ChoiceField(choices=ResolutionCode.choices, label=gettext_lazy("Resolution"))
    text = TextField(
        label=gettext_lazy("What was done"), help_text=gettext_lazy("The employee reads this."),
    )  # fmt: skip


class ReportForm(PayloadForm):
    """A new incident. Channel and queue are for technicians; another person for them and for delegates."""

    unlogged = ("title", "description", "confidential")

    title = LineField(label=gettext_lazy("What is wrong?"), help_text=gettext_lazy("One line, in your own words."))
    description = TextField(
        label=gettext_lazy("Tell us more"), rows=6,
        help_text=gettext_lazy("What did you do, what happened, since when?"), required=False,
    )  # fmt: skip
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Category")
    )
    impact = forms.ChoiceField(choices=Level.choices, required=False, label=gettext_lazy("Impact"))
    urgency = forms.ChoiceField(choices=Level.choices, required=False, label=gettext_lazy("Urgency"))
    requested_for = EmployeeField(required=False, label=gettext_lazy("For whom"))
    channel = forms.ChoiceField(choices=Channel.choices, required=False, label=gettext_lazy("How it came in"))
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Queue")
    )
    confidential = forms.BooleanField(
        required=False, label=gettext_lazy("Confidential"),
        help_text=gettext_lazy("Only you and the few people who handle confidential matters of the desk can read it."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        access = Access.of(self.by)
        self.by_active, self.by_technician = access.active, access.is_technician
        if not self.by_technician:
            for name in ("channel", "queue"):
                del self.fields[name]

    def clean_requested_for(self) -> Any:
        person = self.cleaned_data["requested_for"] or self.by
        if person.pk != self.by.pk and not self.by_technician and person.pk not in self.principals:
            raise forms.ValidationError(
                _("You can report for yourself only: ask the desk to report for somebody else.")
            )
        return person

    @cached_property
    def principals(self) -> set[int]:
        """Keys of those for whom the actor stands in now."""
        return set(principals_of(self.by).values_list("employee", flat=True))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.by_active:
            raise NotPermitted(_("Your access has ended, so you can report nothing. Ask your manager."))
        if cleaned.get("confidential") and not {"queue", "category"} & self.errors.keys():
            queue = cleaned.get("queue") or queue_for(cleaned.get("category"))
            if queue is not None and not holders_of(queue.pk, "view_confidential").exists():
                self.add_error(
                    "confidential",
                    _(
                        "Nobody of %(queue)s may read confidential tickets. "
                        "Choose another category, or report it without this mark."
                    )
                    % {"queue": queue.name},
                )
        return cleaned


def queue_for(category: Category | None) -> Queue | None:
    """The queue of the category or of its nearest parent that names one, else the desk's default queue."""
    node = category
    while node is not None:
        if node.queue is not None and node.queue.is_active:
            return node.queue
        node = node.parent
    return Queue.objects.filter(is_active=True).order_by("-is_default", "pk").first()
