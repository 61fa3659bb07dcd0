"""One run of a source at a time: whoever holds its lease runs, and renews the lease for as long as the run lasts."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone

from directory.models import SourceState

logger = logging.getLogger(__name__)

# A run that died gives its source free after this long; one that lives renews several times before.
LEASE = timedelta(minutes=3)
_RENEWED_EVERY_SECONDS = 30.0


@contextmanager
def held(state: SourceState, *, every_seconds: float = _RENEWED_EVERY_SECONDS) -> Iterator[bool]:
    """Whether the source of ``state`` may be run now; the lease lasts as long as the block.

    False when another one runs it, or ran it since ``state`` was read. Taking the lease is trying: it sets
    ``last_tried_at``.
    """
    mine, now = uuid.uuid4(), timezone.now()
    # The filter is the lock: of two that read the same state, one changes the row.
    free = SourceState.objects.filter(
        Q(leased_until=None) | Q(leased_until__lte=now), pk=state.pk, last_tried_at=state.last_tried_at
    )
    if not free.update(lease=mine, leased_until=now + LEASE, last_tried_at=now):
        yield False
        return
    over = Event()
    # A thread, because a run waits for its server for minutes; it ends with the process, however that dies.
    keeper = Thread(target=_keep, args=(lambda: _renew(state.pk, mine), over, every_seconds), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        over.set()
        keeper.join()
        SourceState.objects.filter(pk=state.pk, lease=mine).update(lease=None, leased_until=None)


def _renew(key: int, mine: uuid.UUID) -> None:
    SourceState.objects.filter(pk=key, lease=mine).update(leased_until=timezone.now() + LEASE)


def _keep(renew: Callable[[], None], over: Event, every_seconds: float) -> None:
    while not over.wait(every_seconds):
        try:
            renew()
        except DatabaseError as error:
            # The next time may be luckier. A lease that runs out all the same costs a second run, and no harm.
            logger.warning("The lease of a directory source could not be renewed: %s", error)
        finally:
            connection.close()
