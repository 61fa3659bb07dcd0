"""The calendar of changes: a month or an agenda, with freezes, and clashes by name."""

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone, localdate, localtime, make_aware
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from assets.models import TicketAsset
from changes.conflicts import IN_THE_WAY, freezes_between
from changes.models import FreezePeriod
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind

from ..gates import desk_page
from ..rows import status_of

SHAPES = {"month": gettext_lazy("Month"), "agenda": gettext_lazy("Agenda")}
# What is only a draft takes no place yet.
SHOWN = ("assessment", "authorisation", "scheduled", "implementing", "review", "closed")
MOST = 500
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass
class Entry:
    """One change in its window. ``clashes``: the other changes that it clashes with, and over which asset."""

    ticket: Any
    start: datetime
    end: datetime
    status: tuple[str, str]
    assets: list[str] = field(default_factory=list)
    clashes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def implementer(self) -> str:
        person = self.ticket.change.implementer
        return person.name if person else ""


@dataclass
class Day:
    day: date
    in_month: bool
    is_today: bool
    entries: list[Entry]
    freezes: list[FreezePeriod]

    @property
    def begins(self) -> list[FreezePeriod]:
        """The freezes that an agenda tells of here: once, where they begin, or on the first of the month."""
        return [one for one in self.freezes if self.day.day == 1 or localtime(one.start).date() == self.day]


@require_safe
@desk_page
def month(request: HttpRequest) -> HttpResponse:
    """``/desk/changes/calendar/``: ``month`` (2026-11) and ``shape`` (month, agenda) in the query string."""
    first = first_day(request.GET.get("month", ""))
    shape = request.GET.get("shape", "month")
    shape = shape if shape in SHAPES else "month"
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    days = [day for week in weeks for day in week]
    start, end = _midnight(days[0]), _midnight(days[-1] + timedelta(days=1))
    entries, is_cut = _entries(request, start, end)
    freezes = list(freezes_between(start, end))
    made = {day: _day(day, first, entries, freezes) for day in days}
    context = {
        "shape": shape, "title": date_format(first, "F Y"),
        "weeks": [[made[day] for day in week] for week in weeks],
        "names": [date_format(day, "D") for day in weeks[0]],
        "agenda": [made[day] for day in days if made[day].in_month and (made[day].entries or made[day].begins)],
        "before": f"{_near(first, -1):%Y-%m}", "after": f"{_near(first, 1):%Y-%m}",
        "is_cut": is_cut, "most": MOST,
        "chips": [
            {"label": label, "url": f"?month={first:%Y-%m}&shape={name}", "current": name == shape}
            for name, label in SHAPES.items()
        ],
    }  # fmt: skip
    return render(request, "console/changes/calendar.html", context)


def first_day(text: str) -> date:
    """The first day of ``text`` (2026-11), or of this month when it names none."""
    year, _dash, number = text.partition("-")
    if len(year) == 4 and len(number) == 2 and (year + number).isascii() and (year + number).isdigit():
        if FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(number) <= 12:
            return date(int(year), int(number), 1)
    return localdate().replace(day=1)


def _near(first: date, step: int) -> date:
    return (first + timedelta(days=32)).replace(day=1) if step > 0 else (first - timedelta(days=1)).replace(day=1)


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time()), get_current_timezone())


def _entries(request: HttpRequest, start: datetime, end: datetime) -> tuple[list[Entry], bool]:
    """The changes that one may see whose windows touch the time, with their assets and clashes; in two statements."""
    found = Ticket.objects.visible_to(request.user).filter(
        kind=Kind.CHANGE, state__in=SHOWN, change__planned_start__lt=end, change__planned_end__gt=start
    )
    tickets = list(found.select_related("change__implementer").order_by("change__planned_start", "pk")[: MOST + 1])
    entries = {
        ticket.pk: Entry(ticket, ticket.change.planned_start, ticket.change.planned_end, status_of(ticket))
        for ticket in tickets[:MOST]
    }
    by_asset: dict[Any, list[Entry]] = defaultdict(list)
    for link in TicketAsset.objects.filter(ticket__in=entries).select_related("asset__model__maker", "asset__type"):
        entries[link.ticket_id].assets.append(link.asset.label)
        by_asset[link.asset].append(entries[link.ticket_id])
    for asset, touched in by_asset.items():
        _note_clashes(asset.label, touched)
    return list(entries.values()), len(tickets) > MOST


def _note_clashes(label: str, entries: Iterable[Entry]) -> None:
    planned = [one for one in entries if one.ticket.state in (*IN_THE_WAY, "assessment", "authorisation")]
    for one, other in combinations(planned, 2):
        if one.start < other.end and other.start < one.end:
            one.clashes.append((other.ticket.number, label))
            other.clashes.append((one.ticket.number, label))


def _day(day: date, first: date, entries: list[Entry], freezes: list[FreezePeriod]) -> Day:
    return Day(
        day=day, in_month=day.month == first.month, is_today=day == localdate(),
        entries=[one for one in entries if _touches(one.start, one.end, day)],
        freezes=[one for one in freezes if _touches(one.start, one.end, day)],
    )  # fmt: skip


def _touches(start: datetime, end: datetime, day: date) -> bool:
    return localtime(start).date() <= day and localtime(end - timedelta(microseconds=1)).date() >= day
