"""Making incidents, and what the clock does to them."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from directory.models import Employee
from directory.services import system_employee
from servicedesk.audit.origin import current_channel
from servicedesk.common.errors import DomainError, InvalidPayload
from servicedesk.common.time import now as present
from servicedesk.tickets.access import Access
from servicedesk.tickets.facts import REOPEN_WORKING_DAYS
from servicedesk.tickets.models import Category, Link, Message, Queue, Ticket
from servicedesk.tickets.states import Channel, Level, priority_of
from servicedesk.workflow import Passage, create, perform

from .forms import queue_for
from .models import Incident


def report_incident(*, by: Employee, **details: Any) -> Incident:
    """Report an incident as ``by``; for another (``requested_for``) as a technician, or as the delegate of somebody.

    Details as MACHINES names them: title, description, category, impact, urgency, requested_for,
    channel, queue, confidential. Raises ``InvalidPayload``.
    """
    incident: Incident = create(Incident, by=by, details=details).record
    return incident


def build_incident(
    *, by: Employee, now: datetime, title: str, description: str = "", category: Category | None = None,
    impact: str = "", urgency: str = "", requested_for: Employee | None = None, channel: str = "",
    queue: Queue | None = None, confidential: bool = False,
) -> Incident:  # fmt: skip
    """The unsaved incident of a clean report.

    The caller whom a technician files for is its requester; who stands in for somebody is the requester themselves.
    """
    person = requested_for or by
    requester = person if Access.of(by).is_technician else by
    impact, urgency = impact or Level.MEDIUM, urgency or Level.MEDIUM
    return Incident(
        kind=Incident.KIND, state="new", title=title, description=description, category=category,
        queue=queue or _queue_for(category), requester=requester, requested_for=person,
        department_id=person.department_id, location_id=person.location_id, impact=impact, urgency=urgency,
        priority=priority_of(impact, urgency), confidential=confidential, channel=channel or _channel(),
        opened_at=now, updated_at=now,
    )  # fmt: skip


def _queue_for(category: Category | None) -> Queue:
    """As :func:`.forms.queue_for`, or ``InvalidPayload`` when no queue takes new tickets."""
    queue = queue_for(category)
    if queue is None:
        raise InvalidPayload(_("No queue takes new tickets: an administrator must open one first."))
    return queue


def _channel() -> str:
    name = current_channel()
    return name if name in Channel.values else Channel.PORTAL


def split(passage: Passage, *, title: str, description: str = "", message: Message | None = None) -> Incident:
    """Part of ``passage.record`` becomes an incident of its own, linked to it, read by the same people."""
    origin = passage.record
    made = create(
        Incident,
        by=passage.by,
        details={"title": title, "description": description or (message.body if message else "")},
        build=partial(_part_of, origin),
    )
    Link.objects.create(
        ticket_id=made.record.pk, other_id=origin.pk, kind=Link.Kind.SPLIT_FROM, by=passage.by, at=passage.now
    )
    passage.details["made"] = made.record.pk
    result: Incident = made.record
    return result


def _part_of(origin: Ticket, *, by: Employee, now: datetime, title: str, description: str, **_rest: Any) -> Incident:
    return Incident(
        kind=Incident.KIND, state="new", title=title, description=description, category=origin.category,
        queue=origin.queue, tier=origin.tier, requester=origin.requester, requested_for=origin.requested_for,
        department_id=origin.department_id, location_id=origin.location_id, impact=origin.impact,
        urgency=origin.urgency, priority=priority_of(origin.impact, origin.urgency), confidential=origin.confidential,
        channel=origin.channel, opened_at=now, updated_at=now,
    )  # fmt: skip


def flag_major(passage: Passage, *, major: bool) -> None:
    passage.record.is_major = major
    passage.details["major"] = major


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """What the clock does: resume at the follow-up time, close when nobody may reopen any more.

    Safe to repeat and to run twice at once: the door decides each move under the row's lock.
    """
    now = now or present()
    clock = system_employee("clock")
    done = {"resume": 0, "close": 0}
    waiting = Incident.objects.filter(state="pending", follow_up_at__lte=now)
    # A window of working days is never shorter than as many days.
    settled = Incident.objects.filter(state="resolved", resolved_at__lte=now - timedelta(days=REOPEN_WORKING_DAYS))
    for move, found in (("resume", waiting), ("close", settled)):
        for incident in found.order_by("pk").iterator(chunk_size=200):
            try:
                perform(incident, move, by=clock)
                done[move] += 1
            except DomainError:
                continue  # moved meanwhile, or its window is still open
    return done
