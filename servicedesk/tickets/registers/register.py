"""What a register is: the class behind the door, its states, and how its log is told. Filled in ``ready()``."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from directory.models import Employee
from servicedesk.common.types import StrOrPromise

from ..states import Vocabulary
from ..timeline import Telling, register_tellings


def _itself(record: models.Model, _reader: Employee) -> Iterable[int]:
    return (record.pk,)


@dataclass(frozen=True)
class Register:
    """One register.

    ``model`` is the class behind the door; its records have ``number``, ``title``, ``state`` and ``version``.
    ``vocabulary``: the prefix of their numbers and their states, the first one being that of a new record.
    ``reads_all(record, reader)``: whether somebody who sees the record reads its whole log; others read the events
    whose telling is public. ``chains(record, reader)``: keys of the records whose logs make one timeline, never one
    that the reader may not see. ``labels``: the tracked fields that a timeline shows as before and after, with their
    words; ``names``: those whose values are keys, with the table and the column that names them; ``values``: how
    other values are said.
    """

    name: str
    model: type[models.Model]
    vocabulary: Vocabulary
    reads_all: Callable[[Any, Employee], bool]
    tellings: Mapping[str, Telling]
    chains: Callable[[Any, Employee], Iterable[int]] = _itself
    labels: Mapping[str, StrOrPromise] = field(default_factory=dict)
    names: Mapping[str, tuple[type[models.Model], str]] = field(default_factory=dict)
    values: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)


_registers: dict[type[models.Model], Register] = {}


def add_register(register: Register) -> None:
    """Make a register known; called once from ``AppConfig.ready()``, beside ``workflow.register(machine)``."""
    _registers[register.model] = register
    register_tellings(register.tellings)


def register_of(model: type[models.Model]) -> Register:
    """The register of a class. A class without one is a fault of ours: ``LookupError``."""
    try:
        return _registers[model]
    except KeyError:
        raise LookupError(f"{model.__name__} is in no register: add one in its app's ready()") from None


def vocabularies() -> Mapping[str, Vocabulary]:
    """Verb prefix → states, of every register."""
    return {register.name: register.vocabulary for register in _registers.values()}
