"""Assets and stock behind the door: their moves and actions, and two actions of every kind of ticket."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.common.errors import Hidden
from servicedesk.tickets import roles as ticket_roles
from servicedesk.tickets import typed_fields
from servicedesk.tickets.states import VOCABULARY as TICKETS
from servicedesk.workflow import Action, Decision, Machine
from servicedesk.workflow.moves import moves_of

from . import effects, guards, register_forms, roles
from .access import manages_assets_now
from .facts import facts_of, stock_facts
from .models import Asset, AssetType, StockItem
from .states import IN_STOCK, VOCABULARY

_EVERY_STATE = {name: name for name in VOCABULARY.names}
_TRACKED = (
    "tag", "serial", "type", "model", "holder", "reserved_for", "location", "department", "condition", "needs_wiping",
)  # fmt: skip


def asset_machine() -> Machine:
    """Called once, when the app is ready."""
    actions = {**moves_of(Asset), **{action.name: action for action in _asset_actions()}}
    return Machine(
        model=Asset,
        actions=actions,
        lock=_locked_asset,
        facts=facts_of,
        verb_prefix="asset",
        tracked=_TRACKED,
        creation=Action(
            name="create", label=gettext_lazy("Add an asset"), permission=roles.manages, verb="created", sources={},
            form=register_forms.NewAssetForm,
        ),
        may_create=_may_create,
        build=build_asset,
    )  # fmt: skip


def _asset_actions() -> list[Action]:
    def row(name: str, label: Any, verb: str, *, form: Any, effect: Any, **more: Any) -> Action:
        return Action(
            name=name, label=label, permission=roles.manages, verb=f"asset.{verb}", sources=_EVERY_STATE, form=form,
            effect=effect, order=100, **more,
        )  # fmt: skip

    return [
        row("edit", gettext_lazy("Edit"), "edited", form=register_forms.EditForm, effect=effects.edit, icon="edit"),
        row("note", gettext_lazy("Note something"), "noted", form=register_forms.NoteForm, effect=effects.note,
            raises_version=False, icon="note"),
        row("relate", gettext_lazy("Relate to another asset"), "related", form=register_forms.RelateForm,
            effect=effects.relate, raises_version=False, icon="link"),
        row("unrelate", gettext_lazy("Remove a relation"), "unrelated", form=register_forms.UnrelateForm,
            effect=effects.unrelate, raises_version=False, icon="link"),
        row("record_wipe", gettext_lazy("Note that it is wiped"), "wiped", form=None, effect=effects.record_wipe,
            guards=(guards.waits_for_wiping,), icon="refresh"),
    ]  # fmt: skip


def _locked_asset(pk: int) -> Asset:
    """The row fresh and locked. What hangs on it by a key that may be empty is read apart: no outer join is locked."""
    found = Asset.objects.select_for_update(of=("self",), no_key=True).select_related("type").filter(pk=pk).first()
    if found is None:
        raise Hidden(_("There is no such asset, or you may not see it."))
    return found


def _may_create(employee: Employee) -> Decision:
    if manages_assets_now(employee):
        return Decision(True)
    return Decision(False, _("Adding to the register is for asset managers. Ask one of them."), "right")


def build_asset(*, by: Employee, now: datetime, type: AssetType, state: str = "", **cleaned: Any) -> Asset:
    """The unsaved asset of a clean form."""
    facts = {name: cleaned[name] for name in effects.FACTS}
    facts["currency"] = facts["currency"] or "EUR"
    return Asset(
        type=type, state=state or IN_STOCK, answers=typed_fields.answers_of(type.fields, cleaned), created_at=now,
        updated_at=now, **facts,
    )  # fmt: skip


def stock_machine() -> Machine:
    """Called once, when the app is ready. An item has no states: what happens to it are actions."""
    return Machine(
        model=StockItem,
        actions={action.name: action for action in _stock_actions()},
        lock=_locked_item,
        facts=stock_facts,
        verb_prefix="stock",
        tracked=("name", "quantity", "location", "is_active"),
        creation=Action(
            name="create", label=gettext_lazy("Add an item"), permission=roles.manages, verb="created", sources={},
            form=register_forms.StockFactsForm,
        ),
        may_create=_may_create,
        build=_build_item,
    )  # fmt: skip


def _stock_actions() -> list[Action]:
    def row(name: str, label: Any, verb: str, form: Any, effect: Any, order: int, icon: str, **more: Any) -> Action:
        return Action(
            name=name, label=label, permission=roles.manages, verb=f"stock.{verb}", sources={}, form=form,
            effect=effect, order=order, icon=icon, **more,
        )  # fmt: skip

    return [
        row("issue", gettext_lazy("Issue"), "issued", register_forms.IssueStockForm, effects.issue_stock, 10,
            "user-check", guards=(guards.can_be_issued, guards.is_in_stock)),
        row("receive", gettext_lazy("Receive"), "received", register_forms.ReceiveStockForm, effects.receive_stock, 20,
            "inbox"),
        row("count", gettext_lazy("Count"), "counted", register_forms.CountStockForm, effects.count_stock, 30,
            "list-check"),
        row("edit", gettext_lazy("Edit"), "edited", register_forms.StockEditForm, effects.edit_item, 40, "edit"),
    ]  # fmt: skip


def _locked_item(pk: int) -> StockItem:
    found = StockItem.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if found is None:
        raise Hidden(_("There is no such item, or you may not see it."))
    return found


def _build_item(*, by: Employee, now: datetime, **cleaned: Any) -> StockItem:
    return StockItem(
        name=cleaned["name"], location=cleaned["location"], shelf=cleaned["shelf"], unit=cleaned["unit"] or "piece",
        reorder_at=cleaned["reorder_at"] or 0, updated_at=now,
    )  # fmt: skip


def link_action(kind: str) -> Action:
    """Name an asset on a ticket: whoever works on it any that they see, its requester what they have themselves."""
    return Action(
        name="link_asset", label=gettext_lazy("Link an asset"), verb="ticket.asset_linked",
        permission=ticket_roles.works_or_coordinates | ticket_roles.is_requester, sources=_states_of(kind),
        form=register_forms.LinkAssetForm, effect=effects.link_asset, raises_version=False, order=110,
    )  # fmt: skip


def unlink_action(kind: str) -> Action:
    return Action(
        name="unlink_asset", label=gettext_lazy("Remove an asset"), verb="ticket.asset_unlinked",
        permission=ticket_roles.works_or_coordinates, sources=_states_of(kind), form=register_forms.UnlinkAssetForm,
        effect=effects.unlink_asset, raises_version=False, order=112,
    )  # fmt: skip


def _states_of(kind: str) -> dict[str, str]:
    return {state.name: state.name for state in TICKETS[kind].states}
