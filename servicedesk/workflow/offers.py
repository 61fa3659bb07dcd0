"""What an actor may do to a record now, for buttons and the API's list of transitions."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from .decisions import Action, Facts
from .machine import Machine, machine_of


@dataclass(frozen=True)
class Option:
    """One action as offered to one actor: allowed, or refused with the reason."""

    action: Action
    allowed: bool
    reason: str
    kind: str | None
    needs_override: bool

    @property
    def name(self) -> str:
        return self.action.name

    @property
    def label(self) -> str:
        return str(self.action.label)

    @property
    def has_payload(self) -> bool:
        return self.action.form is not None or self.needs_override


def options(record: models.Model, by: Any, *, moves_only: bool = False, facts: Any = None) -> list[Option]:
    """Every action of the record's machine with the decision on it, in the order of the table."""
    machine = machine_of(type(record))
    return options_of(machine, facts or machine.facts(record, by), moves_only=moves_only)


def options_of(machine: Machine, facts: Facts, *, moves_only: bool = False) -> list[Option]:
    """The same over a snapshot alone, which may be of a record that nobody made."""
    found = []
    for action in sorted(machine.actions.values(), key=lambda a: a.order):
        if moves_only and not action.is_move:
            continue
        decision = machine.decide(facts, action.name)
        found.append(Option(action, decision.allowed, decision.sentence, decision.kind, decision.needs_override))
    return found
