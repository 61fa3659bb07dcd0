"""Which tasks a case brings, for which team, and on which working day."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Department
from servicedesk.common.text import validate_line
from servicedesk.tickets.models import Queue

from ..types import CaseType


class CaseTemplate(models.Model):
    """The tasks of one type of case, for one department or for all that have none of their own."""

    name = models.CharField(_("name"), max_length=120, unique=True, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    case_type = models.CharField(_("for"), max_length=10, choices=CaseType)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    queue = models.ForeignKey(
        Queue, models.PROTECT, related_name="+", verbose_name=_("queue"), help_text=_("Whose cases these are.")
    )
    is_active = models.BooleanField(_("is used"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("case_type", "name")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["case_type", "department"], condition=Q(is_active=True, department__isnull=False),
                name="one_active_case_template_of_a_department",
            ),
            models.UniqueConstraint(
                fields=["case_type"], condition=Q(is_active=True, department=None), name="one_active_case_template",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class TaskTemplate(models.Model):
    """One task. ``offset``: working days from the first or last day; before it when negative."""

    template = models.ForeignKey(CaseTemplate, models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(_("task"), max_length=200, validators=[validate_line])
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", verbose_name=_("queue"))
    offset = models.SmallIntegerField(
        _("working days from the day"), default=0, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )

    class Meta:
        ordering = ("template", "position")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["template", "position"], name="task_template_once")]

    def __str__(self) -> str:
        return self.title
