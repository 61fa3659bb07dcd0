"""From a ticket's new lines to the record, its steps and what is remembered of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from servicedesk.common.text import without_controls
from servicedesk.tickets.states import VOCABULARY, Kind, priority_of
from servicedesk.workflow.replay import History, Standing, Step

from ..models import ImportedTicket, Incident
from .mapping import Translation, folded
from .places import SOURCE, Categories, Locations, People, Queues
from .report import Report
from .servicenow import instant
from .tickets import Line, changed, personal_changed

STATES = VOCABULARY[Kind.INCIDENT]
TRACKED = {
    "queue": "queue_id", "tier": "tier", "assignee": "assignee_id", "requester": "requester_id",
    "requested_for": "requested_for_id", "category": "category_id", "impact": "impact", "urgency": "urgency",
    "priority": "priority", "pending_reason": "pending_reason",
}  # fmt: skip
# People of the file who are no field of a ticket here; the events name them.
OTHER_PEOPLE = ("opened_by", "sys_created_by", "resolved_by")
LARGEST_COUNT = 32_767


@dataclass(slots=True)
class Plan:
    """What one ticket needs. ``lines`` are new; ``before`` is the last line that is here already."""

    key: str
    lines: list[Line]
    before: Line | None
    digests: bytes
    known: ImportedTicket | None = None


class Writer:
    """Knows the ids of what a file names. ``dry``: finds them, and makes nothing."""

    def __init__(self, translation: Translation, report: Report, *, dry: bool) -> None:
        self.translation = translation
        self.report = report
        self.people = People(dry=dry)
        self.queues = Queues(translation, dry=dry)
        self.categories = Categories(translation, report, dry=dry)
        self.locations = Locations(dry=dry)

    def ensure_people(self, plans: Sequence[Plan]) -> None:
        self.people.ensure({name for plan in plans for line in plan.lines for name in line.people.values()})

    def resolve(self, plan: Plan) -> None:
        """Go through all that writing ``plan`` would, for its warnings."""
        self.ensure_people([plan])
        self.history(plan, None)

    def history(self, plan: Plan, found: Standing | None) -> History:
        """The steps of the new lines, onto a new record or onto the one that is ``found``."""
        last = plan.lines[-1]
        values = [self._tracked(line) for line in plan.lines]
        fields = {TRACKED[name]: value for name, value in values[-1].items()} | self._fields(plan, last)
        source = found.record.state if found else ""
        steps, before = [], plan.before
        for line, tracked in zip(plan.lines, values, strict=True):
            steps.append(
                Step(
                    at=line.at, actor_id=self.people.id(line.people.get("sys_updated_by", "")), source=source,
                    target=line.state, values=tracked, details=self._details(line, before),
                    text=personal_changed(line, before),
                )
            )  # fmt: skip
            source, before = line.state, line
        if found is None:
            record = Incident(**fields, **self._first_fields(plan))
            return History(record=record, steps=steps)
        fields["version"] = found.record.version + 1
        if fields["closed_at"] is None and last.state in ("closed", "cancelled"):
            fields["closed_at"] = found.record.closed_at
        standing = {name: getattr(found.record, attname) for name, attname in TRACKED.items()}
        return History(record=found.record, steps=steps, before=standing, changed=fields)

    def remember(self, plans: Sequence[Plan], histories: Sequence[History]) -> None:
        """Note which lines each ticket holds now."""
        new: list[ImportedTicket] = []
        grown: list[ImportedTicket] = []
        now = timezone.now()
        for plan, history in zip(plans, histories, strict=True):
            noted = plan.known or ImportedTicket(
                source=SOURCE, key=plan.key, ticket_id=history.record.pk, row_digests=b"", events=0
            )
            noted.row_digests = bytes(noted.row_digests) + plan.digests
            noted.events += len(plan.lines)
            noted.columns = plan.lines[-1].columns
            noted.imported_at = now
            (grown if plan.known else new).append(noted)
        ImportedTicket.objects.bulk_create(new)
        ImportedTicket.objects.bulk_update(
            grown, ["row_digests", "events", "columns", "imported_at"], batch_size=100
        )  # fmt: skip

    def _tracked(self, line: Line) -> dict[str, Any]:
        queue, tier = self.queues.id(line.group)
        requester = self.people.id(line.people.get("caller_id", ""))
        assignee = line.people.get("assigned_to", "")
        return {
            "queue": queue, "tier": tier, "assignee": self.people.id(assignee) if assignee else None,
            "requester": requester, "requested_for": requester,
            "category": self.categories.id(line.category, line.subcategory), "impact": line.impact,
            "urgency": line.urgency, "priority": line.priority, "pending_reason": line.pending_reason,
        }  # fmt: skip

    def _details(self, line: Line, before: Line | None) -> dict[str, Any]:
        old = before.people if before else {}
        people = {
            name: self.people.id(line.people[name]) if name in line.people else None
            for name in OTHER_PEOPLE
            if line.people.get(name) != old.get(name)
        }
        details: dict[str, Any] = {"line": line.number, "columns": changed(line, before)}
        if people:
            details["people"] = people
        return details

    def _fields(self, plan: Plan, last: Line) -> dict[str, Any]:
        """The record's fields as the last line leaves them, apart from the tracked ones."""
        over = last.state in ("resolved", "closed")
        resolved_at = self._instant(last, "resolved_at") if over else None
        if over and resolved_at is None:
            self.report.warnings["resolved_at_missing"] += 1
            # Without an instant the desk could never close it; the log of the file has one.
            resolved_at = _since(plan.lines) if last.state == "resolved" else None
        closed = last.state in ("closed", "cancelled")
        return {
            "state": last.state,
            "is_open": STATES[last.state].is_open,
            "priority_by_hand": last.priority != priority_of(last.impact, last.urgency),
            "location_id": self.locations.id(last.location),
            "channel": last.channel,
            "updated_at": last.at,
            "resolved_at": resolved_at,
            "closed_at": (self._instant(last, "closed_at") or _since(plan.lines)) if closed else None,
            "resolution_code": self._code(last) if over else "",
            "resolution_text": self._cut(last.personal.get("close_notes", ""), 20_000) if over else "",
            "reopen_count": self._number(last, "reopen_count"),
        }

    def _first_fields(self, plan: Plan) -> dict[str, Any]:
        """What a record gets once, when it is made."""
        last = plan.lines[-1]
        opened_at = self._instant(last, "opened_at")
        if opened_at is None:
            self.report.warnings["opened_at_missing"] += 1
        about = ", ".join(part for part in (last.category, last.subcategory) if part)
        named = f"{plan.key}: {about}" if about else plan.key
        return {
            "kind": Incident.KIND,
            "title": self._cut(without_controls(last.personal.get("short_description", "")) or named, 200),
            "description": self._cut(last.personal.get("description", ""), 20_000),
            "opened_at": opened_at or plan.lines[0].at,
        }

    def _instant(self, line: Line, name: str) -> datetime | None:
        found = instant(line.columns.get(name, ""), self.translation.zone)
        return found.at if found else None

    def _code(self, line: Line) -> str:
        code = without_controls(line.columns.get("closed_code", ""))
        return self.translation.codes.get(folded(code)) or self._cut(code, 30)

    def _number(self, line: Line, name: str) -> int:
        text = line.columns.get(name, "0")
        if not (text.isascii() and text.isdecimal() and int(text[:6]) <= LARGEST_COUNT and len(text) <= 5):
            self.report.warnings["number_unreadable"] += 1
            return 0
        return int(text)

    def _cut(self, text: str, longest: int) -> str:
        if len(text) > longest:
            self.report.warnings["text_cut"] += 1
        return text[:longest]


def _since(lines: Sequence[Line]) -> datetime | None:
    """When the last line's state began, as far as ``lines`` tell; None when it began before them."""
    state, since = lines[-1].state, None
    for line in reversed(lines):
        if line.state != state:
            return since
        since = line.at
    return since
