"""Consumables: what lies in stock, and what happened to one item."""

from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from assets.access import manages_assets
from assets.models import StockItem
from servicedesk.common.errors import InvalidPayload
from servicedesk.tickets.models import Ticket
from servicedesk.workflow import create, creation_form, options

from ..people import _address as address_of
from ..people import paged, searched
from ..registers import Desk, action_page
from .gates import asset_page, keeper_page

PAGE = 50
SHOWN = 50
SHOWS = {
    "": (gettext_lazy("All"), Q(is_active=True)),
    "low": (gettext_lazy("To order"), Q(is_active=True, quantity__lte=F("reorder_at"))),
    "off": (gettext_lazy("Not issued any more"), Q(is_active=False)),
}


def _item(request: HttpRequest, number: str) -> StockItem:
    return StockItem.objects.visible_to(request.user).select_related("location").get_by_number(number)


def _initial(_request: HttpRequest, item: StockItem, name: str) -> dict[str, Any]:
    match name:
        case "edit":
            return {
                field: getattr(item, field)
                for field in ("name", "location", "shelf", "unit", "reorder_at", "is_active")
            }
        case "count":
            return {"counted": item.quantity}
    return {}


DESK = Desk(
    find=lambda request, number, _name: _item(request, number),
    page=lambda item: reverse("console:stock-item", args=[item.number]),
    action=lambda item, name: reverse("console:stock-action", args=[item.number, name]),
    home=lambda: reverse("console:stock"),
    initial=_initial,
    gate=asset_page,
    back=gettext_lazy("Back to the item"),
)
action = action_page(DESK)


@asset_page
def stock(request: HttpRequest) -> HttpResponse:
    """``/desk/assets/stock/``: ``q``, ``show`` and ``page``."""
    text, show = searched(request), request.GET.get("show", "")
    show = show if show in SHOWS else ""
    found = (
        StockItem.objects.visible_to(request.user)
        .select_related("location")
        .filter(SHOWS[show][1])
        .order_by("name", "pk")
    )
    if text:
        found = found.filter(Q(name__icontains=text) | Q(shelf__icontains=text) | Q(location__name__icontains=text))
    batch, page = paged(request, found, PAGE)
    context = {
        "items": batch, "page": page, "q": text, "manages": manages_assets(request.user),
        "chips": [
            {"label": label, "url": address_of(request, show=key, page=""), "current": key == show}
            for key, (label, _condition) in SHOWS.items()
        ],
    }  # fmt: skip
    return render(request, "console/assets/stock.html", context)


@asset_page
def item(request: HttpRequest, number: str) -> HttpResponse:
    """``/desk/assets/stock/<number>/``: how many there are, and every movement."""
    found = _item(request, number)
    if number != found.number:
        return redirect("console:stock-item", number=found.number)
    moves = list(found.movements.select_related("by", "employee").order_by("-pk")[:SHOWN])
    # A ticket is named to those who may see it.
    keys = {move.ticket_id for move in moves if move.ticket_id}
    tickets = (
        {one.pk: one.number for one in Ticket.objects.visible_to(request.user).filter(pk__in=keys)} if keys else {}
    )
    offered = [
        {"option": option, "icon": option.action.icon, "url": DESK.action(found, option.name)}
        for option in options(found, request.user) if option.allowed
    ]  # fmt: skip
    context = {
        "record": found,
        "primary": offered[0] if offered else None,
        "moves": offered[1:],
        "movements": [{"move": move, "ticket": tickets.get(move.ticket_id or 0, "")} for move in moves],
    }
    return render(request, "console/assets/stock_item.html", context)


@keeper_page
def new(request: HttpRequest) -> HttpResponse:
    """``/desk/assets/stock/new/``."""
    details = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    form = creation_form(StockItem, by=request.user, data=details if request.method == "POST" else None)
    if request.method == "POST":
        try:
            made = create(StockItem, by=request.user, details=details).record
        except InvalidPayload:
            return render(request, "console/assets/stock_new.html", {"form": form}, status=422)
        return redirect(DESK.page(made))
    return render(request, "console/assets/stock_new.html", {"form": form})
