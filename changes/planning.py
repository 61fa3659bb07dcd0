"""The forms that make a change and edit its plan."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.models import Asset
from assets.register_forms import AssetField
from directory.models import Employee
from servicedesk.common.errors import NotPermitted
from servicedesk.tickets.access import WORKING, Access
from servicedesk.tickets.fields import EmployeeField
from servicedesk.tickets.models import Category, Queue
from servicedesk.tickets.people import holders_of, readers_of_confidential
from servicedesk.tickets.states import Level
from servicedesk.workflow.payload import LineField, PayloadForm, TextField

from .models import ChangeTemplate, ChangeType

MOST_ASSETS = 200


class AssetsField(AssetField):
    """Several assets that the actor may see: numbers, tags or serials with commas or line breaks between them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 2, "placeholder": "SW-0012, SRV-0003"}))
        kwargs.setdefault("help_text", gettext_lazy("Numbers, tags or serials, with commas between them."))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[Asset]:  # type: ignore[override]
        if not isinstance(value, str):
            return []
        names = [name.strip() for name in value.replace("\n", ",").split(",") if name.strip()]
        if len(names) > MOST_ASSETS:
            raise forms.ValidationError(_("Name %(most)s assets at most.") % {"most": MOST_ASSETS})
        found: dict[int, Asset] = {}
        for name in names:
            try:
                asset = super().to_python(name)
            except forms.ValidationError as error:
                raise forms.ValidationError(f"{name}: {error.messages[0]}") from error
            if asset is not None:
                found[asset.pk] = asset
        return list(found.values())


def _when() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class PlanForm(PayloadForm):
    """When, by whom, how, and how back."""

    unlogged: tuple[str, ...] = ("outage", "plan", "back_out", "test_plan")

    planned_start = forms.DateTimeField(
        label=gettext_lazy("Planned start"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    planned_end = forms.DateTimeField(
        label=gettext_lazy("Planned end"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    implementer = EmployeeField(label=gettext_lazy("Implementer"), required=False)
    outage = LineField(
        label=gettext_lazy("What is interrupted"), max_length=300, required=False,
        help_text=gettext_lazy("For whom and for how long; “Nothing” if nothing is."),
    )  # fmt: skip
    plan = TextField(label=gettext_lazy("Plan"), rows=5, required=False, help_text=gettext_lazy("Step by step."))
    back_out = TextField(
        label=gettext_lazy("Way back"), rows=3, required=False,
        help_text=gettext_lazy("How everything is put back if it fails, and until when that is possible."),
    )  # fmt: skip
    test_plan = TextField(label=gettext_lazy("How it is tested"), rows=3, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = self._meant("planned_start"), self._meant("planned_end")
        if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
            self.add_error("planned_end", _("It must end after it begins."))
        person, queue = cleaned.get("implementer"), self._queue()
        if isinstance(person, Employee) and queue is not None:
            self._check_implementer(person, queue)
        return cleaned

    def _meant(self, name: str) -> Any:
        """What the field will be afterwards: as given, or as it is."""
        if self.record is not None and name not in self.data:
            return getattr(self.record, name)
        return self.cleaned_data.get(name)

    def _queue(self) -> Queue | None:
        queue: Queue | None = self.record.queue if self.record is not None else self.cleaned_data.get("queue")
        return queue

    def _is_confidential(self) -> bool:
        return bool(self.record.confidential if self.record is not None else self.cleaned_data.get("confidential"))

    def _check_implementer(self, person: Employee, queue: Queue) -> None:
        able = holders_of(queue.pk, "view_queue")
        if self._is_confidential():
            able = able.filter(pk__in=readers_of_confidential(queue.pk).values("pk"))
        if not able.filter(pk=person.pk).exists():
            self.add_error(
                "implementer",
                _("%(name)s could not open it: choose somebody who sees %(queue)s.")
                % {"name": person.name, "queue": queue.name},
            )


class EditPlanForm(PlanForm):
    """The plan as it is, to be changed. What is not given stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record is not None:
            self.initial = {**{name: getattr(self.record, name) for name in self.fields if hasattr(self.record, name)},
                            **self.initial}  # fmt: skip
            if self.record.state != "draft":
                self.fields["planned_start"].help_text = _(
                    "It was submitted already: a changed plan goes back, to be assessed and authorised anew."
                )


class ChangeForm(PlanForm):
    """A new change, by a technician, in a queue they work or triage. A standard one is made from its template."""

    unlogged = (*PlanForm.unlogged, "title", "description", "confidential", "assets")

    change_type = forms.ChoiceField(
        label=gettext_lazy("Type"), choices=ChangeType.choices, initial=ChangeType.NORMAL,
        help_text=gettext_lazy(
            "Standard: authorised by its template. Normal: assessed and authorised. Emergency: authorised at once."
        ),
    )  # fmt: skip
    template = forms.ModelChoiceField(
        ChangeTemplate.objects.filter(is_active=True), to_field_name="slug", required=False,
        label=gettext_lazy("Template"), empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("For a standard change. What you leave empty below comes from it."),
    )  # fmt: skip
    title = LineField(label=gettext_lazy("What is to be changed?"), required=False)
    description = TextField(label=gettext_lazy("Why"), rows=4, required=False)
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Queue"), required=False
    )
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Category"),
    )  # fmt: skip
    impact = forms.ChoiceField(
        choices=Level.choices, required=False, label=gettext_lazy("Impact"), initial=Level.MEDIUM
    )
    urgency = forms.ChoiceField(
        choices=Level.choices, required=False, label=gettext_lazy("Urgency"), initial=Level.MEDIUM
    )
    confidential = forms.BooleanField(required=False, label=gettext_lazy("Confidential"))
    assets = AssetsField(label=gettext_lazy("Affected assets"), required=False)

    field_order = (
        "change_type", "template", "title", "description", "queue", "category", "assets", "planned_start",
        "planned_end", "implementer", "outage", "plan", "back_out", "test_plan", "impact", "urgency", "confidential",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        access = Access.of(self.by)
        self.by_technician = access.is_technician
        self._mine = Queue.objects.filter(is_active=True, pk__in=access.queues_with(*WORKING))
        self.related("queue").queryset = self._mine
        self.related("queue").error_messages["invalid_choice"] = _("Choose a queue that you work or triage.")
        if not access.queues_with("view_confidential"):
            del self.fields["confidential"]

    def clean(self) -> dict[str, Any]:
        if not self.by_technician:
            raise NotPermitted(_("Changes are planned by technicians. Report what you need instead."))
        cleaned = self.cleaned_data
        self._check_template(cleaned)
        template = cleaned.get("template")
        if template is not None and "template" not in self.errors:
            self._fill_from(template, cleaned)
        for name, words in (("title", _("Say what is to be changed.")), ("queue", _("Choose a queue."))):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, words)
        cleaned = super().clean()
        queue = cleaned.get("queue")
        if cleaned.get("confidential") and queue and not readers_of_confidential(queue.pk).exists():
            self.add_error(
                "confidential", _("Nobody of %(queue)s may read confidential tickets.") % {"queue": queue.name}
            )
        return cleaned

    def _check_template(self, cleaned: dict[str, Any]) -> None:
        if "template" in self.errors or "change_type" in self.errors:
            return
        is_standard = cleaned.get("change_type") == ChangeType.STANDARD
        if is_standard and cleaned.get("template") is None:
            self.add_error("template", _("A standard change is made from a template: choose one."))
        if not is_standard and cleaned.get("template") is not None:
            self.add_error("template", _("Only a standard change is made from a template."))

    def _fill_from(self, template: ChangeTemplate, cleaned: dict[str, Any]) -> None:
        """What was left empty comes from the template; the plan itself, and the way back, always do."""
        cleaned["plan"], cleaned["back_out"] = template.plan, template.back_out
        cleaned["title"] = cleaned.get("title") or template.name
        for name in ("description", "outage", "test_plan", "category"):
            cleaned[name] = cleaned.get(name) or getattr(template, name)
        if not cleaned.get("queue") and "queue" not in self.errors:
            cleaned["queue"] = self._mine.filter(pk=template.queue_id).first()
            if cleaned["queue"] is None:
                self.add_error("queue", _("Choose a queue that you work or triage."))
