"""When a source is due, and when it is overdue."""

from datetime import datetime, timedelta
from typing import Literal

from directory.models import SourceState

CHANGES_EVERY, EVERYTHING_EVERY = timedelta(minutes=5), timedelta(hours=24)
CHANGES_OVERDUE, EVERYTHING_OVERDUE = timedelta(minutes=30), timedelta(hours=26)
# The clock that asks comes once a minute and a little late or early.
_SLACK = timedelta(seconds=15)


def due(state: SourceState, *, now: datetime) -> Literal["", "full", "changes"]:
    """What must be run now. A source that was tried of late waits, whatever came of it.

    After a run that wrote nothing changes go first, where they can be told: a full run that waits for somebody's
    word does not keep them back.
    """
    if not _is_old(state.last_tried_at, CHANGES_EVERY - _SLACK, now):
        return ""
    if state.mark and (state.last_refusal or not _is_old(state.last_full_at, EVERYTHING_EVERY, now)):
        return "changes"
    # Without a mark, a run after the last full one was a part of everything, or lost its place among the changes.
    torn = not state.mark and state.last_good_at != state.last_full_at
    return "full" if torn or _is_old(state.last_full_at, EVERYTHING_EVERY, now) else ""


def overdue(state: SourceState, *, now: datetime) -> bool:
    """Whether what is here is stale: half an hour without a good run where changes can be told, or a day without a
    full one and two hours over."""
    return _is_old(state.last_full_at, EVERYTHING_OVERDUE, now) or bool(
        state.mark and _is_old(state.last_good_at, CHANGES_OVERDUE, now)
    )


def _is_old(at: datetime | None, age: timedelta, now: datetime) -> bool:
    return at is None or now - at >= age
