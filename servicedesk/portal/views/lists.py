"""Home and "my tickets": what I asked for, what was asked for me, what I follow."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from directory.models import Employee
from incidents.models import CatalogueItem
from servicedesk.common.ids import parse_number
from servicedesk.common.text import without_controls
from servicedesk.tickets.access import Access, asked_of
from servicedesk.tickets.counting import bounded_counts, shown
from servicedesk.tickets.models import Message, Ticket, Watch
from servicedesk.tickets.states import SETTLED, PendingReason, kind_of_prefix

from ..words import Standing, standing_of
from .pages import page_or_part, wants_part

PAGE = 20
ON_HOME = 10
ITEMS_ON_HOME = 24
MOST_WORDS = 8
LONGEST_SEARCH = 200
LONGEST_SERIAL = 15
SHOWS = {
    "open": pgettext_lazy("tickets", "Open"),
    "closed": pgettext_lazy("tickets", "Done"),
    "followed": gettext_lazy("I follow"),
    "all": pgettext_lazy("tickets", "All"),
}


@dataclass(frozen=True)
class Row:
    """A ticket in a list, and where it stands for the reader."""

    ticket: Ticket
    standing: Standing


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """``/``: search, report, and what is open."""
    mine = asked_by(request.user)
    needs_me = mine.filter(_needs(request.user))
    rest = mine.open().exclude(_needs(request.user))
    counts = bounded_counts({"needs_me": needs_me, "open": rest})
    return render(
        request,
        "portal/home.html",
        {
            "first_name": request.user.given_name or request.user.name,
            "needs_me": _rows(needs_me.order_by("-updated_at", "-pk")[:ON_HOME], request.user),
            "rows": _rows(rest.order_by("-updated_at", "-pk")[:ON_HOME], request.user),
            "has_more": counts["open"] > ON_HOME or counts["needs_me"] > ON_HOME,
            "has_desk": Access.of(request.user).has_desk,
            "items": CatalogueItem.objects.offered_to(request.user).order_by("section", "name")[:ITEMS_ON_HOME],
            "decisions": bounded_counts({"asked": asked_of(request.user)})["asked"],
        },
    )


@require_safe
@login_required
def tickets(request: HttpRequest) -> HttpResponse:
    """``/tickets/``: ``show``, ``q`` and ``page`` in the query string; a number in ``q`` goes to its ticket."""
    text = without_controls(request.GET.get("q", "")[:LONGEST_SEARCH])
    named = None if wants_part(request) else _named(text, request.user)
    if named is not None:
        return redirect("portal:ticket", number=named.number)
    show = request.GET.get("show", "")
    if show not in SHOWS:
        show = "all" if text else "open"
    found = search(personal(request.user), text)
    parts = {
        "open": found.open().filter(_asked(request.user)),
        "closed": found.filter(_asked(request.user), is_open=False),
        "followed": found.filter(_followed(request.user)),
        "all": found,
    }
    counts = bounded_counts(parts)
    page = Paginator(parts[show].order_by("-updated_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "q": text,
        "show": show,
        "page": page,
        "rows": _rows(page.object_list, request.user),
        "nothing": _("Nothing found for “%(text)s”.") % {"text": text} if text else _nothing(show),
        "chips": [
            {"label": label, "url": _url(name, text), "current": name == show, "count": shown(counts[name])}
            for name, label in SHOWS.items()
        ],
    }
    return page_or_part(request, "portal/tickets.html", "portal/_tickets.html", context)


def asked_by(employee: Employee) -> QuerySet[Ticket]:
    """What ``employee`` asked for, or what was asked for them."""
    return Ticket.objects.personal_to(employee).filter(_asked(employee))


def personal(employee: Employee) -> QuerySet[Ticket]:
    """What ``employee`` asked for, was asked for them, or they follow."""
    return Ticket.objects.personal_to(employee).filter(_asked(employee) | _followed(employee))


def search(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those that hold every word of ``text`` in title, description or a public message, or whose number it is."""
    for word in text.split()[:MOST_WORDS]:
        said = Message.objects.filter(ticket=OuterRef("pk"), internal=False, body__icontains=word)
        holds = Q(title__icontains=word) | Q(description__icontains=word) | Exists(said)
        serial = _serial(word)
        tickets = tickets.filter(holds | Q(pk=serial) if serial else holds)
    return tickets


def _named(text: str, employee: Employee) -> Ticket | None:
    """The ticket whose number ``text`` is, if ``employee`` may see it."""
    serial = _serial(text.strip())
    return Ticket.objects.visible_to(employee).filter(pk=serial).first() if serial else None


def _serial(text: str) -> int | None:
    """The serial of a ticket number, with or without its prefix; None for other words."""
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_SERIAL:
        return int(text)
    parsed = parse_number(text)
    return parsed[1] if parsed and kind_of_prefix(parsed[0]) else None


def _asked(employee: Employee) -> Q:
    return Q(requester=employee) | Q(requested_for=employee)


def _followed(employee: Employee) -> Q:
    return Q(pk__in=Watch.objects.filter(employee=employee).values("ticket"))


def _needs(employee: Employee) -> Q:
    """Nothing goes on until ``employee`` answers: ``words.Standing.needs_you``, in the database."""
    waits = Q(state="pending", pending_reason=PendingReason.REQUESTER)
    for kind, state in SETTLED:
        waits |= Q(kind=kind, state=state)
    return Q(requester=employee) & waits


def _rows(tickets: QuerySet[Ticket], employee: Employee) -> list[Row]:
    return [Row(ticket, standing_of(ticket, employee)) for ticket in tickets.for_list()]


def _url(show: str, text: str) -> str:
    return "?" + urlencode({"show": show, **({"q": text} if text else {})})


def _nothing(show: str) -> str:
    """Why a list without a search is empty."""
    return {
        "open": _("You have no open tickets."),
        "closed": _("None of your tickets is done yet."),
        "followed": _("You follow no tickets."),
    }.get(show, _("You have no tickets yet."))
