"""The list of changes, and planning one."""

from typing import Any

from django.contrib import messages as notices
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from assets.models import Asset
from changes.models import ChangeRequest, ChangeTemplate
from changes.register import configures_changes
from changes.services import plan_change
from directory.models import Employee
from servicedesk.common.errors import InvalidPayload, NotPermitted
from servicedesk.tickets.access import Access
from servicedesk.tickets.counting import bounded_counts, shown
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import creation_form

from ..gates import desk_page, is_technician
from ..people import paged
from ..rows import status_of

PAGE = 50
VIEWS = {
    "open": (gettext_lazy("Open"), Q(is_open=True)),
    "assessment": (gettext_lazy("To assess"), Q(state="assessment")),
    "authorisation": (gettext_lazy("Awaiting authorisation"), Q(state="authorisation")),
    "scheduled": (gettext_lazy("Scheduled"), Q(state__in=("scheduled", "implementing"))),
    "review": (gettext_lazy("To review"), Q(state="review")),
    "mine": (gettext_lazy("Mine"), Q(is_open=True)),
    "done": (gettext_lazy("Done"), Q(is_open=False)),
}


@require_safe
@desk_page
def changes(request: HttpRequest) -> HttpResponse:
    """``/desk/changes/``: ``view`` and ``page`` in the query string; by the beginning of their windows."""
    everything = Ticket.objects.visible_to(request.user).filter(kind=Kind.CHANGE)
    views = {name: _of_view(everything, name, request.user) for name in VIEWS}
    chosen = request.GET.get("view", "open")
    chosen = chosen if chosen in VIEWS else "open"
    found = views[chosen].for_list().select_related("change__implementer")
    found = (
        found.order_by("-pk")
        if chosen == "done"
        else found.order_by(F("change__planned_start").asc(nulls_last=True), "-pk")
    )
    rows, page = paged(request, found, PAGE)
    counts = bounded_counts({name: views[name] for name in VIEWS if name != "done"})
    return render(
        request,
        "console/changes/list.html",
        {
            "rows": [{"ticket": row, "status": status_of(row)} for row in rows], "page": page, "view": chosen,
            "chips": [
                {"label": label, "url": f"?view={name}", "current": name == chosen,
                 "count": shown(counts[name]) if name in counts else None}
                for name, (label, _filter) in VIEWS.items()
            ],
            "may_plan": is_technician(request.user), "configures": configures_changes(request.user),
        },
    )  # fmt: skip


def _of_view(tickets: QuerySet[Ticket], name: str, employee: Employee) -> QuerySet[Ticket]:
    found = tickets.filter(VIEWS[name][1])
    if name != "mine":
        return found
    return found.filter(Q(assignee=employee) | Q(requester=employee) | Q(change__implementer=employee))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def change_new(request: HttpRequest) -> HttpResponse:
    """``/desk/changes/new/``; with ``asset`` or ``template`` in the query string for what it begins with."""
    if not Access.of(request.user).is_technician:
        raise NotPermitted(_("Changes are planned by technicians. Report what you need instead."))
    if request.method != "POST":
        return _page(request, creation_form(ChangeRequest, by=request.user, initial=_initial(request)))
    fields = creation_form(ChangeRequest, by=request.user).fields
    details = {name: request.POST[name] for name in fields if name in request.POST}
    try:
        change = plan_change(by=request.user, **details)
    except InvalidPayload:
        return _page(request, creation_form(ChangeRequest, by=request.user, data=request.POST), status=422)
    notices.success(request, _("%(number)s is planned. Submit it when the plan is complete.") % {
        "number": change.number})  # fmt: skip
    return redirect("console:ticket", number=change.number)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the link that led here says already."""
    given = {name: request.GET.get(name, "").replace("\x00", "")[:60] for name in ("asset", "template")}
    initial: dict[str, Any] = {}
    if given["asset"]:
        asset = Asset.objects.visible_to(request.user).numbered(given["asset"]).first()
        initial |= {"assets": asset.tag or asset.number} if asset else {}
    template = ChangeTemplate.objects.filter(slug=given["template"], is_active=True).first()
    if template is not None:
        initial |= {
            "change_type": "standard", "template": template.slug, "title": template.name, "outage": template.outage,
            "description": template.description, "plan": template.plan, "back_out": template.back_out,
            "test_plan": template.test_plan,
        }  # fmt: skip
    return initial


def _page(request: HttpRequest, form: Any, status: int = 200) -> HttpResponse:
    templates = ChangeTemplate.objects.filter(is_active=True).order_by("name")
    return render(request, "console/changes/new.html", {"form": form, "templates": templates}, status=status)
