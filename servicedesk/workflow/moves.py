"""``@move``: a django-fsm transition that says everything about itself in one glance."""

from collections.abc import Callable, Iterable
from typing import Any

import django_fsm

from servicedesk.common.types import StrOrPromise

from .decisions import Action, Guard, Permission


def move(
    *,
    source: str | Iterable[str],
    target: Any,
    permission: Permission,
    label: StrOrPromise,
    verb: str,
    conditions: Iterable[Guard] = (),
    payload: type[Any] | None = None,
    after: Callable[..., None] | None = None,
    offered: bool = True,
    order: int = 0,
    danger: bool = False,
    icon: str = "arrow-right",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a transition of ``state``. The body only assigns fields; the door does the rest.

    ``target`` is a state, ``None`` to keep the state, or ``RETURN_VALUE(*states)`` where the body
    returns it. ``offered=False`` keeps a move out of menus (a reply causes it, or the clock).
    """
    sources = [source] if isinstance(source, str) else list(source)
    return django_fsm.transition(
        field="state",
        source=sources,
        target=target,
        permission=permission,
        conditions=list(conditions),
        custom={
            "label": label,
            "verb": verb,
            "payload": payload,
            "after": after,
            "offered": offered,
            "order": order,
            "danger": danger,
            "icon": icon,
        },
    )


def moves_of(model: type[Any]) -> dict[str, Action]:
    """The decision rows of every ``@move`` that ``model`` declares, by name."""
    rows: dict[str, Action] = {}
    field = model._meta.get_field("state")
    for name, method in field.transitions[model].items():
        transitions = list(method._django_fsm.transitions.values())
        first = transitions[0]
        if not isinstance(first.permission, Permission):
            raise TypeError(f"{model.__name__}.{name} has no permission")
        rows[name] = Action(
            name=name,
            label=first.custom["label"],
            permission=first.permission,
            verb=first.custom["verb"],
            sources={t.source: _target(t) for t in transitions},
            guards=tuple(first.conditions),
            form=first.custom["payload"],
            after=first.custom["after"],
            is_move=True,
            offered=first.custom["offered"],
            order=first.custom["order"],
            danger=first.custom["danger"],
            icon=first.custom["icon"],
        )
    return rows


def _target(transition: django_fsm.Transition) -> str:
    if transition.target is None:
        return str(transition.source)
    allowed = getattr(transition.target, "allowed_states", None)
    return "|".join(allowed) if allowed is not None else str(transition.target)
