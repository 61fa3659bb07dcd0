"""What the API shows of tickets and of what hangs on them. Every field is named here; nothing else goes out."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from directory.models import Employee

from ..models import Approval, Link, Ticket
from ..states import Channel, Kind, Level, PendingReason, Priority


class Reader:
    """Who reads, and how the tickets around them are called for them."""

    def __init__(self, employee: Employee) -> None:
        self.employee = employee

    def numbers(self, keys: Iterable[int | None]) -> dict[int, str]:
        """Key → number of those tickets that the reader may see. A ticket that is hidden has no number."""
        wanted = {key for key in keys if key is not None}
        if not wanted:
            return {}
        found = Ticket.objects.visible_to(self.employee).filter(pk__in=wanted).only("kind")
        return {ticket.pk: ticket.number for ticket in found}


class TicketRow(serializers.Serializer):
    """One ticket in a list. People are named by login, queues, categories and places by their short name."""

    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    state = serializers.CharField()
    is_open = serializers.BooleanField()
    title = serializers.CharField()
    queue = serializers.CharField(source="queue.slug")
    tier = serializers.IntegerField()
    category = serializers.CharField(source="category.slug", allow_null=True)
    assignee = serializers.CharField(source="assignee.login", allow_null=True)
    requester = serializers.CharField(source="requester.login")
    requested_for = serializers.CharField(source="requested_for.login")
    department = serializers.CharField(source="department.slug", allow_null=True)
    location = serializers.CharField(source="location.slug", allow_null=True)
    impact = serializers.ChoiceField(choices=Level.choices)
    urgency = serializers.ChoiceField(choices=Level.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    confidential = serializers.BooleanField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    tags = serializers.SerializerMethodField()
    pending_reason = serializers.ChoiceField(choices=PendingReason.choices, allow_blank=True)
    follow_up_at = serializers.DateTimeField(allow_null=True)
    merged_into = serializers.SerializerMethodField()
    next_due_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()

    def get_tags(self, ticket: Ticket) -> list[str]:
        return [tag.slug for tag in ticket.tags.all()]

    def get_merged_into(self, ticket: Ticket) -> str | None:
        key = ticket.merged_into_id
        return self.context["numbers"].get(key) if key else None


class LinkRow(serializers.Serializer):
    """A link as seen from one of its two tickets; ``inbound`` when the other one names this one."""

    kind = serializers.ChoiceField(choices=Link.Kind.choices)
    number = serializers.CharField()
    inbound = serializers.BooleanField()


class TicketDetail(TicketRow):
    """One ticket. Links to tickets that the reader may not see are left out."""

    description = serializers.CharField(allow_blank=True)
    links = serializers.SerializerMethodField()
    watchers = serializers.SerializerMethodField()

    @extend_schema_field(LinkRow(many=True))
    def get_links(self, ticket: Ticket) -> list[dict[str, Any]]:
        return [
            {"kind": kind, "number": self.context["numbers"][other], "inbound": inbound}
            for kind, other, inbound in self.context["links"]
            if other in self.context["numbers"]
        ]

    def get_watchers(self, ticket: Ticket) -> list[str]:
        return list(ticket.watches.order_by("employee__login").values_list("employee__login", flat=True))


class PersonRow(serializers.Serializer):
    """Somebody who wrote or did something."""

    login = serializers.CharField()
    name = serializers.CharField()


class MessageRow(serializers.Serializer):
    """A reply, or a note that only the desk reads (``internal``)."""

    uuid = serializers.UUIDField()
    author = PersonRow()
    internal = serializers.BooleanField()
    body = serializers.CharField()
    at = serializers.DateTimeField()
    channel = serializers.CharField(allow_blank=True)
    attachments = serializers.SerializerMethodField()

    def get_attachments(self, message: Any) -> list[str]:
        return [str(attachment.uuid) for attachment in message.attachments.all()]


class AttachmentRow(serializers.Serializer):
    """A file. ``content_type`` is what its first bytes say; it is only ever given out as a download."""

    uuid = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    content_type = serializers.CharField()
    internal = serializers.BooleanField()
    uploader = PersonRow()
    message = serializers.UUIDField(source="message.uuid", allow_null=True)
    at = serializers.DateTimeField()


class TaskRow(serializers.Serializer):
    """A piece of work inside a ticket."""

    uuid = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.CharField()
    queue = serializers.CharField(source="queue.slug")
    assignee = serializers.CharField(source="assignee.login", allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    done_by = serializers.CharField(source="done_by.login", allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    skip_reason = serializers.CharField(allow_blank=True)
    after = serializers.SerializerMethodField()

    def get_after(self, task: Any) -> list[str]:
        """The tasks that must end before this one is completed."""
        return [str(other.uuid) for other in task.after.all()]


class NumberedTaskRow(TaskRow):
    """A task among those of several tickets. ``version`` is that of its ticket."""

    ticket = serializers.CharField(source="ticket.number")
    version = serializers.IntegerField(source="ticket.version")


class ApprovalRow(serializers.Serializer):
    """One person asked to approve one ticket. ``instead_of``: whom they replace."""

    uuid = serializers.UUIDField()
    ticket = serializers.CharField(source="ticket.number")
    title = serializers.CharField(source="ticket.title")
    state = serializers.ChoiceField(choices=Approval.State.choices)
    approver = PersonRow()
    instead_of = PersonRow(allow_null=True)
    requester = PersonRow()
    requested_for = PersonRow()
    decided_by = PersonRow(allow_null=True)
    comment = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(source="ticket.version")


class EventRow(serializers.Serializer):
    """One line of the log. ``details`` and ``text`` hold what the reader may know of it."""

    sequence = serializers.IntegerField()
    verb = serializers.CharField()
    actor = PersonRow()
    on_behalf_of = PersonRow(allow_null=True)
    source = serializers.CharField(allow_blank=True)
    target = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    channel = serializers.CharField()
    details = serializers.DictField()
    text = serializers.DictField(child=serializers.CharField())


class ChoiceRow(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()


class FieldRow(serializers.Serializer):
    """One field of a payload. ``type``: text, choice, boolean, integer, instant, file, employee, ticket, queue…"""

    name = serializers.CharField()
    label = serializers.CharField()
    type = serializers.CharField()
    many = serializers.BooleanField()
    required = serializers.BooleanField()
    help = serializers.CharField(allow_blank=True)
    choices = ChoiceRow(many=True)


class OptionRow(serializers.Serializer):
    """One move or action: allowed, or the reason why not."""

    name = serializers.CharField()
    label = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    fields = FieldRow(many=True)  # type: ignore[assignment]


class QueueRow(serializers.Serializer):
    """A desk that takes tickets."""

    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    tiers = serializers.IntegerField()
    is_active = serializers.BooleanField()
    is_default = serializers.BooleanField()


class CategoryRow(serializers.Serializer):
    """A node of the category tree."""

    slug = serializers.CharField()
    name = serializers.CharField()
    path = serializers.CharField()
    parent = serializers.CharField(source="parent.slug", allow_null=True)
    queue = serializers.CharField(source="queue.slug", allow_null=True)
    is_active = serializers.BooleanField()
