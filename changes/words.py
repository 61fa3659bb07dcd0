"""Changes in words: how their events are told, sent and shown, and what people most likely do next."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicedesk.notifications.texts import Text, to
from servicedesk.tickets.faces import Face, Line, Panel
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.tickets.timeline import Telling, work_tellings

from .panels import change_panel

_WORK = work_tellings(Kind.CHANGE)
TELLINGS: dict[str, Telling] = {
    "change.assigned": _WORK["change.assigned"],
    "change.created": Telling(gettext_lazy("%(actor)s began to plan it"), "plus", public=True),
    "change.planned": Telling(
        gettext_lazy("%(actor)s changed the plan"), "edit", desk_quotes=("outage", "plan", "back_out", "test_plan")
    ),
    "change.submitted": Telling(gettext_lazy("%(actor)s submitted it"), "send", public=True),
    "change.assessed": Telling(
        gettext_lazy("%(actor)s assessed it"), "list-check", public=True, desk_quotes=("assessment",)
    ),
    "change.sent_back": Telling(
        gettext_lazy("It was sent back to be planned anew"), "arrow-back-up", public=True, desk_quotes=("reason",)
    ),
    "change.conflict_waived": Telling(
        gettext_lazy("%(actor)s accepted a conflict"), "alert-triangle", desk_quotes=("reason",)
    ),
    "change.authorised": Telling(gettext_lazy("It was authorised"), "check", public=True),
    "change.begun": Telling(gettext_lazy("%(actor)s began the work"), "player-play", public=True),
    "change.completed": Telling(
        gettext_lazy("%(actor)s completed it"), "circle-check", public=True, quotes="text"
    ),
    "change.review_missed": Telling(gettext_lazy("The review is overdue"), "clock"),
    "change.reviewed": Telling(
        gettext_lazy("%(actor)s reviewed it"), "circle-check", public=True, desk_quotes=("text",)
    ),
    "change.cancelled": Telling(gettext_lazy("%(actor)s cancelled it"), "ban", public=True, desk_quotes=("reason",)),
}  # fmt: skip

TEXTS: dict[str, Text] = {
    "change.assigned": Text(to("assignee"), gettext_lazy("“%(title)s” is assigned to you.")),
    "change.sent_back": Text(
        to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” was sent back to be planned anew:"),
        quotes="reason",
    ),
    "change.authorised": Text(
        to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” is authorised: it takes place as planned.")
    ),
    "change.begun": Text(to("requester", "watchers"), gettext_lazy("The work on “%(title)s” has begun.")),
    "change.completed": Text(to("requester", "watchers"), gettext_lazy("“%(title)s” is done:"), quotes="text"),
    "change.review_missed": Text(
        to("requester", "assignee", "watchers"),
        gettext_lazy("“%(title)s” was an emergency. It should have been reviewed by now."),
    ),
    "change.cancelled": Text(
        to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” was cancelled:"), quotes="reason"
    ),
}  # fmt: skip


def next_step(ticket: Ticket) -> str:
    change = ticket.specific
    start = change.planned_start  # type: ignore[attr-defined]
    words = {
        "queue": ticket.queue.name,
        "start": date_format(localtime(start), "DATETIME_FORMAT") if start else "",
    }  # fmt: skip
    return {
        "draft": _("It is being planned."),
        "assessment": _("%(queue)s weighs its risk."),
        "authorisation": _("It must be authorised first. Whoever decides has been told."),
        "scheduled": _("It takes place from %(start)s on."),
        "implementing": _("It is being made."),
        "review": _("It is made, and will be reviewed."),
    }.get(ticket.state, _("Nothing more to do.")) % words


FACE = Face(
    next_moves={
        "draft": (("submit",), ("plan",)),
        "assessment": (("assess",), ("send_back", "plan")),
        "authorisation": (("decide",), ("waive_conflict", "send_back")),
        "scheduled": (("implement",), ("plan", "send_back")),
        "implementing": (("complete",), ()),
        "review": (("review",), ()),
    },
    next_step=next_step,
    lines={
        "created": Line(pgettext_lazy("event", "Planned"), "ticket"),
        "assigned": Line(gettext_lazy("Given to a technician"), "user"),
        "submitted": Line(pgettext_lazy("event", "Submitted"), "send"),
        "assessed": Line(pgettext_lazy("event", "Assessed"), "list-check"),
        "sent_back": Line(gettext_lazy("Sent back to be planned anew"), "arrow-back-up"),
        "authorised": Line(pgettext_lazy("event", "Authorised"), "check"),
        "begun": Line(gettext_lazy("Work begins"), "player-play"),
        "completed": Line(pgettext_lazy("event", "Done"), "circle-check"),
        "reviewed": Line(pgettext_lazy("event", "Reviewed"), "circle-minus"),
        "cancelled": Line(pgettext_lazy("event", "Cancelled"), "ban"),
    },
    said={"completed": gettext_lazy("What was done")},
    panels={"desk": (Panel("changes/_change.html", change_panel),)},
)
