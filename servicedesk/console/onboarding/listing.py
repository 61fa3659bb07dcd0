"""The list of cases, and opening one."""

from typing import Any

from django.contrib import messages as notices
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from directory.models import Employee
from onboarding.models import OnboardingCase
from onboarding.opening import open_case
from onboarding.register import configures_cases, runs_cases
from servicedesk.common.errors import InvalidPayload, NotPermitted, WrongState
from servicedesk.tickets.counting import bounded_counts, shown
from servicedesk.tickets.models import Task, Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import creation_form

from ..gates import desk_page
from ..people import paged
from ..rows import status_of

PAGE = 50
VIEWS = {
    "open": (gettext_lazy("Open"), Q(is_open=True)),
    "joiner": (gettext_lazy("Joining"), Q(is_open=True, case__case_type="joiner")),
    "mover": (gettext_lazy("Moving"), Q(is_open=True, case__case_type="mover")),
    "leaver": (gettext_lazy("Leaving"), Q(is_open=True, case__case_type="leaver")),
    "mine": (gettext_lazy("Mine"), Q(is_open=True)),
    "done": (gettext_lazy("Done"), Q(is_open=False)),
}


@require_safe
@desk_page
def cases(request: HttpRequest) -> HttpResponse:
    """``/desk/onboarding/``: ``view`` and ``page`` in the query string; the nearest day first."""
    everything = Ticket.objects.visible_to(request.user).filter(kind=Kind.CASE)
    views = {name: _of_view(everything, name, request.user) for name in VIEWS}
    chosen = request.GET.get("view", "open")
    chosen = chosen if chosen in VIEWS else "open"
    tasks = Task.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket").annotate(n=Count("pk")).values("n")
    found = (
        views[chosen]
        .for_list()
        .select_related("case__subject__location", "case__subject__department")
        .annotate(open_tasks=Subquery(tasks.filter(state=Task.State.OPEN)), all_tasks=Subquery(tasks))
    )
    rows, page = paged(request, found.order_by("-pk" if chosen == "done" else "case__on", "pk"), PAGE)
    counts = bounded_counts({name: views[name] for name in VIEWS if name != "done"})
    return render(
        request,
        "console/onboarding/list.html",
        {
            "rows": [_row(ticket) for ticket in rows], "page": page, "view": chosen,
            "chips": [
                {"label": label, "url": f"?view={name}", "current": name == chosen,
                 "count": shown(counts[name]) if name in counts else None}
                for name, (label, _filter) in VIEWS.items()
            ],
            "may_open": runs_cases(request.user), "configures": configures_cases(request.user),
        },
    )  # fmt: skip


def _row(ticket: Any) -> dict[str, Any]:
    total = ticket.all_tasks or 0
    return {
        "ticket": ticket, "case": ticket.case, "status": status_of(ticket), "total": total,
        "done": total - (ticket.open_tasks or 0),
    }  # fmt: skip


def _of_view(tickets: QuerySet[Ticket], name: str, employee: Employee) -> QuerySet[Ticket]:
    found = tickets.filter(VIEWS[name][1])
    return found.filter(assignee=employee) if name == "mine" else found


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def case_new(request: HttpRequest) -> HttpResponse:
    """``/desk/onboarding/new/``; with ``who`` (a login) and ``type`` in the query string for what it begins with."""
    if not runs_cases(request.user):
        raise NotPermitted(_("Cases are opened by people who run them. Ask one of them."))
    if request.method != "POST":
        given = {name: request.GET.get(name, "").replace("\x00", "")[:150] for name in ("who", "type")}
        initial = {"subject": given["who"], "case_type": given["type"]}
        return _page(request, creation_form(OnboardingCase, by=request.user, initial=initial))
    fields = creation_form(OnboardingCase, by=request.user).fields
    details = {name: request.POST[name] for name in fields if name in request.POST}
    try:
        case = open_case(by=request.user, **details)
    except InvalidPayload:
        return _page(request, creation_form(OnboardingCase, by=request.user, data=request.POST), status=422)
    except WrongState as late:
        form = creation_form(OnboardingCase, by=request.user, data=request.POST)
        form.add_error(None, late.sentence)
        return _page(request, form, status=409)
    notices.success(request, _("%(number)s is open.") % {"number": case.number})
    return redirect("console:ticket", number=case.number)


def _page(request: HttpRequest, form: Any, status: int = 200) -> HttpResponse:
    return render(request, "console/onboarding/new.html", {"form": form}, status=status)
