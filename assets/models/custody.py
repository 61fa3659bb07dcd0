"""Who has an asset, since when and on what terms."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_block, validate_line

from ..states import Condition, Wiped
from .asset import Asset

Person = settings.AUTH_USER_MODEL


class Custody(models.Model):
    """One person has one asset, from handing over to return. Active until ``ended_at``; an asset has one at most.

    ``signature``: the name that the employee typed when they accepted. What was taken over by an import has none.
    """

    class End(models.TextChoices):
        RETURNED = "returned", _("Given back")
        DECLINED = "declined", _("Not accepted")
        RETIRED = "retired", _("Retired while they had it")
        FOUND = "found", _("Found after it was missing")
        WRITTEN_OFF = "written_off", _("Written off")

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="custodies")
    employee = models.ForeignKey(Person, models.PROTECT, related_name="custodies", verbose_name=_("employee"))
    given_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("handed over by"))
    given_at = models.DateTimeField(_("handed over"))
    terms = models.TextField(_("terms"), max_length=4000, blank=True, validators=[validate_block])
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    signature = models.CharField(_("signature"), max_length=200, blank=True, validators=[validate_line])
    due_back_on = models.DateField(_("to be given back by"), null=True, blank=True)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended_how = models.CharField(max_length=12, choices=End, blank=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decline_reason = models.TextField(_("why it was not accepted"), max_length=2000, blank=True)
    condition = models.CharField(_("condition"), max_length=10, choices=Condition, blank=True)
    wiped = models.CharField(_("data"), max_length=12, choices=Wiped, blank=True)

    class Meta:
        ordering = ("-given_at", "-pk")
        default_permissions = ()
        verbose_name_plural = "custodies"
        constraints = [
            models.UniqueConstraint(fields=["asset"], condition=Q(ended_at=None), name="custody_one_active"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_how="", ended_by=None)
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_how="")),
                name="custody_ended_somehow_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(ended_how="returned") | (~Q(condition="") & ~Q(wiped="")), name="custody_returned_and_seen"
            ),
            models.CheckConstraint(
                condition=Q(signature="") | Q(accepted_at__isnull=False), name="custody_signed_is_accepted"
            ),
        ]
        indexes = [models.Index(fields=["employee", "-given_at"], name="custody_of_employee")]

    def __str__(self) -> str:
        return f"{self.employee_id} has {self.asset_id}"

    @property
    def is_active(self) -> bool:
        return self.ended_at is None
