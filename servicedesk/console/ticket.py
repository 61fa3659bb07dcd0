"""The ticket workspace, and one page for every action that its machine allows."""

from typing import Any

from django.contrib import messages as notices
from django.db.models import OuterRef, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from servicedesk.common.errors import InvalidPayload, StaleVersion
from servicedesk.tickets.access import can_view
from servicedesk.tickets.downloads import attachment_response
from servicedesk.tickets.models import Attachment, Ticket, TimeEntry
from servicedesk.tickets.reading import note_opening
from servicedesk.tickets.submissions import Submission
from servicedesk.tickets.timeline import changes_since
from servicedesk.workflow import PayloadForm, machine_of, payload_form

from .gates import desk_page
from .workspace import conversation_form, workspace

# Actions whose form is part of the workspace itself; the others have a page or a dialog.
COMPOSED = ("reply", "note")
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
    base = Ticket.objects.visible_to(request.user).for_page().annotate(minutes=MINUTES).get_by_number(number)
    found = base.specific
    found.minutes = base.minutes
    return found


def _compose(request: HttpRequest, found: Ticket) -> HttpResponse:
    """A reply or a note, from the composer."""
    kind = request.POST.get("kind", "")
    if kind not in COMPOSED:
        raise InvalidPayload(_("Choose whether this is a reply or an internal note."))
    submission = Submission.of(found, kind, request.POST, request.FILES)
    try:
        passage = submission.carry_out(found, by=request.user, at_version=False)
    except InvalidPayload as error:
        form = submission.form(found, by=request.user, error=error)
        context = workspace(found, request.user) | {"composer": conversation_form(form, kind)}
        return render(request, "console/ticket.html", context, status=422)
    notices.success(request, _("Your reply is sent.") if kind == "reply" else _("Your note is kept."))
    return redirect(f"{reverse('console:ticket', args=[found.number])}#message-{passage.result.pk}")


@desk_page
def action(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """``/desk/tickets/<number>/<action>/``: its form, and the doing of it."""
    found = _found(request, number)
    if name not in machine_of(type(found)).actions or name in COMPOSED:
        raise Http404
    if request.method != "POST":
        form = payload_form(found, name, by=request.user, initial=_initial(found))
        return _form_page(request, found, name, form, found.version)
    submission = Submission.of(found, name, request.POST, request.FILES)
    try:
        passage = submission.carry_out(found, by=request.user)
    except InvalidPayload as error:
        form = submission.form(found, by=request.user, error=error)
        return _form_page(request, found, name, form, submission.version or found.version, status=422)
    except StaleVersion as stale:
        return _conflict(request, _found(request, number), name, submission, stale)
    return _done(request, passage.record, machine_of(type(found)).actions[name].label)


def _initial(found: Ticket) -> dict[str, Any]:
    return {
        "title": found.title, "description": found.description, "impact": found.impact, "urgency": found.urgency,
        "priority": found.priority if found.priority_by_hand else "", "category": found.category,
        "tags": list(found.tags.values_list("slug", flat=True)), "major": getattr(found, "is_major", False),
        "assignee": found.assignee,
    }  # fmt: skip


def _form_page(
    request: HttpRequest, found: Ticket, name: str, form: PayloadForm, version: int, *, status: int = 200, **extra: Any
) -> HttpResponse:
    row = machine_of(type(found)).actions[name]
    context = {
        "ticket": found, "action": row, "form": form, "version": version,
        "base": "ui/dialog.html" if request.htmx else "console/base.html",
        "url": reverse("console:action", args=[found.number, name]),
        "back": reverse("console:ticket", args=[found.number]),
        "has_files": form.is_multipart(), **extra,
    }  # fmt: skip
    return render(request, "console/action.html", context, status=status)


def _conflict(
    request: HttpRequest, now: Ticket, name: str, submission: Submission, stale: StaleVersion
) -> HttpResponse:
    """Somebody was quicker: show what they changed, keep what was written, and let the person decide."""
    form = submission.form(now, by=request.user)
    return _form_page(
        request, now, name, form, now.version, status=409, conflict=stale.sentence,
        changes=changes_since(now, request.user, stale.expected),
    )  # fmt: skip


def _done(request: HttpRequest, record: Ticket, label: Any) -> HttpResponse:
    """Back to the workspace, or to the queue when the ticket has left one's sight."""
    fresh = Ticket.objects.get(pk=record.pk)
    if can_view(request.user, fresh):
        address = reverse("console:ticket", args=[fresh.number])
        notices.success(request, _("%(number)s: “%(action)s” is done.") % {"number": fresh.number, "action": label})
    else:
        address = reverse("console:queue")
        notices.success(request, _("%(number)s now belongs to another desk.") % {"number": fresh.number})
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


@desk_page
@require_GET
def file(request: HttpRequest, number: str, uuid: str) -> HttpResponse:
    """A file of the ticket, as a download, for whoever may read the message it hangs on."""
    found = _found(request, number)
    return attachment_response(get_object_or_404(Attachment.objects.readable_by(request.user, found), uuid=uuid))
