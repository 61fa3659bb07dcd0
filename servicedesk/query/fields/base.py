"""What every type of field has in common."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from servicedesk.common.types import StrOrPromise

from ..errors import Refusal
from ..grammar import LiteralValue
from ..instants import Moment

EQUALITY = ("=", "in")
ORDER = ("<", "<=", ">", ">=")

_NEGATIONS = {"=": "!=", "in": "not in", "~": "!~", "startswith": "not startswith", "endswith": "not endswith"}


def quoted(value: object) -> str:
    """``value`` as a refusal shows it."""
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


class Field:
    """A name that queries may use, tied to a column or relation of one model by ``path``.

    ``sortable`` is True, or the path to sort by. ``label`` defaults to the model field's own name.
    """

    type_name: ClassVar[str]
    operators: ClassVar[tuple[str, ...]] = EQUALITY
    many: ClassVar[bool] = False
    example: ClassVar[str]

    def __init__(
        self,
        name: str,
        *,
        path: str = "",
        label: StrOrPromise = "",
        help: StrOrPromise = "",
        sortable: bool | str = False,
    ) -> None:
        self.name = name
        self.path = path or name
        self.help = help
        self.sort_path = sortable if isinstance(sortable, str) else self.path if sortable else ""
        self.nullable = False
        self._label = label

    def bind(self, model: type[Model]) -> None:
        """Check ``path`` against ``model``: a wrong one fails when the schema is declared, not when it is used."""
        self.columns = self._walk(model, self.path)
        self.nullable = any(column.null for column in self.columns)
        if self.sort_path:
            self.sort_nullable = any(column.null for column in self._walk(model, self.sort_path))

    @staticmethod
    def _walk(model: type[Model], path: str) -> list[Any]:
        columns: list[Any] = []
        current: Any = model
        for part in path.split("__"):
            if current is None:
                raise FieldDoesNotExist(f"{path}: {part} follows a plain column")
            column: Any = current._meta.pk if part == "pk" else current._meta.get_field(part)
            columns.append(column)
            current = column.related_model if column.is_relation else None
        return columns

    @property
    def label(self) -> str:
        return str(self._label or capfirst(getattr(self.columns[-1], "verbose_name", "") or self.name))

    # What may be compared

    def parse(self, value: LiteralValue, operator: str) -> Any:
        """The operand that ``value`` stands for, or None for "without a value". Raises Refusal."""
        raise NotImplementedError

    def checked(self, value: LiteralValue, operator: str) -> Any:
        if value is not None:
            value = self.parse(value, operator)
        if value is None and not self.nullable:
            raise Refusal(_("{field} always has a value: None fits nothing.").format(field=self.name))
        return value

    def text(self, value: LiteralValue) -> str:
        if not isinstance(value, str):
            raise Refusal(_("Write a value of {field} in quotation marks.").format(field=self.name))
        return value

    # One meaning in SQL

    def q(self, operator: str, operands: tuple[Any, ...], moment: Moment) -> Q:
        """Rows one of whose values passes. ``=`` may have several operands, any of which will do."""
        raise NotImplementedError

    def absent_q(self) -> Q:
        return Q(**{f"{self.path}__isnull": True})

    # The same meaning in Python

    def values(self, value: Any) -> Collection[Any]:
        """What a snapshot's ``value`` holds, without what counts as no value."""
        return () if value is None else (value,)

    def passes(self, operator: str, operands: tuple[Any, ...], value: Any, moment: Moment) -> bool:
        raise NotImplementedError

    def read(self, record: Model) -> Any:
        """The value of ``record`` for a snapshot: plain, and never a model instance."""
        current: Any = record
        for part in self.path.split("__"):
            if current is None:
                return None
            current = getattr(current, part)
        return current

    # What pages and the API show

    def options(self) -> list[tuple[str, str]] | None:
        """(value, label) of a closed list, or None."""
        return None

    def describe(self) -> dict[str, Any]:
        """JSON primitives for completion and documentation."""
        spelled = list(self.operators) + [_NEGATIONS[name] for name in self.operators if name in _NEGATIONS]
        description: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "help": str(self.help),
            "type": self.type_name,
            "operators": spelled,
            "nullable": self.nullable,
            "many": self.many,
            "sortable": bool(self.sort_path),
            "example": f"{self.name} {self.example}",
        }
        if (options := self.options()) is not None:
            description["options"] = [{"value": value, "label": label} for value, label in options]
        return description
