"""What a desk sets up for its changes."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_block, validate_line
from servicedesk.tickets.models import ApprovalRule, Category, Queue
from servicedesk.tickets.states import Level


class ChangeTemplate(models.Model):
    """A change that is authorised once and for all: a standard change is made from it, with its plan and tasks."""

    name = models.CharField(_("name"), max_length=120, unique=True, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    description = models.TextField(_("description"), max_length=20_000, blank=True, validators=[validate_block])
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", verbose_name=_("queue"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    plan = models.TextField(_("plan"), max_length=20_000, validators=[validate_block])
    outage = models.CharField(_("interruption"), max_length=300, validators=[validate_line])
    back_out = models.TextField(_("way back"), max_length=20_000, validators=[validate_block])
    test_plan = models.TextField(_("how it is tested"), max_length=20_000, blank=True, validators=[validate_block])
    is_active = models.BooleanField(_("may be used"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("name",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class TemplateTask(models.Model):
    """A task that each change of a template begins with."""

    template = models.ForeignKey(ChangeTemplate, models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(_("task"), max_length=200, validators=[validate_line])
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", verbose_name=_("queue"))

    class Meta:
        ordering = ("template", "position")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["template", "position"], name="template_task_once")]

    def __str__(self) -> str:
        return self.title


class FreezePeriod(models.Model):
    """A time in which no change is made. From ``start`` on, until just before ``end``."""

    name = models.CharField(_("name"), max_length=120, validators=[validate_line])
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=300, blank=True, validators=[validate_line])
    lets_emergencies = models.BooleanField(_("emergency changes may be made"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("start", "pk")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="freeze_ends_after_it_begins")]

    def __str__(self) -> str:
        return self.name


class RiskQuestion(models.Model):
    """One question of the questionnaire from which the risk of a normal change follows."""

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    text = models.CharField(_("question"), max_length=200, unique=True, validators=[validate_line])
    position = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(_("is asked"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("position", "pk")
        default_permissions = ()

    def __str__(self) -> str:
        return self.text


class RiskChoice(models.Model):
    """One answer, and how much it adds to the risk."""

    question = models.ForeignKey(RiskQuestion, models.CASCADE, related_name="choices")
    slug = models.SlugField(_("short name"), max_length=60)
    label = models.CharField(_("answer"), max_length=120, validators=[validate_line])
    points = models.PositiveSmallIntegerField(_("points"), default=0, validators=[MaxValueValidator(100)])
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ("question", "position", "pk")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["question", "slug"], name="risk_choice_once")]

    def __str__(self) -> str:
        return self.label


class Path(models.TextChoices):
    """By what a change is authorised: its risk, or that it cannot wait."""

    LOW = Level.LOW, _("Low risk")
    MEDIUM = Level.MEDIUM, _("Medium risk")
    HIGH = Level.HIGH, _("High risk")
    EMERGENCY = "emergency", _("Emergency")


class AuthorisationPath(models.Model):
    """Who authorises changes of one level of risk, and from how many points on a change is of that level."""

    path = models.CharField(_("changes"), max_length=20, choices=Path, unique=True)
    from_points = models.PositiveSmallIntegerField(
        _("from so many points"), default=0, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    rule = models.ForeignKey(ApprovalRule, models.PROTECT, related_name="+", verbose_name=_("who authorises"))

    class Meta:
        ordering = ("from_points", "pk")
        default_permissions = ()

    def __str__(self) -> str:
        return self.get_path_display()
