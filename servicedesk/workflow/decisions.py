"""The decision table and the pure function that reads it. Nothing here touches a database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from django.db import models
from django.utils.translation import gettext as _

from servicedesk.common.types import StrOrPromise

DenialKind = Literal["hidden", "right", "state", "guard"]


class Facts(Protocol):
    """A snapshot of one record as one actor meets it. What ``decide`` may look at, and no more."""

    @property
    def visible(self) -> bool: ...
    @property
    def roles(self) -> frozenset[str]: ...
    @property
    def state(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def state_label(self) -> str: ...
    def role_words(self, roles: frozenset[str]) -> str:
        """Who holds one of ``roles`` on this record, in words for a sentence."""
        ...


class Permission:
    """The roles that may take a move. Given to ``@move(permission=…)``; reads the record's facts."""

    def __init__(self, *roles: str) -> None:
        if not roles:
            raise TypeError("a permission names at least one role")
        self.roles = frozenset(roles)

    def __or__(self, other: "Permission") -> "Permission":
        return Permission(*(self.roles | other.roles))

    def __call__(self, instance: Any, _actor: object) -> bool:
        return bool(self.roles & instance.facts.roles)


class Guard:
    """A condition over the facts: ``judge`` gives None, or the sentence that says why not and what to do."""

    def __init__(self, judge: Callable[[Any], StrOrPromise | None]) -> None:
        self.judge = judge
        self.__name__ = judge.__name__
        self.__doc__ = judge.__doc__

    def __call__(self, instance: Any) -> bool:
        return self.judge(instance.facts) is None


@dataclass(frozen=True)
class Action:
    """One row of the decision table: a move between states, or another thing that becomes an event.

    A move with an ``effect`` leads out of the machine: the effect gives the record its new class and state.
    ``sources`` maps each permitted state to the state after it (the same one for what is not a
    move); an empty mapping permits every state.
    """

    name: str
    label: StrOrPromise
    permission: Permission
    verb: str
    sources: Mapping[str, str]
    guards: tuple[Guard, ...] = ()
    form: type[Any] | None = None
    effect: Callable[..., Any] | None = None
    after: Callable[..., None] | None = None
    is_move: bool = False
    raises_version: bool = True
    offered: bool = True
    order: int = 0
    danger: bool = False
    icon: str = "arrow-right"


@dataclass(frozen=True)
class Decision:
    """Allow, or deny with a sentence. ``needs_override``: allowed only with a written reason."""

    allowed: bool
    sentence: str = ""
    kind: DenialKind | None = None
    needs_override: bool = False

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Override:
    """``role`` may stand in for any of ``instead_of``, giving a reason in writing."""

    role: str
    instead_of: frozenset[str]


def decide(actions: Mapping[str, Action], facts: Facts, name: str, *, override: Override | None = None) -> Decision:
    """May the actor do this to the record, as ``facts`` describe both? What is not listed is denied.

    The order of refusals is part of the promise: hidden, then right, then state, then guard, so a
    stranger learns nothing about a record from the wording.
    """
    if not facts.visible:
        return Decision(False, _("There is no such record, or you may not see it."), "hidden")
    action = actions.get(name)
    if action is None:
        return Decision(
            False,
            _("“%(action)s” is not something that can be done to %(number)s.")
            % {"action": name, "number": facts.number},
            "right",
        )
    allowed = bool(action.permission.roles & facts.roles)
    overriding = (
        not allowed
        and override is not None
        and override.role in facts.roles
        and bool(action.permission.roles & override.instead_of)
    )
    if not allowed and not overriding:
        return Decision(False, _refusal_of_right(action, facts), "right")
    if action.sources and facts.state not in action.sources:
        return Decision(False, _refusal_of_state(action, facts), "state")
    for guard in action.guards:
        sentence = guard.judge(facts)
        if sentence is not None:
            return Decision(False, str(sentence), "guard")
    return Decision(True, needs_override=overriding)


def _refusal_of_right(action: Action, facts: Facts) -> str:
    return _("“%(action)s” on %(number)s is for %(who)s. Ask one of them.") % {
        "action": action.label,
        "number": facts.number,
        "who": facts.role_words(action.permission.roles),
    }


def _refusal_of_state(action: Action, facts: Facts) -> str:
    return _("%(number)s is “%(state)s”: “%(action)s” is not possible in this state.") % {
        "number": facts.number,
        "state": facts.state_label,
        "action": action.label,
    }


def subject_label(record: models.Model) -> str:
    """How a sentence names a record: its number where it has one."""
    return str(getattr(record, "number", record))
