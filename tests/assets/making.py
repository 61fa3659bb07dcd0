"""Small factories for assets: people who manage them, types, and assets brought to any state by the machine itself."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone

from assets import register
from assets.models import Asset, AssetModel, AssetType, Maker, StockItem
from directory.models import Employee
from servicedesk.workflow import create, perform
from tests import factories as make

_serial = count(1)

# The way from “in stock” to each state, as (who, move); “keeper” manages assets, “holder” is whom it is handed to.
WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "ordered": (),
    "in_stock": (),
    "reserved": (("keeper", "reserve"),),
    "pending_acceptance": (("keeper", "hand_over"),),
    "in_use": (("keeper", "hand_over"), ("holder", "accept")),
    "in_repair": (("keeper", "hand_over"), ("holder", "accept"), ("keeper", "repair")),
    "pending_return": (("keeper", "hand_over"), ("holder", "accept"), ("keeper", "ask_back")),
    "retired": (("keeper", "retire"),),
    "disposed": (("keeper", "retire"), ("keeper", "dispose")),
    "missing": (("keeper", "report_missing"),),
    "written_off": (("keeper", "report_missing"), ("second", "write_off")),
}
STATES = tuple(WAYS)


def make_keeper(login: str = "", **fields: Any) -> Employee:
    """Manages assets: a right about the whole register, held through a group."""
    group = make.make_group("asset managers of the test")
    group.permissions.add(Permission.objects.get(content_type__app_label="assets", codename="manage_asset"))
    return make.make_employee(login, groups=(group,), **fields)


def make_type(name: str = "", **fields: Any) -> AssetType:
    name = name or f"Type {next(_serial)}"
    return AssetType.objects.create(name=name, slug=name.lower().replace(" ", "-"), **fields)


def make_model(type: AssetType, name: str = "", *, maker: str = "Lenovo", number: str = "") -> AssetModel:
    made_by = Maker.objects.get_or_create(name=maker, defaults={"slug": maker.lower()})[0]
    name = name or f"Model {next(_serial)}"
    return AssetModel.objects.create(
        type=type, maker=made_by, name=name, slug=f"{made_by.slug}-{next(_serial)}", model_number=number
    )


def make_asset(keeper: Employee, type: AssetType | None = None, **details: Any) -> Asset:
    """A new asset through the door, in stock unless ``state`` says ordered."""
    kind = type or AssetType.objects.first() or make_type("Laptop")
    return create(Asset, by=keeper, details={"type": kind.slug, **details}).record


def details_of(move: str, holder: Employee) -> dict[str, Any]:
    """A payload that each move takes."""
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    payloads: dict[str, dict[str, Any]] = {
        "reserve": {"employee": holder.login},
        "hand_over": {"employee": holder.login, "terms": "Look after it."},
        "accept": {"signature": holder.name},
        "decline": {"reason": "The screen is scratched."},
        "ask_back": {"due_on": tomorrow},
        "take_back": {"condition": "good", "wiped": "yes"},
        "retire": {"reason": "Too old."},
        "dispose": {"certificate": "R-2026-17"},
        "write_off": {"reason": "Searched everywhere."},
    }
    return payloads.get(move, {})


def bring(asset: Asset, state: str, *, keeper: Employee, holder: Employee, second: Employee) -> Asset:
    """Move ``asset``, which is in stock, to ``state``."""
    who = {"keeper": keeper, "holder": holder, "second": second}
    for by, move in WAYS[state]:
        asset = perform(asset, move, by=who[by], **details_of(move, holder))
    return asset


def make_item(keeper: Employee, name: str = "Mouse", quantity: int = 0, **details: Any) -> StockItem:
    """An item of stock with some of it received."""
    item: StockItem = create(StockItem, by=keeper, details={"name": name, **details}).record
    return perform(item, "receive", by=keeper, quantity=quantity) if quantity else item


def configure(keeper: Employee, fields: list[dict[str, Any]], name: str = "Laptop") -> AssetType:
    """A type with fields of its own, through the service."""
    return register.add(AssetType, by=keeper, name=name, fields=fields)
