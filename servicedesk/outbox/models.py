"""What must be sent outside: a row in the business transaction, so nothing is lost and nothing goes twice."""

from django.db import models
from django.utils import timezone


class Dispatch(models.Model):
    """One thing to send. ``key`` (event × recipient × channel) is unique: enqueuing twice is once.

    ``claimed`` has a lease and may be claimed again when it runs out; ``sending`` has been handed to
    the outside, so when its lease runs out nobody knows: it becomes ``uncertain`` and is not repeated.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        SENDING = "sending"
        SENT = "sent"
        DEAD = "dead"
        UNCERTAIN = "uncertain"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["available_at"],
                name="dispatch_waiting",
                condition=models.Q(state__in=["pending", "claimed", "sending"]),
            )
        ]
        verbose_name_plural = "dispatches"

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.state}"
