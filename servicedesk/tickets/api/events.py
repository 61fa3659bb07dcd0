"""The log of one ticket as the API tells it: keys inside the details become logins, short names and numbers."""

from collections.abc import Iterable, Iterator
from typing import Any

from directory.models import Employee
from servicedesk.audit.models import Event

from ..models import Category, Queue, Ticket
from ..querysets import reads_notes
from ..timeline import readable_text
from .rows import EventRow, Reader

_PEOPLE = frozenset({"assignee", "requester", "requested_for", "employee", "author"})
_TICKETS = frozenset({"into", "other", "ticket", "made", "duplicate_of", "merged_into"})


def event_rows(ticket: Ticket, events: list[Event], reader: Reader) -> list[dict[str, Any]]:
    """``events`` of ``ticket``, which came from ``readable_events``, ready to send: three statements at most."""
    reads_all = reads_notes(reader.employee, ticket)
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
        keys: dict[str, set[int]] = {"people": set(), "tickets": set(), "queue": set(), "category": set()}
        for name, value in _keys(events):
            if isinstance(value, int) and (sort := _sort(name)):
                keys[sort].add(value)
        self._names: dict[str, dict[int, str]] = {
            "people": _read(Employee, "login", keys["people"]),
            "tickets": reader.numbers(keys["tickets"]),
            "queue": _read(Queue, "slug", keys["queue"]),
            "category": _read(Category, "slug", keys["category"]),
        }

    def details(self, event: Event) -> dict[str, Any]:
        """The details with names for keys. A ticket that the reader may not see stands as null."""
        shown = {name: self._shown(name, value) for name, value in event.details.items() if name != "changes"}
        changes = event.details.get("changes")
        if changes:
            shown["changes"] = {name: [self._shown(name, value) for value in pair] for name, pair in changes.items()}
        return shown

    def _shown(self, name: str, value: Any) -> Any:
        sort = _sort(name)
        return self._names[sort].get(value) if sort and isinstance(value, int) else value


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
    return name if name in ("queue", "category") else None


def _read(model: Any, column: str, keys: set[int]) -> dict[int, str]:
    return dict(model.objects.filter(pk__in=keys).values_list("pk", column)) if keys else {}
