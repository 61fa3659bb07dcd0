"""Who must agree before work begins: rules, and what was asked of whom, when, about which text."""

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_line

from .ticket import Ticket

Person = settings.AUTH_USER_MODEL


class ApprovalRule(models.Model):
    """Who must approve something: one or more steps, one after the other or all at once."""

    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    is_sequential = models.BooleanField(_("one step after the other"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("name",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class ApprovalStep(models.Model):
    """One step of a rule: whom it asks, and how many of them must agree."""

    class Who(models.TextChoices):
        LINE_MANAGER = "line_manager", _("The line manager")
        DEPARTMENT_HEAD = "department_head", _("The head of the department")
        GROUP = "group", _("A group")

    rule = models.ForeignKey(ApprovalRule, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=1)
    who = models.CharField(_("who"), max_length=20, choices=Who)
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group"))
    quorum = models.PositiveSmallIntegerField(_("how many must approve"), default=1, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ("rule", "position")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["rule", "position"], name="approval_step_once"),
            models.CheckConstraint(
                condition=Q(who="group", group__isnull=False) | (~Q(who="group") & Q(group=None, quorum=1)),
                name="approval_step_names_its_group",
            ),
            models.CheckConstraint(condition=Q(quorum__gte=1), name="approval_step_asks_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.position}"


class ApprovalRound(models.Model):
    """One asking about one ticket: the steps as the rule had them then, and the digest of what was asked about."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for a decision")
        GRANTED = "granted", _("Approved")
        REFUSED = "refused", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="approval_rounds")
    rule_name = models.CharField(max_length=100)
    is_sequential = models.BooleanField()
    steps = models.JSONField(help_text=_("[{who, group, group_name, quorum}] in order"))
    subject_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="open"), name="one_open_approval_round"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_name} on {self.ticket_id}"


class Approval(models.Model):
    """One person asked to approve one ticket. The copies say whom the ticket was about when they were asked.

    Approver and whoever decided are none of those the ticket is for: the database refuses it too.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        HANDED_ON = "handed_on", _("Handed on")
        NOT_NEEDED = "not_needed", _("No longer needed")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="approvals")
    round = models.ForeignKey(ApprovalRound, models.PROTECT, related_name="approvals")
    step = models.PositiveSmallIntegerField(help_text=_("position in the round's steps, from 0"))
    approver = models.ForeignKey(Person, models.PROTECT, related_name="approvals")
    instead_of = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    requester = models.ForeignKey(Person, models.PROTECT, related_name="+")
    requested_for = models.ForeignKey(Person, models.PROTECT, related_name="+")
    implementer = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    author = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    comment = models.TextField(max_length=20_000, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["round", "step", "approver"], name="approval_asked_once"),
            models.CheckConstraint(
                condition=~Q(approver=F("requester")) & ~Q(approver=F("requested_for")), name="approver_is_another"
            ),
            models.CheckConstraint(
                condition=Q(implementer=None) | ~Q(approver=F("implementer")), name="approver_is_no_implementer"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decided_by=F("requester")) & ~Q(decided_by=F("requested_for"))),
                name="decider_is_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(implementer=None) | ~Q(decided_by=F("implementer")),
                name="decider_is_no_implementer",
            ),
            models.CheckConstraint(condition=Q(author=None) | ~Q(approver=F("author")), name="approver_is_no_author"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(author=None) | ~Q(decided_by=F("author")),
                name="decider_is_no_author",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                | (~Q(state__in=["approved", "rejected"]) & Q(decided_by=None)),
                name="approval_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(comment=""), name="rejected_with_a_comment"),
        ]
        indexes = [
            models.Index(fields=["approver", "ticket"], name="approvals_asked", condition=Q(state="asked")),
            models.Index(fields=["decided_by", "-decided_at"], name="approvals_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.approver_id} on {self.ticket_id}"
