"""Which changes are in each other's way: the same asset, and windows that overlap."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from assets.models import Asset, TicketAsset
from directory.models import Employee
from servicedesk.tickets.models import Ticket

from .models.register import FreezePeriod

# These have taken their window: another change of the same asset at the same time is a conflict.
IN_THE_WAY = ("scheduled", "implementing")


def asset_keys(change: Any) -> list[int]:
    """The keys of what ``change`` affects, in order."""
    return list(TicketAsset.objects.filter(ticket=change.pk).order_by("asset_id").values_list("asset", flat=True))


def hold_assets(change: Any) -> None:
    """Let one change after the other look for conflicts on the same assets, until the transaction ends.

    Rows are locked in the order of their keys, so two changes of the same assets never wait for each other.
    """
    list(
        Asset.objects.filter(pk__in=asset_keys(change)).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )


def overlapping(change: Any, now: datetime) -> QuerySet[Ticket]:
    """Other changes that have taken a window which overlaps ``change``'s, on one of its assets.

    A change that is being made lasts until it is completed, even beyond its planned end.
    """
    if change.planned_start is None or change.planned_end is None:
        return Ticket.objects.none()
    still_going = Q(state="implementing") if change.planned_start <= now else Q(pk__in=[])
    same = TicketAsset.objects.filter(asset__in=asset_keys(change)).values("ticket")
    return Ticket.objects.filter(
        Q(change__planned_end__gt=change.planned_start) | still_going, kind=change.kind,
        state__in=IN_THE_WAY, change__planned_start__lt=change.planned_end, pk__in=same,
    ).exclude(pk=change.pk)  # fmt: skip


def conflicting(change: Any, now: datetime) -> list[int]:
    """Keys of the overlapping changes that no waiver of ``change`` lets pass."""
    waived = set(change.waived)
    return [key for key in overlapping(change, now).order_by("pk").values_list("pk", flat=True) if key not in waived]


def named(keys: list[int], reader: Employee) -> tuple[str, ...]:
    """Numbers of those of ``keys`` that ``reader`` may see; of others only that there is one."""
    if not keys:
        return ()
    seen = Ticket.objects.visible_to(reader).filter(pk__in=keys).order_by("pk")
    numbers = [ticket.number for ticket in seen]
    return tuple(numbers) if len(numbers) == len(keys) else (*numbers, _("a change that you may not see"))


def freezes_between(start: datetime, end: datetime) -> QuerySet[FreezePeriod]:
    """The freezes that overlap a time, the earliest first."""
    return FreezePeriod.objects.filter(start__lt=end, end__gt=start).order_by("start", "pk")


def freeze_at(now: datetime, *, is_emergency: bool) -> str:
    """The name of the freeze that forbids work ``now``, or nothing."""
    found = FreezePeriod.objects.filter(start__lte=now, end__gt=now)
    if is_emergency:
        found = found.filter(lets_emergencies=False)
    return found.order_by("end").values_list("name", flat=True).first() or ""
