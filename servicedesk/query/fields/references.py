"""Fields whose values are other records, named by a key of theirs: a slug, a login.

Both kinds compile to subqueries and never to joins: a row is found once however many values it has, also under
negation and OR, and the index of the foreign key stays usable.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from ..errors import Refusal
from ..folding import fold
from ..grammar import LiteralValue
from ..instants import Moment
from .base import Field


class _Keyed(Field):
    """``key`` is the column that names the other record; ``collection`` the API's list of such records."""

    ignore_case = False

    def __init__(self, name: str, *, key: str = "slug", collection: str = "", **rest: Any) -> None:
        super().__init__(name, **rest)
        self.key = key
        self.collection = collection

    @property
    def example(self) -> str:  # type: ignore[override]
        return '= "…"'

    def parse(self, value: LiteralValue, operator: str) -> str:
        text = self.text(value)
        if not text:
            raise Refusal(_("{field} is empty here. For records without one, write None.").format(field=self.name))
        return text

    def passes(self, operator: str, operands: tuple[Any, ...], value: str, moment: Moment) -> bool:
        if not self.ignore_case:
            return value in operands
        return any(_same(value, operand) for operand in operands)

    def described_by(self, model: type[Model], operands: Iterable[str]) -> QuerySet[Model, Any]:
        """Primary keys of the records of ``model`` that the operands name."""
        rows = model._base_manager.order_by()
        if not self.ignore_case:
            return rows.filter(**{f"{self.key}__in": operands}).values("pk")
        ascii_only = [operand for operand in operands if operand.isascii()]
        others = [operand for operand in operands if not operand.isascii()]
        found = Q()
        if ascii_only:
            # LOWER(login) has an index and finds a handful, among which folding then decides.
            rows = rows.alias(_lowered=Lower(F(self.key)))
            found |= Q(
                _lowered__in=[operand.lower() for operand in ascii_only],
                **{f"{self.key}__folded__in": [fold(operand) for operand in ascii_only]},
            )
        if others:
            found |= Q(**{f"{self.key}__folded__in": [fold(operand) for operand in others]})
        return rows.filter(found).values("pk")

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "key": self.key, "collection": self.collection}


def _same(value: str, operand: str) -> bool:
    if operand.isascii():
        return value.isascii() and value.lower() == operand.lower()
    return fold(value) == fold(operand)


class Reference(_Keyed):
    """Another record, by a foreign key."""

    type_name = "reference"

    def bind(self, model: type[Model]) -> None:
        super().bind(model)
        if not (self.columns[-1].many_to_one or self.columns[-1].one_to_one):
            raise TypeError(f"{self.name}: {self.path} is not a foreign key")
        self.target: type[Model] = self.columns[-1].related_model
        self._walk(self.target, self.key)

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        return Q(**{f"{self.path}__in": self.described_by(self.target, operands)})

    def read(self, record: Model) -> Any:
        target = super().read(record)
        return None if target is None else getattr(target, self.key)


class Person(Reference):
    """A person by login; logins ignore case."""

    type_name = "person"
    ignore_case = True

    def __init__(self, name: str, *, key: str = "login", collection: str = "employees", **rest: Any) -> None:
        super().__init__(name, key=key, collection=collection, **rest)


class Many(_Keyed):
    """Any number of other records: ``tag = "vpn"`` has that tag, ``tag != "vpn"`` has it not, ``tag = None`` has none.

    ``path`` is a many-to-many field (``tags``), or a reverse foreign key, alone (``tasks``: the key is a column of
    these rows) or with the foreign key that leads on from there (``watches__employee``).
    """

    type_name = "many"
    many = True

    def bind(self, model: type[Model]) -> None:
        self.columns = self._walk(model, self.path)
        self.nullable = True
        if self.sort_path:
            raise TypeError(f"{self.name}: no order follows from many values")
        relation = self.columns[0]
        self.target: type[Model] = self.columns[-1].related_model
        if len(self.columns) == 1 and relation.many_to_many and not relation.auto_created:
            self.link: type[Model] = relation.remote_field.through
            self.owner, self.onward = relation.m2m_field_name(), relation.m2m_reverse_field_name()
        elif relation.one_to_many and len(self.columns) <= 2:
            self.link, self.owner = relation.related_model, relation.field.name
            self.onward = self.columns[1].name if len(self.columns) == 2 else ""
        else:
            raise TypeError(f"{self.name}: {self.path} does not lead to many records")
        self._walk(self.target, self.key)

    def _links(self) -> QuerySet[Model]:
        links = self.link._base_manager.filter(**{self.owner: OuterRef("pk")})
        return links.filter(**{f"{self.onward}__isnull": False}) if self.onward else links

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        named = self.described_by(self.target, operands)
        return Q(Exists(self._links().filter(**{f"{self.onward or 'pk'}__in": named})))

    def absent_q(self) -> Q:
        return Q(~Exists(self._links()))

    def values(self, value: Any) -> Collection[str]:
        if isinstance(value, str):
            raise TypeError(f"The snapshot's {self.name} is one text, and not a list")
        return () if value is None else value

    def read(self, record: Model) -> list[str]:
        links = self.link._base_manager.filter(**{self.owner: record.pk})
        if self.onward:
            links = links.filter(**{f"{self.onward}__isnull": False})
        key = f"{self.onward}__{self.key}" if self.onward else self.key
        return sorted(set(links.values_list(key, flat=True)))


class People(Many):
    """Any number of people by login; logins ignore case."""

    type_name = "people"
    ignore_case = True

    def __init__(self, name: str, *, key: str = "login", collection: str = "employees", **rest: Any) -> None:
        super().__init__(name, key=key, collection=collection, **rest)
