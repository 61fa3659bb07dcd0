"""Cases in words: how their events are told, sent and shown, and what people most likely do next."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicedesk.notifications.texts import Text, to
from servicedesk.tickets.faces import Face, Line, Panel
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.tickets.timeline import Telling, work_tellings

from .panels import case_panel

_WORK = work_tellings(Kind.CASE)
TELLINGS: dict[str, Telling] = {
    "case.assigned": _WORK["case.assigned"],
    "case.closed": Telling(gettext_lazy("It was closed"), "circle-minus", public=True, desk_quotes=("waiver",)),
    "case.created": Telling(gettext_lazy("%(actor)s opened the case"), "plus", public=True),
    "case.approved": Telling(gettext_lazy("It was approved"), "check", public=True),
    "case.preparing": Telling(gettext_lazy("The teams prepare it"), "list-check", public=True),
    "case.ready": Telling(gettext_lazy("Everything is ready"), "circle-check", public=True),
    "case.held": Telling(
        gettext_lazy("%(actor)s put it on hold"), "player-pause", public=True, desk_quotes=("reason",)
    ),
    "case.unheld": Telling(gettext_lazy("It goes on"), "player-play", public=True),
    "case.day_one": Telling(gettext_lazy("The first day"), "sun", public=True),
    "case.scheduled": Telling(gettext_lazy("%(actor)s said when access ends"), "calendar-time"),
    "case.access_revoked": Telling(gettext_lazy("Access ended"), "lock"),
    "case.recovering": Telling(gettext_lazy("What is left is collected"), "refresh"),
    "case.verified": Telling(gettext_lazy("%(actor)s verified it"), "square-check", public=True),
    "case.reopened": Telling(gettext_lazy("Something came back: it is open again"), "rotate-clockwise",
                             desk_quotes=("reason",)),
    "case.cancelled": Telling(gettext_lazy("%(actor)s cancelled it"), "ban", public=True, desk_quotes=("reason",)),
}  # fmt: skip

TEXTS: dict[str, Text] = {
    "case.assigned": Text(to("assignee"), gettext_lazy("“%(title)s” is assigned to you.")),
    "case.approved": Text(to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” is approved.")),
    "case.ready": Text(to("requester", "watchers"), gettext_lazy("“%(title)s”: everything is ready.")),
    "case.access_revoked": Text(to("requester", "assignee"), gettext_lazy("“%(title)s”: access ended.")),
    "case.reopened": Text(
        to("requester", "assignee"), gettext_lazy("“%(title)s” is open again, because something came back:"),
        quotes="reason",
    ),
    "case.cancelled": Text(
        to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” was cancelled:"), quotes="reason"
    ),
}  # fmt: skip


def next_step(ticket: Ticket) -> str:
    case = ticket.specific
    words = {"queue": ticket.queue.name, "day": date_format(case.on, "DATE_FORMAT")}  # type: ignore[attr-defined]
    return {
        "requested": _("The line manager must approve it first."),
        "approved": _("%(queue)s prepares it."),
        "preparing": _("The teams prepare everything for %(day)s."),
        "ready": _("Everything is ready for %(day)s."),
        "on_hold": _("It is on hold."),
        "day_one": _("The last things are done and checked."),
        "notified": _("%(queue)s says when access ends."),
        "scheduled": _("Access ends as planned."),
        "access_revoked": _("Access has ended; what is left is collected next."),
        "recovering": _("What is left is collected."),
        "verified": _("Everything was checked."),
    }.get(ticket.state, _("Nothing more to do.")) % words


FACE = Face(
    next_moves={
        "requested": (("decide",), ()),
        "approved": (("prepare",), ("hold",)),
        "preparing": (("make_ready",), ("hold",)),
        "ready": (("start",), ("hold",)),
        "on_hold": (("unhold",), ()),
        "day_one": (("verify",), ()),
        "notified": (("schedule",), ("assign",)),
        "scheduled": (("revoke",), ("assign",)),
        "access_revoked": (("recover",), ("assign",)),
        "recovering": (("verify",), ("assign",)),
        "verified": (("close",), ()),
    },
    next_step=next_step,
    lines={
        "created": Line(pgettext_lazy("event", "Opened"), "ticket"),
        "assigned": Line(gettext_lazy("Given to somebody"), "user"),
        "approved": Line(pgettext_lazy("event", "Approved"), "check"),
        "preparing": Line(gettext_lazy("The teams prepare it"), "list-check"),
        "ready": Line(gettext_lazy("Everything is ready"), "circle-check"),
        "held": Line(gettext_lazy("Put on hold"), "player-pause"),
        "unheld": Line(gettext_lazy("Goes on"), "player-play"),
        "day_one": Line(gettext_lazy("The first day"), "sun"),
        "verified": Line(gettext_lazy("Checked"), "square-check"),
        "closed": Line(pgettext_lazy("event", "Closed"), "circle-minus"),
        "cancelled": Line(pgettext_lazy("event", "Cancelled"), "ban"),
    },
    panels={"desk": (Panel("onboarding/_case.html", case_panel),)},
)
