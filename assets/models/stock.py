"""Consumables: counted, not told apart."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicedesk.common.ids import format_number
from servicedesk.common.text import validate_line
from servicedesk.tickets.models import Ticket

from ..querysets import StockItemQuerySet

if TYPE_CHECKING:
    from servicedesk.workflow import Passage

Person = settings.AUTH_USER_MODEL


class StockItem(models.Model):
    """Mice, toner, cables: ``quantity`` of them lie at ``location``. Only the door changes it, by movements."""

    PREFIX = "STK"
    # Set by the door for the action that is running.
    facts: Any
    passage: "Passage"

    name = models.CharField(_("name"), max_length=120, validators=[validate_line])
    location = models.ForeignKey(
        "directory.Location", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("location")
    )
    shelf = models.CharField(_("shelf"), max_length=60, blank=True, validators=[validate_line])
    unit = models.CharField(_("unit"), max_length=20, default="piece", validators=[validate_line])
    quantity = models.PositiveIntegerField(_("in stock"), default=0, editable=False)
    reorder_at = models.PositiveIntegerField(
        _("order again at"), default=0, help_text=_("The list marks it when no more than so many are left.")
    )
    is_active = models.BooleanField(_("can be issued"), default=True)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = StockItemQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="stock_never_negative"),
            models.UniqueConstraint(Lower("name"), "location", name="stock_item_once"),
            models.UniqueConstraint(Lower("name"), condition=Q(location=None), name="stock_item_nowhere_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """``STK-000012``."""
        return format_number(self.PREFIX, self.pk or 0)

    @property
    def title(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """It has none: what the shared pages show of a record's state stays empty."""
        return ""

    @property
    def is_low(self) -> bool:
        return self.quantity <= self.reorder_at


class StockMovement(models.Model):
    """One change of a quantity, and how many were left. The sum of an item's movements is its quantity."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Received")
        ISSUED = "issued", _("Issued")
        COUNTED = "counted", _("Counted")

    item = models.ForeignKey(StockItem, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)
    change = models.IntegerField(_("change"))
    left = models.PositiveIntegerField(_("left"))
    employee = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="consumables")
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="consumables")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True, validators=[validate_line])
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(left__gte=F("change")), name="stock_movement_from_what_was_there"),
            models.CheckConstraint(
                condition=~Q(kind="issued") | Q(employee__isnull=False) | Q(ticket__isnull=False),
                name="stock_issued_to_somebody",
            ),
        ]
        indexes = [models.Index(fields=["item", "-id"], name="stock_movements_of_item")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.change:+d}"
