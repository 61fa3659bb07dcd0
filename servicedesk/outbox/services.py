"""Enqueue, claim with a lease, send, retry with a cap. The row is the truth on every broker."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.utils import timezone

from servicedesk.common.text import without_controls

from .models import Dispatch

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 8
BATCH = 100

log = structlog.get_logger(__name__)

_shut: ContextVar[bool] = ContextVar("outbox_is_shut", default=False)


class TryLater(Exception):
    """The other side refused for now, and certainly took nothing."""


class Uncertain(Exception):
    """The other side may or may not have taken it: flag it, never repeat it blindly."""


@dataclass(frozen=True)
class Handler:
    """How one kind is sent. ``send(payload, starting)`` calls ``starting()`` just before anything goes out."""

    send: Callable[[Mapping[str, Any], Callable[[], None]], None]


_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    _handlers[kind] = handler


def enqueue(kind: str, *, key: str, payload: Mapping[str, Any], available_at: datetime | None = None) -> None:
    """Write the row inside the caller's transaction; a second one with the same ``key`` changes nothing."""
    if _shut.get():
        return
    Dispatch.objects.bulk_create(
        [Dispatch(kind=kind, key=key, payload=dict(payload), available_at=available_at or timezone.now())],
        ignore_conflicts=True,
    )


@contextmanager
def shut() -> Iterator[None]:
    """Nothing is enqueued inside the block: what is made up there is old, and nobody is told of it now."""
    token = _shut.set(True)
    try:
        yield
    finally:
        _shut.reset(token)


def drain(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Send what is due, row by row; gives the number sent. Two drains at once share the work."""
    sent = 0
    for _round in range(0, limit, BATCH):
        moment = now or timezone.now()
        _expire_leases(moment)
        due = list(
            Dispatch.objects.filter(state=Dispatch.State.PENDING, available_at__lte=moment)
            .order_by("available_at", "pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not due:
            break
        sent += sum(_send_one(pk, moment) for pk in due)
    return sent


def requeue(dispatch: Dispatch, *, now: datetime | None = None) -> bool:
    """Try a dead row again from the start; gives whether it was dead. What may have been sent is never repeated."""
    return bool(
        Dispatch.objects.filter(pk=dispatch.pk, state=Dispatch.State.DEAD).update(
            state=Dispatch.State.PENDING, attempts=0, available_at=now or timezone.now(), finished_at=None
        )
    )


def _expire_leases(now: datetime) -> None:
    gone = Dispatch.objects.filter(lease_until__lt=now)
    gone.filter(state=Dispatch.State.CLAIMED).update(state=Dispatch.State.PENDING, lease_until=None)
    gone.filter(state=Dispatch.State.SENDING).update(
        state=Dispatch.State.UNCERTAIN,
        lease_until=None,
        finished_at=now,
        last_error="The sender stopped while sending.",
    )


def _send_one(pk: int, now: datetime) -> bool:
    won = Dispatch.objects.filter(pk=pk, state=Dispatch.State.PENDING).update(
        state=Dispatch.State.CLAIMED, lease_until=now + LEASE
    )
    if not won:  # the filter is the lock: another sender turned pending into claimed
        return False
    row = Dispatch.objects.get(pk=pk)
    handler = _handlers.get(row.kind)
    if handler is None:
        return _failed(row, now, f"Nothing is registered that can send {row.kind}.", dead=True)

    def starting() -> None:
        Dispatch.objects.filter(pk=pk).update(state=Dispatch.State.SENDING)

    try:
        handler.send(row.payload, starting)
    except TryLater as error:
        return _failed(row, now, str(error))
    except Uncertain as error:
        log.warning("outbox_uncertain", dispatch=row.key, error=str(error))
        _finish(row, Dispatch.State.UNCERTAIN, now, str(error))
        return False
    except Exception as error:
        log.exception("outbox_failed", dispatch=row.key)
        row.refresh_from_db(fields=["state"])
        if row.state == Dispatch.State.SENDING:
            _finish(row, Dispatch.State.UNCERTAIN, now, repr(error))
            return False
        return _failed(row, now, repr(error))
    _finish(row, Dispatch.State.SENT, now, "")
    return True


def _finish(row: Dispatch, state: Dispatch.State, now: datetime, error: str) -> None:
    Dispatch.objects.filter(pk=row.pk).update(
        state=state, lease_until=None, finished_at=now, last_error=without_controls(error)[:500],
        attempts=row.attempts + 1,
    )  # fmt: skip


def _failed(row: Dispatch, now: datetime, error: str, *, dead: bool = False) -> bool:
    attempts = row.attempts + 1
    if dead or attempts >= MAX_ATTEMPTS:
        _finish(row, Dispatch.State.DEAD, now, error)
        return False
    Dispatch.objects.filter(pk=row.pk).update(
        state=Dispatch.State.PENDING, attempts=attempts, lease_until=None,
        available_at=now + timedelta(seconds=30 * 2 ** (attempts - 1)),
        last_error=without_controls(error)[:500],
    )  # fmt: skip
    return False
