"""The log of one ticket as its readers may see it: which events, which details, in which words.

People of the queue read everything. Others read what was said to them and how far the work is, never
what colleagues wrote to each other. API and pages start from :func:`readable_events`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of
from servicedesk.common.types import StrOrPromise

from .models import Category, Queue, Ticket
from .querysets import reads_notes
from .states import Level, PendingReason


@dataclass(frozen=True)
class Telling:
    """How one verb is told. ``public``: its requester reads it too; ``quotes``: text they may read with it.

    ``verdicts``: other sentences, by the verdict that the event holds.
    """

    sentence: StrOrPromise
    icon: str
    public: bool = False
    quotes: str = ""
    desk_quotes: tuple[str, ...] = ()
    verdicts: Mapping[str, StrOrPromise] = field(default_factory=dict)


_tellings: dict[str, Telling] = {
    "ticket.replied": Telling(gettext_lazy("%(actor)s wrote a message"), "message-reply", public=True),
    "ticket.noted": Telling(gettext_lazy("%(actor)s wrote a note"), "note"),
    "ticket.attached": Telling(gettext_lazy("%(actor)s attached a file"), "paperclip", desk_quotes=("name",)),
    "ticket.opened": Telling(gettext_lazy("%(actor)s opened this confidential ticket"), "eye"),
    "ticket.access_granted": Telling(
        gettext_lazy("%(actor)s let somebody see this confidential ticket"), "key", public=True, quotes="reason"
    ),
    "ticket.access_ended": Telling(gettext_lazy("%(actor)s ended somebody's sight of it"), "lock", public=True),
    "ticket.watched": Telling(gettext_lazy("%(actor)s added a follower"), "eye"),
    "ticket.unwatched": Telling(gettext_lazy("%(actor)s removed a follower"), "eye"),
    "ticket.edited": Telling(gettext_lazy("%(actor)s edited the text"), "edit", desk_quotes=("title_before",)),
    "ticket.prioritised": Telling(gettext_lazy("%(actor)s set the priority"), "flag", desk_quotes=("reason",)),
    "ticket.tagged": Telling(gettext_lazy("%(actor)s changed the tags"), "tag"),
    "ticket.categorised": Telling(gettext_lazy("%(actor)s changed the category"), "category"),
    "ticket.linked": Telling(gettext_lazy("%(actor)s linked another ticket"), "link"),
    "ticket.unlinked": Telling(gettext_lazy("%(actor)s removed a link"), "link"),
    "ticket.reclassified": Telling(
        gettext_lazy("%(actor)s made it a ticket of another kind"), "refresh", public=True
    ),
    "ticket.split": Telling(gettext_lazy("%(actor)s split a part into a new ticket"), "copy"),
    "ticket.task_added": Telling(gettext_lazy("%(actor)s added a task"), "list-check", desk_quotes=("title",)),
    "ticket.task_completed": Telling(gettext_lazy("%(actor)s completed a task"), "square-check"),
    "ticket.task_skipped": Telling(gettext_lazy("%(actor)s skipped a task"), "square-check", desk_quotes=("reason",)),
    "ticket.time_logged": Telling(gettext_lazy("%(actor)s logged time"), "clock", desk_quotes=("note",)),
    "ticket.flagged_major": Telling(gettext_lazy("%(actor)s changed the major-incident flag"), "flame"),
    "ticket.proposed": Telling(gettext_lazy("%(actor)s proposed a text"), "help-circle"),
    "ticket.released": Telling(gettext_lazy("%(actor)s released a proposal"), "check"),
    "ticket.approval_asked": Telling(gettext_lazy("Approval was asked for"), "help-circle"),
    "ticket.approval_decided": Telling(
        gettext_lazy("%(actor)s decided"), "check", desk_quotes=("comment",),
        verdicts={
            "approved": gettext_lazy("%(actor)s approved it"), "rejected": gettext_lazy("%(actor)s rejected it"),
        },
    ),
    "ticket.approval_handed_on": Telling(
        gettext_lazy("%(actor)s left: the approval is handed on"), "arrow-up-right"
    ),
    "ticket.discarded": Telling(gettext_lazy("%(actor)s sent a proposal back"), "x", desk_quotes=("reason",)),
}  # fmt: skip


def register_tellings(tellings: Mapping[str, Telling]) -> None:
    """Say how the verbs of a kind or of a register are told; called once from ``AppConfig.ready()``."""
    _tellings.update(tellings)


def work_tellings(kind: str) -> dict[str, Telling]:
    """How the moves are told that incidents and requests have in common."""
    told = {
        "started": Telling(gettext_lazy("%(actor)s started work"), "player-play", public=True),
        "resumed": Telling(gettext_lazy("Work goes on"), "player-play", public=True),
        "assigned": Telling(gettext_lazy("%(actor)s assigned it"), "user-check", public=True),
        "pended": Telling(
            gettext_lazy("%(actor)s let it wait"), "player-pause", public=True, desk_quotes=("note",)),
        "escalated": Telling(
            gettext_lazy("%(actor)s escalated it to the next tier"), "arrow-up-right", public=True,
            desk_quotes=("diagnosis",)),
        "returned_down": Telling(
            gettext_lazy("%(actor)s returned it to the tier below"), "arrow-down-right", desk_quotes=("reason",)),
        "routed": Telling(
            gettext_lazy("%(actor)s routed it to another queue"), "route", public=True, desk_quotes=("reason",)),
        "confirmed": Telling(gettext_lazy("%(actor)s confirmed that it is solved"), "thumb-up", public=True),
        "reopened": Telling(gettext_lazy("%(actor)s reopened it"), "rotate-clockwise", public=True, quotes="reason"),
        "closed": Telling(gettext_lazy("It was closed"), "circle-minus", public=True),
        "cancelled": Telling(gettext_lazy("%(actor)s cancelled it"), "ban", public=True),
    }  # fmt: skip
    return {f"{kind}.{name}": telling for name, telling in told.items()}


_OF_ONESELF: dict[str, StrOrPromise] = {
    "ticket.watched": gettext_lazy("%(actor)s follows it now"),
    "ticket.unwatched": gettext_lazy("%(actor)s follows it no more"),
}

_FIELD_LABELS: dict[str, StrOrPromise] = {
    "tier": gettext_lazy("Tier"),
    "queue": gettext_lazy("Queue"),
    "assignee": gettext_lazy("Assignee"),
    "impact": gettext_lazy("Impact"),
    "urgency": gettext_lazy("Urgency"),
    "priority": gettext_lazy("Priority"),
    "category": gettext_lazy("Category"),
    "pending_reason": gettext_lazy("Waiting for"),
    "follow_up_at": gettext_lazy("Follow up at"),
}


@dataclass(frozen=True)
class Item:
    """One line of a timeline, ready to show."""

    sequence: int
    at: datetime
    verb: str
    sentence: str
    icon: str
    actor: str
    on_behalf_of: str
    source: str
    target: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)


def readable_events(ticket: Ticket, reader: Employee) -> QuerySet[Event]:
    """The ticket's events that ``reader`` may know of, oldest first, with people and text."""
    events = (
        Event.objects.filter(subject_type=subject_type_of(ticket), subject_id=ticket.pk)
        .select_related("actor", "on_behalf_of", "personal_text")
        .order_by("sequence")
    )
    if reads_notes(reader, ticket):
        return events
    return events.filter(verb__in=public_verbs())


def public_verbs() -> list[str]:
    """The verbs that a reader without a part in the desk's work may know of."""
    return [verb for verb, telling in _tellings.items() if telling.public]


def readable_text(event: Event, *, reads_all: bool) -> dict[str, str]:
    """The personal text of an event that its reader may see."""
    personal = getattr(event, "personal_text", None)
    if personal is None:
        return {}
    if reads_all:
        return dict(personal.body)
    telling = _tellings.get(event.verb)
    allowed = telling.quotes if telling is not None and telling.public else ""
    return {name: value for name, value in personal.body.items() if name == allowed}


def timeline(ticket: Ticket, reader: Employee) -> list[Item]:
    """The readable events as sentences, oldest first. A handful of statements however long it is."""
    reads_all = reads_notes(reader, ticket)
    events = list(readable_events(ticket, reader))
    names = _Names(events) if reads_all else None
    return [item_of(event, reads_all=reads_all, changes=names.changes(event) if names else []) for event in events]


def item_of(event: Event, *, reads_all: bool, changes: list[tuple[str, str, str]]) -> Item:
    """One event as a sentence, with the text of it that its reader may see."""
    telling = _tellings.get(event.verb, Telling(_("%(actor)s did “%(verb)s”"), "circle-dot"))
    text = readable_text(event, reads_all=reads_all)
    wanted = (telling.quotes, *telling.desk_quotes, "override_reason") if reads_all else (telling.quotes,)
    return Item(
        sequence=event.sequence, at=event.at, verb=event.verb,
        sentence=str(_sentence(event, telling)) % {"actor": event.actor.name, "verb": event.verb},
        icon=telling.icon, actor=event.actor.name,
        on_behalf_of=event.on_behalf_of.name if event.on_behalf_of else "",
        source=event.source, target=event.target, changes=changes,
        quotes=[text[name] for name in wanted if text.get(name)],
    )  # fmt: skip


def _sentence(event: Event, telling: Telling) -> StrOrPromise:
    if event.details.get("employee") == event.actor_id:
        return _OF_ONESELF.get(event.verb, telling.sentence)
    return telling.verdicts.get(str(event.details.get("verdict")), telling.sentence)


class _Names:
    """The names behind the keys that events hold, read once for a whole timeline."""

    def __init__(self, events: Iterable[Event]) -> None:
        found: dict[str, set[Any]] = {"assignee": set(), "queue": set(), "category": set()}
        for event in events:
            if not event.source:  # a creation changes nothing that was there before
                continue
            for name, keys in found.items():
                keys |= {value for value in event.details.get("changes", {}).get(name, ()) if value is not None}
        names: dict[str, dict[Any, str]] = {kind: {} for kind in found}
        for kind, key, name in self._read(found):
            names[kind][key] = name
        self.people, self.queues, self.categories = names["assignee"], names["queue"], names["category"]

    @staticmethod
    def _read(keys: dict[str, set[Any]]) -> Iterable[tuple[str, Any, str]]:
        """(field, key, name) of every key, in one statement."""
        sources: dict[str, tuple[Any, str]] = {
            "assignee": (Employee, "name"), "queue": (Queue, "name"), "category": (Category, "path"),
        }  # fmt: skip
        parts = [
            model._base_manager.filter(pk__in=keys[kind]).order_by().values_list(Value(kind), "pk", column)
            for kind, (model, column) in sources.items()
            if keys[kind]
        ]
        return parts[0].union(*parts[1:], all=True) if parts else ()

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """(label, before, after) of each field that the event changed and that has a label."""
        if not event.source:
            return []
        found = event.details.get("changes", {})
        return [
            (str(label), self._shown(name, found[name][0]), self._shown(name, found[name][1]))
            for name, label in _FIELD_LABELS.items()
            if name in found
        ]

    def _shown(self, name: str, value: Any) -> str:
        if value in (None, ""):
            return "–"
        if name == "follow_up_at":
            moment = parse_datetime(value)
            return date_format(localtime(moment), "j M Y, H:i") if moment else value
        if name in ("impact", "urgency"):
            return str(Level(value).label)
        if name == "pending_reason":
            return str(PendingReason(value).label)
        names: dict[str, dict[Any, str]] = {
            "assignee": self.people, "queue": self.queues, "category": self.categories,
        }  # fmt: skip
        return names[name].get(value, str(value)) if name in names else str(value)


def changes_since(ticket: Ticket, reader: Employee, version: int) -> list[Item]:
    """What happened to the ticket after ``version``, for a page that explains a conflict."""
    later = readable_events(ticket, reader).filter(details__version__gt=version).values_list("sequence", flat=True)
    sequences = set(later)
    return [item for item in timeline(ticket, reader) if item.sequence in sequences] if sequences else []
