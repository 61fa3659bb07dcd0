"""Imports that stop, come back, or meet tickets that went on: nothing lost, nothing doubled, nothing rewritten."""

import pytest

from incidents.imports import loader
from incidents.models import Incident
from servicedesk import workflow
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from tests.factories import make_group

from .servicenow_log import life, row, text_of


def targets(key):
    return list(
        Event.objects.filter(subject_id=Incident.objects.get(imported__key=key).pk)
        .order_by("sequence")
        .values_list("target", flat=True)
    )


WHOLE = ["new", "in_progress", "pending", "resolved", "closed"]


@pytest.mark.parametrize("cut_at", [1, 2, 3, 4, 5, 6, 7, 9, 10])
def test_a_file_cut_between_lines_and_then_the_whole_adds_the_missing_tail_only(log, cut_at):
    rows = [*life("A"), *life("B")]
    log.load(rows[:cut_at])
    hashes = set(Event.objects.values_list("hash", flat=True))
    report = log.load(rows)

    assert report["events"] == 10 - cut_at
    assert hashes <= set(Event.objects.values_list("hash", flat=True))
    assert (targets("A"), targets("B")) == (WHOLE, WHOLE)
    assert {i.state for i in Incident.objects.all()} == {"closed"}
    assert verify().ok


@pytest.mark.parametrize("characters", [1, 2, 3, 6, 15, 16, 17, 40, 200])
def test_a_file_cut_within_a_line_rejects_that_line_and_then_the_whole_completes_it(log, characters):
    text = text_of([*life("A"), *life("B")])
    log.path.write_text(text[:-characters], encoding="utf-8")
    first = log.run()
    log.path.write_text(text, encoding="utf-8")
    second = log.run()

    # Without its last line end alone, the last line is whole.
    lost = 0 if characters == 1 else 1
    assert [r["line"] for r in first["rejected"]] == [11] * lost
    assert (first["rows"], first["events"], second["events"]) == (10, 10 - lost, lost)
    assert (targets("A"), targets("B")) == (WHOLE, WHOLE)


def test_a_ticket_that_ends_later_gets_its_end(log):
    log.load([row(**cells) for cells in ({}, {"incident_state": "Active"})])
    report = log.load(life()[:1] + [row(incident_state="Active", closed_code="code 6", resolved_at="1/3/2016 11:29")])

    # The lines are the same ones: only the columns that an export fills in at the end are other.
    assert (report["events"], report["unchanged"]) == (0, 1)
    assert report["warnings"] == {"final_value_differs": 2}


def test_a_run_killed_midway_is_finished_by_the_next_one(log, monkeypatch):
    monkeypatch.setattr(loader, "BATCH_ROWS", 5)
    log.write([line for key in "ABCD" for line in life(key)])
    remember = loader.Writer.remember

    def dies_at_c(self, plans, histories):
        if plans[0].key == "C":
            raise MemoryError
        remember(self, plans, histories)

    with monkeypatch.context() as dying:
        dying.setattr(loader.Writer, "remember", dies_at_c)
        with pytest.raises(MemoryError):
            log.run()
    assert Event.objects.count() == 10
    report = log.run()

    assert (report["created"], report["unchanged"], report["events"]) == (2, 2, 10)
    assert [targets(key) for key in "ABCD"] == [WHOLE] * 4
    assert verify().ok


def test_lines_that_come_too_late_are_rejected_not_squeezed_in(log):
    new, active, waiting, resolved, closed = life()
    log.load([new, waiting])
    report = log.load([new, active, waiting, resolved, closed])

    assert [r["line"] for r in report["rejected"]] == [3]
    assert targets("INC0000001") == ["new", "pending", "resolved", "closed"]


def test_another_file_that_names_a_known_ticket_rewrites_nothing(log):
    log.load(life())
    report = log.load([row(category="Category 1"), row(category="Category 1", incident_state="Active")])

    assert [r["line"] for r in report["rejected"]] == [2, 3]
    assert (report["events"], report["unchanged"]) == (0, 1)
    assert targets("INC0000001") == WHOLE


def test_a_ticket_that_was_worked_on_here_takes_no_more_lines(log):
    log.load(life()[:2])
    incident = Incident.objects.get()
    worker = incident.assignee
    worker.groups.add(make_group(on=incident.queue, rights=("view_queue", "work_l1")))
    workflow.perform(incident, "note", by=worker, body="I go on here.")
    report = log.load(life())

    assert report["events"] == 0
    assert [r["line"] for r in report["rejected"]] == [4, 5, 6]
    assert incident.number in report["rejected"][0]["reason"]
    assert log.run("--dry-run") == report


def test_work_goes_on_through_the_door_after_an_import(log):
    log.load(life()[:2])
    incident = Incident.objects.get()
    incident.assignee.groups.add(make_group(on=incident.queue, rights=("view_queue", "work_l1")))
    incident = workflow.perform(incident, "resolve", by=incident.assignee, code="fixed", text="New cable.")

    assert incident.state == "resolved"
    assert targets("INC0000001") == ["new", "in_progress", "resolved"]
    assert verify().ok


def test_lines_that_are_alike_are_as_many_events(log):
    rows = [row(), row(), row()]

    assert log.load(rows[:2])["events"] == 2
    assert log.load(rows)["events"] == 1
    assert log.load(rows)["events"] == 0


def test_columns_in_another_order_are_the_same_lines(log):
    log.load(life())
    log.write(life(), columns=sorted(row()))

    assert log.run()["events"] == 0
