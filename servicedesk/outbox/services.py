"""Enqueue, claim with a lease, send, retry with a cap. The row is the truth on every broker."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
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


class ClaimLost(Exception):
    """The lease ran out before anything went out, and the row is another sender's now."""


@dataclass(frozen=True)
class Handler:
    """How one kind is sent. ``send(payload, starting)`` calls ``starting()`` just before anything goes out.

    ``starting()`` raises ``ClaimLost`` when this sender was too slow to begin: let it pass.
    """

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
        sent += sum(_send_one(pk, now) for pk in due)
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
    gone.filter(state=Dispatch.State.CLAIMED, attempts__lt=MAX_ATTEMPTS).update(
        state=Dispatch.State.PENDING, lease_until=None
    )
    gone.filter(state=Dispatch.State.CLAIMED).update(
        state=Dispatch.State.DEAD,
        lease_until=None,
        finished_at=now,
        last_error="The sender stopped before sending, each time.",
    )
    gone.filter(state=Dispatch.State.SENDING).update(
        state=Dispatch.State.UNCERTAIN,
        lease_until=None,
        finished_at=now,
        last_error="The sender stopped while sending.",
    )


def _send_one(pk: int, now: datetime | None) -> bool:
    moment = now or timezone.now()
    won = Dispatch.objects.filter(pk=pk, state=Dispatch.State.PENDING).update(
        state=Dispatch.State.CLAIMED, lease_until=moment + LEASE, attempts=F("attempts") + 1
    )
    if not won:  # the filter is the lock: another sender turned pending into claimed
        return False
    row = Dispatch.objects.get(pk=pk)
    handler = _handlers.get(row.kind)
    if handler is None:
        return _failed(row, moment, f"Nothing is registered that can send {row.kind}.", dead=True)

    def starting() -> None:
        # Committed before anything goes out, or a crash would send it twice.
        with transaction.atomic(durable=True):
            if not _mine(row, Dispatch.State.CLAIMED).update(state=Dispatch.State.SENDING):
                raise ClaimLost(row.key)

    try:
        handler.send(row.payload, starting)
    except ClaimLost:
        log.warning("outbox_claim_lost", dispatch=row.key)
        return False
    except TryLater as error:
        return _failed(row, now or timezone.now(), str(error))
    except Uncertain as error:
        log.warning("outbox_uncertain", dispatch=row.key, error=str(error))
        _finish(row, Dispatch.State.UNCERTAIN, moment, str(error))
        return False
    except Exception as error:
        log.exception("outbox_failed", dispatch=row.key)
        if _mine(row, Dispatch.State.CLAIMED).exists():
            return _failed(row, moment, repr(error))
        _finish(row, Dispatch.State.UNCERTAIN, moment, repr(error))
        return False
    return _finish(row, Dispatch.State.SENT, now or timezone.now(), "")


def _mine(row: Dispatch, *states: Dispatch.State) -> QuerySet[Dispatch]:
    """The row while it is this sender's: every claim raises ``attempts``, so it names the claim."""
    return Dispatch.objects.filter(pk=row.pk, attempts=row.attempts, state__in=states)


def _finish(row: Dispatch, state: Dispatch.State, now: datetime, error: str) -> bool:
    """The end of a row. Who was slow may still say how it ended, as long as nobody else took it up."""
    mine = _mine(row, Dispatch.State.CLAIMED, Dispatch.State.SENDING, Dispatch.State.UNCERTAIN)
    return bool(mine.update(state=state, lease_until=None, finished_at=now, last_error=without_controls(error)[:500]))


def _failed(row: Dispatch, now: datetime, error: str, *, dead: bool = False) -> bool:
    if dead or row.attempts >= MAX_ATTEMPTS:
        _finish(row, Dispatch.State.DEAD, now, error)
        return False
    _mine(row, Dispatch.State.CLAIMED, Dispatch.State.SENDING, Dispatch.State.UNCERTAIN).update(
        state=Dispatch.State.PENDING, lease_until=None, finished_at=None,
        available_at=now + timedelta(seconds=30 * 2 ** (row.attempts - 1)),
        last_error=without_controls(error)[:500],
    )  # fmt: skip
    return False
