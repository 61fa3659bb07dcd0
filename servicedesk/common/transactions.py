"""Transactions that also undo what they did outside the database, and that begin again when two blocked each other."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import structlog
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from .errors import Busy

T = TypeVar("T")

TRIES = 5
# Deadlock found; could not serialise. The server has undone this transaction so that another can go on.
_GAVE_WAY = frozenset({"40P01", "40001"})

log = structlog.get_logger(__name__)

_undoings: ContextVar[list[Callable[[], None]] | None] = ContextVar("undoings", default=None)


def on_rollback(undo: Callable[[], None]) -> None:
    """Call ``undo`` if the surrounding :func:`whole` does not commit.

    ``undo`` must look whether the commit happened after all: an exception may come just after it.
    """
    undoings = _undoings.get()
    if undoings is None:
        raise RuntimeError("on_rollback() belongs inside whole()")
    undoings.append(undo)


@contextmanager
def whole() -> Iterator[None]:
    """``transaction.atomic`` that also runs what :func:`on_rollback` was given inside, when it is rolled back."""
    outer = _undoings.get()
    mine: list[Callable[[], None]] = []
    token = _undoings.set(mine)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        for undo in reversed(mine):
            _run(undo)
        raise
    else:
        if outer is not None:
            outer += mine
    finally:
        _undoings.reset(token)


def _run(undo: Callable[[], None]) -> None:
    """What cannot be undone is left lying and reported: the reason of the rollback is what the caller must hear."""
    try:
        undo()
    except (OSError, DatabaseError):
        log.exception("undo_failed")


def carried_through(work: Callable[[], T]) -> T:
    """``work`` in a transaction; done again when the database undid it because two blocked each other.

    Inside a transaction of the caller nothing is done again. Raises ``Busy`` when it is still in the
    way after a few tries, or when SQLite's one writer does not let go.
    """
    tries = 1 if connection.in_atomic_block else TRIES
    for attempt in range(1, tries + 1):
        try:
            with whole():
                return work()
        except OperationalError as error:
            gave_way = getattr(error.__cause__, "sqlstate", None) in _GAVE_WAY
            if not gave_way and not _is_locked(error):
                raise
            if attempt == tries or not gave_way:
                raise Busy(_("Somebody else is changing the same thing at this moment. Try again.")) from error
            log.info("transaction_begins_again", attempt=attempt)
    raise AssertionError("unreachable")


def _is_locked(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
