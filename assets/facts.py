"""The snapshot that ``decide`` looks at: one asset, or one item of stock, as one actor meets it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from directory.models import Employee
from servicedesk.tickets.access import Access

from . import roles
from .access import manages_assets, manages_assets_now
from .states import HELD, VOCABULARY

if TYPE_CHECKING:
    from .models import Asset, StockItem


@dataclass(frozen=True)
class AssetFacts:
    """Plain values only; ``decide`` and the guards are pure over it."""

    number: str
    state: str
    actor_active: bool
    actor_is_clock: bool
    manages: bool
    has_desk: bool
    is_holder: bool
    holder_active: bool
    reported_it_missing: bool
    needs_wiping: bool

    @property
    def state_label(self) -> str:
        return str(VOCABULARY[self.state].label)

    @property
    def visible(self) -> bool:
        """The read rule over plain values; the same law as ``AssetQuerySet.visible_to``."""
        if self.actor_is_clock:
            return True
        return self.actor_active and (self.manages or self.has_desk or (self.is_holder and self.state in HELD))

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role the actor has on this asset."""
        if self.actor_is_clock:
            return frozenset({roles.SEES, roles.CLOCK})
        if not self.visible:
            return frozenset()
        held = {roles.DESK: self.has_desk, roles.MANAGER: self.manages, roles.HOLDER: self.is_holder}
        return frozenset({roles.SEES, *(role for role, is_theirs in held.items() if is_theirs)})

    def role_words(self, wanted: frozenset[str]) -> str:
        return "; ".join(str(roles.WORDS[role]) for role in roles.WORDS if role in wanted and role != roles.CLOCK)


def facts_of(asset: "Asset", actor: Employee, *, cause: str = "", anew: bool = False) -> AssetFacts:
    """Read the snapshot. ``anew``: never trust rights remembered for this request."""
    access = Access.read(actor) if anew else Access.of(actor)
    return AssetFacts(
        number=asset.number,
        state=asset.state,
        actor_active=access.active,
        actor_is_clock=is_clock(access),
        manages=access.active and (manages_assets_now(actor) if anew else manages_assets(actor)),
        has_desk=access.has_desk,
        is_holder=asset.holder_id == actor.pk,
        holder_active=asset.holder is None or asset.holder.is_active,
        reported_it_missing=asset.missing_reported_by_id == actor.pk,
        needs_wiping=asset.needs_wiping,
    )


def is_clock(access: Access) -> bool:
    return access.active and access.kind == Employee.Kind.SERVICE and access.login == "system.clock"


@dataclass(frozen=True)
class StockFacts:
    """One item of stock as one actor meets it. It has no states: everything about it is an action."""

    number: str
    quantity: int
    is_active: bool
    actor_active: bool
    manages: bool
    has_desk: bool
    state: str = ""
    state_label: str = ""

    @property
    def visible(self) -> bool:
        return self.actor_active and (self.manages or self.has_desk)

    @cached_property
    def roles(self) -> frozenset[str]:
        if not self.visible:
            return frozenset()
        held = {roles.DESK: self.has_desk, roles.MANAGER: self.manages}
        return frozenset({roles.SEES, *(role for role, is_theirs in held.items() if is_theirs)})

    def role_words(self, wanted: frozenset[str]) -> str:
        return "; ".join(str(roles.WORDS[role]) for role in roles.WORDS if role in wanted)


def stock_facts(item: "StockItem", actor: Employee, *, cause: str = "", anew: bool = False) -> StockFacts:
    access = Access.read(actor) if anew else Access.of(actor)
    return StockFacts(
        number=item.number,
        quantity=item.quantity,
        is_active=item.is_active,
        actor_active=access.active,
        manages=access.active and (manages_assets_now(actor) if anew else manages_assets(actor)),
        has_desk=access.has_desk,
    )
