"""Ways to find assets and what lies in stock. ``visible_to`` is the only read rule."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from servicedesk.common.errors import Hidden
from servicedesk.common.ids import parse_number
from servicedesk.tickets.access import Access

from .access import reads_register
from .states import HELD, VOCABULARY

if TYPE_CHECKING:
    from directory.models import Employee

    from .models import Asset, StockItem


class AssetQuerySet(models.QuerySet["Asset"]):
    def visible_to(self, employee: "Employee") -> Self:
        """All of them for people of a desk and for asset managers; for others what they have or shall sign for."""
        if reads_register(employee):
            return self
        return self.held_by(employee) if Access.of(employee).active else self.none()

    def held_by(self, employee: "Employee") -> Self:
        """What ``employee`` has, what waits for their signature, and what they shall give back."""
        return self.filter(holder=employee, state__in=HELD)

    def numbered(self, text: str) -> Self:
        """The asset of a number as people type it; none if it is no number of an asset."""
        parsed = parse_number(text)
        return self.filter(pk=parsed[1]) if parsed and parsed[0] == VOCABULARY.prefix else self.none()

    def get_by_number(self, text: str) -> "Asset":
        """The one asset of a number within this queryset, or ``Hidden``."""
        asset = self.numbered(text).first()
        if asset is None:
            raise Hidden("There is no such asset, or you may not see it.")
        return asset

    def named(self, text: str) -> Self:
        """The assets whose number, tag or serial ``text`` is; case does not matter."""
        found = Q(tag__iexact=text) | Q(serial__iexact=text)
        parsed = parse_number(text)
        if parsed and parsed[0] == VOCABULARY.prefix:
            found |= Q(pk=parsed[1])
        return self.filter(found)

    def matching(self, text: str) -> Self:
        """Assets whose tag, serial, name, model or person contains every word of ``text``."""
        found = self
        for word in text.split()[:8]:
            parsed = parse_number(word)
            number = Q(pk=parsed[1]) if parsed and parsed[0] == VOCABULARY.prefix else Q(pk__in=[])
            found = found.filter(
                number
                | Q(tag__icontains=word)
                | Q(serial__icontains=word)
                | Q(name__icontains=word)
                | Q(model__name__icontains=word)
                | Q(model__maker__name__icontains=word)
                | Q(holder__name__icontains=word)
                | Q(holder__login__icontains=word)
            )
        return found

    def for_list(self) -> Self:
        """With what a row of a list shows, from one statement."""
        return self.select_related("type", "model__maker", "holder", "reserved_for", "location", "department")


class StockItemQuerySet(models.QuerySet["StockItem"]):
    def visible_to(self, employee: "Employee") -> Self:
        """All of them for people of a desk and for asset managers; none for others."""
        return self if reads_register(employee) else self.none()

    def get_by_number(self, text: str) -> "StockItem":
        """The one item of a number within this queryset, or ``Hidden``."""
        parsed = parse_number(text)
        item = self.filter(pk=parsed[1]).first() if parsed and parsed[0] == self.model.PREFIX else None
        if item is None:
            raise Hidden(_("There is no such item, or you may not see it."))
        return item
