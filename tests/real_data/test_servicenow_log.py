"""A real log comes in whole. The oracle reads the file by itself and imports nothing from the product."""

import csv
import gzip
import json
import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from directory.models import Employee
from incidents.models import Incident
from servicedesk.audit import triggers
from servicedesk.audit.models import Event, Head
from servicedesk.audit.verify import verify

STATES = {
    "New": ("new", ""), "Active": ("in_progress", ""), "Resolved": ("resolved", ""), "Closed": ("closed", ""),
    "Awaiting User Info": ("pending", "requester"), "Awaiting Vendor": ("pending", "vendor"),
    "Awaiting Problem": ("pending", "problem"), "Awaiting Evidence": ("pending", "evidence"),
}  # fmt: skip
PRIORITIES = {"1 - Critical": "P1", "2 - High": "P2", "3 - Moderate": "P3", "4 - Low": "P4"}
PEOPLE = ("caller_id", "opened_by", "sys_created_by", "sys_updated_by", "assigned_to", "resolved_by")
SAMPLE = 1_200


def moment(text):
    return None if text == "?" else datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def named(text):
    return "" if text == "?" else " ".join(text.split())


@pytest.fixture(scope="module")
def histories(real_data):
    """The lines of every 12th ticket of the file, by number, in file order. The seed is printed with a failure."""
    with gzip.open(real_data / "incident_log_servicenow" / "incident_event_log.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_number = {}
    for row in rows:
        by_number.setdefault(row["number"], []).append(row)
    chosen = set(random.Random(20161).sample(sorted(by_number), min(SAMPLE, len(by_number))))
    return {number: lines for number, lines in by_number.items() if number in chosen}


@pytest.fixture(scope="module")
def sample(histories, tmp_path_factory):
    """The chosen tickets as a file, their lines dealt out so that no ticket lies together."""
    path = tmp_path_factory.mktemp("log") / "log.csv"
    waiting = [list(lines) for lines in histories.values()]
    dealt = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, next(iter(histories.values()))[0])
        writer.writeheader()
        while waiting:
            lines = dealt.choice(waiting[:50])
            writer.writerow(lines.pop(0))
            if not lines:
                waiting.remove(lines)
    return path


@pytest.fixture
def load(sample, db, capsys):
    def run(*options):
        capsys.readouterr()
        call_command("import_tickets", str(sample), "--format", "servicenow-csv", "--json", *options)
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def test_the_log_comes_in_as_an_independent_reader_finds_it(load, histories):
    planned = load("--dry-run")
    report = load()

    lines = [line for rows in histories.values() for line in rows]
    assert planned == report
    assert (report["rows"], report["events"], report["rejected"]) == (len(lines), len(lines), [])
    assert (report["tickets"], report["created"]) == (len(histories), len(histories))
    absent = {
        "group_missing": sum(line["assignment_group"] == "?" for line in lines),
        "caller_missing": sum(line["caller_id"] == "?" for line in lines),
        "category_missing": sum(line["category"] == "?" for line in lines),
        "resolved_at_missing": sum(
            rows[-1]["resolved_at"] == "?" and rows[-1]["incident_state"] in ("Resolved", "Closed")
            for rows in histories.values()
        ),
        "state_unknown": sum(line["incident_state"] not in STATES for line in lines),
    }
    assert {kind: report["warnings"].get(kind, 0) for kind in absent} == absent
    _same_people(lines)
    _same_tickets(histories)
    _same_events(histories)
    assert verify().ok

    again = load()
    assert (again["events"], again["created"], again["updated"]) == (0, 0, 0)
    assert again["unchanged"] == len(histories)


def _same_people(lines):
    expected = {named(line[column]) for line in lines for column in PEOPLE} - {""}
    assert set(Employee.objects.filter(source="servicenow").values_list("name", flat=True)) == expected


def _same_tickets(histories):
    found = {
        incident.imported.key: incident
        for incident in Incident.objects.select_related("imported", "queue", "assignee", "requester", "location")
    }
    assert found.keys() == histories.keys()
    for number, rows in histories.items():
        last, incident = rows[-1], found[number]
        state = next(
            (STATES[r["incident_state"]] for r in reversed(rows) if r["incident_state"] in STATES), ("new", "")
        )
        over = state[0] in ("resolved", "closed")
        assert (incident.state, incident.pending_reason) == state, number
        assert incident.tier == 1
        assert incident.queue.name == (named(last["assignment_group"]) or "Unassigned"), number
        assert (incident.assignee.name if incident.assignee else "") == named(last["assigned_to"]), number
        assert incident.requester.name == (named(last["caller_id"]) or "System (import)"), number
        assert incident.priority == PRIORITIES[last["priority"]], number
        assert incident.opened_at == moment(last["opened_at"]), number
        assert incident.updated_at == moment(last["sys_updated_at"]), number
        if state[0] == "closed":
            assert incident.resolved_at == moment(last["resolved_at"]), number
            assert incident.closed_at == moment(last["closed_at"]), number
        assert incident.resolution_code == (named(last["closed_code"]) if over else ""), number
        assert incident.reopen_count == int(last["reopen_count"]), number
        assert incident.imported.columns["made_sla"] == last["made_sla"], number


def _same_events(histories):
    subjects = dict(Incident.objects.values_list("imported__key", "pk"))
    logged = {}
    for subject, *event in (
        Event.objects.order_by("subject_id", "sequence")
        .values_list("subject_id", "at", "actor__name", "target", "sequence")
    ):  # fmt: skip
        logged.setdefault(subject, []).append(tuple(event))
    assert Counter({s: len(e) for s, e in logged.items()}) == {subjects[n]: len(r) for n, r in histories.items()}
    for number, rows in histories.items():
        expected, state = [], "new"
        for sequence, row in enumerate(rows, start=1):
            state = STATES.get(row["incident_state"], (state,))[0]
            actor = named(row["sys_updated_by"]) or "System (import)"
            expected.append((moment(row["sys_updated_at"]), actor, state, sequence))
        assert logged[subjects[number]] == expected, number


@pytest.mark.parametrize("fault", ["edited", "deleted", "reordered", "truncated"])
def test_a_fault_planted_in_a_real_history_is_located(load, fault):
    load()
    head = Head.objects.filter(sequence__gte=5).order_by("pk")[17]
    events = Event.objects.filter(subject_type=head.subject_type, subject_id=head.subject_id)
    triggers.remove()
    if fault == "edited":
        events.filter(sequence=3).update(target="closed")
    elif fault == "deleted":
        events.filter(sequence=3).delete()
    elif fault == "truncated":
        events.filter(sequence=head.sequence).delete()
    else:
        for old, new in ((3, 900), (4, 3), (900, 4)):
            events.filter(sequence=old).update(sequence=new)
    triggers.install()

    place = head.sequence if fault == "truncated" else 3
    found = [(f.subject, f.sequence, f.kind) for f in verify().faults]
    assert (f"tickets.ticket:{head.subject_id}", place, fault) in found
    assert {subject for subject, _sequence, _kind in found} == {f"tickets.ticket:{head.subject_id}"}
