"""Incidents in words: how their events are told, sent and shown, and what people most likely do next."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicedesk.notifications.texts import Text, to
from servicedesk.tickets.faces import WORK_LINES, Face, Line
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.tickets.timeline import Telling, work_tellings

from .problems.words import KNOWN_ERRORS

TELLINGS: dict[str, Telling] = {
    **work_tellings(Kind.INCIDENT),
    "incident.created": Telling(gettext_lazy("%(actor)s reported it"), "plus", public=True),
    "incident.imported": Telling(gettext_lazy("%(actor)s changed it in the former system"), "history", public=True),
    "incident.resolved": Telling(gettext_lazy("%(actor)s resolved it"), "circle-check", public=True, quotes="text"),
    "incident.merged": Telling(gettext_lazy("%(actor)s merged it into another ticket"), "arrow-merge", public=True),
    "incident.unmerged": Telling(gettext_lazy("%(actor)s undid the merge"), "arrow-back-up", public=True),
    "incident.absorbed": Telling(gettext_lazy("%(actor)s merged another ticket into this one"), "arrow-merge"),
    "incident.gave_back": Telling(gettext_lazy("%(actor)s undid a merge into this ticket"), "arrow-back-up"),
}

TEXTS: dict[str, Text] = {
    "incident.created": Text(
        to("requester"),
        gettext_lazy("We received “%(title)s”. Its number is %(number)s; we will come back to you."),
        tells_actor=True,
    ),
    "incident.assigned": Text(to("assignee"), gettext_lazy("“%(title)s” is assigned to you.")),
    "incident.resolved": Text(
        to("requester", "watchers"),
        gettext_lazy("“%(title)s” is resolved. Please confirm, or reopen it if it is not solved:"),
        quotes="text",
    ),
    "incident.reopened": Text(to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” is open again.")),
    "incident.cancelled": Text(to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” was cancelled.")),
    "incident.merged": Text(
        to("requester", "watchers"),
        gettext_lazy("“%(title)s” is now handled together with another report of the same thing."),
    ),
}


def next_step(ticket: Ticket) -> str:
    """What happens next, for the one who reported it."""
    words = {
        "queue": ticket.queue.name, "number": ticket.number,
        "assignee": ticket.assignee.name if ticket.assignee else "",
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


FACE = Face(
    next_moves={
        "new": (("start", "assign"), ("assign", "escalate", "route")),
        "assigned": (("start", "assign"), ("assign", "escalate", "resolve")),
        "in_progress": (("resolve",), ("escalate", "pend", "assign")),
        "pending": (("resume",), ("assign", "escalate")),
        "resolved": (("confirm", "close"), ("reopen",)),
        "cancelled": ((), ("unmerge",)),
    },
    next_step=next_step,
    lines={
        **WORK_LINES,
        "created": Line(pgettext_lazy("event", "Reported"), "ticket"),
        "resolved": Line(pgettext_lazy("event", "Resolved"), "circle-check"),
        "merged": Line(gettext_lazy("Joined with another report of the same thing"), "arrow-merge"),
        "unmerged": Line(gettext_lazy("Separated from the other report again"), "arrow-back-up"),
        "imported": Line(gettext_lazy("Changed in the former system"), "history"),
    },
    said={"resolved": gettext_lazy("Resolution")},
    panels={"desk": (KNOWN_ERRORS,)},
)
