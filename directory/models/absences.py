"""When somebody is away, and who decides for them meanwhile."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Employee


class Absence(models.Model):
    """The days on which one person is away, first and last included, and their delegate.

    ``starts_at`` and ``ends_at`` are the same days as instants, midnight to midnight in the zone the person had when
    they said so.
    """

    employee = models.OneToOneField(Employee, models.CASCADE, primary_key=True, related_name="absence")
    starts_on = models.DateField(_("first day away"))
    ends_on = models.DateField(_("last day away"))
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    delegate = models.ForeignKey(
        Employee, models.CASCADE, null=True, blank=True, related_name="stands_in_for", verbose_name=_("delegate")
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="absence_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=models.Q(delegate=None) | ~models.Q(delegate=models.F("employee")),
                name="absence_delegate_is_another",
            ),
        ]
        indexes = [models.Index(fields=["delegate", "ends_at"], name="absence_by_delegate")]

    def __str__(self) -> str:
        return f"{self.employee_id} away {self.starts_on} to {self.ends_on}"

    def clean(self) -> None:
        if isinstance(self.starts_on, date) and isinstance(self.ends_on, date) and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": _("The last day is before the first one.")})
