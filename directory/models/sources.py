"""What the sync keeps of the directories it reads: where it stands, ties of groups, the report of every run."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Employee


class DirectoryGroup(models.Model):
    """Ties a group of a directory to a group here; the sync owns the members of exactly these groups.

    Several groups of directories may feed one group here.
    """

    source = models.CharField(max_length=100)
    source_key = models.CharField(max_length=500)
    group = models.ForeignKey(
        Group, models.CASCADE, related_name="directory_groups", related_query_name="directory_group"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="directory_group_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.group.name}"


class SyncRun(models.Model):
    """The report of one run of the directory sync, kept also when the run was refused."""

    class Extent(models.TextChoices):
        FULL = "full", _("Full")
        INCREMENT = "increment", _("Changes only")

    source = models.CharField(max_length=500)
    name = models.CharField(max_length=100, blank=True, help_text=_("how the mapping calls the source"))
    extent = models.CharField(max_length=10, choices=Extent, default=Extent.FULL)
    confirmed = models.BooleanField(default=False, help_text=_("a person let more people leave than the fuse allows"))
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


class SourceState(models.Model):
    """Where the sync stands with one configured source.

    ``mark`` is what the next increment starts from, as the source's reader wrote it.
    """

    name = models.CharField(max_length=100, unique=True)
    uri = models.CharField(max_length=500)
    mark = models.JSONField(default=dict)
    last_full_at = models.DateTimeField(null=True, help_text=_("when the last full run that was carried out began"))
    last_good_at = models.DateTimeField(null=True, help_text=_("when the last run that was carried out began"))
    last_tried_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True, help_text=_("whose run it is, while the clock's run of this source lasts"))
    leased_until = models.DateTimeField(null=True, help_text=_("until when the lease counts if it is not renewed"))
    strangers = models.JSONField(
        default=list, help_text=_("members of groups that the last full run could not find: they hold nothing up")
    )
    last_refusal = models.TextField(blank=True, help_text=_("why the last run wrote nothing; empty after a good one"))

    class Meta:
        default_permissions = ()
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class SyncAlarm(models.Model):
    """Something about a person that a run decided and that a human must look at, until somebody did."""

    class Kind(models.TextChoices):
        LOGIN_REUSED = "login_reused", _("A login went to another person")
        REHIRED = "rehired", _("Somebody who left is back under a new entry")
        DUPLICATE = "duplicate", _("Two entries look like one person")
        MERGED = "merged", _("Two entries of one person became one")
        MOVED = "moved", _("An entry without an identifier moved")
        LOGIN_TAKEN = "login_taken", _("A login belongs to somebody else")
        GROUP_ADOPTED = "group_adopted", _("A group with rights is filled by the directory now")

    kind = models.CharField(max_length=20, choices=Kind)
    source = models.CharField(max_length=100)
    employee = models.ForeignKey(Employee, models.CASCADE, null=True, related_name="alarms")
    other = models.ForeignKey(Employee, models.CASCADE, null=True, related_name="+")
    about = models.CharField(max_length=500, help_text=_("the entry, as the source names it"))
    reason = models.TextField()
    raised_at = models.DateTimeField()
    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="alarms")
    looked_at = models.DateTimeField(null=True)
    looked_by = models.ForeignKey(Employee, models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ("-raised_at", "-pk")
        constraints = [
            # A run that sees the same thing again does not raise the alarm again.
            models.UniqueConstraint(
                fields=["kind", "source", "about"], condition=models.Q(looked_at=None), name="sync_alarm_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(looked_at=None, looked_by=None)
                | models.Q(looked_at__isnull=False, looked_by__isnull=False),
                name="sync_alarm_looked_at_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}"
