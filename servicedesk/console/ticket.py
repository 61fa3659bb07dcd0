"""The ticket workspace, and one page for every action that its machine allows."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.db.models import OuterRef, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from servicedesk.common.errors import DomainError, InvalidPayload, NotPermitted, StaleVersion, WrongState
from servicedesk.tickets.access import can_view
from servicedesk.tickets.downloads import attachment_response
from servicedesk.tickets.models import Attachment, Ticket, TimeEntry
from servicedesk.tickets.reading import note_opening
from servicedesk.tickets.submissions import Submission
from servicedesk.tickets.timeline import changes_since
from servicedesk.workflow import PayloadForm, machine_of, payload_form

from .gates import desk_page
from .workspace import refused_composer, workspace

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
    visible = Ticket.objects.visible_to(request.user).for_page().annotate(minutes=MINUTES)
    base = visible.select_related("requester__photo").defer("requester__photo__jpeg").get_by_number(number)
    found = base.specific
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
        return _refused(request, found, submission, refusal)
    notices.success(request, _("Your reply is sent.") if kind == "reply" else _("Your note is added."))
    return redirect(f"{reverse('console:ticket', args=[found.number])}#message-{passage.result.pk}")


@desk_page
def action(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """``/desk/tickets/<number>/<action>/``: its form, and the doing of it."""
    found = _found(request, number)
    if name not in machine_of(type(found)).actions or name in COMPOSED:
        raise Http404
    if request.method != "POST":
        form = payload_form(found, name, by=request.user, initial=_initial(request, found, name))
        return _form_page(request, found, name, form, found.version)
    submission = Submission.of(found, name, request.POST, request.FILES)
    try:
        passage = submission.carry_out(found, by=request.user)
    except InvalidPayload as error:
        form = submission.form(found, by=request.user, error=error)
        version = submission.version or found.version
        return _form_page(request, found, name, form, version, status=422, files_lost=submission.has_files)
    except StaleVersion as stale:
        return _conflict(request, _found(request, number), name, submission, stale)
    except (NotPermitted, WrongState) as refusal:
        return _refused(request, found, submission, refusal)
    return _done(request, passage.record, machine_of(type(found)).actions[name].label)


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
    return {key: request.GET[key][:64] for key in ("task", "proposal") if key in request.GET}


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
    try:
        form = submission.form(now, by=request.user)
    except (NotPermitted, WrongState) as refusal:
        return _refused(request, now, submission, refusal, since=stale.expected)
    return _form_page(
        request, now, name, form, now.version, status=409, conflict=stale.sentence, files_lost=submission.has_files,
        changes=changes_since(now, request.user, stale.expected),
    )  # fmt: skip


def _refused(
    request: HttpRequest, now: Ticket, submission: Submission, refusal: DomainError, *, since: int | None = None
) -> HttpResponse:
    """It can no longer be done at all: why, what changed, and the text to copy. A dialog keeps its text itself."""
    if request.htmx:
        raise refusal
    row = machine_of(type(now)).actions[submission.action]
    written = (row.form or PayloadForm).base_fields
    kept = [
        (written[name].label or name, value)
        for name, value in submission.details.items()
        if name in written and isinstance(written[name], forms.CharField) and str(value).strip()
    ]
    context = {
        "ticket": now, "action": row, "refusal": refusal, "kept": kept, "files_lost": submission.has_files,
        "changes": changes_since(now, request.user, since) if since is not None else [],
        "back": reverse("console:ticket", args=[now.number]),
    }  # fmt: skip
    return render(request, "console/refused.html", context, status=refusal.status)


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
    note_opening(found, request.user)
    return attachment_response(get_object_or_404(Attachment.objects.readable_by(request.user, found), uuid=uuid))
