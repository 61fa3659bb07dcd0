"""Payload forms of the actions that every kind of ticket knows. The door runs them."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.common.time import now as present
from servicedesk.workflow.payload import LineField, PayloadForm, TextField

from .access import WORKING, Access
from .fields import EmployeeField, FilesField, TicketField
from .models import Attachment, Category, Link, Message, Queue, Tag, Task, Ticket
from .people import readers_of_confidential, workers_of
from .states import Level, PendingReason, Priority, priority_of

MAX_WAIT = timedelta(days=365)
# Near the ends of the calendar a moment exists in some time zones only.
MAX_DISTANCE = timedelta(days=3653)


class RouteForm(PayloadForm):
    personal = ("reason",)

    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Queue")
    )
    reason = TextField(label=gettext_lazy("Reason"), rows=2)

    def clean_queue(self) -> Queue:
        queue: Queue = self.cleaned_data["queue"]
        if self.record is not None and queue.pk == self.record.queue_id:
            raise ValidationError(_("The ticket is in this queue already: choose another one."))
        confidential = self.record is not None and self.record.confidential
        if confidential and not readers_of_confidential(queue.pk).exists():
            raise ValidationError(
                _("Nobody of %(queue)s may read confidential tickets: choose another one.") % {"queue": queue.name}
            )
        return queue


class AssignForm(PayloadForm):
    assignee = EmployeeField(label=gettext_lazy("Assignee"), widget=forms.Select)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.related("assignee")
        field.queryset = workers_of(self.record.queue_id, self.tier(), confidential=self.record.confidential)
        field.error_messages["invalid_choice"] = self.nobody()

    def tier(self) -> int | None:
        """Who may be assigned works this tier; any tier when None."""
        return int(self.record.tier)

    def nobody(self) -> str:
        return _("Choose somebody active who works tier %(tier)s of %(queue)s.") % {
            "tier": self.record.tier, "queue": self.record.queue.name,
        }  # fmt: skip


class PendForm(PayloadForm):
    personal = ("note",)

    reason = forms.ChoiceField(choices=PendingReason.choices, label=gettext_lazy("Waiting for"))
    follow_up_at = forms.DateTimeField(
        label=gettext_lazy("Follow up at"), help_text=gettext_lazy("Work resumes then, if nothing happens before."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    note = TextField(label=gettext_lazy("Note for colleagues"), required=False, rows=2)

    def clean_follow_up_at(self) -> Any:
        moment = self.cleaned_data["follow_up_at"]
        now = present()
        if moment <= now:
            raise ValidationError(_("Choose a time in the future."))
        if moment > now + MAX_WAIT:
            raise ValidationError(_("Choose a time within a year."))
        return moment


class EscalateForm(PayloadForm):
    personal = ("diagnosis",)
    diagnosis = TextField(
        label=gettext_lazy("Diagnosis"),
        help_text=gettext_lazy("What you found and tried. The next tier reads it first."),
        error_messages={"required": gettext_lazy("Say what you found: the next tier reads it first.")},
    )  # fmt: skip


class ReasonForm(PayloadForm):
    personal = ("reason",)
    reason = TextField(label=gettext_lazy("Reason"), rows=2)


class CancelForm(PayloadForm):
    class Reason:
        CHOICES = (
            ("withdrawn", gettext_lazy("Withdrawn: it is no longer needed")),
            ("duplicate", gettext_lazy("Duplicate of another ticket")),
            ("mistaken", gettext_lazy("Reported by mistake")),
        )

    reason = forms.ChoiceField(choices=Reason.CHOICES, label=gettext_lazy("Reason"))
    duplicate_of = TicketField(label=gettext_lazy("Duplicate of"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.facts is not None and not self._is_for_the_desk():
            reason = cast(forms.ChoiceField, self.fields["reason"])
            reason.choices = [choice for choice in self.Reason.CHOICES if choice[0] == "withdrawn"]
            del self.fields["duplicate_of"]

    def _is_for_the_desk(self) -> bool:
        return bool({"worker", "coordinator", "manager"} & self.facts.roles)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        other = cleaned.get("duplicate_of")
        if cleaned.get("reason") == "duplicate" and not other and "duplicate_of" not in self.errors:
            self.add_error("duplicate_of", _("Name the ticket that this one repeats."))
        if other is not None and other.pk == self.record.pk:
            self.add_error("duplicate_of", _("A ticket cannot repeat itself: name another one."))
        return cleaned


class MergeForm(PayloadForm):
    into = TicketField(label=gettext_lazy("Merge into"))

    def clean_into(self) -> Ticket:
        into: Ticket = self.cleaned_data["into"]
        if into.pk == self.record.pk:
            raise ValidationError(_("A ticket cannot be merged into itself: name another one."))
        if into.kind != self.record.kind:
            raise ValidationError(_("%(number)s is of another kind: link the two instead.") % {"number": into.number})
        if not into.is_open:
            raise ValidationError(
                _("%(number)s is no longer open: merge into an open ticket.") % {"number": into.number}
            )
        if into.confidential != self.record.confidential or (
            into.confidential and into.requester_id != self.record.requester_id
        ):
            raise ValidationError(
                _("%(number)s is read by other people than this ticket: link the two instead.")
                % {"number": into.number}
            )
        return into


class ReplyForm(PayloadForm):
    """A public reply. ``attachments``: uuids of one's own uploads to this ticket; ``files``: new ones."""

    unlogged = ("body", "attachments", "files")

    body = TextField(
        label=gettext_lazy("Message"), error_messages={"required": gettext_lazy("Write the message first.")}
    )
    attachments = forms.ModelMultipleChoiceField(
        Attachment.objects.none(), to_field_name="uuid", required=False, label=gettext_lazy("Uploaded files"),
        widget=forms.MultipleHiddenInput,
    )  # fmt: skip
    files = FilesField(  # type: ignore[assignment] # a field; the form's own ``files`` are set per instance
        required=False, label=gettext_lazy("Files")
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only one's own loose uploads to this very ticket can hang on one's message.
        self.related("attachments").queryset = Attachment.objects.filter(
            ticket=self.record.pk, uploader=self.by, message=None
        )


class NoteForm(ReplyForm):
    pass


class AttachForm(PayloadForm):
    unlogged = ("file", "internal")

    file = FilesField(required=True, single=True, label=gettext_lazy("File"))
    internal = forms.BooleanField(required=False, label=gettext_lazy("For colleagues only"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.facts is not None and "viewer" not in self.facts.roles:
            del self.fields["internal"]


class EditForm(PayloadForm):
    unlogged = ("title", "description")

    title = LineField(label=gettext_lazy("Title"), required=False)
    description = TextField(label=gettext_lazy("Description"), required=False, rows=6)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "title" in self.data and not cleaned.get("title") and "title" not in self.errors:
            self.add_error("title", _("A ticket needs a title."))
        return cleaned


class PriorityForm(PayloadForm):
    personal = ("reason",)
    unlogged = ("impact", "urgency", "priority")

    impact = forms.ChoiceField(choices=Level.choices, required=False, label=gettext_lazy("Impact"))
    urgency = forms.ChoiceField(choices=Level.choices, required=False, label=gettext_lazy("Urgency"))
    priority = forms.ChoiceField(
        choices=[("", gettext_lazy("As impact and urgency say")), *Priority.choices], required=False,
        label=gettext_lazy("Priority by hand"),
    )  # fmt: skip
    reason = TextField(
        label=gettext_lazy("Reason"), required=False, rows=2,
        help_text=gettext_lazy("Needed when you set another priority than impact and urgency give."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        cleaned["impact"] = cleaned.get("impact") or self.record.impact
        cleaned["urgency"] = cleaned.get("urgency") or self.record.urgency
        computed = priority_of(cleaned["impact"], cleaned["urgency"])
        by_hand = cleaned.get("priority") or ""
        if by_hand and by_hand != computed and not cleaned.get("reason"):
            self.add_error("reason", _("Say why: impact and urgency give %(priority)s.") % {"priority": computed})
        return cleaned


class TagForm(PayloadForm):
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Tags"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


class CategoriseForm(PayloadForm):
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Category")
    )


class LinkForm(PayloadForm):
    other = TicketField(label=gettext_lazy("Ticket"))
    kind = forms.ChoiceField(choices=Link.Kind.choices, initial=Link.Kind.RELATES, required=False)

    def clean_other(self) -> Ticket:
        other: Ticket = self.cleaned_data["other"]
        if other.pk == self.record.pk:
            raise ValidationError(_("A ticket cannot be linked to itself: name another one."))
        return other

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or Link.Kind.RELATES


class UnlinkForm(PayloadForm):
    other = TicketField(label=gettext_lazy("Ticket"))


class AddTaskForm(PayloadForm):
    unlogged = ("title",)

    title = LineField(label=gettext_lazy("Task"))
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Queue")
    )
    assignee = EmployeeField(required=False, label=gettext_lazy("Assignee"))
    due_at = forms.DateTimeField(
        required=False, label=gettext_lazy("Due"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def clean_due_at(self) -> Any:
        moment = self.cleaned_data["due_at"]
        if moment is not None and abs(moment - present()) > MAX_DISTANCE:
            raise ValidationError(_("Choose a time within ten years."))
        return moment

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        assignee = cleaned.get("assignee")
        queue = cleaned.get("queue") or self.record.queue
        if assignee is not None and not workers_of(queue.pk, None).filter(pk=assignee.pk).exists():
            self.add_error("assignee", _("Choose somebody active who works in %(queue)s.") % {"queue": queue.name})
        return cleaned


class TaskForm(PayloadForm):
    task = forms.ModelChoiceField(Task.objects.none(), to_field_name="uuid", label=gettext_lazy("Task"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Task.objects.filter(ticket=self.record.pk, state=Task.State.OPEN)
        sentence = _("Choose an open task of this ticket.")
        if not self._may_end_all():
            found = found.filter(queue__in=Access.read(self.by).queues_with(*WORKING))
            sentence = _("Choose an open task of a queue in which you work.")
        self.related("task").queryset = found
        self.related("task").error_messages["invalid_choice"] = sentence

    def _may_end_all(self) -> bool:
        """Those who work on the ticket end all its tasks; those who came for a task, the ones of their queues."""
        return bool({"worker", "coordinator", "manager", "trainee"} & self.facts.roles)


class CompleteTaskForm(TaskForm):
    def clean_task(self) -> Task:
        task: Task = self.cleaned_data["task"]
        if before := task.waits_for:
            raise ValidationError(
                _("“%(task)s” waits for “%(others)s”: finish or skip that first.")
                % {"task": task.title, "others": "”, “".join(other.title for other in before)}
            )
        return task


class SkipTaskForm(TaskForm):
    personal = ("reason",)
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)


class TimeForm(PayloadForm):
    personal = ("note",)
    minutes = forms.IntegerField(min_value=1, max_value=1440, label=gettext_lazy("Minutes"))
    note = LineField(required=False, max_length=300, label=gettext_lazy("What for"))


class WatchForm(PayloadForm):
    """``employee``: left out for oneself; another person may be added by those who work the ticket or asked for it."""

    employee = EmployeeField(required=False, label=gettext_lazy("Employee"))

    def clean_employee(self) -> Employee:
        employee: Employee = self.cleaned_data["employee"] or self.by
        if employee.pk != self.by.pk and not {"worker", "coordinator", "manager", "requester"} & self.facts.roles:
            raise ValidationError(_("You can follow this ticket yourself; its team and its requester add others."))
        return employee


class MajorForm(PayloadForm):
    major = forms.BooleanField(required=False, label=gettext_lazy("Major incident"))


class SplitForm(PayloadForm):
    """Part of a ticket becomes its own. ``message``: a message of this ticket to take as description."""

    unlogged = ("title", "description", "message")

    title = LineField(label=gettext_lazy("Title of the new ticket"))
    description = TextField(required=False, label=gettext_lazy("Description"))
    message = forms.ModelChoiceField(
        Message.objects.none(), to_field_name="uuid", required=False, label=gettext_lazy("Take over this message")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Never a note: the description of a ticket is read by its requester.
        self.related("message").queryset = Message.objects.filter(ticket=self.record.pk, internal=False)
