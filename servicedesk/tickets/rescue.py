"""What an administrator may do from the rescue pages besides the moves of tickets. Each is an event."""

from django.db import transaction
from django.utils.translation import gettext as _

from directory import services as directory
from directory import tokens
from directory.models import ApiToken, Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import WrongState
from servicedesk.outbox import services as outbox
from servicedesk.outbox.models import Dispatch

from .administration import require_administrator


@transaction.atomic
def end_access(employee: Employee, *, by: Employee) -> Employee:
    """Deactivate ``employee`` and give the fresh row.

    Nobody deactivates themselves, so an administrator always remains; nor a service, which the desk acts through.
    """
    require_administrator(by)
    if employee.pk == by.pk:
        raise WrongState(_("You cannot deactivate yourself: ask another administrator."))
    if employee.kind == Employee.Kind.SERVICE:
        raise WrongState(_("%(name)s is a service that the desk acts through: it stays active.") % {
            "name": employee.name})  # fmt: skip
    if not Employee.objects.select_for_update(no_key=True).get(pk=employee.pk).is_active:
        raise WrongState(_("%(name)s is not active: nothing is left to end.") % {"name": employee.name})
    fresh = directory.deactivate(employee)
    audit.record(fresh, "employee.deactivated", actor=by)
    return fresh


def revoke_token(token: ApiToken, *, by: Employee) -> None:
    """End an API token at once."""
    require_administrator(by)
    tokens.revoke(token, by=by)


@transaction.atomic
def send_again(dispatch: Dispatch, *, by: Employee) -> None:
    """Put what could not be sent back into the queue. What may have gone out is never repeated."""
    require_administrator(by)
    if not outbox.requeue(dispatch):
        raise WrongState(
            _("“%(key)s” is “%(state)s”: only what is dead, and so certainly was not sent, is sent again.")
            % {"key": dispatch.key, "state": dispatch.state}
        )
    audit.record(dispatch, "dispatch.requeued", actor=by, details={"kind": dispatch.kind})
