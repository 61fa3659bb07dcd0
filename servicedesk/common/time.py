"""The present. Whatever passes the door asks here, so that a history can be lived through at its own times."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_present: ContextVar[datetime | None] = ContextVar("present", default=None)


def now() -> datetime:
    """The instant at which the current work happens: the clock's, unless :func:`at` says another."""
    return _present.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Work inside the block happens at ``moment`` (aware). For made-up histories, never for a face.

    The log still notes in ``recorded_at`` when it was really written.
    """
    token = _present.set(moment)
    try:
        yield
    finally:
        _present.reset(token)
