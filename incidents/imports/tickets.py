"""From the lines of one ticket to its history here. Pure: names become ids elsewhere."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from servicedesk.common.text import without_controls
from servicedesk.tickets.states import Channel, Level, priority_of

from .mapping import CHANNELS, LEVELS, PRIORITIES, Translation, folded
from .servicenow import MISSING, OPTIONAL_TEXT, PEOPLE, Header, instant

PERSON_LABELS = {
    "caller_id": "Caller", "opened_by": "Opened by", "sys_created_by": "Created by", "sys_updated_by": "Updated by",
    "assigned_to": "Assigned to", "resolved_by": "Resolved by",
}  # fmt: skip
_RANKS = {"impact": LEVELS, "urgency": LEVELS, "priority": PRIORITIES}
# Kept as fields of the event itself, so not once more among the columns.
_OF_THE_EVENT = frozenset({"number", "sys_updated_at"})


@dataclass(slots=True, frozen=True)
class Line:
    """One line, understood: what the ticket looked like after it. Names are the file's; "" is missing."""

    number: int
    at: datetime
    state: str
    pending_reason: str
    impact: str
    urgency: str
    priority: str
    group: str
    category: str
    subcategory: str
    location: str
    channel: str
    people: dict[str, str]
    columns: dict[str, str]
    personal: dict[str, str]


@lru_cache(maxsize=100_000)
def person_name(column: str, value: str) -> str:
    """What a person of the file is called; a bare number is told apart by its column."""
    name = without_controls(value)
    return f"{PERSON_LABELS[column]} {name}" if name.isdecimal() else name


@lru_cache(maxsize=10_000)
def ranked(column: str, text: str) -> str:
    """``1 - High`` or ``high`` in our words; "" when it is neither."""
    words = _RANKS[column]
    return words.get(text.split("-")[0].strip().casefold()) or words.get(folded(text)) or ""


class Understanding:
    """Reads lines of one file by its header and the mapping."""

    def __init__(self, header: Header, translation: Translation) -> None:
        self.header = header
        self.translation = translation
        at = {name: index for index, name in enumerate(header.names)}
        self._at = at
        self._people = [(name, at[name]) for name in PEOPLE if name in at]
        personal = {*OPTIONAL_TEXT, *header.unknown}
        self._personal = [(name, at[name]) for name in header.names if name in personal]
        apart = personal | _OF_THE_EVENT | set(PEOPLE)
        self._columns = [(name, at[name]) for name in header.names if name not in apart]

    def digest(self, cells: Sequence[str]) -> bytes:
        """Eight bytes that tell one line of a ticket from another, whatever the order of the columns."""
        told = [f"{name}={cells[index]}" for index, name in self.header.identity if cells[index] not in MISSING]
        return hashlib.blake2b("\x1f".join(told).encode(), digest_size=8).digest()

    def value(self, cells: Sequence[str], name: str) -> str:
        index = self._at.get(name)
        return "" if index is None or cells[index] in MISSING else cells[index]

    def instant(self, cells: Sequence[str], name: str) -> datetime | None:
        text = self.value(cells, name)
        found = instant(text, self.translation.zone) if text else None
        return found.at if found else None

    def line(self, number: int, cells: Sequence[str], before: Line | None, warnings: Counter[str]) -> Line:
        """One line after the line ``before`` of its ticket. What cannot be read stays as it was, and is counted."""
        at = self.instant(cells, "sys_updated_at")
        if at is None:
            raise ValueError(f"line {number} was let in without a time")
        if before is not None and at < before.at:
            warnings["time_goes_back"] += 1
        known = self.translation.state_of(self.value(cells, "incident_state"))
        if known is None:
            warnings["state_unknown"] += 1
            known = (before.state, before.pending_reason) if before else ("new", "")
        impact = self._ranked(cells, "impact", before.impact if before else Level.MEDIUM, warnings)
        urgency = self._ranked(cells, "urgency", before.urgency if before else Level.MEDIUM, warnings)
        usual = priority_of(impact, urgency)
        people = {name: person_name(name, cells[i]) for name, i in self._people if cells[i] not in MISSING}
        line = Line(
            number=number, at=at, state=known[0], pending_reason=known[1], impact=impact, urgency=urgency,
            priority=self._ranked(cells, "priority", usual, warnings),
            group=self.value(cells, "assignment_group"), category=self.value(cells, "category"),
            subcategory=self.value(cells, "subcategory"), location=self.value(cells, "location"),
            channel=self._channel(cells, warnings), people=people,
            columns={name: cells[i] for name, i in self._columns if cells[i] not in MISSING},
            personal={name: cells[i] for name, i in self._personal if cells[i] not in MISSING},
        )  # fmt: skip
        for kind, absent in (
            ("group_missing", not line.group), ("category_missing", not line.category),
            ("caller_missing", "caller_id" not in people), ("actor_missing", "sys_updated_by" not in people),
        ):  # fmt: skip
            if absent:
                warnings[kind] += 1
        return line

    def _ranked(self, cells: Sequence[str], name: str, otherwise: str, warnings: Counter[str]) -> str:
        found = ranked(name, self.value(cells, name))
        if not found:
            warnings[f"{name}_unknown"] += 1
        return found or otherwise

    def _channel(self, cells: Sequence[str], warnings: Counter[str]) -> str:
        text = self.value(cells, "contact_type")
        found = CHANNELS.get(text.casefold())
        if found is None and text:
            warnings["channel_unknown"] += 1
        return found or Channel.IMPORT


def changed(line: Line, before: Line | None) -> dict[str, Any]:
    """What of the columns is other than on the line before; a column that became empty is null."""
    if before is None:
        return dict(line.columns)
    told: dict[str, Any] = {name: value for name, value in line.columns.items() if before.columns.get(name) != value}
    told.update((name, None) for name in before.columns if name not in line.columns)
    return told


def personal_changed(line: Line, before: Line | None) -> dict[str, str]:
    """Free text of the line that the line before did not have: kept where it can be erased."""
    if not line.personal:
        return {}
    old = before.personal if before else {}
    return {name: value for name, value in line.personal.items() if old.get(name) != value}
