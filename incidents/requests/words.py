"""Service requests in words: how their events are told, sent and shown, and what people most likely do next."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicedesk.notifications.texts import Text, to
from servicedesk.tickets.faces import WORK_LINES, Face, Line, Panel
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.tickets.timeline import Telling, work_tellings

from .panels import answers_panel

TELLINGS: dict[str, Telling] = {
    **work_tellings(Kind.REQUEST),
    "request.created": Telling(gettext_lazy("%(actor)s asked for it"), "plus", public=True),
    "request.approval_asked": Telling(gettext_lazy("It waits for approval"), "help-circle", public=True),
    "request.approved": Telling(gettext_lazy("It was approved"), "check", public=True),
    "request.rejected": Telling(gettext_lazy("%(actor)s did not approve it"), "x", public=True, quotes="comment"),
    "request.revised": Telling(gettext_lazy("%(actor)s changed what is asked for"), "edit", public=True),
    "request.begun": Telling(gettext_lazy("The work begins"), "player-play", public=True),
    "request.fulfilled": Telling(gettext_lazy("%(actor)s fulfilled it"), "circle-check", public=True, quotes="text"),
}

TEXTS: dict[str, Text] = {
    "request.created": Text(
        to("requester"), gettext_lazy("We received your request “%(title)s”. Its number is %(number)s."),
        tells_actor=True,
    ),
    "request.assigned": Text(to("assignee"), gettext_lazy("“%(title)s” is assigned to you.")),
    "request.approved": Text(to("requester"), gettext_lazy("“%(title)s” is approved: the work begins.")),
    "request.rejected": Text(
        to("requester", "watchers"),
        gettext_lazy("“%(title)s” was not approved. You can change it and send it again within 30 days:"),
        quotes="comment",
    ),
    "request.fulfilled": Text(
        to("requester", "watchers"),
        gettext_lazy("“%(title)s” is done. Please confirm, or reopen it if something is missing:"), quotes="text",
    ),
    "request.reopened": Text(to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” is open again.")),
    "request.cancelled": Text(to("requester", "assignee", "watchers"), gettext_lazy("“%(title)s” was cancelled.")),
}  # fmt: skip


def next_step(ticket: Ticket) -> str:
    """What happens next, for the one who asked."""
    words = {
        "queue": ticket.queue.name, "number": ticket.number,
        "assignee": ticket.assignee.name if ticket.assignee else "",
    }  # fmt: skip
    if ticket.state == "awaiting_approval":
        return _("It must be approved first. Whoever decides has been told.")
    if ticket.state == "rejected":
        return _("You can change it and send it again within 30 days.")
    if ticket.state == "fulfilment":
        if ticket.assignee_id:
            return _("%(assignee)s is working on it.") % words
        return _("%(queue)s has it and works on it next.") % words
    if ticket.state == "closed":
        return _("Nothing more to do.")
    if ticket.state == "cancelled":
        return _("Nobody works on it any more. If you still need it, ask for it again.")
    return _("%(queue)s has your request.") % words


FACE = Face(
    next_moves={
        "awaiting_approval": (("decide",), ()),
        "fulfilment": (("fulfil", "start", "assign"), ("assign", "pend", "escalate")),
        "pending": (("resume",), ("assign", "escalate")),
        "fulfilled": (("confirm", "close"), ("reopen",)),
        "rejected": (("revise",), ()),
    },
    next_step=next_step,
    lines={
        **WORK_LINES,
        "created": Line(pgettext_lazy("event", "Asked for"), "ticket"),
        "approval_asked": Line(gettext_lazy("Waits for approval"), "help-circle"),
        "approved": Line(pgettext_lazy("event", "Approved"), "check"),
        "rejected": Line(gettext_lazy("Not approved"), "x"),
        "revised": Line(gettext_lazy("Changed and sent again"), "edit"),
        "begun": Line(gettext_lazy("Work begins"), "player-play"),
        "fulfilled": Line(pgettext_lazy("event", "Done"), "circle-check"),
    },
    said={"fulfilled": gettext_lazy("What was done"), "rejected": gettext_lazy("Not approved")},
    confirm_words=gettext_lazy("Yes, it is done"),
    panels={
        "desk": (Panel("incidents/requests/_answers.html", answers_panel),),
        "portal": (Panel("incidents/requests/_portal.html", answers_panel),),
    },
)
