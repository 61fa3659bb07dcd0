"""Whoever touches the log is found, and the place is named."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import given, note, settings
from hypothesis import strategies as st

from servicedesk.audit import services as audit
from servicedesk.audit import triggers
from servicedesk.audit.models import Event, Head, PersonalText, Seal, SealEntry
from servicedesk.audit.verify import verify
from tests.factories import make_employee

from .conftest import LENGTH, events_of, lose, spoil, write_chains


def places(report):
    return [(fault.subject, fault.sequence, fault.kind) for fault in report.faults]


def name_of(subject):
    return f"tickets.queue:{subject.pk}"


def swap(subject, left, right):
    for old, new in ((left, 900), (right, left), (900, right)):
        events_of(subject).filter(sequence=old).update(sequence=new)


EDITS = {
    "verb": "ticket.closed", "source": "closed", "target": "closed", "details": {"n": 77}, "text_digest": "0" * 64,
    "channel": "elsewhere", "hash": "0" * 64, "previous_hash": "0" * 64,
}  # fmt: skip


class Undo(Exception):
    """Rolls one example back."""


def test_an_untouched_log_is_well(chains):
    report = verify()

    assert report.as_json() == {"ok": True, "events": 3 * LENGTH, "seals": 0, "faults": []}


@settings(max_examples=60, deadline=None)
@given(st.data())
@pytest.mark.django_db
def test_a_planted_fault_is_located_and_named(data):
    fault = data.draw(st.sampled_from(["edited", "deleted", "reordered", "truncated"]))
    which = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(1, LENGTH - 1))
    column = data.draw(st.sampled_from(sorted(EDITS)))
    other = data.draw(st.integers(1, LENGTH).filter(lambda n: n != place))
    note(f"{fault} at {place} of chain {which} ({column}, {other})")
    with pytest.raises(Undo), transaction.atomic():
        subject = write_chains(make_employee())[which]
        assert verify().ok
        if fault == "edited":
            spoil(lambda: events_of(subject).filter(sequence=place).update(**{column: EDITS[column]}))
        elif fault == "deleted":
            spoil(lambda: lose(events_of(subject).filter(sequence=place)))
        elif fault == "reordered":
            spoil(lambda: swap(subject, place, other))
        else:
            spoil(lambda: lose(events_of(subject).filter(sequence__gt=place)))
        expected = (name_of(subject), place + 1 if fault == "truncated" else place, fault)
        found = places(verify())
        assert expected in found
        assert {subject for subject, _, _ in found} == {name_of(subject)}
        raise Undo


@pytest.mark.parametrize("column", ["at", "recorded_at", "actor", "on_behalf_of", "subject_id"])
def test_no_column_can_be_changed_unseen(chains, column, actor):
    one = events_of(chains[0]).get(sequence=3)
    value = {"actor": make_employee(), "on_behalf_of": actor, "subject_id": chains[0].pk + 1000}.get(column)
    spoil(lambda: Event.objects.filter(pk=one.pk).update(**{column: value or one.at.replace(year=1999)}))

    assert not verify().ok


def test_a_lost_chain_is_found_by_its_head_and_a_lost_head_by_its_chain(chains):
    first, second, _third = chains

    def work():
        lose(events_of(first))
        Head.objects.filter(subject_id=second.pk).delete()

    spoil(work)

    assert sorted(places(verify())) == sorted(
        [(name_of(first), 1, "truncated"), (name_of(second), LENGTH, "head_missing")]
    )


def test_a_truncation_that_also_mended_the_head_is_found_by_the_seal(chains):
    subject = chains[0]
    audit.seal()

    def work():
        lose(events_of(subject).filter(sequence=LENGTH))
        last = events_of(subject).last()
        Head.objects.filter(subject_id=subject.pk).update(sequence=last.sequence, hash=last.hash)

    spoil(work)

    assert places(verify()) == [(name_of(subject), LENGTH, "differs_from_seal")]


def test_a_number_set_far_away_is_told_in_few_lines(chains):
    spoil(lambda: events_of(chains[0]).filter(sequence=LENGTH).update(sequence=2_000_000_000))

    assert (name_of(chains[0]), LENGTH, "deleted") in places(verify())
    assert len(verify().faults) < 1100


def test_edited_personal_text_is_found_and_erased_text_is_not_a_fault(chains):
    event = events_of(chains[0]).get(sequence=2)
    PersonalText.objects.filter(event=event).update(body={"body": "something else"})
    assert places(verify()) == [(name_of(chains[0]), 2, "text_edited")]

    PersonalText.objects.filter(event=event).delete()
    assert verify().ok


def test_all_personal_text_may_be_erased_and_nothing_of_it_stays(chains):
    audit.seal()
    PersonalText.objects.all().delete()

    assert verify().ok
    assert not any("secret" in str(row) for row in Event.objects.values_list())


def test_seals_are_chained_and_none_can_be_edited_lost_or_unlinked(chains, actor):
    for _ in range(3):
        audit.record(chains[0], "ticket.noted", actor=actor)
        audit.seal()
    assert (verify().seals, verify().ok) == (3, True)

    spoil(lambda: SealEntry.objects.filter(seal__number=2).update(hash="0" * 64))
    assert ("seal:2", None, "seal_edited") in places(verify())

    def lose_a_seal():
        SealEntry.objects.filter(seal__number=2).delete()
        Seal.objects.filter(number=2).delete()

    spoil(lose_a_seal)
    assert places(verify()) == [("seal:2", None, "seal_deleted")]


def test_a_missing_trigger_is_a_fault(chains):
    triggers.remove()
    try:
        names = {subject for subject, _, kind in places(verify()) if kind == "trigger_missing"}
    finally:
        triggers.install()

    assert "audit_event_no_update" in names
    assert verify().ok


def test_the_command_prints_the_place_and_exits_with_1(chains, capsys):
    call_command("verify_audit_log", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ok"] is True

    spoil(lambda: events_of(chains[1]).filter(sequence=4).update(target="closed"))
    with pytest.raises(CommandError) as refused:
        call_command("verify_audit_log", "--json")

    told = capsys.readouterr()
    assert refused.value.returncode == 1
    assert json.loads(told.out.splitlines()[-1]) == {
        "ok": False, "events": 3 * LENGTH, "seals": 0,
        "faults": [{"subject": name_of(chains[1]), "sequence": 4, "kind": "edited"}],
    }  # fmt: skip
    assert name_of(chains[1]) in told.err


def test_statements_do_not_grow_with_the_log(chains, actor, django_assert_num_queries):
    with django_assert_num_queries(6) as first:
        verify()
    for subject in chains:
        for _ in range(20):
            audit.record(subject, "ticket.noted", actor=actor)
    with django_assert_num_queries(len(first)):
        assert verify().events == 3 * (LENGTH + 20)


@pytest.mark.sqlite_only
def test_a_row_that_is_no_longer_readable_is_an_edited_one(chains):
    def work():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("UPDATE audit_event SET details = '{' WHERE id = %s", [events_of(chains[0])[2].pk])
            cursor.execute("PRAGMA ignore_check_constraints = OFF")

    spoil(work)

    assert places(verify()) == [(name_of(chains[0]), 3, "edited")]
