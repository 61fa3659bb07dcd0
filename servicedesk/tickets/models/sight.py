"""Who was let into one confidential ticket, by whom, why and until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_line

from .ticket import Ticket

Person = settings.AUTH_USER_MODEL


class AccessGrant(models.Model):
    """Sight of one confidential ticket for one person, until ``ends_at`` or until somebody ended it before."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="access_grants")
    employee = models.ForeignKey(Person, models.PROTECT, related_name="access_grants", verbose_name=_("person"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, validators=[validate_line])
    granted_at = models.DateTimeField()
    ends_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-granted_at", "-pk")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "employee"], condition=Q(ended_at=None), name="one_running_access_grant"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("granted_at")), name="access_grant_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(reason=""), name="access_grant_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["employee", "ticket"], name="access_grants_running", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} on {self.ticket_id}"
