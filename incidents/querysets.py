"""Ways to find what can be asked for."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from servicedesk.tickets.access import Access

if TYPE_CHECKING:
    from directory.models import Employee

    from .models import CatalogueItem  # noqa: F401 - named in a base class, as text


class CatalogueItemQuerySet(models.QuerySet["CatalogueItem"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def offered_to(self, employee: "Employee") -> Self:
        """What ``employee`` may ask for: active, in an open queue, and they are of its audience."""
        if not Access.of(employee).active:
            return self.none()
        themselves = {"department": employee.department_id, "location": employee.location_id}
        narrowed = [Exists(self._audience(f"{name}s")) for name in (*themselves, "group")]
        theirs = [
            Exists(self._audience(f"{name}s").filter(**{name: key}))
            for name, key in themselves.items()
            if key is not None
        ]
        theirs.append(Exists(self._audience("groups").filter(group__members=employee)))
        everybody = Q(*(~Q(part) for part in narrowed))
        return self.filter(is_active=True, queue__is_active=True).filter(
            everybody | Q(*map(Q, theirs), _connector=Q.OR)
        )

    def _audience(self, name: str) -> models.QuerySet:
        """The rows of one part of an item's audience."""
        through = getattr(self.model, name).through
        return through.objects.filter(catalogueitem=OuterRef("pk"))
