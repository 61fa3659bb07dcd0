"""People: finding one, and what the reader may see of them."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from directory.models import Employee
from servicedesk.tickets.models import Ticket

from .gates import desk_page
from .queue import CursorPage, page_number
from .rows import rows_of

PAGE = 50
LAST_PAGE = 1000
SHOWN_TICKETS = 20


@desk_page
def people(request: HttpRequest) -> HttpResponse:
    """``/desk/people/``: by name, login or e-mail; ``q`` and ``page`` in the query string."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    page = page_number(request.GET.get("page", "1"), LAST_PAGE)
    found: QuerySet[Employee] = Employee.objects.people().with_photo().select_related("department", "location")
    if text:
        found = found.matching(text)
    start = (page - 1) * PAGE
    batch = list(found.order_by("name", "pk")[start : start + PAGE + 1])

    def url(number: int) -> str:
        query = request.GET.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    cursor = CursorPage(url(page - 1) if page > 1 else "", url(page + 1) if len(batch) > PAGE else "")
    return render(request, "console/people.html", {"people": batch[:PAGE], "q": text, "page": cursor})


@desk_page
def person(request: HttpRequest, login: str) -> HttpResponse:
    """``/desk/people/<login>/``: who they are, whom they report to, and their tickets that the reader may see."""
    if "\x00" in login:
        login = ""
    found = get_object_or_404(
        Employee.objects.people().select_related("department", "location", "manager"), login__iexact=login
    )
    visible = Ticket.objects.visible_to(request.user).for_list()
    asked = visible.filter(requester=found).order_by("-pk")[: SHOWN_TICKETS + 1]
    assigned = visible.filter(assignee=found, is_open=True).order_by("priority", "pk")[: SHOWN_TICKETS + 1]
    context = {
        "person": found,
        "reports": found.reports.active().order_by("name")[:100],
        "groups": found.groups.order_by("name"),
        "asked": rows_of(asked),
        "assigned": rows_of(assigned),
    }
    return render(request, "console/person.html", context)
