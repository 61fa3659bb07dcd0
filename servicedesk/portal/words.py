"""Tickets in the words of the people who asked: where it stands, what happens next, what has happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.calendars.working_days import add_working_days
from servicedesk.common.types import StrOrPromise
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
    if ticket.state == "resolved":
        asked = ticket.requester_id == reader.pk
        return Standing(str(state.employee_label), tone, _after_resolving(ticket, asked=asked), needs_you=asked)
    return Standing(str(state.employee_label), tone, _next_step(ticket))


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


def _next_step(ticket: Ticket) -> str:
    words = {
        "queue": ticket.queue.name, "number": ticket.number,
        "assignee": ticket.assignee.name if ticket.assignee_id else "",
    }  # fmt: skip
    if ticket.state == "new":
        return _("%(queue)s has your report and will look at it next.") % words
    if ticket.state == "assigned":
        if ticket.assignee_id:
            return _("%(assignee)s will start on it next.") % words
        return _("%(queue)s will pick it up next.") % words
    if ticket.state == "in_progress":
        if ticket.assignee_id:
            return _("%(assignee)s is working on it.") % words
        return _("%(queue)s is working on it.") % words
    if ticket.state == "closed":
        return _("Nothing more to do. If it happens again, report it and mention %(number)s.") % words
    return _("Nobody works on it any more. If you still need help, report it again.")


@dataclass(frozen=True)
class Line:
    """One event of the timeline for employees."""

    sentence: StrOrPromise
    shape: str


# The public part of the log (tickets.timeline) in words for employees; what has no words here is not shown.
LINES: dict[str, Line] = {
    "created": Line(pgettext_lazy("event", "Reported"), "ticket"),
    "assigned": Line(gettext_lazy("Given to a technician"), "user"),
    "started": Line(gettext_lazy("Work started"), "player-play"),
    "pended": Line(gettext_lazy("Put on hold"), "player-pause"),
    "resumed": Line(gettext_lazy("Work goes on"), "player-play"),
    "escalated": Line(gettext_lazy("Passed on to specialists"), "arrow-up-right"),
    "returned_down": Line(gettext_lazy("Passed back to the team that had it before"), "arrow-back-up"),
    "routed": Line(gettext_lazy("Passed to another team"), "route"),
    "resolved": Line(pgettext_lazy("event", "Resolved"), "circle-check"),
    "confirmed": Line(gettext_lazy("Confirmed as solved"), "thumb-up"),
    "reopened": Line(gettext_lazy("Opened again"), "rotate-clockwise"),
    "closed": Line(pgettext_lazy("event", "Closed"), "circle-minus"),
    "cancelled": Line(pgettext_lazy("event", "Cancelled"), "ban"),
    "merged": Line(gettext_lazy("Joined with another report of the same thing"), "arrow-merge"),
    "unmerged": Line(gettext_lazy("Separated from the other report again"), "arrow-back-up"),
    "imported": Line(gettext_lazy("Changed in the former system"), "history"),
}


def told_events(ticket: Ticket, reader: Employee) -> QuerySet[Event]:
    """The events that this page tells ``reader``, oldest first: never more than the requester may know."""
    return readable_events(ticket, reader).filter(verb__in=[f"{ticket.kind}.{name}" for name in LINES])


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
    line = LINES[event.verb.partition(".")[2]]
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
