"""What people are told about. Tickets are known here; apps above add their own records."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from directory.absences import now_away, stands_in
from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.tickets.access import Access, can_view
from servicedesk.tickets.models import Approval, Ticket
from servicedesk.tickets.people import readers_of_confidential


@dataclass(frozen=True)
class Subject:
    """One class of records with ``number`` and ``title``.

    ``people(record, audience, event)``: keys of those whom the words of a text's audience mean; ``can_view``: who
    may still see the record when a mail goes out; ``address``: where the mail leads.
    """

    people: Callable[[Any, frozenset[str], Event], Iterable[int]]
    can_view: Callable[[Employee, Any], bool]
    address: Callable[[Any, Employee], str]


_subjects: dict[type[models.Model], Subject] = {}


def register_subject(model: type[models.Model], subject: Subject) -> None:
    """Let events of ``model`` be told; called once from ``AppConfig.ready()``."""
    _subjects[model] = subject


def subject_of(record: models.Model) -> Subject | None:
    """How a record is told of; None for one that nobody is told of. A kind of ticket is told as a ticket."""
    return next((_subjects[model] for model in type(record).__mro__ if model in _subjects), None)


def named(record: models.Model) -> dict[str, Any]:
    """``record`` as a row of the outbox names it."""
    if isinstance(record, Ticket):
        return {"ticket": record.pk}
    return {"record": f"{record._meta.label_lower}:{record.pk}"}


def found(payload: Mapping[str, Any]) -> Any:
    """The record that :func:`named` named."""
    if "ticket" in payload:
        return Ticket.objects.select_related("queue").get(pk=payload["ticket"])
    label, _colon, key = payload["record"].partition(":")
    return apps.get_model(label)._base_manager.get(pk=key)


def _people_of_a_ticket(ticket: Ticket, audience: frozenset[str], event: Event) -> set[int]:
    ids: set[int | None] = set()
    if "requester" in audience:
        ids |= {ticket.requester_id, ticket.requested_for_id}
    if "assignee" in audience:
        ids.add(ticket.assignee_id)
    if "watchers" in audience:
        ids |= set(ticket.watches.values_list("employee", flat=True))
    if "approvers" in audience:
        ids |= _asked_by(event, ticket)
    if "readers" in audience:
        ids |= set(readers_of_confidential(ticket.queue_id).values_list("pk", flat=True))
    if "granted" in audience:
        ids.add(event.details.get("employee"))
    return {key for key in ids if key is not None}


def _asked_by(event: Event, ticket: Ticket) -> set[int]:
    """Whom ``event`` asked and who has not decided yet, and their acting delegates."""
    asked = Approval.objects.filter(
        ticket=ticket.pk, state=Approval.State.ASKED, approver__in=event.details.get("approvers", [])
    )
    keys = set(asked.values_list("approver", flat=True))
    acting = now_away().filter(stands_in(), employee__in=keys).values_list("delegate", flat=True)
    return keys | {key for key in acting if key is not None}


def _address_of_a_ticket(ticket: Ticket, employee: Employee) -> str:
    side = "/desk/tickets/" if Access.of(employee).on(ticket.queue_id) else "/tickets/"
    return f"{settings.BASE_URL}{side}{ticket.number}/"


register_subject(Ticket, Subject(_people_of_a_ticket, can_view, _address_of_a_ticket))
