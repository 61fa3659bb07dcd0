"""The second, import-only door: history that happened elsewhere, written as it was.

Nothing is decided, timed or told here: the moves were made in another system. What is kept is what
the log stands for: the same events in the same chains, each with its own time, recorded now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections, models, router, transaction
from django.utils.translation import gettext as _

from servicedesk.audit import services as audit
from servicedesk.audit.models import Head
from servicedesk.common.errors import InvalidPayload

from .decisions import subject_label
from .machine import Machine, machine_of


@dataclass(slots=True)
class Step:
    """One event of a history. ``values``: tracked fields (ids, plain values) as they stood after it."""

    at: datetime
    actor_id: int
    source: str
    target: str
    values: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """Steps of one record, in order.

    A new ``record`` is unsaved and holds its final values. One that stands already comes from
    :func:`standing`, with the ``changed`` values it shall have and, in ``before``, its tracked
    values before the first step.
    """

    record: Any
    steps: Sequence[Step]
    before: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Standing:
    """A record as it stands, locked until the transaction ends, and how many events its chain holds."""

    record: Any
    events: int


def standing(model: type[models.Model], pks: Iterable[int]) -> dict[int, Standing]:
    """The records ``pks``, fresh and locked; call it in the transaction that replays onto them."""
    pks = list(pks)
    base = _lineage(model)[0]
    list(base._base_manager.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk").values_list("pk"))
    records = {record.pk: record for record in model._base_manager.filter(pk__in=pks)}
    events = chain_lengths(model, pks)
    return {pk: Standing(record, events.get(pk, 0)) for pk, record in records.items()}


def chain_lengths(model: type[models.Model], pks: Iterable[int]) -> dict[int, int]:
    """How many events the chain of each record holds now."""
    kind = ContentType.objects.get_for_model(_lineage(model)[0])
    heads = Head.objects.filter(subject_type=kind, subject_id__in=list(pks))
    return dict(heads.values_list("subject_id", "sequence"))


def replay(histories: Sequence[History], *, verb: str) -> int:
    """Write ``histories`` in few statements; gives the number of events. All of them, or none.

    Raises ``InvalidPayload`` for a history that is none: states outside the machine's vocabulary, a
    step that does not begin where the one before ended, a last state that is not the record's.
    """
    machines = {type(history.record): machine_of(type(history.record)) for history in histories}
    states = {model: _states(machine) for model, machine in machines.items()}
    for history in histories:
        _check(history, states[type(history.record)])
    with transaction.atomic(savepoint=False):
        for model in machines:
            mine = [history for history in histories if type(history.record) is model]
            _insert(model, [history.record for history in mine if history.record.pk is None])
            _update(model, [history for history in mine if history.changed])
        entries = []
        for history in histories:
            machine = machines[type(history.record)]
            entries += _entries(history, machine, verb)
        audit.append_history(entries)
    return len(entries)


def _states(machine: Machine) -> frozenset[str]:
    """Every state that some move of the machine leaves or reaches."""
    found = set()
    for action in machine.actions.values():
        for source, target in action.sources.items():
            found |= {source, *target.split("|")}
    return frozenset(found)


def _check(history: History, states: frozenset[str]) -> None:
    record = history.record
    if not history.steps:
        raise InvalidPayload(_("%(number)s has no history to write.") % {"number": subject_label(record)})
    state = record.state if record.pk is not None else ""
    for step in history.steps:
        if step.target not in states:
            raise InvalidPayload(
                _("“%(state)s” is no state of %(number)s.") % {"state": step.target, "number": subject_label(record)}
            )
        if step.source != state:
            raise InvalidPayload(
                _("A step of %(number)s begins at “%(source)s”, but the one before ended at “%(state)s”.")
                % {"number": subject_label(record), "source": step.source, "state": state}
            )
        if step.at.tzinfo is None:
            raise InvalidPayload(_("A step of %(number)s has no time zone.") % {"number": subject_label(record)})
        state = step.target
    final = history.changed.get("state", record.state)
    if state != final:
        raise InvalidPayload(
            _("The history of %(number)s ends at “%(state)s”, the record at “%(final)s”.")
            % {"number": subject_label(record), "state": state, "final": final}
        )


def _entries(history: History, machine: Machine, verb: str) -> list[audit.Entry]:
    """The events of a history, with before and after of tracked fields as the first door notes them."""
    entries = []
    tracked = frozenset(machine.tracked)
    before = history.before
    for step in history.steps:
        changes = {
            name: [before.get(name), value]
            for name, value in step.values.items()
            if name in tracked and value != before.get(name)
        }
        details = {**step.details, "changes": changes} if changes else step.details
        entries.append(
            audit.Entry(
                subject=history.record, verb=f"{machine.verb_prefix}.{verb}", actor_id=step.actor_id, at=step.at,
                source=step.source, target=step.target, details=details, text=step.text,
            )
        )  # fmt: skip
        before = step.values
    return entries


def _lineage(model: type[models.Model]) -> list[type[models.Model]]:
    """The tables of a record, from the base down to ``model``."""
    lineage = [model]
    while lineage[0]._meta.parents:
        lineage.insert(0, next(iter(lineage[0]._meta.parents)))
    return lineage


def _insert(model: type[models.Model], records: list[Any]) -> None:
    """Insert multi-table records in bulk, which ``bulk_create`` refuses: the base rows give the keys."""
    if not records:
        return
    base, *children = _lineage(model)
    plain = [f.attname for f in base._meta.concrete_fields if not f.primary_key]
    rows = [base(**{name: getattr(record, name) for name in plain}) for record in records]
    base._base_manager.bulk_create(rows)
    for record, row in zip(records, rows, strict=True):
        record.__dict__[base._meta.pk.attname] = row.pk
        for child in children:
            record.__dict__[child._meta.pk.attname] = row.pk
    using = router.db_for_write(model)
    for child in children:
        fields = child._meta.local_concrete_fields
        size = max(1, connections[using].ops.bulk_batch_size(fields, records))
        for start in range(0, len(records), size):
            child._base_manager._insert(records[start : start + size], fields=fields, using=using)  # type: ignore[attr-defined]


def _update(model: type[models.Model], histories: list[History]) -> None:
    """Give standing records their changed values. The lock of :func:`standing` is held."""
    for history in histories:
        record = history.record
        for name, value in history.changed.items():
            record.__dict__.pop("state", None) if name == "state" else None
            setattr(record, name, value)
    base = _lineage(model)[0]
    own = {f.name for f in model._meta.local_concrete_fields}
    names = sorted({model._meta.get_field(name).name for history in histories for name in history.changed})
    records = [history.record for history in histories]
    if not records:
        return
    for table, fields in ((base, [n for n in names if n not in own]), (model, [n for n in names if n in own])):
        if fields:
            table._base_manager.bulk_update(records, fields, batch_size=100)
