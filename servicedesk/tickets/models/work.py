"""Pieces of work inside a ticket, and the time spent on it."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_line

from ..querysets import TaskQuerySet
from .desk import Queue
from .ticket import Ticket

Person = settings.AUTH_USER_MODEL


class Task(models.Model):
    """A piece of work inside a ticket, with its own queue, assignee and due time."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Skipped")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="tasks")
    title = models.CharField(_("task"), max_length=200, validators=[validate_line])
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="tasks", verbose_name=_("queue"))
    assignee = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("assignee")
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    after = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="before",
        help_text=_("tasks that must end before it begins"),
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    done_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="skipped") | ~Q(skip_reason=""), name="task_skipped_with_a_reason"
            ),
            models.CheckConstraint(condition=Q(state="open") | ~Q(done_by=None), name="task_done_by_somebody"),
        ]
        indexes = [models.Index(fields=["ticket"], name="open_tasks", condition=Q(state="open"))]

    def __str__(self) -> str:
        return self.title

    @property
    def waits_for(self) -> list["Task"]:
        """The tasks that must end before this one is done. Prefetch ``after`` for lists."""
        return [task for task in self.after.all() if task.state == Task.State.OPEN]


class TimeEntry(models.Model):
    """Minutes that one employee spent on a ticket."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="time_entries")
    employee = models.ForeignKey(Person, models.PROTECT, related_name="+")
    minutes = models.PositiveIntegerField(_("minutes"), validators=[MinValueValidator(1), MaxValueValidator(1440)])
    note = models.CharField(_("note"), max_length=300, blank=True, validators=[validate_line])
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("at",)
        default_permissions = ()
        verbose_name_plural = "time entries"

    def __str__(self) -> str:
        return f"{self.minutes} min on {self.ticket_id}"
