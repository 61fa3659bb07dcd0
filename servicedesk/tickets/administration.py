"""Who may configure the desk, and one configuration at a time."""

from django.utils.translation import gettext as _

from directory.models import Employee
from directory.services import system_employee
from servicedesk.common.errors import NotPermitted

CONFIGURE = "tickets.configure_desk"
OPERATOR = "operator"


def operator() -> Employee:
    """Whoever runs commands on the machine itself: a named service, never a person."""
    return system_employee(OPERATOR)


def require_administrator(by: Employee) -> None:
    """Raise ``NotPermitted`` unless ``by`` configures the desk. Rights are read anew."""
    if by.kind == Employee.Kind.SERVICE and by.login == f"system.{OPERATOR}":
        return
    active = Employee.objects.active().filter(pk=by.pk).exists()
    if not active or CONFIGURE not in Employee.objects.register_permissions_of(by):
        raise NotPermitted(_("Configuring the desk is for administrators. Ask one of them."))


def wait_for_turn() -> None:
    """Let one change of the configuration follow the other; call it first in the transaction.

    Names are compared with all others, so two at once could each miss what the other one adds.
    """
    Employee.objects.select_for_update(no_key=True).get(pk=operator().pk)
