"""The append-only log: one chain of events per subject, sealed into a chain of checkpoints.

Rows of ``Event``, ``Seal`` and ``SealEntry`` are written once: database triggers refuse UPDATE,
DELETE and TRUNCATE (:mod:`.triggers`). Personal text hangs beside the chain and can be erased.
"""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Event(models.Model):
    """One thing that happened to one subject. ``at`` is when, ``recorded_at`` when it was written here."""

    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    sequence = models.PositiveIntegerField()
    verb = models.CharField(max_length=60)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=30, blank=True)
    target = models.CharField(max_length=30, blank=True)
    details = models.JSONField(default=dict)
    text_digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    channel = models.CharField(max_length=20)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "sequence"], name="event_sequence_once"),
        ]
        indexes = [models.Index(fields=["verb", "at"], name="event_verb_at")]

    def __str__(self) -> str:
        return f"{self.subject_type_id}/{self.subject_id} #{self.sequence} {self.verb}"


class PersonalText(models.Model):
    """What people wrote, beside the chain. Deleting the row (with its salt) erases it for good."""

    event = models.OneToOneField(
        Event, models.DO_NOTHING, primary_key=True, related_name="personal_text", db_constraint=True
    )
    salt = models.BinaryField(max_length=16)
    body = models.JSONField()

    def __str__(self) -> str:
        return f"text of event {self.event_id}"


class Head(models.Model):
    """The end of one subject's chain, and the lock that writers of that chain take."""

    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    sequence = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    sealed_sequence = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id"], name="head_subject_once")]
        indexes = [
            models.Index(
                fields=["id"], name="head_unsealed", condition=models.Q(sequence__gt=models.F("sealed_sequence"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_type_id}/{self.subject_id} at {self.sequence}"


class Seal(models.Model):
    """A checkpoint over the heads that moved since the one before; its hash may be published outside."""

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    entries = models.PositiveIntegerField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"seal {self.number}"


class SealEntry(models.Model):
    """Where one subject's chain stood when the seal was made."""

    seal = models.ForeignKey(Seal, models.DO_NOTHING, related_name="heads")
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    sequence = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "subject_type", "subject_id"], name="seal_subject_once")]

    def __str__(self) -> str:
        return f"seal {self.seal_id}: {self.subject_type_id}/{self.subject_id} at {self.sequence}"
