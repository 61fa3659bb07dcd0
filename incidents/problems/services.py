"""Logging problems."""

from typing import Any

from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit.origin import current_channel
from servicedesk.tickets.access import Access
from servicedesk.tickets.models import Category, Queue, Ticket
from servicedesk.tickets.states import Channel, Level, priority_of
from servicedesk.workflow import Decision, create

from ..models import Problem


def log_problem(*, by: Employee, **details: Any) -> Problem:
    """Log a problem as ``by``, a technician. Details: title, description, queue, category, impact, urgency,
    confidential, incident. Raises ``InvalidPayload`` or ``NotPermitted``.
    """
    made: Problem = create(Problem, by=by, details=details).record
    return made


def may_log(employee: Employee) -> Decision:
    access = Access.read(employee)
    if access.active and access.is_technician:
        return Decision(True)
    return Decision(False, _("Problems are logged by technicians. Report what is broken for you instead."), "right")


def build_problem(
    *, by: Employee, now: Any, title: str, queue: Queue, description: str = "", category: Category | None = None,
    impact: str = "", urgency: str = "", confidential: bool = False, incident: Ticket | None = None,
) -> Problem:  # fmt: skip
    """The unsaved problem of a clean form. The first incident is linked once both are there."""
    impact, urgency = impact or Level.MEDIUM, urgency or Level.MEDIUM
    name = current_channel()
    return Problem(
        kind=Problem.KIND, state="logged", title=title, description=description, category=category, queue=queue,
        requester=by, requested_for=by, department_id=by.department_id, location_id=by.location_id, impact=impact,
        urgency=urgency, priority=priority_of(impact, urgency), confidential=confidential,
        channel=name if name in Channel.values else Channel.PORTAL, opened_at=now, updated_at=now,
    )  # fmt: skip
