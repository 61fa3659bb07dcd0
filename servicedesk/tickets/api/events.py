"""The log of one record as the API tells it: keys inside the details become logins, short names and numbers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from directory.models import Employee
from servicedesk.audit.models import Event

from ..models import Category, Queue, Ticket
from ..querysets import reads_notes
from ..timeline import readable_text
from .rows import EventRow, Reader

_PEOPLE = frozenset({"assignee", "requester", "requested_for", "employee", "author"})
_TICKETS = frozenset({"into", "other", "ticket", "made", "duplicate_of", "merged_into"})

# Field → what gives the keys of it that a reader may know of their names. Apps above fill it in.
Naming = Callable[[set[int], Employee], dict[int, str]]
_further: dict[str, Naming] = {}


def register_naming(field: str, naming: Naming) -> None:
    """Say what the keys under ``field`` of an event's details are called; called from ``AppConfig.ready()``."""
    _further[field] = naming


def event_rows(ticket: Ticket, events: list[Event], reader: Reader) -> list[dict[str, Any]]:
    """``events`` of ``ticket``, which came from ``readable_events``, ready to send: three statements at most."""
    return told_rows(events, reader, reads_all=reads_notes(reader.employee, ticket))


def told_rows(events: list[Event], reader: Reader, *, reads_all: bool) -> list[dict[str, Any]]:
    """The same for any record: ``events`` are those that the reader may know of, whole if ``reads_all``."""
    names = _Names(events if reads_all else [], reader)
    return [
        EventRow(
            {
                "sequence": event.sequence,
                "verb": event.verb,
                "actor": event.actor,
                "on_behalf_of": event.on_behalf_of,
                "source": event.source,
                "target": event.target,
                "at": event.at,
                "recorded_at": event.recorded_at,
                "channel": event.channel,
                "details": names.details(event) if reads_all else {},
                "text": readable_text(event, reads_all=reads_all),
            }
        ).data
        for event in events
    ]


class _Names:
    """What the keys inside the details of several events stand for, read once for all of them."""

    def __init__(self, events: Iterable[Event], reader: Reader) -> None:
        keys: dict[str, set[int]] = {name: set() for name in ("people", "tickets", "queue", "category", *_further)}
        for name, value in _keys(events):
            if isinstance(value, int) and (sort := _sort(name)):
                keys[sort].add(value)
        self._names: dict[str, dict[int, str]] = {
            "people": _read(Employee, "login", keys["people"]),
            "tickets": reader.numbers(keys["tickets"]),
            "queue": _read(Queue, "slug", keys["queue"]),
            "category": _read(Category, "slug", keys["category"]),
            **{name: naming(keys[name], reader.employee) for name, naming in _further.items() if keys[name]},
        }

    def details(self, event: Event) -> dict[str, Any]:
        """The details with names for keys. What the reader may not see stands as null."""
        shown = {name: self._shown(name, value) for name, value in event.details.items() if name != "changes"}
        changes = event.details.get("changes")
        if changes:
            shown["changes"] = {name: [self._shown(name, value) for value in pair] for name, pair in changes.items()}
        return shown

    def _shown(self, name: str, value: Any) -> Any:
        sort = _sort(name)
        return self._names.get(sort, {}).get(value) if sort and isinstance(value, int) else value


def _keys(events: Iterable[Event]) -> Iterator[tuple[str, Any]]:
    for event in events:
        yield from event.details.items()
        for name, pair in event.details.get("changes", {}).items():
            yield from ((name, value) for value in pair)


def _sort(name: str) -> str | None:
    """Which table the key under ``name`` belongs to."""
    if name in _PEOPLE:
        return "people"
    if name in _TICKETS:
        return "tickets"
    return name if name in ("queue", "category") or name in _further else None


def _read(model: Any, column: str, keys: set[int]) -> dict[int, str]:
    return dict(model.objects.filter(pk__in=keys).values_list("pk", column)) if keys else {}
