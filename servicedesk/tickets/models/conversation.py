"""What is said on a ticket: messages, files, and a trainee's proposals."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_block

from ..querysets import AttachmentQuerySet, MessageQuerySet
from .ticket import Ticket

Person = settings.AUTH_USER_MODEL


class Message(models.Model):
    """A public reply, or a note that only the desk reads (``internal``). Never edited."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages")
    author = models.ForeignKey(Person, models.PROTECT, related_name="messages")
    internal = models.BooleanField(_("internal note"), default=False)
    body = models.TextField(_("message"), max_length=20_000, validators=[validate_block])
    at = models.DateTimeField(default=timezone.now)
    channel = models.CharField(max_length=20, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        default_permissions = ()
        indexes = [models.Index(fields=["ticket", "at", "id"], name="message_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.body[:40]}"


def attachment_path(attachment: "Attachment", _name: str) -> str:
    """Files lie under random names; what a person called them is metadata only."""
    key = attachment.uuid.hex
    return f"attachments/{key[:2]}/{key}"


class Attachment(models.Model):
    """A file on a ticket. ``content_type`` is what its first bytes say; it is only ever downloaded."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="attachments")
    message = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="attachments")
    uploader = models.ForeignKey(Person, models.PROTECT, related_name="+")
    internal = models.BooleanField(default=False)
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to=attachment_path, max_length=120)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Proposal(models.Model):
    """A reply or a resolution that a trainee wrote; it counts when a worker releases it."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("Reply")
        RESOLUTION = "resolution", _("Resolution")

    class State(models.TextChoices):
        OPEN = "open", _("Waits for a colleague")
        RELEASED = "released", _("Released")
        DISCARDED = "discarded", _("Discarded")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="proposals")
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    code = models.CharField(max_length=30, blank=True)
    body = models.TextField(max_length=20_000, validators=[validate_block])
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("at", "pk")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("author")), name="proposal_released_by_another"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} proposed on {self.ticket_id}"
