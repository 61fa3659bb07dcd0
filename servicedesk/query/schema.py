"""A schema: the closed list of names that queries about one model may use, and what can be done with a query."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any

from django.db.models import F, Model, OrderBy, Q
from django.utils.translation import gettext as _

from .errors import InvalidQuery, Refusal
from .fields import Field
from .fields.base import quoted
from .grammar import Comparison, Logical, Name, Tree, parse, refused
from .instants import Moment

CACHED_QUERIES = 1024
MAX_SORT_NAMES = 5

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")

Snapshot = Mapping[str, Any]
_Judgement = Callable[[Snapshot, Moment], bool]

_schemas: dict[str, "Schema"] = {}
_waiting: dict[str, list[Field]] = {}
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison whose field and operands are known. A negated one is true exactly where the plain one is false."""

    field: Field
    operator: str
    negated: bool
    operands: tuple[Any, ...]
    or_absent: bool

    def q(self, moment: Moment) -> Q:
        found = self.field.q(self.operator, self.operands, moment) if self.operands else Q()
        if self.or_absent:
            found = found | self.field.absent_q() if self.operands else self.field.absent_q()
        return ~found if self.negated else found

    def holds(self, snapshot: Snapshot, moment: Moment) -> bool:
        values = self.field.values(snapshot[self.field.name])
        field, operator, operands = self.field, self.operator, self.operands
        hit = bool(operands) and any(field.passes(operator, operands, value, moment) for value in values)
        if self.or_absent and not hit:
            hit = not values
        return hit != self.negated


class Predicate:
    """A query as a function of one snapshot. ``names`` are the fields that a snapshot must hold for it.

    A snapshot that lacks one is a fault of the caller and raises KeyError.
    """

    __slots__ = ("_judgement", "names", "text")

    def __init__(self, text: str, judgement: _Judgement, names: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self._judgement = judgement

    def __call__(self, snapshot: Snapshot, now: datetime | None = None) -> bool:
        return self._judgement(snapshot, Moment.at(now))

    def at(self, snapshot: Snapshot, moment: Moment) -> bool:
        """As a call, with a moment that many predicates share."""
        return self._judgement(snapshot, moment)


def judge(predicates: Iterable[Predicate], snapshot: Snapshot, now: datetime | None = None) -> list[bool]:
    """What each predicate says about one snapshot, in their order, all at the same moment."""
    moment = Moment.at(now)
    return [predicate.at(snapshot, moment) for predicate in predicates]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A query whose names and values are known. It holds no date that was worked out from "now"."""

    tree: "Term | _All | _Any | None"
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[Any, ...]

    def q(self, moment: Moment) -> Q:
        return Q(*(part.q(moment) for part in self.parts))

    def holds(self, snapshot: Snapshot, moment: Moment) -> bool:
        return all(part.holds(snapshot, moment) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[Any, ...]

    def q(self, moment: Moment) -> Q:
        return Q(*(part.q(moment) for part in self.parts), _connector=Q.OR)

    def holds(self, snapshot: Snapshot, moment: Moment) -> bool:
        return any(part.holds(snapshot, moment) for part in self.parts)


class Schema:
    """The names that queries about ``model`` may use. ``name`` is how ``register_field`` finds the schema.

    Compiled queries are kept by their text, so saved rules are parsed once; whatever is relative to now or to the
    zone of the person is worked out at each use. A blank query is about every record.
    """

    def __init__(self, model: type[Model], fields: Iterable[Field], *, name: str) -> None:
        self.model = model
        self.name = name
        self._fields: dict[str, Field] = {}
        self._bound = lru_cache(maxsize=CACHED_QUERIES)(self._bind)
        for field in fields:
            self.add(field)
        with _lock:
            if name in _schemas:
                raise ValueError(f"There is a schema {name} already")
            _schemas[name] = self
            waiting = _waiting.pop(name, [])
        for field in waiting:
            self.add(field)

    def add(self, field: Field) -> None:
        """One more name. Raises ValueError when it is taken or could not be written in a query."""
        if not _FIELD_NAME.fullmatch(field.name):
            raise ValueError(f"{field.name} cannot be written in a query")
        if field.name in self._fields:
            raise ValueError(f"The schema {self.name} has a field {field.name} already")
        field.bind(self.model)
        self._fields[field.name] = field
        self._bound.cache_clear()

    @property
    def names(self) -> list[str]:
        return list(self._fields)

    def compile(self, text: str, now: datetime | None = None) -> Q:
        """The condition for any queryset of the model; it joins nothing, so it never multiplies rows.

        Raises InvalidQuery. No database is asked: a login or slug that nobody has finds nothing.
        """
        tree = self._bound(text).tree
        return Q() if tree is None else tree.q(Moment.at(now))

    def predicate(self, text: str) -> Predicate:
        """The same query as a function of one snapshot. Raises InvalidQuery."""
        return self._bound(text).predicate

    def snapshot(self, record: Model, names: Iterable[str] | None = None) -> dict[str, Any]:
        """The values of ``record`` that predicates judge, all or those of ``names``."""
        return {name: self._fields[name].read(record) for name in (self._fields if names is None else names)}

    def ordering(self, text: str) -> tuple[OrderBy, ...]:
        """``-priority, opened_at`` for ``order_by``; records without a value come last, and pk decides ties.

        Raises InvalidQuery with field ``ordering``. A blank text gives no order.
        """
        sortable = {name: field for name, field in self._fields.items() if field.sort_path}
        orders: list[OrderBy] = []
        seen: set[str] = set()
        if not text.strip():
            return ()
        parts = text.split(",")
        if len(parts) > MAX_SORT_NAMES:
            raise InvalidQuery(_("Sort by {count} names at most.").format(count=MAX_SORT_NAMES), field="ordering")
        for part, begin in zip(parts, _offsets(parts), strict=True):
            name = part.strip()
            descending, name = name.startswith("-"), name.removeprefix("-")
            if name not in sortable:
                raise InvalidQuery(
                    _("“{name}” is nothing to sort by. Sort by: {names}.").format(
                        name=quoted(name), names=", ".join(sortable)
                    ),
                    column=begin + len(part) - len(part.lstrip()) + 1,
                    field="ordering",
                )
            if name in seen:
                raise InvalidQuery(
                    _("{name} stands twice in the order.").format(name=name), column=begin + 1, field="ordering"
                )
            seen.add(name)
            orders.append(_order(sortable[name].sort_path, descending, sortable[name].sort_nullable))
        return (*orders, _order("pk", orders[0].descending, False))

    def describe(self) -> dict[str, Any]:
        """JSON primitives: what completion offers and the API documents."""
        return {
            "name": self.name,
            "fields": [field.describe() for field in self._fields.values()],
            "ordering": [name for name, field in self._fields.items() if field.sort_path],
        }

    def _bind(self, text: str) -> _Bound:
        tree = parse(text)
        if tree is None:
            return _Bound(None, Predicate(text, lambda snapshot, moment: True, frozenset()))
        names: set[str] = set()
        bound = self._node(text, tree, names)
        return _Bound(bound, Predicate(text, bound.holds, frozenset(names)))

    def _node(self, text: str, tree: Tree, names: set[str]) -> Term | _All | _Any:
        if isinstance(tree, Logical):
            parts = tuple(self._node(text, part, names) for part in tree.parts)
            return _All(parts) if tree.operator == "and" else _Any(parts)
        return self._test(text, tree, names)

    def _test(self, text: str, comparison: Comparison, names: set[str]) -> Term:
        field = self._field(text, comparison.name)
        operator = comparison.operator
        if operator.text not in field.operators:
            raise refused(
                text,
                operator.position,
                _("{field} cannot be compared with {operator}. It knows: {operators}.").format(
                    field=field.name, operator=operator.spelled, operators=", ".join(field.describe()["operators"])
                ),
            )
        operands, or_absent = [], False
        for literal in comparison.literals:
            try:
                operand = field.checked(literal.value, operator.text)
                if operand is None and operator.text not in {"=", "in"}:
                    raise Refusal(_("Nothing is more or less than None: use = or !=."))
            except Refusal as refusal:
                raise refused(text, literal.position, str(refusal)) from None
            if operand is None:
                or_absent = True
            elif operand not in operands:
                operands.append(operand)
        names.add(field.name)
        positive = "=" if operator.text == "in" else operator.text
        return Term(field, positive, operator.negated, tuple(operands), or_absent)

    def _field(self, text: str, name: Name) -> Field:
        if field := self._fields.get(name.text):
            return field
        head, _dot, rest = name.text.partition(".")
        while rest:
            if head in self._fields:
                sentence = _("{field} has no parts: write {field} without “.{rest}”.").format(
                    field=head, rest=quoted(rest)
                )
                raise refused(text, name.position + len(head), sentence)
            part, _dot, rest = rest.partition(".")
            head = f"{head}.{part}"
        near = difflib.get_close_matches(name.text.lower(), self._fields, n=1, cutoff=0.6)
        if near:
            sentence = _("There is no field {name}. Did you mean {near}?").format(name=quoted(name.text), near=near[0])
        else:
            sentence = _("There is no field {name}. Fields: {names}.").format(
                name=quoted(name.text), names=", ".join(self._fields)
            )
        raise refused(text, name.position, sentence)


def register_field(schema_name: str, field: Field) -> None:
    """Give a lower app's schema one more name, from ``AppConfig.ready()``. The schema need not be loaded yet."""
    with _lock:
        schema = _schemas.get(schema_name)
        if schema is None:
            _waiting.setdefault(schema_name, []).append(field)
            return
    schema.add(field)


def _order(path: str, descending: bool, nullable: bool) -> OrderBy:
    # Databases disagree on where NULLs go; an index is used all the same where there are none.
    last = True if nullable else None
    return F(path).desc(nulls_last=last) if descending else F(path).asc(nulls_last=last)


def _offsets(parts: list[str]) -> list[int]:
    offsets, position = [], 0
    for part in parts:
        offsets.append(position)
        position += len(part) + 1
    return offsets
