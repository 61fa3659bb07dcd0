"""One asset: what it is, who had it, what belongs to it and fails with it, its tickets, its log, what can be done."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate, timedelta
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets import impact
from assets.access import manages_assets
from assets.forms import DEFAULT_TERMS
from assets.models import Asset, Relation
from assets.words import NEXT_MOVES, status_of
from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.tickets import typed_fields
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.registers.timeline import timeline
from servicedesk.workflow import create, creation_form, options

from ..registers import Desk, action_page, buttons
from ..rows import rows_of
from .drawing import drawing
from .gates import asset_page, keeper_page

SHOWN = 50
RETURN_DAYS = timedelta(days=7)


def _find(request: HttpRequest, number: str, _name: str) -> Asset:
    return Asset.objects.visible_to(request.user).for_list().get_by_number(number)


def _initial(_request: HttpRequest, asset: Asset, name: str) -> dict[str, Any]:
    match name:
        case "hand_over":
            return {"employee": asset.reserved_for, "terms": DEFAULT_TERMS}
        case "ask_back":
            return {"due_on": localdate() + RETURN_DAYS}
        case "take_back":
            return {"condition": asset.condition, "wiped": "" if asset.type.holds_data else "not_needed"}
        case "edit":
            facts = {
                field: getattr(asset, field)
                for field in ("tag", "name", "model", "serial", "condition", "location", "department", "cost",
                              "currency", "purchased_on", "warranty_until", "supplier", "order_number", "notes")
            }  # fmt: skip
            return {**facts, **typed_fields.initial(asset.type.fields, asset.answers)}
    return {}


DESK = Desk(
    find=_find,
    page=lambda asset: reverse("console:asset", args=[asset.number]),
    action=lambda asset, name: reverse("console:asset-action", args=[asset.number, name]),
    home=lambda: reverse("console:assets"),
    initial=_initial,
    elsewhere=frozenset({"accept", "decline"}),
    gate=asset_page,
    back=gettext_lazy("Back to the asset"),
)
action = action_page(DESK)


@asset_page
def asset(request: HttpRequest, number: str) -> HttpResponse:
    """``/desk/assets/<number>/``. A number in another spelling leads to the right address."""
    found = Asset.objects.visible_to(request.user).for_list().get_by_number(number)
    if number != found.number:
        return redirect("console:asset", number=found.number)
    offered = {option.name: option for option in options(found, request.user) if option.name not in DESK.elsewhere}
    label, tone = status_of(found)
    tickets = Ticket.objects.visible_to(request.user).filter(asset_links__asset=found).for_list().order_by("-pk")
    context = {
        "record": found, "status": label, "tone": tone, "facts": _facts(found, request.user),
        "custodies": found.custodies.select_related("employee", "given_by", "ended_by")[:SHOWN],
        "relations": _relations(found), "impact": _impact(found),
        "tickets": rows_of(tickets[:SHOWN]),
        "events": list(reversed(timeline(found, request.user))),
        "can": {name: option.allowed for name, option in offered.items()},
        "manages": manages_assets(request.user),
        **buttons(DESK, found, offered, NEXT_MOVES.get(found.state, ((), ()))),
        "further": [
            {"option": option, "icon": option.action.icon, "url": DESK.action(found, name)}
            for name, option in offered.items() if option.allowed and not option.action.is_move
        ],
    }  # fmt: skip
    return render(request, "console/assets/asset.html", context)


def _facts(found: Asset, reader: Employee) -> list[tuple[str, Any]]:
    """(label, value) of what is known; what it cost is for those who manage assets."""
    pairs: list[tuple[str, Any]] = [
        (_("Tag"), found.tag), (_("Type"), found.type), (_("Model"), found.model),
        (_("Model number"), found.model.model_number if found.model else ""), (_("Serial number"), found.serial),
        (_("Condition"), found.get_condition_display()), *typed_fields.rows(found.type.fields, found.answers),
        (_("Warranty until"), _day(found.warranty_until)),
        (_("Certificate of disposal"), found.certificate),
    ]  # fmt: skip
    if manages_assets(reader):
        cost = f"{found.cost} {found.currency}" if found.cost is not None else ""
        pairs += [
            (_("Bought on"), _day(found.purchased_on)), (_("Cost"), cost), (_("Supplier"), found.supplier),
            (_("Order number"), found.order_number), (_("Notes"), found.notes),
        ]  # fmt: skip
    return pairs


def _day(day: Any) -> str:
    return date_format(day, "j M Y") if day else ""


def _relations(found: Asset) -> list[dict[str, Any]]:
    """Everything tied to it, in either direction, in one statement."""
    ties = Relation.objects.filter(Q(asset=found) | Q(other=found)).select_related(
        "asset__type", "asset__model__maker", "other__type", "other__model__maker"
    )
    shown = []
    for tie in ties.order_by("kind", "pk")[:SHOWN]:
        there = tie.other if tie.asset_id == found.pk else tie.asset
        way = _("%(kind)s") if there is tie.other or tie.kind == Relation.Kind.CONNECTED_TO else _("%(kind)s this one")
        shown.append({"asset": there, "words": way % {"kind": tie.get_kind_display()}, "kind": tie.kind})
    return shown


def _impact(found: Asset) -> dict[str, Any]:
    """What fails with it, nearest first, as far as a page can show."""
    affected = impact.closure(found.pk)
    names = Asset.objects.for_list().in_bulk([one.asset for one in affected[:SHOWN]]) if affected else {}
    labels = {key: one.label for key, one in names.items()} | {found.pk: found.label}
    rows = [
        {"asset": names[one.asset], "depth": one.depth, "through": labels.get(one.through, "")}
        for one in affected[:SHOWN] if one.asset in names
    ]  # fmt: skip
    people = {row["asset"].holder_id for row in rows if row["asset"].holder_id}
    return {
        "rows": rows, "count": len(affected), "more": len(affected) - len(rows), "people": len(people),
        "drawing": drawing(found, affected, names),
    }  # fmt: skip


@keeper_page
def new(request: HttpRequest) -> HttpResponse:
    """``/desk/assets/new/``: first the type, whose fields the form then asks for."""
    if request.method != "POST":
        form = creation_form(Asset, by=request.user, initial={"type": request.GET.get("type", "").replace("\x00", "")})
        return render(request, "console/assets/new.html", {"form": form, "chosen": form.asset_type})  # type: ignore[attr-defined]
    details = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    try:
        made = create(Asset, by=request.user, details=details).record
    except InvalidPayload as error:
        form = creation_form(Asset, by=request.user, data=details)
        for name, sentences in error.errors.items():
            for sentence in sentences:
                if sentence not in form.errors.get(name or "__all__", []):
                    form.add_error(name if name in form.fields else None, sentence)
        context = {"form": form, "chosen": form.asset_type}  # type: ignore[attr-defined]
        return render(request, "console/assets/new.html", context, status=422)
    return redirect(DESK.page(made))
