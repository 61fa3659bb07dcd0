"""The service request behind the door: its moves, the shared actions, and those of approval."""

from django.utils.translation import gettext_lazy as _

from servicedesk.tickets import roles
from servicedesk.tickets.approval_actions import approval_actions
from servicedesk.tickets.approvals import Approvable, register_approvable
from servicedesk.tickets.machine import ticket_machine
from servicedesk.workflow import Action, Machine

from ..models import ServiceRequest
from ..reclassifying import REQUEST_TO_INCIDENT
from . import effects
from .asking import RequestForm
from .facts import request_facts
from .services import build_request, content_of

APPROVABLE = Approvable(
    waiting="awaiting_approval",
    rule=lambda request: request.catalogue_item.approval_rule,
    content=content_of,
    granted="approve",
    refused="reject",
)


def request_machine() -> Machine:
    """Called once, when the app is ready."""
    register_approvable(ServiceRequest.KIND, APPROVABLE)
    return ticket_machine(
        ServiceRequest,
        creation=Action(
            name="create", label=_("Request"), permission=roles.sees, verb="created", sources={}, form=RequestForm,
            after=effects.go_on,
        ),
        build=build_request,
        facts=request_facts,
        extra=(*approval_actions(ServiceRequest.KIND), REQUEST_TO_INCIDENT),
    )  # fmt: skip
