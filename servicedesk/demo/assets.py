"""What the demo company owns, who has it, what depends on what, and what lies in stock, through the services."""

import random
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assets import register
from assets.access import manages_assets
from assets.forms import DEFAULT_TERMS
from assets.models import Asset, AssetModel, AssetType, Maker, StockItem
from directory.models import Employee
from servicedesk.audit.origin import channel_is
from servicedesk.common import time
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.workflow import create, perform

from .cast import Cast
from .history import DAYS
from .stories import dice

SHIPPED = Path(__file__).with_name("assets.toml")
LINKED_TICKETS = 15
SUPPLIERS = ("Esprinet", "Bechtle", "ECS Computers", "Rossi Forniture")

# The moves that lead to each state, with who makes them: a keeper, the holder, another keeper.
WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "ordered": (),
    "in_stock": (),
    "reserved": (("keeper", "reserve"),),
    "pending_acceptance": (("keeper", "hand_over"),),
    "in_use": (("keeper", "hand_over"), ("holder", "accept")),
    "in_repair": (("keeper", "hand_over"), ("holder", "accept"), ("keeper", "repair")),
    "pending_return": (("keeper", "hand_over"), ("holder", "accept"), ("keeper", "ask_back")),
    "retired": (
        ("keeper", "hand_over"), ("holder", "accept"), ("keeper", "ask_back"), ("keeper", "take_back"),
        ("keeper", "retire"),
    ),
    "disposed": (("keeper", "retire"), ("other", "dispose")),
    "missing": (("keeper", "hand_over"), ("holder", "accept"), ("keeper", "report_missing")),
    "written_off": (
        ("keeper", "hand_over"), ("holder", "accept"), ("keeper", "report_missing"), ("other", "write_off"),
    ),
}  # fmt: skip


@dataclass
class Depot:
    """Fills the register as over the last three months; nothing when nobody manages assets."""

    cast: Cast
    queues: dict[str, Queue]
    end: datetime
    seed: int
    chance: random.Random = field(init=False)
    keepers: list[Employee] = field(init=False)
    _serial: int = 382
    _made: dict[str, list[Asset]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = dice("assets", self.seed)
        self.keepers = [person for person in self.cast.people if manages_assets(person)]

    def rack(self) -> dict[str, Asset]:
        """What the company runs on, by name: there from the first day, in the hands of those who look after it."""
        if not self.keepers:
            return {}
        told = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["service"]
        start, keeper = self.end - timedelta(days=DAYS, hours=12), self.keepers[0]
        racked = {}
        for place, name in enumerate(told["names"]):
            queue = self.queues.get(told["names"][name])
            holder = self.chance.choice((self.cast.holders(queue, "work_l2") if queue else []) or self.cast.people)
            with time.at(start + timedelta(minutes=place)), channel_is("portal"):
                kind = AssetType.objects.filter(name=told["type"]).first() or register.add(
                    AssetType, by=keeper, name=told["type"], icon=told["icon"], tag_prefix=told["tag_prefix"]
                )
                details = {"type": kind.slug, "name": name, "tag": f"{kind.tag_prefix}-{place + 1:04d}"}
                asset = create(Asset, by=keeper, details=details).record
                asset = perform(asset, "hand_over", by=keeper, **self._details(asset, "hand_over", holder))
                racked[name] = perform(asset, "accept", by=holder, **self._details(asset, "accept", holder))
        return racked

    def fill(self) -> None:
        if not self.keepers or len(self.cast.people) < len(self.keepers) + 2:
            return
        told = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
        with channel_is("portal"):
            for kind in told["types"]:
                self._type(kind)
            self._tie()
            for item in told["stock"]:
                self._stock(item)
            self._link()

    def _keeper(self) -> Employee:
        return self.chance.choice(self.keepers)

    def _type(self, told: dict[str, Any]) -> None:
        start = self.end - timedelta(days=DAYS, hours=12)
        with time.at(start):
            names = ("name", "icon", "tag_prefix", "holds_data", "fields")
            kind = register.add(AssetType, by=self.keepers[0], **{key: told[key] for key in names if key in told})
            models = [(self._model(kind, maker, name, number), cost) for maker, name, number, cost in told["models"]]
        for state, number in told["states"].items():
            for _one in range(number):
                asset = self._asset(kind, models, state, start)
                self._made.setdefault(kind.name, []).append(self._bring(asset, state, told["for"], start))

    def _model(self, kind: AssetType, maker: str, name: str, number: str) -> AssetModel:
        made_by = Maker.objects.filter(name=maker).first() or register.add(Maker, by=self.keepers[0], name=maker)
        return register.add(
            AssetModel, by=self.keepers[0], type=kind, maker=made_by, name=name, model_number=number
        )  # fmt: skip

    def _asset(self, kind: AssetType, models: list[tuple[AssetModel, str]], state: str, start: datetime) -> Asset:
        chance = self.chance
        self._serial += chance.randint(1, 9)
        bought = start - timedelta(days=chance.randint(20, 1200))
        site = chance.choice([person.location for person in self.cast.people if person.location])
        details: dict[str, Any] = {
            "type": kind.slug, "tag": "" if state == "ordered" else f"{kind.tag_prefix}-{self._serial:04d}",
            "state": "ordered" if state == "ordered" else "in_stock", "location": site.slug,
            "condition": "new" if state in ("ordered", "pending_acceptance", "reserved") else "good",
            "supplier": chance.choice(SUPPLIERS), "order_number": f"PO-{chance.randint(20000, 29999)}",
            **self._answers(kind),
        }  # fmt: skip
        if models:
            model, cost = chance.choice(models)
            serial = "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=8))
            details |= {"model": model.slug, "cost": cost, "serial": "" if state == "ordered" else serial}
        if state != "ordered":
            details["purchased_on"] = bought.date().isoformat()
            details["warranty_until"] = (bought + timedelta(days=1095)).date().isoformat()
        with time.at(start + timedelta(minutes=self._serial % 600)):
            made: Asset = create(Asset, by=self._keeper(), details=details).record
        return made

    def _answers(self, kind: AssetType) -> dict[str, str]:
        found = {}
        for one in kind.fields:
            value = {
                "choice": lambda one=one: self.chance.choice(one["choices"]),
                "yes_no": lambda: self.chance.choice(["yes", "yes", "no"]),
                "number": lambda one=one: "27" if "inch" in one["label"] else self.chance.choice(["24", "48"]),
                "date": lambda: (self.end + timedelta(days=self.chance.randint(30, 700))).date().isoformat(),
                "person": lambda: self._keeper().login,
            }.get(one["kind"], lambda one=one: self._text(one["label"]))  # type: ignore[misc]
            found[f"field_{one['name']}"] = str(value())  # type: ignore[no-untyped-call]
        return found

    def _text(self, label: str) -> str:
        if "hone" in label:
            return f"+39 02 5550 {self.chance.randint(100, 999)}"
        return f"R{self.chance.randint(1, 6)}-{self.chance.randint(10, 42)}"

    def _bring(self, asset: Asset, state: str, group: str, start: datetime) -> Asset:
        """Through the moves that lead to ``state``, each some time after the one before."""
        way = WAYS[state]
        holder = self._holder(asset, group)
        keeper = self._keeper()
        other = next((one for one in self.keepers if one != keeper), keeper)
        if state == "written_off" and other == keeper:
            return asset  # nobody is there to be the second person
        # What waits for somebody has been waiting for days, not for months.
        room = (
            timedelta(days=6) if state in ("pending_acceptance", "pending_return", "reserved") else timedelta(days=DAYS)
        )
        begin = max(self.end - room * self.chance.uniform(0.3, 1), start + timedelta(hours=11))
        pace = (self.end - begin) / (len(way) + 1)
        for step, (who, move) in enumerate(way):
            by = {"keeper": keeper, "holder": holder, "other": other}[who]
            with time.at(begin + pace * step):
                asset = perform(asset, move, by=by, **self._details(asset, move, holder))
        return asset

    def _holder(self, asset: Asset, group: str) -> Employee:
        """Somebody of the queue, or anybody; a screen goes to who has a laptop already."""
        people = self.cast.holders(self.queues[group], "work_l2") if group in self.queues else []
        if asset.type.name == "Monitor":
            people = [one.holder for one in self._made.get("Laptop", []) if one.state == "in_use" and one.holder]
        return self.chance.choice(people or self.cast.people)

    def _details(self, asset: Asset, move: str, holder: Employee) -> dict[str, Any]:
        return {
            "reserve": {"employee": holder.login},
            "hand_over": {"employee": holder.login, "terms": str(DEFAULT_TERMS)},
            "accept": {"signature": holder.name},
            "ask_back": {"due_on": (self.end + timedelta(days=5)).date().isoformat()},
            "take_back": {"condition": "worn", "wiped": "yes" if asset.type.holds_data else "not_needed"},
            "retire": {"reason": "Too slow for what we run on it today."},
            "dispose": {"certificate": f"RAEE-2026-{self.chance.randint(100, 999)}"},
            "write_off": {"reason": "Searched for three weeks; the insurance has the report."},
        }.get(move, {})

    def _tie(self) -> None:
        """Servers hang on switches, switches on the first one, and screens on laptops of the same person."""
        switches, servers = self._made.get("Network switch", []), self._made.get("Server", [])
        ties = [(switch, "depends_on", switches[0]) for switch in switches[1:4]]
        ties += [(server, "depends_on", switches[1]) for server in servers[:2]] if len(switches) > 1 else []
        ties += [(switches[-1], "part_of", switches[0])] if len(switches) > 4 else []
        laptops = {asset.holder_id: asset for asset in self._made.get("Laptop", []) if asset.holder_id}
        screens = [asset for asset in self._made.get("Monitor", []) if asset.holder_id in laptops]
        ties += [(screen, "connected_to", laptops[screen.holder_id]) for screen in screens[:8]]
        with time.at(self.end - timedelta(days=2)):
            for one, kind, other in ties:
                perform(one, "relate", by=self._keeper(), kind=kind, other=other.number)

    def _stock(self, told: dict[str, Any]) -> None:
        chance, start = self.chance, self.end - timedelta(days=DAYS)
        keeper = self._keeper()
        site = next((person.location.slug for person in self.cast.people if person.location), "")
        with time.at(start):
            item: StockItem = create(
                StockItem, by=keeper,
                details={"name": told["name"], "unit": told["unit"], "reorder_at": told["reorder_at"],
                         "location": site, "shelf": f"Shelf {chance.randint(1, 9)}"},
            ).record  # fmt: skip
            item = perform(item, "receive", by=keeper, quantity=told["received"], note="First delivery")
        for number in range(told["issues"]):
            if item.quantity == 0:
                return
            with time.at(start + timedelta(days=DAYS) * (number + 1) / (told["issues"] + 2)):
                item = perform(
                    item, "issue", by=self._keeper(), quantity=min(item.quantity, chance.choice([1, 1, 1, 2])),
                    employee=chance.choice(self.cast.people).login,
                )  # fmt: skip
        with time.at(self.end - timedelta(hours=30)):
            perform(item, "count", by=keeper, counted=max(item.quantity - chance.choice([0, 0, 1]), 0))

    def _link(self) -> None:
        """Open tickets of people who have something are about it."""
        laptops = {asset.holder_id: asset for asset in self._made.get("Laptop", []) if asset.state == "in_use"}
        wanted = {"kind__in": ("incident", "request"), "requester__in": laptops, "confidential": False}
        found = Ticket.objects.open().filter(**wanted).order_by("pk")
        for ticket in found[:LINKED_TICKETS]:
            moment = min(max(ticket.updated_at, ticket.opened_at) + timedelta(minutes=2), self.end)
            with time.at(moment):
                perform(
                    ticket.specific, "link_asset", by=ticket.requester, asset=laptops[ticket.requester_id].number
                )  # fmt: skip
