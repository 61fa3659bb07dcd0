"""What other pages show of assets: the assets of a ticket, and the equipment of a person."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from directory.models import Employee
from servicedesk.tickets.models import Ticket
from servicedesk.workflow import machine_of

from .access import reads_register
from .models import Asset, StockMovement, TicketAsset
from .states import MAY_BE_HELD
from .words import status_of

SHOWN = 20


def _row(asset: Asset, reader: Employee) -> dict[str, Any]:
    label, tone = status_of(asset)
    page = f"/desk/assets/{asset.number}/" if reads_register(reader) else "/equipment/"
    return {"asset": asset, "status": label, "tone": tone, "url": page}


def of_ticket(ticket: Ticket, reader: Employee) -> dict[str, Any] | None:
    """The assets that a ticket names, and what its requester has beside them; in one statement."""
    linked = TicketAsset.objects.filter(ticket=ticket.pk, asset=OuterRef("pk"))
    concerned = {ticket.requester_id, ticket.requested_for_id}
    found = Asset.objects.visible_to(reader).for_list().annotate(is_linked=Exists(linked))
    found = found.filter(Q(is_linked=True) | Q(holder__in=concerned, state__in=MAY_BE_HELD)).order_by(
        "-is_linked", "pk"
    )
    rows = list(found[: SHOWN + 1])
    machine = machine_of(type(ticket))
    facts = machine.facts(ticket, reader) if rows or reads_register(reader) else None
    may = {name: facts is not None and machine.decide(facts, name).allowed for name in ("link_asset", "unlink_asset")}
    return {
        "ticket": ticket, "may": may,
        "linked": [_row(asset, reader) for asset in rows if asset.is_linked],
        "others": [_row(asset, reader) for asset in rows[:SHOWN] if not asset.is_linked],
    }  # fmt: skip


def of_requester(ticket: Ticket, reader: Employee) -> dict[str, Any] | None:
    """On the portal: what the ticket names of the reader's own equipment."""
    linked = TicketAsset.objects.filter(ticket=ticket.pk, asset=OuterRef("pk"))
    found = Asset.objects.held_by(reader).for_list().filter(Exists(linked)).order_by("pk")[:SHOWN]
    names = [asset.label for asset in found]
    return {"names": names} if names else None


def of_person(person: Employee, reader: Employee) -> dict[str, Any] | None:
    """What a person has, and which consumables they got lately; for people of the register."""
    if not reads_register(reader):
        return None
    found = list(Asset.objects.for_list().filter(holder=person).order_by("type__name", "pk")[: SHOWN + 1])
    issued = StockMovement.objects.filter(employee=person, kind="issued").select_related("item").order_by("-pk")[:5]
    return {
        "person": person, "rows": [_row(asset, reader) for asset in found[:SHOWN]], "more": len(found) > SHOWN,
        "issued": [{"item": move.item, "number": -move.change, "at": move.at} for move in issued],
    }  # fmt: skip
