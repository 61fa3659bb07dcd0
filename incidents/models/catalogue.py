"""What employees can ask for: items with a form, an audience, an approval rule and the work they bring."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models import Department, Location
from servicedesk.common.text import validate_block, validate_line
from servicedesk.tickets.models import ApprovalRule, Category, Queue
from servicedesk.tickets.states import Level

from ..querysets import CatalogueItemQuerySet


class CatalogueItem(models.Model):
    """One thing that can be asked for. Without departments, locations and groups its audience is everybody.

    ``form`` holds definitions as ``servicedesk.tickets.typed_fields`` checks them.
    """

    name = models.CharField(_("name"), max_length=120, unique=True, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=80, unique=True)
    section = models.CharField(_("section"), max_length=60, validators=[validate_line])
    summary = models.CharField(_("in one line"), max_length=200, validators=[validate_line])
    description = models.TextField(_("description"), max_length=20_000, blank=True, validators=[validate_block])
    icon = models.CharField(max_length=40, default="file-text")
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", verbose_name=_("queue"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    urgency = models.CharField(_("urgency"), max_length=6, choices=Level, default=Level.LOW)
    form = models.JSONField(_("form"), default=list, blank=True)
    approval_rule = models.ForeignKey(
        ApprovalRule, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approval rule")
    )
    confidential = models.BooleanField(_("confidential"), default=False)
    is_active = models.BooleanField(_("can be asked for"), default=True)
    departments = models.ManyToManyField(Department, blank=True, related_name="+", verbose_name=_("departments"))
    locations = models.ManyToManyField(Location, blank=True, related_name="+", verbose_name=_("locations"))
    groups = models.ManyToManyField(Group, blank=True, related_name="+", verbose_name=_("groups"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CatalogueItemQuerySet.as_manager()

    class Meta:
        ordering = ("section", "name")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class CatalogueTask(models.Model):
    """A task that every request for an item brings. It begins when those it comes ``after`` are done or skipped."""

    item = models.ForeignKey(CatalogueItem, models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("task"), max_length=200, validators=[validate_line])
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", verbose_name=_("queue"))
    after = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="before")
    due_in = models.PositiveSmallIntegerField(
        _("due after working days"), null=True, blank=True, help_text=_("counted from the moment the work begins")
    )

    class Meta:
        ordering = ("item", "position")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["item", "position"], name="catalogue_task_once")]

    def __str__(self) -> str:
        return self.title
