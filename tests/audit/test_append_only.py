"""What was written once stays, on both databases; two writers of one chain wait for each other."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from servicedesk.audit import services as audit
from servicedesk.audit.models import Event, Head, PersonalText, Seal, SealEntry
from servicedesk.audit.verify import verify
from tests.factories import make_employee, make_queue

from .conftest import events_of


@pytest.fixture
def sealed(chains):
    audit.seal()
    return chains


@pytest.mark.parametrize("model", [Event, Seal, SealEntry])
@pytest.mark.parametrize("statement", ["UPDATE {} SET hash = ''", "DELETE FROM {}"])
def test_update_and_delete_are_refused_by_the_database(sealed, model, statement):
    before = list(model.objects.order_by("pk").values_list())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(model._meta.db_table))

    assert list(model.objects.order_by("pk").values_list()) == before != []


@pytest.mark.postgres_only
@pytest.mark.parametrize("model", [Event, Seal, SealEntry])
def test_truncate_is_refused_by_the_database(sealed, model):
    connection.check_constraints()  # deferred checks would refuse it for another reason
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")

    assert model.objects.exists()


def test_sequences_have_no_gap_and_each_event_holds_the_hash_before_it(chains):
    for subject in chains:
        events = list(events_of(subject))
        assert [e.sequence for e in events] == list(range(1, len(events) + 1))
        assert [e.previous_hash for e in events] == ["", *(e.hash for e in events[:-1])]


@pytest.mark.parametrize("value", [1.5, {"at": object()}, {1: "x"}, [b"x"]])
def test_what_both_databases_would_not_give_back_exactly_is_refused(actor, value):
    queue = make_queue()
    with pytest.raises(TypeError), transaction.atomic():
        audit.record(queue, "ticket.noted", actor=actor, details={"value": value})

    assert not Event.objects.exists()


def test_history_continues_the_chain_that_single_events_began(chains, actor):
    subject = chains[0]
    last = events_of(subject).last()
    audit.append_history(
        audit.Entry(subject=subject, verb="ticket.noted", actor_id=actor.pk, at=last.at, text={"body": f"text {n}"})
        for n in range(3)
    )

    assert [e.sequence for e in events_of(subject)][-3:] == [last.sequence + n for n in (1, 2, 3)]
    assert PersonalText.objects.filter(event__in=events_of(subject)[last.sequence :]).count() == 3
    assert verify().ok


def test_a_seal_covers_what_moved_since_the_one_before(chains, actor):
    first = audit.seal()
    nothing = audit.seal()
    audit.record(chains[1], "ticket.noted", actor=actor)
    second = audit.seal()

    assert (first.entries, nothing, second.entries) == (3, None, 1)
    assert second.previous_hash == first.hash
    assert not Head.objects.exclude(sequence=0).filter(sealed_sequence=0).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun", [False, True], ids=["the first event", "a chain that stands"])
def test_writers_of_one_subject_at_once_leave_a_chain_without_a_gap(begun):
    actor, subject = make_employee(), make_queue()
    if begun:
        audit.record(subject, "ticket.noted", actor=actor)
    together = threading.Barrier(8)
    failed = []

    def write():
        together.wait()
        try:
            for _ in range(5):
                audit.record(subject, "ticket.noted", actor=actor)
        except Exception as error:  # a thread's own error would be lost
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert verify().ok  # also while others write
    for thread in threads:
        thread.join()

    assert failed == []
    assert [e.sequence for e in events_of(subject)] == list(range(1, 41 + begun))
    assert verify().ok
