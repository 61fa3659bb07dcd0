"""The desk itself: queues with tiers, one tree of categories, controlled tags, and rights on queues."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from servicedesk.common.text import near_key, validate_line

MAX_TIERS = 3
TIER_RIGHTS = {tier: f"work_l{tier}" for tier in range(1, MAX_TIERS + 1)}


class Queue(models.Model):
    """A desk that takes tickets (IT service desk, Network, HR), with one to three tiers.

    The permissions named here are granted on single queues only, to groups (django-guardian).
    """

    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True, validators=[validate_line])
    tiers = models.PositiveSmallIntegerField(
        _("tiers"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_TIERS)]
    )
    is_active = models.BooleanField(_("takes new tickets"), default=True)
    is_default = models.BooleanField(_("takes what no category routes"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("name",)
        default_permissions = ()
        permissions = [
            ("view_queue", "See the queue's tickets"),
            ("train_l1", "Learn on low-impact tickets of tier 1"),
            ("work_l1", "Work tier 1"),
            ("work_l2", "Work tier 2"),
            ("work_l3", "Work tier 3"),
            ("triage_queue", "Assign, route, prioritise and escalate in every tier"),
            ("manage_queue", "Manage the queue"),
            ("audit_queue", "Audit the queue's tickets"),
            ("view_confidential", "See confidential tickets of the queue"),
            ("configure_desk", "Configure the desk"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(tiers__range=(1, MAX_TIERS)), name="queue_has_1_to_3_tiers"),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_queue"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class QueueGroupObjectPermission(GroupObjectPermissionBase):
    """guardian's grants of groups on queues, with a direct foreign key (fast, and cleaned up with the queue)."""

    content_object = models.ForeignKey(Queue, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False


class Category(models.Model):
    """A node of the one category tree. Two near-equal names under one parent are refused."""

    name = models.CharField(_("name"), max_length=80, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=120, unique=True)
    near_key = models.CharField(max_length=160, editable=False)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(max_length=400, editable=False)
    queue = models.ForeignKey(
        Queue, models.PROTECT, null=True, blank=True, related_name="categories", verbose_name=_("queue"),
        help_text=_("New tickets of this category go here."),
    )  # fmt: skip
    is_active = models.BooleanField(_("can be chosen"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("path",)
        verbose_name_plural = "categories"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["parent", "near_key"], name="category_near_key_once"),
            # NULL parents are all different to a unique constraint, so the top of the tree has its own.
            models.UniqueConstraint(
                fields=["near_key"], condition=models.Q(parent=None), name="top_category_near_key_once"
            ),
        ]

    def __str__(self) -> str:
        return self.path or self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.near_key = near_key(self.name)
        self.path = f"{self.parent.path} › {self.name}" if self.parent else self.name
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Tag(models.Model):
    """A word of the controlled list that tickets are tagged with."""

    name = models.CharField(_("name"), max_length=40, validators=[validate_line])
    slug = models.SlugField(max_length=60, unique=True)
    near_key = models.CharField(max_length=80, unique=True, editable=False)

    class Meta:
        ordering = ("name",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.near_key = near_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
