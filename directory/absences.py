"""Being away: said by each person for themselves, and asked by whatever waits for somebody."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.time import now as present

from .models import Absence, Employee


@transaction.atomic
def go_away(employee: Employee, *, starts_on: date, ends_on: date, delegate: Employee | None) -> Absence:
    """``employee`` is away from ``starts_on`` to ``ends_on``, both included, in their own zone; ``delegate`` decides
    for them meanwhile.

    What they said before is replaced. Raises ``InvalidPayload``.
    """
    zone = ZoneInfo(employee.shown_time_zone)
    starts_at = datetime.combine(starts_on, time(), tzinfo=zone)
    ends_at = datetime.combine(ends_on + timedelta(days=1), time(), tzinfo=zone)
    errors = {}
    if ends_on < starts_on:
        errors["ends_on"] = [_("The last day is before the first one.")]
    elif ends_at <= present():
        errors["ends_on"] = [_("These days are over.")]
    if delegate is not None and (delegate.pk == employee.pk or not delegate.is_active):
        errors["delegate"] = [_("Choose another person who works here.")]
    if errors:
        raise InvalidPayload(errors)
    values = {
        "starts_on": starts_on, "ends_on": ends_on, "starts_at": starts_at, "ends_at": ends_at, "delegate": delegate,
    }  # fmt: skip
    absence, _new = Absence.objects.update_or_create(employee=employee, defaults=values)
    audit.record(
        employee, "employee.away", actor=employee,
        details={
            "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat(),
            "delegate": delegate.pk if delegate else None,
        },
    )  # fmt: skip
    return absence


@transaction.atomic
def come_back(employee: Employee) -> None:
    """``employee`` is here (again). Safe to repeat."""
    if Absence.objects.filter(employee=employee).delete()[0]:
        audit.record(employee, "employee.back", actor=employee)


def now_away(at: datetime | None = None) -> QuerySet[Absence]:
    """The absences that hold at ``at``."""
    at = at or present()
    return Absence.objects.filter(starts_at__lte=at, ends_at__gt=at)


def stands_in() -> Q:
    """Of absences: those whose delegate may act now, because they are active themselves."""
    return Q(delegate__is_active=True)


def principals_of(delegate: Employee, at: datetime | None = None) -> QuerySet[Absence]:
    """The absences in which ``delegate`` acts for somebody now."""
    return now_away(at).filter(stands_in(), delegate=delegate)


def away_without_delegate(keys: Iterable[int], at: datetime | None = None) -> set[int]:
    """Which of these people are away with nobody to act for them."""
    return set(now_away(at).exclude(stands_in()).filter(employee__in=set(keys)).values_list("employee", flat=True))
