"""When a source is due, and when it is overdue."""

from datetime import datetime, timedelta
from typing import Literal

from directory.models import SourceState

CHANGES_EVERY, EVERYTHING_EVERY = timedelta(minutes=5), timedelta(hours=24)
CHANGES_OVERDUE, EVERYTHING_OVERDUE = timedelta(minutes=30), timedelta(hours=26)
# The clock that asks comes once a minute and a little late or early.
_SLACK = timedelta(seconds=15)


def due(state: SourceState, *, now: datetime) -> Literal["", "full", "changes"]:
    """What must be run now. A source that was tried of late waits, whatever came of it."""
    if not _is_old(state.last_tried_at, CHANGES_EVERY - _SLACK, now):
        return ""
    if _is_old(state.last_full_at, EVERYTHING_EVERY, now):
        return "full"
    return "changes" if state.mark and _is_old(state.last_good_at, CHANGES_EVERY - _SLACK, now) else ""


def overdue(state: SourceState, now: datetime) -> bool:
    """Whether what is here is stale: half an hour without a good run where changes can be told, or a day without a
    full one and two hours over."""
    return _is_old(state.last_full_at, EVERYTHING_OVERDUE, now) or bool(
        state.mark and _is_old(state.last_good_at, CHANGES_OVERDUE, now)
    )


def _is_old(at: datetime | None, age: timedelta, now: datetime) -> bool:
    return at is None or now - at >= age
