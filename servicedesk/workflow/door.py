"""The one door. Lock, read fresh, decide, change, save, record, tell: in one transaction."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import django_fsm.signals
from django.db import models
from django.utils.translation import gettext as _

from servicedesk.audit import services as audit
from servicedesk.audit.models import Event
from servicedesk.common.errors import Hidden, NotPermitted, StaleVersion, WrongState
from servicedesk.common.time import now as present
from servicedesk.common.transactions import carried_through

from .decisions import Action, Decision, subject_label
from .machine import Machine, machine_of
from .news import tell
from .payload import PayloadForm, clean, loggable

R = TypeVar("R", bound=models.Model)

_inside: ContextVar[object | None] = ContextVar("inside_the_door", default=None)


class WayAroundTheDoor(RuntimeError):
    """A transition was called directly. A fault of ours: call ``perform``."""


@dataclass
class Passage:
    """One passage through the door: what was asked, the record after it, and the event that tells of it.

    ``result`` is what the action made (a message, a task…), if it made something. ``on_behalf_of``: for whom ``by``
    acts; an effect may find out. ``remarks``: sentences for ``by`` about what followed otherwise than they may think.
    """

    record: Any
    action: Action
    by: Any
    now: datetime
    cause: str = ""
    on_behalf_of: Any = None
    event: Event | None = None
    result: Any = None
    remarks: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    before: dict[str, Any] = field(default_factory=dict)


def perform(record: R, action: str, *, by: Any, expected_version: int | None = None, **details: Any) -> R:
    """Do ``action`` to ``record`` as ``by``, and give the fresh record.

    Raises ``Hidden``, ``NotPermitted``, ``StaleVersion``, ``WrongState``, ``InvalidPayload`` or ``Busy``,
    each with a sentence; then nothing was written. ``details`` are the payload, raw or as objects.
    """
    return carry_out(record, action, by=by, expected_version=expected_version, details=details).record


def carry_out(
    record: models.Model,
    action: str,
    *,
    by: Any,
    expected_version: int | None = None,
    on_behalf_of: Any = None,
    cause: str = "",
    details: Mapping[str, Any] | None = None,
    files: Any = None,
) -> Passage:
    """As :func:`perform`, and give the whole :class:`Passage`.

    ``cause`` names the event that brings this one about (``"reply"`` resumes a waiting ticket); only
    services of ours pass it, never a face.
    """
    machine = machine_of(type(record))
    given = dict(details or {})

    def work() -> Passage:
        fresh = machine.lock(record.pk)
        decision = _decided(machine, fresh, action, by, cause=cause, expected_version=expected_version)
        row = machine.actions[action]
        form = _form(row, fresh, by, decision, given, files)
        cleaned = clean(form, given)
        before = _values(fresh)
        passage = Passage(
            record=fresh, action=row, by=by, now=present(), cause=cause, on_behalf_of=on_behalf_of, payload=cleaned,
            given=frozenset(given), before=before,
        )  # fmt: skip
        passage.details, passage.text = form.as_log()
        override = cleaned.pop("override_reason", None)
        if override:
            passage.details["override"] = True
        _change(row, fresh, passage, cleaned)
        left_to = machine_of(type(passage.record))  # another one, when the record has become of another class
        if row.is_move or row.raises_version:
            left_to.settle(passage.record, passage.now)
        _save(row, passage, before)
        _record(left_to, passage, before)
        if row.after is not None:
            row.after(passage)
        tell(passage)
        return passage

    return carried_through(work)


def create(
    model: type[R], *, by: Any, details: Mapping[str, Any] | None = None, build: Callable[..., Any] | None = None,
) -> Passage:  # fmt: skip
    """Make a record of ``model`` as ``by``.

    ``build(by=, now=, **cleaned)``, the machine's own when not given, makes it, unsaved.
    """
    machine = machine_of(model)
    if machine.creation is None or machine.build is None or machine.may_create is None:
        raise LookupError(f"{model.__name__} is not made through the door")
    creation, build, may_create = machine.creation, build or machine.build, machine.may_create
    given = dict(details or {})

    def work() -> Passage:
        _raise_if_denied(may_create(by))
        form = creation_form(model, by=by, data=given)
        cleaned = clean(form, given)
        passage = Passage(record=None, action=creation, by=by, now=present(), payload=cleaned)
        passage.details, passage.text = form.as_log()
        record = build(by=by, now=passage.now, **cleaned)
        machine.settle(record, passage.now)
        record.save(force_insert=True)
        passage.record, passage.on_behalf_of = record, machine.made_for(record, by)
        _record(machine, passage, {})
        if creation.after is not None:
            creation.after(passage)
        tell(passage)
        return passage

    return carried_through(work)


def payload_form(
    record: models.Model, action: str, *, by: Any, data: Any = None, files: Any = None, facts: Any = None,
    **form_options: Any,
) -> PayloadForm:  # fmt: skip
    """The form of ``action``, for rendering. Raises as the door would when the action is refused."""
    machine = machine_of(type(record))
    facts = facts or machine.facts(record, by)
    decision = machine.decide(facts, action)
    _raise_if_denied(decision)
    form_class = machine.actions[action].form or PayloadForm
    return form_class(
        data, files, record=record, by=by, facts=facts, needs_override=decision.needs_override, **form_options
    )


def creation_form(model: type[models.Model], *, by: Any, data: Any = None, **form_options: Any) -> PayloadForm:
    """The form that makes a record of ``model``."""
    creation = machine_of(model).creation
    form_class = (creation.form if creation else None) or PayloadForm
    return form_class(data, record=None, by=by, **form_options)


def _decided(
    machine: Machine, fresh: Any, action: str, by: Any, *, cause: str, expected_version: int | None
) -> Decision:
    facts = machine.facts(fresh, by, cause=cause, anew=True)
    fresh.facts = facts
    decision = machine.decide(facts, action)
    if decision.kind in ("hidden", "right"):
        _raise_if_denied(decision)
    if expected_version is not None and expected_version != fresh.version:
        raise StaleVersion(
            _("%(number)s was changed since you opened it. Look at what is new, then try again.")
            % {"number": subject_label(fresh)},
            expected=expected_version,
            current=fresh.version,
        )
    _raise_if_denied(decision)
    return decision


def _raise_if_denied(decision: Decision) -> None:
    if decision.allowed:
        return
    error = {"hidden": Hidden, "right": NotPermitted}.get(decision.kind or "", WrongState)
    raise error(decision.sentence)


def _form(row: Action, fresh: Any, by: Any, decision: Decision, given: Mapping[str, Any], files: Any) -> PayloadForm:
    form_class = row.form or PayloadForm
    return form_class(given, files, record=fresh, by=by, facts=fresh.facts, needs_override=decision.needs_override)


def _change(row: Action, fresh: Any, passage: Passage, cleaned: dict[str, Any]) -> None:
    """Run the transition or the effect. Only here does a state change.

    A move with an effect leads into another machine: the effect makes ``passage.record`` a record of that one.
    """
    if row.effect is not None:
        passage.result = row.effect(passage, **cleaned)
        return
    if not row.is_move:
        return
    fresh.passage = passage
    token = _inside.set(fresh)
    try:
        getattr(fresh, row.name)(**cleaned)
    except django_fsm.TransitionNotAllowed as error:  # decide() and the machine must agree
        raise RuntimeError(f"the decision table allowed {row.name}, the machine did not") from error
    finally:
        _inside.reset(token)


def _values(record: models.Model) -> dict[str, Any]:
    return {f.attname: getattr(record, f.attname) for f in record._meta.concrete_fields}


def _save(row: Action, passage: Passage, before: Mapping[str, Any]) -> None:
    record = passage.record
    # What only another class has was written when the record became one of it.
    touched = {name for name, value in _values(record).items() if name in before and before[name] != value}
    if row.raises_version:
        record.version += 1
        touched.add("version")
    if hasattr(record, "updated_at"):
        record.updated_at = passage.now
        touched.add("updated_at")
    names = {f.attname: f.name for f in record._meta.concrete_fields}
    record.save(update_fields=[names[attname] for attname in touched])


def _record(machine: Machine, passage: Passage, before: Mapping[str, Any]) -> None:
    record = passage.record
    after = _values(record)
    changes = {}
    for name in machine.tracked:
        attname = record._meta.get_field(name).attname
        old, new = before.get(attname), after[attname]
        if old != new:
            changes[name] = [loggable(old), loggable(new)]
    details = {**passage.details, **({"changes": changes} if changes else {})}
    if passage.cause:
        details["cause"] = passage.cause
    if passage.action.raises_version:
        details["version"] = getattr(record, "version", 1)
    passage.event = audit.record(
        record,
        passage.action.verb if "." in passage.action.verb else f"{machine.verb_prefix}.{passage.action.verb}",
        actor=passage.by,
        on_behalf_of=passage.on_behalf_of,
        source=before.get("state", ""),
        target=after.get("state", ""),
        details=details,
        text=passage.text,
        at=passage.now,
    )


def _refuse_ways_around(sender: type[models.Model], instance: Any, **_signal: Any) -> None:
    if _inside.get() is not instance:
        raise WayAroundTheDoor(f"{sender.__name__}.{_signal.get('name')} was called directly: use workflow.perform()")


django_fsm.signals.pre_transition.connect(_refuse_ways_around, dispatch_uid="the-one-door")
