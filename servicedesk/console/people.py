"""People: finding one, and what the reader may see of them."""

import zoneinfo
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.absences import principals_of
from directory.lines import keys_above, with_line
from directory.models import Department, Employee, Location, SyncChange
from directory.querysets import EmployeeQuerySet
from servicedesk.tickets.counting import bounded_counts, shown
from servicedesk.tickets.faces import person_panels_of
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.standing import explain

from .gates import configures_desk, desk_page
from .queue import CursorPage, page_number
from .rows import rows_of

PAGE = 50
LAST_PAGE = 1000
SHOWN_TICKETS = 20
SHOWN_REPORTS = 50
LONGEST_SEARCH = 100

STATES = {
    "": (gettext_lazy("Working here"), {"is_active": True}),
    "left": (gettext_lazy("Have left"), {"is_active": False}),
    "all": (gettext_lazy("Everybody"), {}),
}


def searched(request: HttpRequest) -> str:
    """``q`` of the query string as it may be searched for."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def paged(request: HttpRequest, found: QuerySet, size: int) -> tuple[list[Any], CursorPage]:
    """One page of ``found`` by ``page`` of the query string, and the ways to the pages beside it."""
    number = page_number(request.GET.get("page", "1"), LAST_PAGE)
    start = (number - 1) * size
    batch = list(found[start : start + size + 1])
    before = _address(request, page=str(number - 1)) if number > 1 else ""
    after = _address(request, page=str(number + 1)) if len(batch) > size else ""
    return batch[:size], CursorPage(before, after)


def _address(request: HttpRequest, **changed: str) -> str:
    """This page with other values in the query string; what is empty is left out."""
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


@desk_page
def people(request: HttpRequest) -> HttpResponse:
    """``/desk/people/``: ``q`` (name, login or e-mail), ``state``, ``department``, ``location`` and ``page``."""
    text, state = searched(request), request.GET.get("state", "")
    departments, locations = list(Department.objects.all()), list(Location.objects.all())
    chosen = {
        "department": next((d for d in departments if d.slug == request.GET.get("department")), None),
        "location": next((place for place in locations if place.slug == request.GET.get("location")), None),
    }
    found: EmployeeQuerySet = Employee.objects.people().filter(**{key: row for key, row in chosen.items() if row})
    if text:
        found = found.matching(text)
    state = state if state in STATES else ""
    counts = bounded_counts({key: found.filter(**condition) for key, (_label, condition) in STATES.items()})
    chips = [
        {"label": label, "url": _address(request, state=key, page=""), "current": key == state,
         "count": shown(counts[key])}
        for key, (label, _condition) in STATES.items()
    ]  # fmt: skip
    rows = found.filter(**STATES[state][1]).with_photo().select_related("department", "location")
    batch, page = paged(request, rows.order_by("name", "pk"), PAGE)
    context = {
        "people": batch, "q": text, "page": page, "chips": chips, "state": state, **chosen,
        "departments": departments, "locations": locations,
        "everywhere_url": _address(request, state="all", page="") if state != "all" and counts["all"] else "",
    }  # fmt: skip
    return render(request, "console/people.html", context)


@desk_page
def person(request: HttpRequest, login: str) -> HttpResponse:
    """``/desk/people/<login>/``: who they are, what they may do and why, and what is theirs and the reader may see."""
    everybody = Employee.objects.people().with_photo()
    everybody = everybody.select_related("department", "location", "absence__delegate").annotate(**_last_change())
    everybody = with_line(everybody)
    found = get_object_or_404(everybody, login__iexact="" if "\x00" in login else login)
    tickets = _tickets(found, request.user)
    context = {
        "person": found,
        "time_there": time_there(found),
        **_people_around(found),
        "absence": absence_of(found),
        "standing": explain(found),
        "further_addresses": found.further_addresses.all(),
        "is_administrator": configures_desk(request.user),
        **{name: rows_of(rows) for name, rows in tickets.items()},
        "panels": person_panels_of(found, request.user),
    }
    return render(request, "console/person.html", context)


def _people_around(person: Employee) -> dict[str, Any]:
    """The line above them, who reports to them and for whom they decide now, in one statement."""
    above = keys_above(person)
    reports = Employee.objects.active().filter(manager=person).order_by("name", "pk")
    wanted = Q(pk__in=above) | Q(pk__in=reports.values("pk")[: SHOWN_REPORTS + 1])
    principals = principals_of(person).order_by().values("employee")
    found = Employee.objects.filter(wanted | Q(pk__in=principals)).with_photo()
    people = {one.pk: one for one in found.annotate(is_principal=Exists(principals.filter(employee=OuterRef("pk"))))}
    below = sorted(
        (one for one in people.values() if one.manager_id == person.pk and one.is_active),
        key=lambda one: (one.name, one.pk),
    )
    principal_people = sorted((one for one in people.values() if one.is_principal), key=lambda one: (one.name, one.pk))
    return {
        "managers": [people[key] for key in above],
        "reports": below[:SHOWN_REPORTS], "more_reports": len(below) > SHOWN_REPORTS,
        "stands_for": principal_people,
    }  # fmt: skip


def absence_of(person: Employee) -> dict[str, Any] | None:
    """The days on which ``person`` is away now or will be."""
    absence = getattr(person, "absence", None)
    if absence is None or absence.ends_at <= timezone.now():
        return None
    return {"days": absence, "is_now": absence.starts_at <= timezone.now()}


def _last_change() -> dict[str, Subquery]:
    """When the directory changed them last, and in which run."""
    changes = SyncChange.objects.filter(employee=OuterRef("pk")).order_by("-run__finished_at", "-pk")
    return {
        "last_change_run": Subquery(changes.values("run")[:1]),
        "last_change_at": Subquery(changes.values("run__finished_at")[:1]),
    }


def _tickets(person: Employee, reader: Employee) -> dict[str, list[Ticket]]:
    """Their tickets of every kind that the reader may see, in one statement: to work on, asked for, and past ones."""
    visible = Ticket.objects.visible_to(reader)
    theirs = visible.filter(Q(requester=person) | Q(requested_for=person))
    parts = (
        visible.filter(assignee=person, is_open=True).order_by("priority", "pk"),
        theirs.filter(is_open=True).order_by("-pk"),
        theirs.filter(is_open=False).order_by("-pk"),
    )
    wanted = Q()
    for part in parts:
        wanted |= Q(pk__in=part.values("pk")[:SHOWN_TICKETS])
    found = list(visible.filter(wanted).for_list().order_by("-pk"))
    asked = [ticket for ticket in found if person.pk in (ticket.requester_id, ticket.requested_for_id)]
    assigned = [ticket for ticket in found if ticket.assignee_id == person.pk and ticket.is_open]
    return {
        "assigned": sorted(assigned, key=lambda ticket: (ticket.priority, ticket.pk))[:SHOWN_TICKETS],
        "asked": [ticket for ticket in asked if ticket.is_open][:SHOWN_TICKETS],
        "past": [ticket for ticket in asked if not ticket.is_open][:SHOWN_TICKETS],
    }


def time_there(person: Employee) -> str:
    """What the clock says where ``person`` is, in words; empty when nobody knows where that is."""
    if not (person.location_id or person.time_zone):
        return ""
    try:
        local = timezone.now().astimezone(zoneinfo.ZoneInfo(person.shown_time_zone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return ""
    days = (local.date() - timezone.localdate()).days
    sentence = {-1: _("%(time)s there, yesterday"), 1: _("%(time)s there, tomorrow")}.get(days, _("%(time)s there"))
    return sentence % {"time": f"{local:%H:%M}"}
