"""One ticket as an employee reads it, and what they can do to it."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.common.errors import DomainError, Hidden, InvalidPayload, NotPermitted, StaleVersion
from servicedesk.common.types import StrOrPromise
from servicedesk.tickets.access import Access, can_view
from servicedesk.tickets.downloads import attachment_response
from servicedesk.tickets.faces import face_of, panels_of
from servicedesk.tickets.models import Attachment, Message, Ticket
from servicedesk.tickets.reading import note_opening, ticket_for
from servicedesk.tickets.states import VOCABULARY
from servicedesk.tickets.submissions import Submission
from servicedesk.tickets.timeline import readable_events
from servicedesk.workflow import Option, PayloadForm, machine_of, options, payload_form

from ..words import Told, named_in, standing_of, status_change, tell, told_events, told_verbs
from .pages import page_or_part

# What this page offers. Everything else that one may do to a ticket is done at the desk.
OFFERED = ("reply", "watch", "unwatch", "confirm", "reopen", "cancel", "decide", "revise")


@dataclass(frozen=True)
class File:
    """A file as the components show it."""

    name: str
    size: int
    url: str


@dataclass(frozen=True)
class Said:
    """A message of the conversation, the description being the first one."""

    author: str
    at: Any
    text: str
    files: list[File]
    kind: str = ""
    anchor: str = ""
    mine: bool = False


@require_safe
@login_required
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """``/tickets/<number>/``: a number in another spelling, or of a former kind, goes to the present one."""
    found = ticket_for(request.user, number)
    if number != found.number:
        return redirect("portal:ticket", number=found.number)
    note_opening(found, request.user)
    return ticket_page(request, found)


@require_safe
@login_required
def file(request: HttpRequest, number: str, uuid: UUID) -> FileResponse:
    """A file of a ticket, as a download. Files of notes are for those who read notes."""
    found = ticket_for(request.user, number)
    attachment = Attachment.objects.readable_by(request.user, found).filter(uuid=uuid).first()
    if attachment is None:
        raise Hidden(_("There is no such file, or it is not for you to see."))
    note_opening(found, request.user)
    return attachment_response(attachment)


def ticket_page(
    request: HttpRequest, found: Ticket, *, reply_form: PayloadForm | None = None, status: int = 200
) -> HttpResponse:
    """The whole page, or with htmx the ticket alone; ``reply_form`` brings back a refused reply."""
    facts = machine_of(type(found)).facts(found, request.user)
    can = {option.name: option for option in options(found, request.user, facts=facts) if option.name in OFFERED}
    if reply_form is None and can["reply"].allowed:
        reply_form = payload_form(found, "reply", by=request.user, facts=facts)
    conversation, loose_files = _conversation(found, request.user)
    context = {
        "ticket": found,
        "standing": standing_of(found, request.user),
        "face": face_of(found.kind),
        "is_settled": VOCABULARY[found.kind][found.state].is_settled,
        "conversation": conversation,
        "files": loose_files,
        "reply_form": reply_form,
        "can": can,
        "is_followed": facts.is_watcher,
        "refusal": _refusal(found, can),
        "panels": panels_of(found, request.user, "portal"),
        "joined": Ticket.objects.visible_to(request.user).filter(Q(pk=found.merged_into_id) | Q(merged_into=found.pk)),
        "has_desk": bool(Access.of(request.user).on(found.queue_id)),
    }
    return page_or_part(request, "portal/ticket.html", "portal/_ticket.html", context, status=status)


def _conversation(found: Ticket, reader: Employee) -> tuple[list[Said | Told], list[File]]:
    """Public messages and public events by time, and the files that hang on no message.

    Notes stay at the desk, also for those who may read them there.
    """
    on_messages: dict[int | None, list[File]] = {}
    for attachment in Attachment.objects.readable_by(reader, found).filter(internal=False):
        url = reverse("portal:file", args=[found.number, attachment.uuid])
        on_messages.setdefault(attachment.message_id, []).append(File(attachment.name, attachment.size, url))
    said = [
        Said(
            author=message.author.name, at=message.at, text=message.body, files=on_messages.get(message.pk, []),
            anchor=f"m-{message.uuid}", mine=message.author_id == reader.pk,
        )
        for message in Message.objects.readable_by(reader, found).filter(internal=False).select_related("author")
    ]  # fmt: skip
    loose = on_messages.get(None, [])
    events = list(told_events(found, reader))
    names = named_in(events)
    told = [
        _entry(event, found, names, reader) for event in events if not (found.description and _is(event, "created"))
    ]
    if found.description:
        said.insert(0, _report(found, reader))
    return sorted([*said, *told], key=lambda entry: entry.at), loose


def _entry(event: Event, found: Ticket, names: dict[int, str], reader: Employee) -> Said | Told:
    """A line of the timeline; what was done to resolve it, say, reads like a message."""
    told = tell(event, names)
    kind = face_of(found.kind).said.get(event.verb.partition(".")[2])
    if kind is None or not told.detail:
        return told
    return Said(
        author=event.actor.name, at=event.at, text=told.detail, files=[], kind=str(kind),
        mine=event.actor_id == reader.pk,
    )  # fmt: skip


def _is(event: Event, name: str) -> bool:
    return event.verb.endswith(f".{name}")


def _report(found: Ticket, reader: Employee) -> Said:
    return Said(
        author=found.requester.name, at=found.opened_at, text=found.description, files=[], kind=_("Report"),
        anchor="report", mine=found.requester_id == reader.pk,
    )  # fmt: skip


def _refusal(found: Ticket, can: dict[str, Option]) -> str:
    """Why the requester can no longer reopen what is resolved, when only the time forbids it."""
    reopen = can.get("reopen")
    settled = VOCABULARY[found.kind][found.state].is_settled
    return reopen.reason if reopen and settled and not reopen.allowed and reopen.kind == "guard" else ""


class ActionView(LoginRequiredMixin, View):
    """One action on one ticket. POST does it; GET shows its form where it has a page of its own."""

    http_method_names = ["get", "head", "post"]
    action: ClassVar[str] = ""
    done: ClassVar[StrOrPromise] = ""
    lead: ClassVar[StrOrPromise] = ""
    has_page: ClassVar[bool] = False
    at_version: ClassVar[bool] = True
    template: ClassVar[str] = "portal/action.html"

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        found = self.found(number)
        if not self.has_page:
            return redirect("portal:ticket", number=found.number)
        return self.form_page(found, payload_form(found, self.action, by=request.user, initial=self.initial()))

    def found(self, number: str) -> Ticket:
        """The ticket, if its kind knows this action at all."""
        found = ticket_for(self.request.user, number)
        if self.action not in machine_of(type(found)).actions:
            raise NotPermitted(_("This is not something that can be done to %(number)s.") % {"number": found.number})
        return found

    def initial(self) -> dict[str, Any]:
        """What the form begins with, beside what it knows itself."""
        return {}

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        found = self.found(number)
        sent = Submission.of(found, self.action, request.POST, request.FILES)
        if self.is_too_old(found, sent):
            return self.conflict(sent)
        try:
            passage = sent.carry_out(found, by=request.user, at_version=self.at_version)
        except InvalidPayload as error:
            return self.refused(found, sent.form(found, by=request.user, error=error))
        except StaleVersion:
            return self.conflict(sent)
        return self.carried_out(passage.record)

    def is_too_old(self, found: Ticket, sent: Submission) -> bool:
        """Refuse before the door does: for actions that the version alone does not make impossible."""
        return False

    def form_page(self, found: Ticket, form: PayloadForm, status: int = 200) -> HttpResponse:
        context = {
            "ticket": found, "form": form, "label": machine_of(type(found)).actions[self.action].label,
            "lead": self.lead, "danger": machine_of(type(found)).actions[self.action].danger, "base": self._base(),
            "version": found.version, **self.more_context(found),
        }  # fmt: skip
        return render(self.request, self.template, context, status=status)

    def more_context(self, found: Ticket) -> dict[str, Any]:
        return {}

    def refused(self, found: Ticket, form: PayloadForm) -> HttpResponse:
        return self.form_page(found, form, status=422)

    def carried_out(self, record: Ticket) -> HttpResponse:
        messages.success(self.request, self.done)
        if not can_view(self.request.user, record):
            return self._go(reverse("portal:tickets"))
        return self._go(reverse("portal:ticket", args=[record.number]))

    def conflict(self, sent: Submission) -> HttpResponse:
        """What changed since the form was made, what the person wrote, and a way to send it anyway."""
        found = ticket_for(self.request.user, self.kwargs["number"])
        form, reason = None, ""
        try:
            form = sent.form(found, by=self.request.user)
        except DomainError as error:
            reason = error.sentence
        events = changed_since(found, self.request.user, sent.version or 0)
        names = named_in(events)
        context = {
            "ticket": found, "standing": standing_of(found, self.request.user), "form": form, "reason": reason,
            "label": machine_of(type(found)).actions[self.action].label, "base": self._base(),
            "url": self.request.path, "files_lost": sent.has_files, "version": found.version,
            "changes": [(tell(event, names), status_change(event, found.kind)) for event in events],
            "kept": "\n\n".join(value for value in sent.details.values() if isinstance(value, str)),
        }  # fmt: skip
        return render(self.request, "portal/conflict.html", context, status=409)

    def _base(self) -> str:
        return "ui/dialog.html" if self.request.htmx else "ui/portal_base.html"

    def _go(self, url: str) -> HttpResponse:
        return HttpResponseClientRedirect(url) if self.request.htmx else redirect(url)


def changed_since(found: Ticket, reader: Employee, version: int) -> list[Event]:
    """The events after ``version`` that this page has words for, oldest first."""
    events = readable_events(found, reader).filter(verb__in=told_verbs(found.kind))
    return list(events.filter(details__version__gt=version))


class ReplyView(ActionView):
    """A public reply with files. Written on an older page it goes through, unless the status changed meanwhile."""

    action = "reply"
    done = gettext_lazy("Your message was sent.")
    at_version = False

    def is_too_old(self, found: Ticket, sent: Submission) -> bool:
        if sent.version is None or sent.version == found.version:
            return False
        return any(
            event.source != event.target and event.actor_id != self.request.user.pk
            for event in changed_since(found, self.request.user, sent.version)
        )

    def refused(self, found: Ticket, form: PayloadForm) -> HttpResponse:
        return ticket_page(self.request, found, reply_form=form, status=422)


class ConfirmView(ActionView):
    action = "confirm"
    done = gettext_lazy("Thank you. The ticket is closed.")

    def refused(self, found: Ticket, form: PayloadForm) -> HttpResponse:
        raise InvalidPayload({"": [str(sentence) for sentence in form.non_field_errors()]})


class ReopenView(ActionView):
    action = "reopen"
    done = gettext_lazy("The ticket is open again, and its team knows.")
    lead = gettext_lazy("Say what is still wrong, so the team can go on where it stopped.")
    has_page = True


class CancelView(ActionView):
    action = "cancel"
    done = gettext_lazy("The ticket is cancelled.")
    lead = gettext_lazy("Nobody will work on it any more. This cannot be undone: you would ask for it again.")
    has_page = True


class ReviseView(ActionView):
    action = "revise"
    done = gettext_lazy("Your request is sent again.")
    lead = gettext_lazy("Change what you asked for. Whoever decides is asked again.")
    has_page = True


class DecideView(ActionView):
    """``/tickets/<number>/decide/``: what is asked for, and the decision on it."""

    action = "decide"
    done = gettext_lazy("Your decision is noted.")
    has_page = True
    template = "portal/decide.html"

    def initial(self) -> dict[str, Any]:
        return {"approval": self.request.GET.get("approval", "")[:36]}

    def more_context(self, found: Ticket) -> dict[str, Any]:
        return {"panels": panels_of(found, self.request.user, "portal")}

    def carried_out(self, record: Ticket) -> HttpResponse:
        messages.success(self.request, self.done)
        return self._go(reverse("portal:approvals"))

    def conflict(self, sent: Submission) -> HttpResponse:
        """What is asked for now, to be read anew before it is decided; without a way to send it unread."""
        found = self.found(self.kwargs["number"])
        try:
            form = sent.form(found, by=self.request.user)
        except DomainError:
            return super().conflict(sent)
        messages.warning(self.request, _("This was changed after you opened it. Read it again, then decide."))
        return self.form_page(found, form, status=409)


class FollowView(ActionView):
    action = "watch"
    done = gettext_lazy("You follow this ticket now, and hear what happens.")
    at_version = False


class UnfollowView(ActionView):
    action = "unwatch"
    done = gettext_lazy("You no longer follow this ticket.")
    at_version = False
