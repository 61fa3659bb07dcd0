"""What the door must know of a record class, registered by the app that owns it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from .decisions import Action, Decision, Facts, Override, decide


def _nothing(_record: Any, _now: datetime) -> None:
    """The default of ``Machine.settle``: nothing is derived from the state."""


def _nobody_else(_record: Any, _actor: Any) -> None:
    """The default of ``Machine.made_for``: whoever makes a record makes it for themselves."""


@dataclass(frozen=True)
class Machine:
    """One record class behind the door.

    ``lock(pk)`` gives the record fresh, with the base row locked until the transaction ends, or
    raises ``Hidden``. ``facts(record, actor)`` makes the snapshot for ``decide``; with ``anew=True``,
    as the door calls it, the actor's rights are read from the database and never remembered.
    ``may_create(actor)`` decides who may make one;
    ``made_for(record, actor)`` is the person on whose behalf it was made, or None.
    ``settle(record, now)`` derives fields that follow from the state. ``tracked`` fields appear as
    before and after in each event.
    """

    model: type[models.Model]
    actions: Mapping[str, Action]
    lock: Callable[[int], Any]
    facts: Callable[..., Facts]
    verb_prefix: str
    tracked: tuple[str, ...]
    override: Override | None = None
    settle: Callable[[Any, datetime], None] = _nothing
    creation: Action | None = None
    may_create: Callable[[Any], Decision] | None = None
    build: Callable[..., Any] | None = None
    made_for: Callable[[Any, Any], Any] = _nobody_else
    natural_keys: Mapping[str, str] = field(default_factory=dict)

    def decide(self, facts: Facts, name: str) -> Decision:
        return decide(self.actions, facts, name, override=self.override)


_machines: dict[type[models.Model], Machine] = {}


def register(machine: Machine) -> None:
    """Put a record class behind the door; called once from ``AppConfig.ready()``."""
    _machines[machine.model] = machine


def machine_of(model: type[models.Model]) -> Machine:
    """The machine of a record class. A class without one is a fault of ours: ``LookupError``."""
    try:
        return _machines[model]
    except KeyError:
        raise LookupError(f"{model.__name__} has no machine: register it in its app's ready()") from None


def all_machines() -> list[Machine]:
    return list(_machines.values())
