"""The outbox: once in, once out; what was perhaps sent is flagged and never sent again."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from servicedesk.outbox import services as outbox
from servicedesk.outbox.models import Dispatch
from tests.concurrency.racing import losers, race

pytestmark = pytest.mark.django_db

S = Dispatch.State


class Recorder:
    """A handler that notes what it sends, and fails as it is told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def send(self, payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
        self.before()
        starting()
        self.sent.append(payload["what"])
        self.after()


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    recorder = Recorder()
    monkeypatch.setitem(outbox._handlers, "letter", outbox.Handler(recorder.send))
    yield recorder


def enqueue(what: str = "hello", **terms: Any) -> None:
    outbox.enqueue("letter", key=f"letter:{what}", payload={"what": what}, **terms)


def raises(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def row() -> Dispatch:
    return Dispatch.objects.get()


def test_what_is_enqueued_twice_goes_once(recorder: Recorder) -> None:
    enqueue()
    enqueue()

    assert outbox.drain() == 1 and outbox.drain() == 0
    assert recorder.sent == ["hello"] and row().state == S.SENT


def test_a_row_of_a_transaction_that_is_undone_is_never_sent(recorder: Recorder) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue()
        raise ZeroDivisionError

    assert outbox.drain() == 0 and not recorder.sent


def test_what_is_due_later_waits(recorder: Recorder) -> None:
    later = timezone.now() + timedelta(hours=1)
    enqueue(available_at=later)

    assert outbox.drain() == 0
    assert outbox.drain(now=later) == 1


@pytest.mark.django_db(transaction=True)
def test_drains_at_once_share_the_work(recorder: Recorder) -> None:
    for number in range(60):
        enqueue(str(number))

    outcomes = race(*[outbox.drain] * 4)

    assert not losers(outcomes) and sum(outcomes) == 60
    assert sorted(recorder.sent, key=int) == [str(number) for number in range(60)]


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_drains_repeat_each_other(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        enqueue(str(number))

    def send_blindly(pk: int, _now: datetime | None) -> bool:
        recorder.send(Dispatch.objects.get(pk=pk).payload, lambda: None)
        return True

    monkeypatch.setattr(outbox, "_send_one", send_blindly)

    race(*[partial(outbox.drain, limit=outbox.BATCH)] * 2)

    assert len(recorder.sent) == 40


def test_a_claim_that_ran_out_is_taken_up_again(recorder: Recorder) -> None:
    enqueue()
    Dispatch.objects.update(state=S.CLAIMED, lease_until=timezone.now() - timedelta(seconds=1), attempts=1)

    assert outbox.drain() == 1
    assert (row().state, row().attempts) == (S.SENT, 2)


def test_a_claim_that_still_holds_is_left_alone(recorder: Recorder) -> None:
    enqueue()
    Dispatch.objects.update(state=S.CLAIMED, lease_until=timezone.now() + timedelta(minutes=1), attempts=1)

    assert outbox.drain() == 0 and row().state == S.CLAIMED


def test_what_was_being_sent_when_its_sender_stopped_is_uncertain_for_good(recorder: Recorder) -> None:
    enqueue()
    Dispatch.objects.update(state=S.SENDING, lease_until=timezone.now() - timedelta(seconds=1), attempts=1)

    assert outbox.drain() == 0 and outbox.drain(now=timezone.now() + timedelta(days=30)) == 0
    assert row().state == S.UNCERTAIN and row().last_error == "The sender stopped while sending."
    assert not recorder.sent


def test_a_sender_that_was_too_slow_to_begin_sends_nothing(recorder: Recorder) -> None:
    enqueue()

    def somebody_else_takes_it_up() -> None:
        recorder.before = lambda: None
        assert outbox.drain(now=timezone.now() + outbox.LEASE + timedelta(seconds=1)) == 1

    recorder.before = somebody_else_takes_it_up

    assert outbox.drain() == 0
    assert recorder.sent == ["hello"] and row().state == S.SENT


def test_a_slow_sender_that_came_through_after_all_clears_the_doubt(recorder: Recorder) -> None:
    enqueue()

    def the_lease_runs_out() -> None:
        outbox.drain(now=timezone.now() + outbox.LEASE + timedelta(seconds=1))
        assert row().state == S.UNCERTAIN

    recorder.after = the_lease_runs_out

    assert outbox.drain() == 1 and row().state == S.SENT and recorder.sent == ["hello"]


def test_each_row_has_a_lease_from_its_own_claim(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    start = timezone.now()
    clock = iter(start + timedelta(minutes=n) for n in range(100))
    leases = []
    recorder.before = lambda: leases.append(Dispatch.objects.get(state=S.CLAIMED).lease_until)
    for number in range(3):
        enqueue(str(number), available_at=start)
    monkeypatch.setattr(outbox.timezone, "now", lambda: next(clock))

    outbox.drain()

    assert len(set(leases)) == 3, "the third of a batch has not used up its lease while it waited"


def test_a_refusal_is_tried_again_later_and_later_and_then_given_up(recorder: Recorder) -> None:
    enqueue()
    recorder.before = raises(outbox.TryLater("The mail server\r\nis full"))
    now, waits = timezone.now(), []
    for _attempt in range(outbox.MAX_ATTEMPTS):
        outbox.drain(now=now)
        if row().state == S.PENDING:
            waits.append((row().available_at - now).total_seconds())
            assert outbox.drain(now=now + timedelta(seconds=waits[-1] - 1)) == 0 == row().attempts - len(waits)
            now = row().available_at

    assert waits == [30 * 2**n for n in range(outbox.MAX_ATTEMPTS - 1)]
    assert (row().state, row().attempts) == (S.DEAD, outbox.MAX_ATTEMPTS)
    assert row().last_error == "The mail server is full"
    recorder.before = lambda: None
    assert outbox.drain(now=now + timedelta(days=1)) == 0, "dead is dead, until a person says otherwise"


def test_a_row_that_kills_every_sender_is_given_up_too(recorder: Recorder) -> None:
    enqueue()
    now = timezone.now()
    Dispatch.objects.update(state=S.CLAIMED, lease_until=now - timedelta(seconds=1), attempts=outbox.MAX_ATTEMPTS)

    outbox.drain(now=now)

    assert row().state == S.DEAD and not recorder.sent


def test_a_fault_before_sending_is_tried_again_and_one_after_it_is_not(recorder: Recorder) -> None:
    enqueue("early")
    recorder.before = raises(ValueError("no such template"))
    outbox.drain()
    assert row().state == S.PENDING and "no such template" in row().last_error
    Dispatch.objects.all().delete()

    enqueue("late")
    recorder.before, recorder.after = (lambda: None), raises(ValueError("lost my place"))
    outbox.drain()
    assert row().state == S.UNCERTAIN


def test_what_nothing_can_send_is_dead_and_says_so() -> None:
    outbox.enqueue("pigeon", key="pigeon:1", payload={})

    assert outbox.drain() == 0
    assert row().state == S.DEAD and row().last_error == "Nothing is registered that can send pigeon."


def test_one_bad_row_does_not_hold_up_the_next(recorder: Recorder) -> None:
    outbox.enqueue("pigeon", key="pigeon:1", payload={})
    enqueue()

    assert outbox.drain() == 1 and recorder.sent == ["hello"]


@pytest.mark.django_db(transaction=True)
def test_being_about_to_send_is_committed_before_anything_goes_out(recorder: Recorder) -> None:
    enqueue()
    seen = []

    def look() -> None:
        seen.extend(race(lambda: row().state))
        assert not connection.in_atomic_block

    recorder.after = look
    outbox.drain()

    assert seen == [S.SENDING]
