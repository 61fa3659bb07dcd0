"""Assets and stock in words: how their events are told, and what people most likely do next."""

from django.utils.translation import gettext_lazy as _

from directory.models import Department, Employee, Location
from servicedesk.tickets.registers.register import Register
from servicedesk.tickets.states import State, Vocabulary
from servicedesk.tickets.timeline import Telling

from .access import reads_register
from .models import Asset, AssetModel, StockItem
from .states import VOCABULARY, Condition

ASSET_TELLINGS: dict[str, Telling] = {
    "asset.created": Telling(_("%(actor)s added it to the register"), "plus"),
    "asset.imported": Telling(_("%(actor)s took it over from a list"), "history"),
    "asset.received": Telling(_("%(actor)s received it"), "inbox"),
    "asset.reserved": Telling(_("%(actor)s reserved it"), "bookmark"),
    "asset.handed_over": Telling(_("%(actor)s handed it over"), "user-check", public=True, desk_quotes=("terms",)),
    "asset.accepted": Telling(_("%(actor)s signed for it"), "pencil", public=True, desk_quotes=("pencil",)),
    "asset.declined": Telling(_("%(actor)s did not accept it"), "x", public=True, quotes="reason"),
    "asset.sent_to_repair": Telling(_("%(actor)s sent it to repair"), "tools", public=True),
    "asset.repaired": Telling(_("%(actor)s got it back from repair"), "circle-check", public=True),
    "asset.asked_back": Telling(_("%(actor)s asked for it back"), "arrow-back-up", public=True),
    "asset.taken_back": Telling(_("%(actor)s took it back"), "inbox", public=True),
    "asset.retired": Telling(_("%(actor)s retired it"), "archive", desk_quotes=("reason",)),
    "asset.disposed": Telling(_("%(actor)s disposed of it"), "trash"),
    "asset.reported_missing": Telling(_("%(actor)s reported it missing"), "help-circle"),
    "asset.found": Telling(_("%(actor)s found it again"), "search"),
    "asset.written_off": Telling(_("%(actor)s wrote it off"), "ban", desk_quotes=("reason",)),
    "asset.edited": Telling(_("%(actor)s edited it"), "edit"),
    "asset.noted": Telling(_("%(actor)s noted something"), "note", desk_quotes=("body",)),
    "asset.wiped": Telling(_("%(actor)s noted that it is wiped"), "refresh"),
    "asset.related": Telling(_("%(actor)s related another asset to it"), "link"),
    "asset.related_here": Telling(_("%(actor)s related it to another asset"), "link"),
    "asset.unrelated": Telling(_("%(actor)s removed a relation"), "link"),
    "asset.unrelated_here": Telling(_("%(actor)s removed a relation"), "link"),
    "asset.ticket_linked": Telling(_("%(actor)s named it on a ticket"), "ticket"),
    "asset.ticket_unlinked": Telling(_("%(actor)s took it off a ticket"), "ticket"),
}

STOCK_TELLINGS: dict[str, Telling] = {
    "stock.created": Telling(_("%(actor)s added the item"), "plus"),
    "stock.edited": Telling(_("%(actor)s edited the item"), "edit"),
    "stock.received": Telling(_("%(actor)s received some"), "inbox"),
    "stock.issued": Telling(_("%(actor)s issued some"), "user-check"),
    "stock.counted": Telling(_("%(actor)s counted them"), "list-check"),
}

TICKET_TELLINGS: dict[str, Telling] = {
    "ticket.asset_linked": Telling(_("%(actor)s linked an asset"), "device-laptop"),
    "ticket.asset_unlinked": Telling(_("%(actor)s removed an asset"), "device-laptop"),
}

# State → (the first of these that one may make is the primary button, a few of those stand beside it).
NEXT_MOVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ordered": (("receive",), ()),
    "in_stock": (("hand_over",), ("reserve",)),
    "reserved": (("hand_over",), ()),
    "pending_acceptance": (("accept",), ("decline",)),
    "in_use": (("ask_back",), ("repair",)),
    "in_repair": (("repaired",), ()),
    "pending_return": (("take_back",), ()),
    "retired": (("dispose",), ()),
    "missing": (("find",), ("write_off",)),
}

# The states' tones in the words of the status component.
TONES = {
    "new": "new", "resolved": "done", "waiting": "waiting", "progress": "progress", "closed": "closed",
    "cancelled": "cancelled",
}  # fmt: skip


def status_of(asset: Asset) -> tuple[str, str]:
    """(words, tone) for people of the desk."""
    state = VOCABULARY[asset.state]
    return str(state.label), TONES[state.tone]


def status_for_holder(asset: Asset) -> tuple[str, str]:
    """(words, tone) for whoever has it."""
    state = VOCABULARY[asset.state]
    return str(state.employee_label), TONES[state.tone]


def _reads_all(_record: object, reader: Employee) -> bool:
    return reads_register(reader)


def _condition(value: str) -> str:
    return str(Condition(value).label) if value in Condition.values else value


def asset_register() -> Register:
    """Called once, when the app is ready."""
    return Register(
        name="asset",
        model=Asset,
        vocabulary=VOCABULARY,
        reads_all=_reads_all,
        tellings={**ASSET_TELLINGS, **TICKET_TELLINGS},
        labels={
            "holder": _("Held by"), "reserved_for": _("Reserved for"), "tag": _("Tag"), "serial": _("Serial number"),
            "model": _("Model"), "location": _("Location"), "department": _("Department"), "condition": _("Condition"),
        },
        names={
            "holder": (Employee, "name"), "reserved_for": (Employee, "name"), "location": (Location, "name"),
            "department": (Department, "name"), "model": (AssetModel, "name"),
        },
        values={"condition": _condition},
    )  # fmt: skip


def stock_register() -> Register:
    """Called once, when the app is ready. The vocabulary holds the prefix alone: an item has no states."""
    return Register(
        name="stock",
        model=StockItem,
        vocabulary=Vocabulary(StockItem.PREFIX, (State("", "", "", True, "new"),)),
        reads_all=_reads_all,
        tellings=STOCK_TELLINGS,
        labels={"quantity": _("In stock"), "location": _("Location")},
        names={"location": (Location, "name")},
    )
