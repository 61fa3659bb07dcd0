"""What signing in keeps count of."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Employee


class GuessCount(models.Model):
    """How often somebody guessed wrong of late: at one login, from one address, or at one person's second step.

    The row is the lock of parallel guesses: it is raised before a guess is checked, never afterwards.
    """

    class Kind(models.TextChoices):
        LOGIN = "login", _("Login")
        ADDRESS = "address", _("Network address")
        SECOND_STEP = "second step", _("Second step")

    kind = models.CharField(max_length=12, choices=Kind)
    key = models.CharField(max_length=200, help_text=_("the login in small letters, the address, or a person's key"))
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="guess_count_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.failures}"


class BreakGlass(models.Model):
    """A local administrator for when the directory is gone. Each sign-in is an event, and administrators hear of it."""

    employee = models.OneToOneField(Employee, models.CASCADE, primary_key=True, related_name="break_glass")
    armed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"break-glass account {self.employee_id}"
