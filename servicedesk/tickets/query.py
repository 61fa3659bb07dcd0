"""What a query may say about a ticket: saved views, ``?q=``, and the scopes of rules, SLA policies and SOPs.

A query only narrows a queryset. It starts from ``visible_to`` like every list, so naming a field here lets nobody
see a ticket; it does let those who see a ticket learn the field's value by asking. Later apps add fields with
``register_field("ticket", …)``.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.query import (
    Boolean,
    Choice,
    Instant,
    Integer,
    Many,
    People,
    Person,
    RecordNumber,
    Reference,
    Schema,
    Text,
)

from .models import Ticket
from .states import VOCABULARY, Channel, Kind, Level, PendingReason, Priority


def _states() -> Iterator[tuple[str, StrOrPromise]]:
    """The states of all kinds; one that several kinds know is listed once."""
    labels: dict[str, StrOrPromise] = {}
    for words in VOCABULARY.values():
        for state in words.states:
            labels.setdefault(state.name, state.label)
    yield from labels.items()


def _kinds() -> Iterator[tuple[str, StrOrPromise]]:
    for kind in VOCABULARY:
        yield str(kind), Kind(kind).label


def _prefixes() -> list[str]:
    return [words.prefix for words in VOCABULARY.values()]


# Sortable is what a partial index of the open tickets serves; the number follows the order of opening.
schema = Schema(
    Ticket,
    [
        RecordNumber("number", path="pk", prefixes=_prefixes, label=_("Number"), sortable=True),
        Text("title"),
        Text("description"),
        Text("text", paths=("title", "description"), label=_("Title or description")),
        Choice("kind", options=_kinds, label=_("Kind")),
        Choice("state", options=_states),
        Boolean("is_open", label=_("Open")),
        Reference("queue", collection="queues"),
        Integer("tier"),
        Reference("category", collection="categories"),
        Person("assignee"),
        Person("requester"),
        Person("requested_for"),
        Reference("department"),
        Reference("location"),
        Choice("impact", options=Level.choices),
        Choice("urgency", options=Level.choices),
        Choice("priority", options=Priority.choices, sortable=True),
        Boolean("confidential"),
        Choice("channel", options=Channel.choices),
        Many("tag", path="tags", label=_("Tag")),
        People("watcher", path="watches__employee", label=_("Watcher")),
        Choice("pending_reason", options=PendingReason.choices),
        Instant("follow_up_at"),
        Instant("opened_at"),
        Instant("updated_at", sortable=True),
        Instant("resolved_at"),
        Instant("closed_at"),
        Instant("next_due_at", sortable=True),
    ],
    name="ticket",
)
