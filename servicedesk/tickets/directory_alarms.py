"""Alarms of the directory's runs: an administrator says that they looked."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Employee, SyncAlarm
from servicedesk.audit import services as audit
from servicedesk.common.errors import WrongState

from .administration import require_administrator


@transaction.atomic
def settle(alarm: SyncAlarm, *, by: Employee) -> SyncAlarm:
    """Close ``alarm``: ``by`` looked at it. Raises ``NotPermitted``, or ``WrongState`` when somebody else did before.

    The event stands in the log of the person whom the alarm is about, where there is one.
    """
    require_administrator(by)
    at = timezone.now()
    # The filter is the lock: of two who look at once, one writes the event.
    if not SyncAlarm.objects.filter(pk=alarm.pk, looked_at=None).update(looked_at=at, looked_by=by):
        raise WrongState(_("Somebody has looked at this alarm already: there is nothing left to do."))
    alarm.refresh_from_db()
    audit.record(
        alarm.employee or alarm, "directory.alarm_settled", actor=by,
        details={"alarm": alarm.pk, "kind": alarm.kind, "run": alarm.run_id}, text={"about": alarm.about},
    )  # fmt: skip
    return alarm
