"""The asset and its machine. Each move says where from, where to, who and when; bodies only assign fields."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.models import Employee
from servicedesk.common.ids import format_number
from servicedesk.common.text import validate_block, validate_line
from servicedesk.tickets.models.ticket import READING, StateField
from servicedesk.workflow import Permission, move

from .. import custodies, forms, guards
from .. import roles as may
from ..querysets import AssetQuerySet
from ..states import (
    DISPOSED,
    HELD,
    IN_REPAIR,
    IN_STOCK,
    IN_USE,
    MAY_BE_HELD,
    MISSING,
    ORDERED,
    PENDING_ACCEPTANCE,
    PENDING_RETURN,
    RESERVED,
    RETIRED,
    VOCABULARY,
    WRITTEN_OFF,
    Condition,
)
from .catalogue import AssetModel, AssetType

if TYPE_CHECKING:
    from servicedesk.workflow import Passage

    from ..facts import AssetFacts

Person = settings.AUTH_USER_MODEL


class Asset(models.Model):
    """One thing that the company owns. ``state`` is protected: only ``workflow.perform`` moves it.

    ``holder`` repeats the active custody, so that lists, the read rule and a CHECK need no join.
    """

    # Set by the door for the transition that is running.
    facts: "AssetFacts"
    passage: "Passage"

    state = StateField(_("status"), max_length=20, default=ORDERED, protected=True)
    tag = models.CharField(_("tag"), max_length=40, blank=True, validators=[validate_line])
    name = models.CharField(_("name"), max_length=120, blank=True, validators=[validate_line])
    serial = models.CharField(_("serial number"), max_length=80, blank=True, validators=[validate_line])
    type = models.ForeignKey(AssetType, models.PROTECT, related_name="assets", verbose_name=_("type"))
    model = models.ForeignKey(
        AssetModel, models.PROTECT, null=True, blank=True, related_name="assets", verbose_name=_("model")
    )
    answers = models.JSONField(_("fields of its type"), default=dict, blank=True)
    condition = models.CharField(_("condition"), max_length=10, choices=Condition, blank=True)
    location = models.ForeignKey(
        "directory.Location", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("location")
    )
    department = models.ForeignKey(
        "directory.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    supplier = models.CharField(_("supplier"), max_length=120, blank=True, validators=[validate_line])
    order_number = models.CharField(_("order number"), max_length=60, blank=True, validators=[validate_line])
    purchased_on = models.DateField(_("bought on"), null=True, blank=True)
    warranty_until = models.DateField(_("warranty until"), null=True, blank=True)
    notes = models.TextField(_("notes"), max_length=4000, blank=True, validators=[validate_block])
    holder = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="assets", verbose_name=_("held by"), editable=False
    )
    reserved_for = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reserved for"), editable=False
    )
    needs_wiping = models.BooleanField(_("to be wiped"), default=False, editable=False)
    missing_reported_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    written_off_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False)
    certificate = models.CharField(_("certificate of disposal"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()
        permissions = [("manage_asset", "Manage assets: every move, stock, types and imports")]
        constraints = [
            models.UniqueConstraint(Lower("tag"), condition=~Q(tag=""), name="asset_tag_once"),
            models.UniqueConstraint("model", Lower("serial"), condition=~Q(serial=""), name="asset_serial_of_model"),
            models.CheckConstraint(condition=Q(state__in=VOCABULARY.names), name="asset_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=HELD, holder__isnull=False)
                | Q(state=MISSING)
                | (~Q(state__in=MAY_BE_HELD) & Q(holder=None)),
                name="asset_held_by_somebody_in_these_states",
            ),
            models.CheckConstraint(
                condition=Q(state=RESERVED, reserved_for__isnull=False) | (~Q(state=RESERVED) & Q(reserved_for=None)),
                name="asset_reserved_for_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=WRITTEN_OFF)
                | (
                    Q(written_off_by__isnull=False, missing_reported_by__isnull=False)
                    & ~Q(written_off_by=F("missing_reported_by"))
                ),
                name="asset_written_off_by_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["holder"], name="asset_of_holder", condition=Q(holder__isnull=False)),
            models.Index(fields=["state", "-id"], name="asset_by_state"),
            models.Index(fields=["type", "-id"], name="asset_by_type"),
            models.Index(Lower("serial"), name="asset_by_serial", condition=~Q(serial="")),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def number(self) -> str:
        """``AST-000123``."""
        return format_number(VOCABULARY.prefix, self.pk or 0)

    @property
    def label(self) -> str:
        """What people call it: its tag, else its number, and what it is."""
        return f"{self.tag or self.number} {self.what}"

    @property
    def title(self) -> str:
        return self.label

    @property
    def what(self) -> str:
        """Its own name, else its model, else its type."""
        return self.name or (str(self.model) if self.model_id else self.type.name)

    @property
    def state_label(self) -> str:
        return str(VOCABULARY[self.state].label)

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """As Django's; only this instance, only meanwhile, takes the protected state from the database."""
        self.__dict__[READING] = True
        try:
            super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        finally:
            del self.__dict__[READING]

    @move(source=ORDERED, target=IN_STOCK, permission=may.manages, label=_("Receive"), verb="received", order=10,
          icon="inbox")  # fmt: skip
    def receive(self) -> None: ...

    @move(source=IN_STOCK, target=RESERVED, permission=may.manages, payload=forms.ReserveForm, label=_("Reserve"),
          verb="reserved", order=14, icon="bookmark")  # fmt: skip
    def reserve(self, *, employee: Employee) -> None:
        self.reserved_for = employee

    @move(source=(IN_STOCK, RESERVED), target=PENDING_ACCEPTANCE, permission=may.manages,
          conditions=[guards.is_wiped], payload=forms.HandOverForm, after=custodies.begin, label=_("Hand over"),
          verb="handed_over", order=12, icon="user-check")  # fmt: skip
    def hand_over(self, *, employee: Employee, terms: str) -> None:
        self.holder, self.reserved_for = employee, None
        self.location_id = employee.location_id or self.location_id
        self.department_id = employee.department_id or self.department_id

    @move(source=PENDING_ACCEPTANCE, target=IN_USE, permission=may.holds, payload=forms.AcceptForm,
          after=custodies.accept, label=_("Sign for it"), verb="accepted", order=20, icon="pencil")  # fmt: skip
    def accept(self, *, signature: str) -> None: ...

    @move(source=PENDING_ACCEPTANCE, target=IN_STOCK, permission=may.holds | Permission(may.CLOCK),
          conditions=[guards.its_person_is_gone], payload=forms.DeclineForm, after=custodies.decline,
          label=_("Do not accept"), verb="declined", order=22, icon="x")  # fmt: skip
    def decline(self, *, reason: str) -> None:
        self.holder = None

    @move(source=IN_USE, target=IN_REPAIR, permission=may.manages, label=_("Send to repair"), verb="sent_to_repair",
          order=30, icon="tools")  # fmt: skip
    def repair(self) -> None: ...

    @move(source=IN_REPAIR, target=IN_USE, permission=may.manages, label=_("Back from repair"), verb="repaired",
          order=32, icon="circle-check")  # fmt: skip
    def repaired(self) -> None: ...

    @move(source=IN_USE, target=PENDING_RETURN, permission=may.manages, payload=forms.AskBackForm,
          after=custodies.ask_back, label=_("Ask back"), verb="asked_back", order=34,
          icon="arrow-back-up")  # fmt: skip
    def ask_back(self, *, due_on: date) -> None: ...

    @move(source=PENDING_RETURN, target=IN_STOCK, permission=may.manages, payload=forms.TakeBackForm,
          after=custodies.take_back, label=_("Take back"), verb="taken_back", order=36,
          icon="inbox")  # fmt: skip
    def take_back(self, *, condition: str, wiped: str) -> None:
        self.holder, self.department, self.condition = None, None, condition
        self.needs_wiping = wiped == "no"

    @move(source=(IN_STOCK, IN_REPAIR), target=RETIRED, permission=may.manages, payload=forms.ReasonForm,
          after=custodies.retire, label=_("Retire"), verb="retired", order=60, danger=True,
          icon="archive")  # fmt: skip
    def retire(self, *, reason: str) -> None:
        self.holder = None

    @move(source=RETIRED, target=DISPOSED, permission=may.manages, conditions=[guards.is_wiped],
          payload=forms.DisposeForm, label=_("Dispose of it"), verb="disposed", order=62, danger=True,
          icon="trash")  # fmt: skip
    def dispose(self, *, certificate: str) -> None:
        self.certificate = certificate

    @move(source=(IN_STOCK, IN_USE, PENDING_RETURN), target=MISSING, permission=may.manages,
          label=_("Report missing"), verb="reported_missing", order=64, danger=True,
          icon="help-circle")  # fmt: skip
    def report_missing(self) -> None:
        self.missing_reported_by = self.passage.by

    @move(source=MISSING, target=IN_STOCK, permission=may.manages, after=custodies.find, label=_("Found again"),
          verb="found", order=66, icon="search")  # fmt: skip
    def find(self) -> None:
        self.holder = self.missing_reported_by = None

    @move(source=MISSING, target=WRITTEN_OFF, permission=may.manages, conditions=[guards.is_a_second_person],
          payload=forms.ReasonForm, after=custodies.write_off, label=_("Write off"), verb="written_off", order=68,
          danger=True, icon="ban")  # fmt: skip
    def write_off(self, *, reason: str) -> None:
        self.holder, self.written_off_by = None, self.passage.by
