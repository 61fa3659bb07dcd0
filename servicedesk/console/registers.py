"""One page for every action that a machine allows: its form, what is wrong with it, who was quicker, why not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.common.errors import DomainError, Hidden, InvalidPayload, NotPermitted, StaleVersion, WrongState
from servicedesk.common.types import StrOrPromise
from servicedesk.tickets.registers.timeline import changes_since
from servicedesk.tickets.submissions import Submission
from servicedesk.tickets.timeline import Item
from servicedesk.workflow import Option, PayloadForm, machine_of, payload_form

from .gates import desk_page

MOVES_SHOWN = 2
BACK = gettext_lazy("Back to the record")
GONE = gettext_lazy("%(number)s: you do not see it any more.")
View = Callable[..., HttpResponse]


def _nothing(_request: HttpRequest, _record: Any, _action: str) -> dict[str, Any]:
    """The default of ``Desk.initial``: an empty form."""
    return {}


@dataclass(frozen=True)
class Desk:
    """How the records of one kind are acted on at the technicians' side.

    ``find(request, number, action)`` gives the record behind the door, with its version, or raises ``Hidden``;
    ``page(record)`` and ``action(record, name)`` are its addresses, ``home`` that of the list. ``initial`` is what a
    form starts with. ``elsewhere``: actions without a page of their own. ``done(record, name)`` is where somebody
    goes after an action, ``page`` if it is not given; to the list, with ``gone`` said, when they see it no more.
    ``gate``: who gets in at all.
    """

    find: Callable[[HttpRequest, str, str], Any]
    page: Callable[[Any], str]
    action: Callable[[Any, str], str]
    home: Callable[[], str]
    initial: Callable[[HttpRequest, Any, str], dict[str, Any]] = _nothing
    changes: Callable[[Any, Any, int], list[Item]] = changes_since
    elsewhere: frozenset[str] = field(default_factory=frozenset)
    done: Callable[[Any, str], str] | None = None
    gate: Callable[[View], View] = desk_page
    back: StrOrPromise = BACK
    gone: StrOrPromise = GONE


def action_page(desk: Desk) -> View:
    """The view of ``…/<number>/<name>/``: the form of an action, and the doing of it."""

    @desk.gate
    def action(request: HttpRequest, number: str, name: str) -> HttpResponse:
        found = desk.find(request, number, name)
        if name not in machine_of(type(found)).actions or name in desk.elsewhere:
            raise Http404
        if request.method != "POST":
            form = payload_form(found, name, by=request.user, initial=desk.initial(request, found, name))
            return form_page(desk, request, found, name, form, found.version)
        sent = Submission.of(found, name, request.POST, request.FILES)
        try:
            passage = sent.carry_out(found, by=request.user)
        except InvalidPayload as error:
            form = sent.form(found, by=request.user, error=error)
            version = sent.version or found.version
            return form_page(desk, request, found, name, form, version, status=422, files_lost=sent.has_files)
        except StaleVersion as stale:
            return _conflict(desk, request, desk.find(request, number, name), sent, stale)
        except (NotPermitted, WrongState) as refusal:
            return refused(desk, request, found, sent, refusal)
        for remark in passage.remarks:
            notices.warning(request, remark)
        return _done(desk, request, passage.record, name)

    return action


def form_page(
    desk: Desk, request: HttpRequest, found: Any, name: str, form: PayloadForm, version: int, *, status: int = 200,
    **extra: Any,
) -> HttpResponse:  # fmt: skip
    # What is chosen in such a field decides what else the form asks. On a page it is asked when the form was sent.
    for asking in getattr(form, "asks_more", ()) if request.htmx else ():
        form.fields[asking].widget.attrs |= {
            "hx-get": desk.action(found, name), "hx-target": "#dialog", "hx-trigger": "change",
        }  # fmt: skip
    context = {
        "ticket": found, "action": machine_of(type(found)).actions[name], "form": form, "version": version,
        "base": "ui/dialog.html" if request.htmx else "console/base.html",
        "url": desk.action(found, name), "back": desk.page(found), "has_files": form.is_multipart(), **extra,
    }  # fmt: skip
    return render(request, "console/action.html", context, status=status)


def _conflict(desk: Desk, request: HttpRequest, now: Any, sent: Submission, stale: StaleVersion) -> HttpResponse:
    """Somebody was quicker: show what they changed, keep what was written, and let the person decide."""
    try:
        form = sent.form(now, by=request.user)
    except (NotPermitted, WrongState) as refusal:
        return refused(desk, request, now, sent, refusal, since=stale.expected)
    return form_page(
        desk, request, now, sent.action, form, now.version, status=409, conflict=stale.sentence,
        files_lost=sent.has_files, changes=desk.changes(now, request.user, stale.expected),
    )  # fmt: skip


def refused(
    desk: Desk, request: HttpRequest, now: Any, sent: Submission, refusal: DomainError, *, since: int | None = None
) -> HttpResponse:
    """It can no longer be done at all: why, what changed, and the text to copy. A dialog keeps its text itself."""
    if request.htmx:
        raise refusal
    row = machine_of(type(now)).actions[sent.action]
    written = (row.form or PayloadForm).base_fields
    kept = [
        (written[name].label or name, value)
        for name, value in sent.details.items()
        if name in written and isinstance(written[name], forms.CharField) and str(value).strip()
    ]
    context = {
        "ticket": now, "action": row, "refusal": refusal, "kept": kept, "files_lost": sent.has_files,
        "changes": desk.changes(now, request.user, since) if since is not None else [],
        "back": desk.page(now), "back_label": desk.back,
    }  # fmt: skip
    return render(request, "console/refused.html", context, status=refusal.status)


def _done(desk: Desk, request: HttpRequest, record: Any, name: str) -> HttpResponse:
    """Back to the record, or to the list when it has left one's sight."""
    try:
        fresh = desk.find(request, record.number, name)
    except Hidden:
        address = desk.home()
        notices.success(request, str(desk.gone) % {"number": record.number})
    else:
        address = desk.done(record, name) if desk.done else desk.page(fresh)
        label = machine_of(type(record)).actions[name].label
        notices.success(request, _("%(number)s: “%(action)s” is done.") % {"number": fresh.number, "action": label})
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def buttons(
    desk: Desk, record: Any, offered: dict[str, Option], next_moves: tuple[tuple[str, ...], tuple[str, ...]]
) -> dict[str, Any]:
    """The moves of a record as ``console/_record_moves.html`` shows them.

    ``next_moves``: the first of these that one may make is the primary button, a few of those stand beside it. The
    rest is in the menu, and what is refused there with its reason.
    """
    moves = [option for option in offered.values() if option.action.is_move]
    allowed = sorted((option for option in moves if option.allowed), key=lambda o: (o.needs_override, o.action.order))
    plain = {option.name: option for option in allowed if not option.needs_override}
    first, beside = next_moves
    primary = next((plain[name] for name in first if name in plain), None)
    shown = [plain[name] for name in beside if name in plain and plain[name] is not primary][:MOVES_SHOWN]
    rest = [option for option in allowed if option is not primary and option not in shown]

    def button(option: Option) -> dict[str, Any]:
        return {"option": option, "icon": option.action.icon, "url": desk.action(record, option.name)}

    return {
        "primary": primary and button(primary),
        "moves": [button(option) for option in shown],
        "more_moves": [button(option) for option in rest if not option.action.danger],
        "danger_moves": [button(option) for option in rest if option.action.danger],
        "refused": [
            option for option in moves
            if not option.allowed and option.kind in ("guard", "right") and record.state in option.action.sources
        ],
    }  # fmt: skip
