"""Racers: many threads, each with its own connection, that start at the same moment."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection, transaction

from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of
from servicedesk.tickets.models import Ticket
from servicedesk.workflow import machine as machines
from servicedesk.workflow import machine_of
from tests.servers.processes import wait_until

Outcome = Any


def race(*entrants: Callable[[], Any]) -> list[Outcome]:
    """What each entrant gave, or the exception it raised, in their order. All are released at once."""
    start = Barrier(len(entrants))
    outcomes: list[Outcome] = [None] * len(entrants)

    def run(lane: int, entrant: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(60)
            outcomes[lane] = entrant()
        except Exception as error:
            outcomes[lane] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(lane, entrant)) for lane, entrant in enumerate(entrants)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def winners(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def losers(outcomes: Sequence[Outcome]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def events_of(ticket: Ticket) -> list[Event]:
    return list(Event.objects.filter(subject_type=subject_type_of(ticket), subject_id=ticket.pk).order_by("sequence"))


def without_the_lock(monkeypatch: pytest.MonkeyPatch, model: type[Ticket], meeting: Barrier) -> None:
    """Let ``model`` be read by the door without a lock, and make the readers wait for each other.

    Nothing is left to luck: every racer has read before the first one writes.
    """
    machine = machine_of(model)

    def plain_get(pk: int) -> Ticket:
        found = model._base_manager.select_related("queue").get(pk=pk)
        meeting.wait(60)
        return found

    unlocked = type(machine)(**{**vars(machine), "lock": plain_get})
    monkeypatch.setitem(machines._machines, model, unlocked)


class Holder:
    """Does ``work`` in a transaction of its own thread, and keeps it open until the other one waits for it.

    ``with Holder(work):`` the body runs while the transaction is open; it ends as soon as somebody
    waits for one of its locks.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.done, self.failed = Signal(), []
        self.thread = Thread(target=self._run)

    def __enter__(self) -> "Holder":
        self.thread.start()
        assert self.done.wait(60)
        return self

    def __exit__(self, *_error: object) -> None:
        self.thread.join()
        assert not self.failed, self.failed

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self.work()
                self.done.set()
                assert wait_until(_somebody_waits, seconds=30), "nobody waited for the lock"
        except Exception as error:
            self.failed.append(error)
        finally:
            self.done.set()
            connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
