"""Problems in words: how their events are told, sent and shown, and what people most likely do next."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicedesk.notifications.texts import Text, to
from servicedesk.tickets.faces import Face, Line, Panel
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.tickets.timeline import Telling, work_tellings

from .panels import known_errors_panel, problem_panel

_WORK = work_tellings(Kind.PROBLEM)
TELLINGS: dict[str, Telling] = {
    **{verb: _WORK[verb] for verb in ("problem.assigned", "problem.closed")},
    "problem.created": Telling(gettext_lazy("%(actor)s logged it"), "plus", public=True),
    "problem.investigated": Telling(gettext_lazy("%(actor)s looks into it"), "search", public=True),
    "problem.workaround_published": Telling(
        gettext_lazy("%(actor)s published a workaround"), "book", public=True, quotes="workaround"
    ),
    "problem.resolved": Telling(
        gettext_lazy("%(actor)s resolved it"), "circle-check", public=True, quotes="text",
        desk_quotes=("root_cause", "message"),
    ),
    "problem.cancelled": Telling(gettext_lazy("%(actor)s cancelled it"), "ban", public=True, desk_quotes=("reason",)),
}  # fmt: skip

TEXTS: dict[str, Text] = {
    "problem.assigned": Text(to("assignee"), gettext_lazy("“%(title)s” is assigned to you.")),
    "problem.workaround_published": Text(
        to("requester", "watchers"), gettext_lazy("There is a way around “%(title)s”:"), quotes="workaround"
    ),
    "problem.resolved": Text(to("requester", "watchers"), gettext_lazy("“%(title)s” is resolved:"), quotes="text"),
    "problem.cancelled": Text(to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” was cancelled.")),
}


def next_step(ticket: Ticket) -> str:
    words = {"queue": ticket.queue.name}
    return {
        "logged": _("%(queue)s will look into it."),
        "investigating": _("%(queue)s looks for the cause."),
        "known_error": _("There is a way around it until the cause is gone."),
        "resolved": _("The cause is gone."),
    }.get(ticket.state, _("Nothing more to do.")) % words


FACE = Face(
    next_moves={
        "logged": (("investigate",), ("assign",)),
        "investigating": (("publish_workaround",), ("resolve", "assign")),
        "known_error": (("resolve",), ("assign",)),
        "resolved": (("close",), ()),
    },
    next_step=next_step,
    lines={
        "created": Line(pgettext_lazy("event", "Logged"), "ticket"),
        "assigned": Line(gettext_lazy("Given to a technician"), "user"),
        "investigated": Line(gettext_lazy("Looked into"), "search"),
        "workaround_published": Line(gettext_lazy("A way around it is known"), "book"),
        "resolved": Line(pgettext_lazy("event", "Resolved"), "circle-check"),
        "closed": Line(pgettext_lazy("event", "Closed"), "circle-minus"),
        "cancelled": Line(pgettext_lazy("event", "Cancelled"), "ban"),
    },
    said={"resolved": gettext_lazy("What was done"), "workaround_published": gettext_lazy("Workaround")},
    panels={"desk": (Panel("incidents/problems/_problem.html", problem_panel),)},
)

KNOWN_ERRORS = Panel("incidents/problems/_known_errors.html", known_errors_panel)
