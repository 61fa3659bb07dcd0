"""The ticket workspace, and one page for every action that its machine allows."""

from datetime import timedelta
from typing import Any

from django.contrib import messages as notices
from django.db.models import OuterRef, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from servicedesk.common.errors import InvalidPayload, NotPermitted, WrongState
from servicedesk.tickets.downloads import attachment_response
from servicedesk.tickets.facts import keep_glimpse, with_glimpse
from servicedesk.tickets.models import Attachment, Ticket, TimeEntry
from servicedesk.tickets.reading import note_opening
from servicedesk.tickets.submissions import Submission
from servicedesk.tickets.timeline import changes_since

from .gates import desk_page
from .registers import Desk, action_page, refused
from .workspace import refused_composer, workspace

# Actions whose form is part of the workspace itself; the others have a page or a dialog.
COMPOSED = ("reply", "note")
# What a link, or a form that asks more, may say beforehand.
FROM_LINK = ("task", "proposal", "other", "kind", "catalogue_item")
MINUTES = Subquery(
    TimeEntry.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket").annotate(n=Sum("minutes")).values("n")
)


@desk_page
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """``/desk/tickets/<number>/``: the workspace. A number of another kind or spelling leads to the right address."""
    found = _found(request, number)
    if request.method == "POST":
        return _compose(request, found)
    if number != found.number:
        return redirect("console:ticket", number=found.number)
    note_opening(found, request.user)
    return render(request, "console/ticket.html", workspace(found, request.user))


def _found(request: HttpRequest, number: str) -> Ticket:
    """The full record behind ``number`` that the reader may see, or ``Hidden``."""
    visible = Ticket.objects.visible_to(request.user).for_page().annotate(minutes=MINUTES)
    visible = with_glimpse(visible, request.user)
    base = visible.select_related("requester__photo").defer("requester__photo__jpeg").get_by_number(number)
    found = base.specific
    keep_glimpse(found, base, request.user)
    found.minutes = base.minutes
    return found


def _compose(request: HttpRequest, found: Ticket) -> HttpResponse:
    """A reply or a note, from the composer. Whatever is refused, the text comes back."""
    kind = request.POST.get("kind", "")
    submission = Submission.of(found, kind if kind in COMPOSED else "note", request.POST, request.FILES)
    try:
        if kind not in COMPOSED:
            raise InvalidPayload(_("Choose whether this is a reply or an internal note."))
        passage = submission.carry_out(found, by=request.user, at_version=False)
    except InvalidPayload as error:
        form = submission.form(found, by=request.user, error=error)
        context = workspace(found, request.user)
        context["composer"] = refused_composer(context["composer"], form, kind, files_lost=submission.has_files)
        return render(request, "console/ticket.html", context, status=422)
    except (NotPermitted, WrongState) as refusal:
        return refused(TICKETS, request, found, submission, refusal)
    notices.success(request, _("Your reply is sent.") if kind == "reply" else _("Your note is added."))
    return redirect(f"{reverse('console:ticket', args=[found.number])}#message-{passage.result.pk}")


def _initial(request: HttpRequest, found: Ticket, name: str) -> dict[str, Any]:
    """What the form of one action starts with: what the ticket says now, or what the link named."""
    match name:
        case "edit":
            return {"title": found.title, "description": found.description}
        case "set_priority":
            by_hand = found.priority if found.priority_by_hand else ""
            return {"impact": found.impact, "urgency": found.urgency, "priority": by_hand}
        case "categorise":
            return {"category": found.category}
        case "tag":
            return {"tags": list(found.tags.values_list("slug", flat=True))}
        case "flag_major":
            return {"major": not getattr(found, "is_major", False)}
        case "assign":
            return {"assignee": found.assignee or request.user}
        case "pend":
            tomorrow = timezone.localtime() + timedelta(days=1)
            return {"follow_up_at": tomorrow.replace(minute=0, second=0, microsecond=0)}
    return {key: request.GET[key][:80] for key in FROM_LINK if key in request.GET}


TICKETS = Desk(
    find=lambda request, number, _action: _found(request, number),
    page=lambda found: reverse("console:ticket", args=[found.number]),
    action=lambda found, name: reverse("console:action", args=[found.number, name]),
    home=lambda: reverse("console:queue"),
    initial=_initial,
    changes=changes_since,
    elsewhere=frozenset(COMPOSED),
    back=gettext_lazy("Back to the ticket"),
    gone=gettext_lazy("%(number)s now belongs to another desk."),
)
action = action_page(TICKETS)


@desk_page
@require_GET
def file(request: HttpRequest, number: str, uuid: str) -> HttpResponse:
    """A file of the ticket, as a download, for whoever may read the message it hangs on."""
    found = _found(request, number)
    note_opening(found, request.user)
    return attachment_response(get_object_or_404(Attachment.objects.readable_by(request.user, found), uuid=uuid))
