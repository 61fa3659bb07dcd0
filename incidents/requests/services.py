"""Asking for something, and what the clock does to requests."""

from datetime import datetime, timedelta
from typing import Any

from directory.models import Employee
from directory.services import system_employee
from servicedesk.audit.origin import current_channel
from servicedesk.common.errors import DomainError
from servicedesk.common.time import now as present
from servicedesk.tickets.access import Access
from servicedesk.tickets.facts import REOPEN_WORKING_DAYS
from servicedesk.tickets.states import Channel, Level, priority_of
from servicedesk.workflow import create, perform

from ..models import CatalogueItem, ServiceRequest


def request_item(*, by: Employee, **details: Any) -> ServiceRequest:
    """Ask for an item of the catalogue as ``by``; gives the request as it is after what follows at once.

    Details: catalogue_item, requested_for, note, and ``answers``, or ``field_<name>`` for each field of the item's
    form. Raises ``InvalidPayload``.
    """
    made: ServiceRequest = create(ServiceRequest, by=by, details=details).record
    return made


def build_request(
    *, by: Employee, now: datetime, catalogue_item: CatalogueItem, requested_for: Employee, answers: dict[str, Any],
    note: str = "",
) -> ServiceRequest:  # fmt: skip
    """The unsaved request of a clean form. The caller whom a technician files for is its requester."""
    requester = requested_for if Access.of(by).is_technician else by
    urgency = catalogue_item.urgency
    name = current_channel()
    return ServiceRequest(
        kind=ServiceRequest.KIND, state="submitted", title=catalogue_item.name, description=note,
        category=catalogue_item.category, queue=catalogue_item.queue, requester=requester, requested_for=requested_for,
        department_id=requested_for.department_id, location_id=requested_for.location_id, impact=Level.LOW,
        urgency=urgency, priority=priority_of(Level.LOW, urgency), confidential=catalogue_item.confidential,
        channel=name if name in Channel.values else Channel.PORTAL, opened_at=now, updated_at=now,
        catalogue_item=catalogue_item, form=catalogue_item.form, answers=answers,
    )  # fmt: skip


def content_of(request: ServiceRequest) -> dict[str, Any]:
    """What approvers of a request agree to."""
    return {
        "item": request.catalogue_item_id, "for": request.requested_for_id, "title": request.title,
        "description": request.description, "answers": request.answers,
    }  # fmt: skip


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """Resume at the follow-up time, close when nobody may reopen any more. Safe to repeat and to run twice at once."""
    now = now or present()
    clock = system_employee("clock")
    done = {"resume": 0, "close": 0}
    waiting = ServiceRequest.objects.filter(state="pending", follow_up_at__lte=now)
    settled = ServiceRequest.objects.filter(
        state="fulfilled", resolved_at__lte=now - timedelta(days=REOPEN_WORKING_DAYS)
    )
    for move, found in (("resume", waiting), ("close", settled)):
        for request in found.order_by("pk").iterator(chunk_size=200):
            try:
                perform(request, move, by=clock)
                done[move] += 1
            except DomainError:
                continue  # moved meanwhile, or its window is still open
    return done
