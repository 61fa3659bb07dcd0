"""Fields with at most one value, kept on the record itself."""

import operator as compare
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, Model, Q, TextField
from django.utils.translation import gettext as _

from servicedesk.common.ids import parse_number
from servicedesk.common.types import StrOrPromise

from ..errors import Refusal
from ..folding import fold
from ..grammar import LiteralValue
from ..instants import Day, Moment, Span, parse_day, parse_instant
from ..instants import Instant as InstantOperand
from .base import EQUALITY, ORDER, Field, quoted

Options = Iterable[tuple[str, StrOrPromise]]

_IN_PYTHON = {"<": compare.lt, "<=": compare.le, ">": compare.gt, ">=": compare.ge}
_IN_SQL = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
# What every database's integers and every JSON reader can hold.
_MAX_INTEGER = 10**15


class Text(Field):
    """Text. ``=`` compares exactly; ``~``, ``startswith`` and ``endswith`` ignore case. "" counts as no value.

    With several ``paths`` the field has the texts of all of them, and one that fits is enough.
    """

    type_name = "text"
    operators = (*EQUALITY, "~", "startswith", "endswith")
    example = '~ "printer"'

    _lookups = {"~": "contains", "startswith": "startswith", "endswith": "endswith"}

    def __init__(self, name: str, *, paths: Sequence[str] = (), path: str = "", **options: Any) -> None:
        self.paths = tuple(paths) or (path or name,)
        super().__init__(name, path=self.paths[0], **options)

    def bind(self, model: type[Model]) -> None:
        super().bind(model)
        for path in self.paths:
            column = self._walk(model, path)[-1]
            if not isinstance(column, CharField | TextField):
                raise TypeError(f"{self.name}: {path} is not a column of text")
        self.nullable = True

    def parse(self, value: LiteralValue, operator: str) -> str | None:
        text = self.text(value)
        if not text and operator not in EQUALITY:
            raise Refusal(_("Say what {field} should hold: the quotation marks are empty.").format(field=self.name))
        return text or None

    def checked(self, value: LiteralValue, operator: str) -> str | None:
        if value is None and operator not in EQUALITY:
            raise Refusal(_("{field} {operator} needs a text.").format(field=self.name, operator=operator))
        operand: str | None = super().checked(value, operator)
        return operand

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        found = Q()
        for path in self.paths:
            if operator == "=":
                found |= Q(**{f"{path}__in": operands})
            else:
                found |= Q(**{f"{path}__folded__{self._lookups[operator]}": fold(operands[0])})
        return found

    def absent_q(self) -> Q:
        absent = Q()
        for path in self.paths:
            absent &= Q(**{f"{path}__isnull": True}) | Q(**{path: ""})
        return absent

    def values(self, value: Any) -> Collection[str]:
        texts = (value,) if value is None or isinstance(value, str) else value
        return [text for text in texts if text]

    def passes(self, operator: str, operands: tuple[Any, ...], value: str, moment: Moment) -> bool:
        if operator == "=":
            return value in operands
        folded = moment.memo.get(value)
        if folded is None:
            folded = moment.memo[value] = fold(value)
        needle = fold(operands[0])
        if operator == "~":
            return needle in folded
        return bool(folded.startswith(needle) if operator == "startswith" else folded.endswith(needle))

    def read(self, record: Model) -> Any:
        if len(self.paths) == 1:
            return super().read(record)
        return [getattr(record, path) for path in self.paths]


class Choice(Field):
    """One of a closed list. ``options`` is a list of (value, label), or a function that gives it when it is needed."""

    type_name = "choice"

    def __init__(self, name: str, *, options: Options | Callable[[], Options], **rest: Any) -> None:
        super().__init__(name, **rest)
        self._options = options

    @property
    def example(self) -> str:  # type: ignore[override]
        listed = self.options()
        return f'= "{listed[0][0]}"' if listed else "= None"

    def bind(self, model: type[Model]) -> None:
        super().bind(model)
        self.nullable = self.nullable or any(column.blank for column in self.columns)

    def options(self) -> list[tuple[str, str]]:
        listed = self._options() if callable(self._options) else self._options
        return [(str(value), str(label)) for value, label in listed if value]

    def parse(self, value: LiteralValue, operator: str) -> str | None:
        text = self.text(value)
        if not text:
            return None
        values = [option for option, _label in self.options()]
        for option in values:
            if option.casefold() == text.casefold():
                return option
        raise Refusal(
            _("{field} is never “{value}”. It is one of: {options}.").format(
                field=self.name, value=quoted(text), options=", ".join(values)
            )
        )

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        return Q(**{f"{self.path}__in": operands})

    def absent_q(self) -> Q:
        return super().absent_q() | Q(**{self.path: ""})

    def values(self, value: Any) -> Collection[str]:
        return (value,) if value else ()

    def passes(self, operator: str, operands: tuple[Any, ...], value: str, moment: Moment) -> bool:
        return value in operands


class Boolean(Field):
    """True or False."""

    type_name = "boolean"
    operators = ("=",)
    example = "= True"

    def parse(self, value: LiteralValue, operator: str) -> bool:
        if not isinstance(value, bool):
            raise Refusal(_("Compare {field} with True or False, without quotation marks.").format(field=self.name))
        return value

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        return Q(**{self.path: operands[0]})

    def passes(self, operator: str, operands: tuple[Any, ...], value: bool, moment: Moment) -> bool:
        return value is operands[0]


class Integer(Field):
    """A whole number."""

    type_name = "integer"
    operators = (*EQUALITY, *ORDER)
    example = "> 1"

    def parse(self, value: LiteralValue, operator: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refusal(_("Compare {field} with a whole number.").format(field=self.name))
        if abs(value) > _MAX_INTEGER:
            raise Refusal(_("This number is too long for {field}.").format(field=self.name))
        return value

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        if operator == "=":
            return Q(**{f"{self.path}__in": operands})
        found = Q(**{f"{self.path}__{_IN_SQL[operator]}": operands[0]})
        # Less than what the column cannot hold: Django then leaves the condition out, and NULL would pass.
        return found & Q(**{f"{self.path}__isnull": False}) if self.nullable else found

    def passes(self, operator: str, operands: tuple[Any, ...], value: Any, moment: Moment) -> bool:
        if operator == "=":
            return value in operands
        return bool(_IN_PYTHON[operator](value, operands[0]))


class RecordNumber(Integer):
    """A number such as INC-000123, also with fewer zeros or as bare digits.

    Digits alone decide: kinds share one sequence, and a record that changes its kind keeps them. ``path`` is
    the column of the digits; ``prefixes`` gives the known prefixes; a snapshot holds the whole number as text.
    """

    type_name = "number"

    def __init__(
        self, name: str, *, prefixes: Callable[[], Iterable[str]], attribute: str = "number", **rest: Any
    ) -> None:
        super().__init__(name, **rest)
        self.prefixes = prefixes
        self.attribute = attribute

    @property
    def example(self) -> str:  # type: ignore[override]
        return f'= "{min(self.prefixes())}-123"'

    def parse(self, value: LiteralValue, operator: str) -> int:
        if not isinstance(value, str):
            return super().parse(value, operator)
        known = sorted(self.prefixes())
        parts = parse_number(value)
        if parts is None or parts[0] not in known:
            raise Refusal(
                _("“{value}” is no number of a record. Numbers begin with {prefixes}, such as {example}.").format(
                    value=quoted(value), prefixes=", ".join(known), example=f"{known[0]}-000123"
                )
            )
        return super().parse(parts[1], operator)

    def values(self, value: Any) -> Collection[int]:
        parts = parse_number(value)
        if parts is None:
            raise ValueError(f"The snapshot's {self.name} is no number: {value!r}")
        return (parts[1],)

    def read(self, record: Model) -> str:
        return str(getattr(record, self.attribute))


class Date(Field):
    """A day of the calendar."""

    type_name = "date"
    operators = (*EQUALITY, *ORDER)
    example = '>= "2026-03-01"'

    def parse(self, value: LiteralValue, operator: str) -> date | Day:
        return parse_day(self.text(value))

    @staticmethod
    def _day(operand: date | Day, moment: Moment) -> date:
        return operand.day(moment) if isinstance(operand, Day) else operand

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        days = [self._day(operand, moment) for operand in operands]
        if operator == "=":
            return Q(**{f"{self.path}__in": days})
        return Q(**{f"{self.path}__{_IN_SQL[operator]}": days[0]})

    def passes(self, operator: str, operands: tuple[Any, ...], value: date, moment: Moment) -> bool:
        if operator == "=":
            return any(value == self._day(operand, moment) for operand in operands)
        return bool(_IN_PYTHON[operator](value, self._day(operands[0], moment)))


class Instant(Field):
    """A point in time; ``instants`` tells what the literals mean."""

    type_name = "instant"
    operators = (*EQUALITY, *ORDER)
    example = '> "-7d"'

    def parse(self, value: LiteralValue, operator: str) -> InstantOperand:
        return parse_instant(self.text(value))

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        spans = [operand.span(moment) for operand in operands]
        if operator == "=":
            found = Q()
            for start, end in spans:
                found |= Q(**{f"{self.path}__gte": start, f"{self.path}__lt": end})
            return found
        lookup, bound = self._bound(operator, spans[0])
        return Q(**{f"{self.path}__{_IN_SQL[lookup]}": bound})

    def passes(self, operator: str, operands: tuple[Any, ...], value: datetime, moment: Moment) -> bool:
        if operator == "=":
            return any(start <= value < end for start, end in (operand.span(moment) for operand in operands))
        comparison, bound = self._bound(operator, operands[0].span(moment))
        return bool(_IN_PYTHON[comparison](value, bound))

    @staticmethod
    def _bound(operator: str, span: Span) -> tuple[str, datetime]:
        """After a span is not before its end; up to a span is before its end."""
        return {
            "<": ("<", span[0]),
            ">=": (">=", span[0]),
            ">": (">=", span[1]),
            "<=": ("<", span[1]),
        }[operator]
