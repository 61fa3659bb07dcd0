"""The base record of all work. Kinds inherit from it (multi-table); lists read this table only."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMFieldDescriptor

from servicedesk.common.ids import format_number
from servicedesk.common.text import validate_block, validate_line

from ..querysets import TicketQuerySet
from ..states import VOCABULARY, Channel, Kind, Level, PendingReason, Priority
from .desk import MAX_TIERS, Category, Queue, Tag

if TYPE_CHECKING:
    from servicedesk.workflow import Passage

    from ..facts import TicketFacts

Person = settings.AUTH_USER_MODEL
READING = "_reading_the_row"


def state_check() -> Q:
    """State belongs to the kind, and ``is_open`` follows from the state."""
    allowed = Q(pk__in=[])
    for kind, words in VOCABULARY.items():
        open_states = [s.name for s in words.states if s.is_open]
        other_states = [s.name for s in words.states if not s.is_open]
        allowed |= Q(kind=str(kind), state__in=open_states, is_open=True)
        allowed |= Q(kind=str(kind), state__in=other_states, is_open=False)
    return allowed


class _ProtectedState(FSMFieldDescriptor):
    """Refuses assignment but for an instance that is reading its row anew.

    django-fsm's own mixin lifts the protection of the field, so of every thread's tickets.
    """

    def __set__(self, instance: Any, value: Any) -> None:
        if instance.__dict__.get(READING):
            self.field.set_state(instance, value)
        else:
            super().__set__(instance, value)


class StateField(FSMField):
    """``state``, protected from assignment."""

    descriptor_class = _ProtectedState


class RereadsState:
    """A model with a ``StateField`` whose instances may be read again."""

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; only this instance, only meanwhile, takes the protected state from the database."""
        self.__dict__[READING] = True
        try:
            super().refresh_from_db(*args, **kwargs)  # type: ignore[misc] # a model
        finally:
            del self.__dict__[READING]


class Ticket(RereadsState, models.Model):
    """Any record that people work on. ``state`` is protected: only ``workflow.perform`` moves it."""

    KIND: ClassVar[str] = ""
    # What hangs on a record of the kind, and stands on its page.
    PAGE_RELATED: ClassVar[tuple[str, ...]] = ()
    # Set by the door for the transition that is running.
    facts: "TicketFacts"
    passage: "Passage"

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, editable=False)
    state = StateField(_("status"), max_length=30, protected=True)
    is_open = models.BooleanField(default=True, editable=False)
    title = models.CharField(_("title"), max_length=200, validators=[validate_line])
    description = models.TextField(_("description"), max_length=20_000, blank=True, validators=[validate_block])
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="tickets", verbose_name=_("queue"))
    tier = models.PositiveSmallIntegerField(
        _("tier"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_TIERS)]
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("category")
    )
    assignee = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="assigned_tickets", verbose_name=_("assignee")
    )
    requester = models.ForeignKey(Person, models.PROTECT, related_name="requested_tickets", verbose_name=_("requester"))
    requested_for = models.ForeignKey(
        Person, models.PROTECT, related_name="tickets_for", verbose_name=_("requested for")
    )
    department = models.ForeignKey(
        "directory.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    location = models.ForeignKey(
        "directory.Location", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("location")
    )
    impact = models.CharField(_("impact"), max_length=6, choices=Level, default=Level.MEDIUM)
    urgency = models.CharField(_("urgency"), max_length=6, choices=Level, default=Level.MEDIUM)
    priority = models.CharField(_("priority"), max_length=2, choices=Priority, default=Priority.P3)
    priority_by_hand = models.BooleanField(default=False, editable=False)
    confidential = models.BooleanField(_("confidential"), default=False)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.PORTAL)
    tags = models.ManyToManyField(Tag, blank=True, related_name="tickets", verbose_name=_("tags"))
    pending_reason = models.CharField(_("waiting for"), max_length=10, choices=PendingReason, blank=True)
    follow_up_at = models.DateTimeField(_("follow up"), null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    next_due_at = models.DateTimeField(_("due"), null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=state_check(), name="ticket_state_of_its_kind"),
            models.CheckConstraint(condition=Q(tier__range=(1, MAX_TIERS)), name="ticket_tier_1_to_3"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="ticket_priority_known"),
            models.CheckConstraint(
                condition=Q(impact__in=Level.values, urgency__in=Level.values), name="ticket_levels_known"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="cancelled"), name="ticket_merged_is_cancelled"
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "next_due_at", "id"], name="open_by_due", condition=Q(is_open=True)),
            models.Index(fields=["queue", "priority", "id"], name="open_by_priority", condition=Q(is_open=True)),
            models.Index(fields=["queue", "-updated_at", "-id"], name="open_by_update", condition=Q(is_open=True)),
            models.Index(fields=["queue", "-id"], name="open_by_number", condition=Q(is_open=True)),
            models.Index(fields=["assignee", "-id"], name="open_of_assignee", condition=Q(is_open=True)),
            models.Index(fields=["requester", "-id"], name="of_requester"),
            models.Index(fields=["requested_for", "-id"], name="of_requested_for"),
            models.Index(fields=["queue", "-id"], name="all_by_number"),
            models.Index(fields=["follow_up_at"], name="waiting_until", condition=Q(state="pending")),
            models.Index(fields=["resolved_at"], name="waiting_to_close", condition=Q(state="resolved")),
            models.Index(fields=["resolved_at"], name="fulfilled_to_close", condition=Q(state="fulfilled")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """``INC-000123``: the prefix of the kind and the serial, which all kinds share."""
        return format_number(VOCABULARY[self.kind].prefix, self.pk or 0)

    @property
    def state_label(self) -> str:
        return str(VOCABULARY[self.kind][self.state].label)

    @property
    def outcome(self) -> str:
        """What was done, in the words of who did it. Kinds that end with such a text give it here."""
        return ""

    @property
    def specific(self) -> "Ticket":
        """The full record of this ticket's kind: an ``Incident``, say."""
        if type(self) is not Ticket:
            return self
        return getattr(self, self.kind)
