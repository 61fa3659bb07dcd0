"""What the sync keeps of the directories it reads: ties of groups, and the report of every run."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Employee


class DirectoryGroup(models.Model):
    """Ties a group of a directory to a group here; the sync owns the members of exactly these groups."""

    source = models.CharField(max_length=100)
    source_key = models.CharField(max_length=500)
    group = models.OneToOneField(Group, models.CASCADE, related_name="directory_group")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="directory_group_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.group.name}"


class SyncRun(models.Model):
    """The report of one run of the directory sync, kept also when the run was refused."""

    source = models.CharField(max_length=500)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    complete = models.BooleanField(help_text=_("the source was read to its end without a fault"))
    seen = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    deactivated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    groups = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list, help_text=_("[{person, reason}]"))
    refused = models.TextField(blank=True, help_text=_("why nothing was written"))

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"


class SyncChange(models.Model):
    """What one run did to one person: ``{"title": [before, after], ...}``."""

    class Kind(models.TextChoices):
        JOINED = "joined", _("Joined")
        CHANGED = "changed", _("Changed")
        LEFT = "left", _("Left")

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="changes")
    employee = models.ForeignKey(Employee, models.CASCADE, related_name="sync_changes")
    kind = models.CharField(max_length=10, choices=Kind)
    diff = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "employee"], name="sync_change_once")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.kind} in run {self.run_id}"
