"""What the actions that are not moves do. Each runs inside the door and gives what it made."""

from typing import Any

from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, WrongState
from servicedesk.tickets import typed_fields
from servicedesk.tickets.administration import wait_for_turn
from servicedesk.tickets.models import Ticket
from servicedesk.workflow import Passage

from . import impact
from .models import Asset, Relation, StockItem, StockMovement, TicketAsset

FACTS = (
    "tag", "name", "model", "serial", "condition", "location", "department", "cost", "currency", "purchased_on",
    "warranty_until", "supplier", "order_number", "notes",
)  # fmt: skip


def edit(passage: Passage, **cleaned: Any) -> None:
    """Change the facts that were named, and the fields of the type; the event names what changed."""
    asset: Asset = passage.record
    changed = []
    for name in FACTS:
        if name in passage.given and getattr(asset, name) != cleaned[name]:
            if name == "notes":
                passage.text["notes_before"] = asset.notes
            setattr(asset, name, cleaned[name])
            changed.append(name)
    given = {name: value for name, value in cleaned.items() if name in passage.given}
    answers = typed_fields.answers_of(asset.type.fields, given, asset.answers)
    if answers != asset.answers:
        changed += sorted(
            f"{typed_fields.PREFIX}{name}"
            for name in answers.keys() | asset.answers.keys()
            if answers.get(name) != asset.answers.get(name)
        )
        asset.answers = answers
    passage.details = {"fields": changed}
    passage.text = {name: text for name, text in passage.text.items() if "notes" in changed and text}


def note(passage: Passage, *, body: str) -> None:
    """Something to remember; it stands in the log alone."""


def record_wipe(passage: Passage) -> None:
    passage.record.needs_wiping = False


def relate(passage: Passage, *, kind: str, other: Asset) -> Relation:
    """Tie two assets together. Who ties parts waits for their turn, or two at once could close a circle."""
    wait_for_turn()
    asset: Asset = passage.record
    if kind == Relation.Kind.PART_OF and impact.contains(asset.pk, other.pk):
        raise InvalidPayload(
            {"other": [_("%(other)s is part of %(asset)s already: a part cannot contain its whole.") % {
                "other": other.label, "asset": asset.label}]}
        )  # fmt: skip
    twin = Relation.objects.filter(asset=other, other=asset, kind=Relation.Kind.CONNECTED_TO)
    if kind == Relation.Kind.CONNECTED_TO and (found := twin.first()) is not None:
        return found
    made, is_new = Relation.objects.get_or_create(
        asset_id=asset.pk, other_id=other.pk, kind=kind, defaults={"by": passage.by, "at": passage.now}
    )
    passage.details = {"kind": kind, "related": other.pk}
    if is_new:
        _tell(passage, other, "related_here", {"kind": kind, "related": asset.pk})
    return made


def unrelate(passage: Passage, *, other: Asset, kind: str = "") -> None:
    wait_for_turn()
    asset: Asset = passage.record
    here = Relation.objects.filter(asset=asset, other=other)
    there = Relation.objects.filter(asset=other, other=asset)
    if kind:
        here, there = here.filter(kind=kind), there.filter(kind=kind)
    if not here.delete()[0] + there.delete()[0]:
        raise InvalidPayload({"other": [_("%(other)s does not belong to this asset.") % {"other": other.label}]})
    passage.details = {"related": other.pk, "kind": kind}
    _tell(passage, other, "unrelated_here", {"related": asset.pk})


def link_asset(passage: Passage, *, asset: Asset) -> TicketAsset:
    """The ticket is about the asset. The asset's log says so, but of a confidential one, which it must not betray."""
    made, is_new = TicketAsset.objects.get_or_create(
        ticket_id=passage.record.pk, asset_id=asset.pk, defaults={"by": passage.by, "at": passage.now}
    )
    passage.details = {"asset": asset.pk}
    if is_new and not passage.record.confidential:
        _tell(passage, asset, "ticket_linked", {"ticket": passage.record.pk})
    return made


def unlink_asset(passage: Passage, *, asset: Asset) -> None:
    if not TicketAsset.objects.filter(ticket=passage.record.pk, asset=asset).delete()[0]:
        raise InvalidPayload({"asset": [_("%(asset)s is not linked to this ticket.") % {"asset": asset.label}]})
    passage.details = {"asset": asset.pk}
    if not passage.record.confidential:
        _tell(passage, asset, "ticket_unlinked", {"ticket": passage.record.pk})


def _tell(passage: Passage, other: Asset, verb: str, details: dict[str, Any]) -> None:
    """The other asset's log hears of it too."""
    state = Asset.objects.values_list("state", flat=True).get(pk=other.pk)
    audit.record(
        other, f"asset.{verb}", actor=passage.by, source=state, target=state, at=passage.now, details=details
    )  # fmt: skip


def edit_item(passage: Passage, **cleaned: Any) -> None:
    item: StockItem = passage.record
    changed = []
    for name in ("name", "location", "shelf", "unit", "reorder_at", "is_active"):
        value = _or_default(name, cleaned[name])
        if getattr(item, name) != value:
            setattr(item, name, value)
            changed.append(name)
    passage.details = {"fields": changed}


def _or_default(name: str, value: Any) -> Any:
    """What an empty entry means."""
    if name == "unit":
        return value or "piece"
    return (value or 0) if name == "reorder_at" else value


def receive_stock(passage: Passage, *, quantity: int, note: str = "") -> StockMovement:
    return _move_stock(passage, StockMovement.Kind.RECEIVED, quantity, note=note)


def issue_stock(
    passage: Passage, *, quantity: int, employee: Employee | None = None, ticket: Ticket | None = None, note: str = ""
) -> StockMovement:
    """Take some for somebody. Whoever comes second when too few are left hears so."""
    if quantity > passage.record.quantity:
        raise WrongState(_("Somebody else took them: %(left)s are left.") % {"left": passage.record.quantity})
    if employee is None and ticket is not None:
        employee = ticket.requested_for
    return _move_stock(passage, StockMovement.Kind.ISSUED, -quantity, note=note, employee=employee, ticket=ticket)


def count_stock(passage: Passage, *, counted: int, note: str = "") -> StockMovement:
    return _move_stock(passage, StockMovement.Kind.COUNTED, counted - passage.record.quantity, note=note)


def _move_stock(
    passage: Passage, kind: str, change: int, *, note: str, employee: Employee | None = None,
    ticket: Ticket | None = None,
) -> StockMovement:  # fmt: skip
    item: StockItem = passage.record
    item.quantity += change
    passage.details = {
        "change": change, "left": item.quantity, **({"employee": employee.pk} if employee else {}),
        **({"ticket": ticket.pk} if ticket else {}),
    }  # fmt: skip
    return item.movements.create(
        kind=kind, change=change, left=item.quantity, employee=employee, ticket=ticket, by=passage.by, note=note,
        at=passage.now,
    )  # fmt: skip
