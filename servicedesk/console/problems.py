"""Problems at the desk: the list of those that one's queues look into, and logging one."""

from typing import Any

from django.contrib import messages as notices
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from directory.models import Employee
from incidents.models import Problem
from incidents.problems.services import log_problem
from servicedesk.common.errors import InvalidPayload, NotPermitted
from servicedesk.tickets.access import Access
from servicedesk.tickets.counting import bounded_counts, shown
from servicedesk.tickets.models import Link, Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import creation_form

from .gates import desk_page, is_technician
from .people import paged
from .rows import status_of

PAGE = 50
VIEWS = {
    "open": (gettext_lazy("Open"), Q(is_open=True)),
    "known": (gettext_lazy("Known errors"), Q(state="known_error")),
    "mine": (gettext_lazy("Mine"), Q(is_open=True)),
    "done": (gettext_lazy("Done"), Q(is_open=False)),
}


@require_safe
@desk_page
def problems(request: HttpRequest) -> HttpResponse:
    """``/desk/problems/``: ``view`` and ``page`` in the query string; the newest first."""
    everything = Ticket.objects.visible_to(request.user).filter(kind=Kind.PROBLEM)
    views = {name: _of_view(everything, name, request.user) for name in VIEWS}
    chosen = request.GET.get("view", "open")
    chosen = chosen if chosen in VIEWS else "open"
    caused = Link.objects.filter(other=OuterRef("pk"), kind=Link.Kind.CAUSED_BY, ticket__confidential=False)
    counting = caused.order_by().values("other").annotate(n=Count("pk")).values("n")
    found = views[chosen].for_list().annotate(incidents=Subquery(counting)).order_by("-pk")
    rows, page = paged(request, found, PAGE)
    counts = bounded_counts({name: views[name] for name in VIEWS if name != "done"})
    return render(
        request,
        "console/problems.html",
        {
            "rows": [{"ticket": row, "status": status_of(row)} for row in rows], "page": page, "view": chosen,
            "chips": [
                {"label": label, "url": f"?view={name}", "current": name == chosen,
                 "count": shown(counts[name]) if name in counts else None}
                for name, (label, _filter) in VIEWS.items()
            ],
            "may_log": is_technician(request.user),
        },
    )  # fmt: skip


def _of_view(tickets: QuerySet[Ticket], name: str, employee: Employee) -> QuerySet[Ticket]:
    found = tickets.filter(VIEWS[name][1])
    return found.filter(assignee=employee) if name == "mine" else found


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def problem_new(request: HttpRequest) -> HttpResponse:
    """``/desk/problems/new/``; with ``incident`` in the query string for the first incident it causes."""
    if not Access.of(request.user).is_technician:
        raise NotPermitted(_("Problems are logged by technicians. Report what is broken for you instead."))
    if request.method != "POST":
        return _page(request, creation_form(Problem, by=request.user, initial=_initial(request)))
    fields = creation_form(Problem, by=request.user).fields
    details = {name: request.POST[name] for name in fields if name in request.POST}
    try:
        problem = log_problem(by=request.user, **details)
    except InvalidPayload:
        return _page(request, creation_form(Problem, by=request.user, data=request.POST), status=422)
    notices.success(request, _("%(number)s is logged.") % {"number": problem.number})
    return redirect("console:ticket", number=problem.number)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the incident that the link named says already."""
    number = request.GET.get("incident", "")[:40]
    incident = Ticket.objects.visible_to(request.user).filter(kind=Kind.INCIDENT).numbered(number)
    found = incident.select_related("queue", "category").first()
    if found is None:
        return {}
    return {"incident": found.number, "title": found.title, "queue": found.queue.slug,
            "category": found.category.slug if found.category else "", "impact": found.impact,
            "urgency": found.urgency}  # fmt: skip


def _page(request: HttpRequest, form: Any, status: int = 200) -> HttpResponse:
    return render(request, "console/problem_new.html", {"form": form}, status=status)
