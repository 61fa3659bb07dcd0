"""The log of one record of a register, as its readers may see it: which events, in which words."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import QuerySet

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of

from ..timeline import Item, item_of, public_verbs
from .register import Register, register_of


def readable_events(record: models.Model, reader: Employee) -> QuerySet[Event]:
    """The events that ``reader``, who sees the record, may know of; oldest first, with people and text."""
    register = register_of(type(record))
    events = (
        Event.objects.filter(subject_type=subject_type_of(record), subject_id__in=register.chains(record, reader))
        .select_related("actor", "on_behalf_of", "personal_text")
        .order_by("at", "pk")
    )
    return events if register.reads_all(record, reader) else events.filter(verb__in=public_verbs())


def timeline(record: models.Model, reader: Employee) -> list[Item]:
    """The readable events as sentences, oldest first. A handful of statements however long it is."""
    return items_of(readable_events(record, reader), record, reader)


def changes_since(record: models.Model, reader: Employee, version: int) -> list[Item]:
    """What happened to the record after ``version``, for a page that explains a conflict."""
    return items_of(readable_events(record, reader).filter(details__version__gt=version), record, reader)


def items_of(found: QuerySet[Event], record: models.Model, reader: Employee) -> list[Item]:
    """``found``, which came from :func:`readable_events`, as sentences."""
    register, events = register_of(type(record)), list(found)
    reads_all = register.reads_all(record, reader)
    names = _Names(register, events if reads_all else [])
    return [item_of(event, reads_all=reads_all, changes=names.changes(event) if reads_all else []) for event in events]


class _Names:
    """The names behind the keys that events hold: one statement for each field that has any."""

    def __init__(self, register: Register, events: Iterable[Event]) -> None:
        self.register = register
        keys: dict[str, set[Any]] = {name: set() for name in register.names}
        for event in events:
            for name, pair in event.details.get("changes", {}).items():
                if name in keys:
                    keys[name] |= {value for value in pair if value is not None}
        self._names = {
            name: dict(model._base_manager.filter(pk__in=keys[name]).values_list("pk", column)) if keys[name] else {}
            for name, (model, column) in register.names.items()
        }

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """(label, before, after) of each field that the event changed and that has a label."""
        if not event.source:  # a creation changes nothing that was there before
            return []
        found = event.details.get("changes", {})
        return [
            (str(label), self._shown(name, found[name][0]), self._shown(name, found[name][1]))
            for name, label in self.register.labels.items()
            if name in found
        ]

    def _shown(self, name: str, value: Any) -> str:
        if value in (None, ""):
            return "–"
        if name in self._names:
            return str(self._names[name].get(value, value))
        said = self.register.values.get(name)
        return said(value) if said else str(value)
