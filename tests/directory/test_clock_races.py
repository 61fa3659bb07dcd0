"""Two clocks, a long run and the next beat, a run that died: one run of a source at a time, and never none for good."""

from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from directory import tasks
from directory.ldap import lease, sources, sync
from directory.models import Employee, SourceState, SyncRun
from directory.services import system_employee
from tests.servers.processes import wait_until

from .ldif_text import person
from .test_sync_increments import Live

pytestmark = pytest.mark.django_db(transaction=True)


class Slow(Live):
    """A source whose reading lasts until ``go`` is set. ``begun`` is set by it; ``readings`` counts."""

    def __init__(self, folder):
        super().__init__(folder)
        self.now = [person("amy"), person("bob")]
        self.begun, self.go, self.readings = Event(), Event(), 0

    def read(self, wanted):
        self.readings += 1
        reading = super().read(wanted)
        self.begun.set()
        assert self.go.wait(60)
        return reading


@pytest.fixture
def slow(tmp_path, monkeypatch):
    slow = Slow(tmp_path)
    monkeypatch.setattr(tasks, "configured", lambda: [sources.Configured(name="directory", source=slow)])
    system_employee("directory")
    yield slow
    slow.go.set()


class Apart:
    """Runs ``work`` in a thread with a connection of its own: ``with Apart(work) as apart: …; apart.result``."""

    def __init__(self, work):
        self.work, self.result = work, None
        self.thread = Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.thread.join(60)

    def _run(self):
        try:
            self.result = self.work()
        except Exception as error:
            self.result = error
        finally:
            connection.close()


def age(**columns):
    """Make what the state says so many minutes older."""
    ago = {name: timezone.now() - timedelta(minutes=minutes) for name, minutes in columns.items()}
    SourceState.objects.update(**ago)


def test_a_beat_that_comes_while_a_long_run_lasts_leaves_it_alone(slow):
    with Apart(tasks.sync) as first:
        assert slow.begun.wait(60)
        age(last_tried_at=7)  # by its age alone the source would be due again

        assert tasks.sync() == {}
        slow.go.set()

    assert first.result == {"directory": ""}
    assert (slow.readings, SyncRun.objects.count()) == (1, 1)
    assert SourceState.objects.filter(lease=None, leased_until=None).count() == 1


def test_of_two_clocks_that_read_the_same_state_one_runs(slow, monkeypatch):
    both_read, due = Barrier(2), tasks.due

    def due_to_both(state, *, now):
        what = due(state, now=now)
        both_read.wait(60)
        return what

    SourceState.objects.create(name="directory", uri=slow.uri)
    monkeypatch.setattr(tasks, "due", due_to_both)
    slow.go.set()
    with Apart(tasks.sync) as one, Apart(tasks.sync) as other:
        pass

    assert sorted([one.result, other.result], key=len) == [{}, {"directory": ""}]
    assert (slow.readings, SyncRun.objects.count()) == (1, 1)


def test_who_read_the_state_before_the_other_one_ran_does_not_run_again(slow):
    old = SourceState.objects.create(name="directory", uri=slow.uri)
    slow.go.set()
    assert tasks.sync() == {"directory": ""}

    with lease.held(old) as mine:
        assert not mine


def test_a_run_that_died_gives_its_source_free_after_three_minutes(slow, time_machine):
    began = timezone.now()
    time_machine.move_to(began, tick=False)
    SourceState.objects.create(name="directory", uri=slow.uri)
    dead = lease.held(SourceState.objects.get())
    assert dead.__enter__()  # and never leaves
    slow.go.set()

    age(last_tried_at=7)
    time_machine.move_to(began + timedelta(minutes=2, seconds=59), tick=False)
    assert tasks.sync() == {}
    time_machine.move_to(began + timedelta(minutes=3), tick=False)
    assert tasks.sync() == {"directory": ""}

    dead.__exit__(None, None, None)
    assert SourceState.objects.get().leased_until is None


def test_whose_lease_ran_out_takes_nothing_from_the_next_one(slow):
    SourceState.objects.create(name="directory", uri=slow.uri)
    first = lease.held(SourceState.objects.get())
    assert first.__enter__()
    dead = SourceState.objects.get().lease
    age(leased_until=1)
    with lease.held(SourceState.objects.get()) as second:
        assert second
        theirs = SourceState.objects.values("lease", "leased_until").get()

        lease._renew(SourceState.objects.get().pk, dead)
        first.__exit__(None, None, None)

        assert SourceState.objects.values("lease", "leased_until").get() == theirs


def test_a_lease_is_renewed_for_as_long_as_the_run_lasts_and_given_back_when_it_fails(slow):
    SourceState.objects.create(name="directory", uri=slow.uri)

    def is_renewed():
        return SourceState.objects.get().leased_until > timezone.now() + timedelta(minutes=2)

    with pytest.raises(RuntimeError), lease.held(SourceState.objects.get(), every_seconds=0.01):
        SourceState.objects.update(leased_until=timezone.now())
        assert wait_until(is_renewed)
        raise RuntimeError

    assert SourceState.objects.get().lease is None


def test_a_renewal_that_fails_is_tried_again(caplog):
    over, tries = Event(), []

    def renew():
        tries.append(1)
        if len(tries) == 1:
            raise DatabaseError("the database is away")
        over.set()

    lease._keep(renew, over, 0.01)

    assert len(tries) == 2
    assert "the database is away" in caplog.text


def test_what_was_read_before_a_later_run_wrote_is_not_written_any_more(slow, tmp_path):
    """Else who left between the two readings would be back until the next full run."""
    with Apart(lambda: sync.run(slow, name="directory", confirmed=True)) as old:
        assert slow.begun.wait(60)
        newer = Live(tmp_path / "newer")
        newer.folder.mkdir()
        newer.now = [person("bob")]
        assert sync.run(newer, name="directory", confirmed=True).refused is None
        slow.go.set()

    assert old.result.refused == "A run of this source that began later was carried out first."
    assert (old.result.created, old.result.seen) == (0, 2)
    assert list(Employee.objects.people().values_list("login", flat=True)) == ["bob"]
