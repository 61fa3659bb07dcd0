"""What lets somebody act here besides a password: tokens, and the answers kept for their scripts."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Employee


class ApiToken(models.Model):
    """Lets a script act as one employee, within ``scope``. The token itself is kept by its holder only."""

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the token"))
    hint = models.CharField(max_length=12, help_text=_("how the token begins, to tell tokens apart"))
    scope = models.CharField(max_length=20, help_text=_("“read”, “write” or both, with a space"))
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=["read", "write", "read write"]), name="api_token_scope_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hint}… of {self.employee_id}"


class IdempotentReply(models.Model):
    """The answer to one keyed request of one employee, kept so that a repeated request is not done twice.

    ``status`` is null while the first request runs; ``lease`` tells who runs it, until when it counts.
    """

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    lease = models.UUIDField()
    leased_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["employee", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.key} of {self.employee_id}"


class SecondStep(models.Model):
    """Members of ``group`` must sign in with a second step. Whoever has none yet sets one up first."""

    group = models.OneToOneField(Group, models.CASCADE, primary_key=True, related_name="second_step")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.group)
