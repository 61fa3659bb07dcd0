"""Tickets in the words of the people who asked: where it stands, what happens next, what has happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.calendars.working_days import add_working_days
from servicedesk.tickets.faces import Line, face_of
from servicedesk.tickets.facts import REOPEN_WORKING_DAYS
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import VOCABULARY, PendingReason
from servicedesk.tickets.timeline import readable_events, readable_text
from servicedesk.ui.templatetags.ui import absolute_time

# The tones of the vocabulary that have no colour of their own on pages.
_SHOWN_TONES = {"assigned": "progress", "resolved": "done"}


@dataclass(frozen=True)
class Standing:
    """Where a ticket stands for one reader. ``needs_you``: nothing goes on until this reader answers."""

    label: str
    tone: str
    next_step: str
    needs_you: bool = False


def standing_of(ticket: Ticket, reader: Employee) -> Standing:
    """Reads ``queue``, ``assignee`` and ``requester`` of the ticket: fetch them with it."""
    state = VOCABULARY[ticket.kind][ticket.state]
    tone = _SHOWN_TONES.get(state.tone, state.tone)
    if ticket.merged_into_id:
        return Standing(_("Handled together"), tone, _("It goes on together with another report of the same thing."))
    if ticket.state == "pending":
        return _waiting(ticket, reader, tone)
    if state.is_settled:
        asked = ticket.requester_id == reader.pk
        return Standing(str(state.employee_label), tone, _after_resolving(ticket, asked=asked), needs_you=asked)
    return Standing(str(state.employee_label), tone, face_of(ticket.kind).next_step(ticket))


def _waiting(ticket: Ticket, reader: Employee, tone: str) -> Standing:
    if ticket.pending_reason == PendingReason.REQUESTER:
        if ticket.requester_id == reader.pk:
            return Standing(
                _("Waiting for you"), tone, _("We need an answer from you: reply, and we go on."), needs_you=True
            )
        return Standing(
            _("Waiting for %(name)s") % {"name": ticket.requester.name}, tone,
            _("Work goes on when %(name)s replies.") % {"name": ticket.requester.name},
        )  # fmt: skip
    label = PendingReason(ticket.pending_reason).label if ticket.pending_reason else _("Waiting")
    if ticket.follow_up_at is None:
        return Standing(str(label), tone, _("We go on as soon as we can."))
    return Standing(
        str(label),
        tone,
        _("We look at it again on %(when)s at the latest.") % {"when": absolute_time(ticket.follow_up_at)},
    )


def _after_resolving(ticket: Ticket, *, asked: bool) -> str:
    if ticket.resolved_at is None:
        return ""
    until = absolute_time(add_working_days(ticket.resolved_at, REOPEN_WORKING_DAYS))
    if asked:
        return _("Please check: confirm that it is solved, or reopen it until %(until)s.") % {"until": until}
    return _("%(name)s can confirm or reopen it until %(until)s.") % {"name": ticket.requester.name, "until": until}


def told_events(ticket: Ticket, reader: Employee) -> QuerySet[Event]:
    """The events that this page tells ``reader``, oldest first: never more than the requester may know."""
    return readable_events(ticket, reader).filter(verb__in=told_verbs(ticket.kind))


def told_verbs(kind: str) -> list[str]:
    return [f"{kind}.{name}" for name in face_of(kind).lines]


@dataclass(frozen=True)
class Told:
    """An event in words, ready for the component that shows it."""

    text: str
    who: str
    at: Any
    detail: str
    shape: str


def tell(event: Event, names: dict[int, str]) -> Told:
    """``event`` in words; ``names`` of the people whom the events point to (:func:`named_in`)."""
    kind, _dot, name = event.verb.partition(".")
    line = face_of(kind).lines[name]
    by_desk = event.actor.kind == Employee.Kind.SERVICE
    return Told(
        text=_sentence(event, line, names),
        who=_("the desk, automatically") if by_desk else event.actor.name,
        at=event.at,
        detail=" ".join(readable_text(event, reads_all=False).values()),
        shape=line.shape,
    )


def _sentence(event: Event, line: Line, names: dict[int, str]) -> str:
    changes = event.details.get("changes", {})
    assignee = changes.get("assignee", [None, None])[1]
    if event.verb.endswith(".assigned") and assignee in names:
        if assignee == event.actor_id:
            return _("Taken on")
        return _("Given to %(name)s") % {"name": names[assignee]}
    reason = event.details.get("reason", "")
    if event.verb.endswith(".pended") and reason == PendingReason.REQUESTER:
        return _("Waiting for an answer")
    if event.verb.endswith(".pended") and reason in PendingReason.values:
        return str(PendingReason(reason).label)
    return str(line.sentence)


def named_in(events: Iterable[Event]) -> dict[int, str]:
    """Names of the assignees that ``events`` speak of, in one statement at most."""
    ids = {event.details.get("changes", {}).get("assignee", [None, None])[1] for event in events} - {None}
    return dict(Employee.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def status_change(event: Event, kind: str) -> tuple[str, str] | None:
    """The words before and after, when ``event`` changed the status."""
    if not event.source or event.source == event.target:
        return None
    words = VOCABULARY[kind]
    return str(words[event.source].employee_label), str(words[event.target].employee_label)
