"""Which changes are in each other's way: the same asset, and windows that overlap; and which freezes there are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from assets.models import Asset, TicketAsset
from directory.models import Employee
from servicedesk.tickets.models import Ticket

from .models.register import FreezePeriod

# These have taken their window: another change of the same asset at the same time is a conflict.
IN_THE_WAY = ("scheduled", "implementing")
_KEPT = "surroundings"


def asset_keys(change: Any) -> list[int]:
    """The keys of what ``change`` affects, in order."""
    return list(TicketAsset.objects.filter(ticket=change.pk).order_by("asset_id").values_list("asset_id", flat=True))


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
    return _sharing_an_asset(change).filter(_takes_its_window(change, now)).exclude(pk=change.pk)


def _sharing_an_asset(change: Any) -> QuerySet[Ticket]:
    """Changes of one of its assets; itself among them when it has any."""
    mine = TicketAsset.objects.filter(ticket=change.pk).values("asset")
    return Ticket.objects.filter(kind=change.kind, pk__in=TicketAsset.objects.filter(asset__in=mine).values("ticket"))


def _takes_its_window(change: Any, now: datetime) -> Q:
    if change.planned_start is None or change.planned_end is None:
        return Q(pk__in=[])
    still_going = Q(state="implementing") if change.planned_start <= now else Q(pk__in=[])
    ends_later = Q(change__planned_end__gt=change.planned_start) | still_going
    return Q(state__in=IN_THE_WAY, change__planned_start__lt=change.planned_end) & ends_later


def conflicting(change: Any, now: datetime) -> list[int]:
    """Keys of the overlapping changes that no waiver of ``change`` lets pass."""
    waived = set(change.waived)
    return [key for key in overlapping(change, now).order_by("pk").values_list("pk", flat=True) if key not in waived]


def named(keys: list[int], reader: Employee) -> tuple[str, ...]:
    """Numbers of those of ``keys`` that ``reader`` may see; of others only that there is one."""
    seen = Ticket.objects.visible_to(reader).filter(pk__in=keys).order_by("pk")
    return _in_words([ticket.number for ticket in seen], len(keys))


def _in_words(numbers: list[str], total: int) -> tuple[str, ...]:
    return tuple(numbers) if len(numbers) == total else (*numbers, _("a change that you may not see"))


@dataclass(frozen=True)
class Surroundings:
    """What stands around a change's window as one reader may know it.

    ``affects_something``: whether any asset is linked. ``seen``: overlapping changes that the reader may see;
    ``hidden``: keys of others. ``freezes``: those that overlap the window or now.
    """

    affects_something: bool

    seen: tuple[Ticket, ...]
    hidden: tuple[int, ...]
    freezes: tuple[FreezePeriod, ...]

    def conflicts(self, waived: list[int]) -> tuple[str, ...]:
        """The conflicts that no waiver lets pass, in words."""
        numbers = [ticket.number for ticket in self.seen if ticket.pk not in waived]
        unseen = [key for key in self.hidden if key not in waived]
        return _in_words(numbers, len(numbers) + len(unseen))


def surroundings(change: Any, reader: Employee, now: datetime, *, anew: bool) -> Surroundings:
    """In two statements; for a page that shows ``change`` to one reader, once. ``anew``: the door never trusts that."""
    whose, kept = change.__dict__.get(_KEPT, (None, None))
    if not anew and whose == (reader.pk, change.version):
        remembered: Surroundings = kept
        return remembered
    visible = Exists(Ticket.objects.visible_to(reader).filter(pk=OuterRef("pk")))
    wanted = Q(pk=change.pk) | _takes_its_window(change, now)
    found = list(_sharing_an_asset(change).filter(wanted).annotate(is_seen=visible).order_by("pk"))
    others = [one for one in found if one.pk != change.pk]
    start, end = change.planned_start or now, change.planned_end or now
    made = Surroundings(
        len(found) > len(others),
        tuple(one for one in others if one.is_seen),
        tuple(one.pk for one in others if not one.is_seen),
        tuple(freezes_between(min(start, now), max(end, now))),
    )
    change.__dict__[_KEPT] = ((reader.pk, change.version), made)
    return made


def freezes_between(start: datetime, end: datetime) -> QuerySet[FreezePeriod]:
    """The freezes that overlap a time, its end included, the earliest first."""
    return FreezePeriod.objects.filter(start__lte=end, end__gt=start).order_by("start", "pk")


def freeze_at(now: datetime, freezes: tuple[FreezePeriod, ...], *, is_emergency: bool) -> str:
    """The name of the one of ``freezes`` that forbids work ``now``, or nothing."""
    held = (one for one in freezes if one.start <= now < one.end and not (is_emergency and one.lets_emergencies))
    return next((one.name for one in held), "")
