"""What a ServiceNow log becomes here: events in file order, states, people, places, times."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from directory.models import Employee, Location
from incidents.models import ImportedTicket, Incident
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.outbox.models import Dispatch
from servicedesk.tickets.models import Category, Queue
from tests.factories import make_employee, make_queue

from .servicenow_log import life, row

QUIET = {"created": 0, "updated": 0, "events": 0}


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def events_of(incident):
    return list(Event.objects.filter(subject_id=incident.pk).order_by("sequence"))


def test_each_line_becomes_an_event_in_file_order_at_its_own_time(log):
    before = timezone.now()
    report = log.load(life())

    events = events_of(Incident.objects.get())
    assert [(e.source, e.target) for e in events] == [
        ("", "new"), ("new", "in_progress"), ("in_progress", "pending"), ("pending", "resolved"), ("resolved", "closed")
    ]  # fmt: skip
    assert [e.at for e in events] == [
        at(2016, 2, 29, 1, 23), at(2016, 2, 29, 2), at(2016, 2, 29, 2), at(2016, 3, 1, 11, 29), at(2016, 3, 5, 12)
    ]  # fmt: skip
    assert {e.verb for e in events} == {"incident.imported"}
    assert {e.channel for e in events} == {"import"}
    assert all(before <= e.recorded_at <= timezone.now() for e in events)
    assert report == {
        "rows": 5, "tickets": 1, "events": 5, "created": 1, "updated": 0, "unchanged": 0, "warnings": {},
        "rejected": [],
    }  # fmt: skip
    assert verify().ok


def test_the_record_is_what_the_last_line_says(log):
    log.load(life())

    incident = Incident.objects.get()
    assert (incident.state, incident.is_open) == ("closed", False)
    assert (incident.queue.name, incident.tier) == ("Group 70", 1)
    assert (incident.requester.name, incident.requested_for.name) == ("Caller 1", "Caller 1")
    assert incident.assignee.name == "Resolver 5"
    assert str(incident.category) == "Category 26 › Subcategory 170"
    assert incident.location.name == "Location 143"
    assert (incident.impact, incident.urgency, incident.priority) == ("medium", "medium", "P3")
    assert incident.channel == "phone"
    assert incident.resolution_code == "code 6"
    assert incident.opened_at == at(2016, 2, 29, 1, 16)
    assert incident.resolved_at == at(2016, 3, 1, 11, 29)
    assert incident.closed_at == at(2016, 3, 5, 12)
    assert incident.updated_at == at(2016, 3, 5, 12)
    assert "INC0000001" in incident.title


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        ("New", "new", ""),
        ("Active", "in_progress", ""),
        ("Awaiting User Info", "pending", "requester"),
        ("Awaiting Vendor", "pending", "vendor"),
        ("Awaiting Problem", "pending", "problem"),
        ("Awaiting Evidence", "pending", "evidence"),
        ("Resolved", "resolved", ""),
        ("Closed", "closed", ""),
    ],
)
def test_any_first_state_is_legal_and_waiting_names_its_reason(log, word, state, reason):
    log.load([row(incident_state=word)])

    incident = Incident.objects.get()
    assert (incident.state, incident.pending_reason) == (state, reason)
    assert [(e.source, e.target) for e in events_of(incident)] == [("", state)]


def test_an_unknown_state_keeps_the_one_before_and_is_counted(log):
    report = log.load([row(incident_state="-100"), row(incident_state="Active"), row(incident_state="-100")])

    assert [e.target for e in events_of(Incident.objects.get())] == ["new", "in_progress", "in_progress"]
    assert report["warnings"]["state_unknown"] == 2
    assert report["events"] == 3


def test_people_of_one_number_stay_as_many_people_as_the_file_names(log):
    log.load(
        [row(assigned_to="Resolver 5", sys_updated_by="Updated by 5", opened_by="Opened by  5", caller_id="Caller 5")]
    )

    people = Employee.objects.filter(source="servicenow")
    assert {p.name for p in people} == {"Caller 5", "Opened by 5", "Created by 6", "Updated by 5", "Resolver 5"}
    assert {p.kind for p in people} == {"external"}
    assert len({p.login for p in people}) == 5
    assert not any(p.has_usable_password() for p in people)
    incident = Incident.objects.get()
    assert (incident.assignee.name, events_of(incident)[0].actor.name) == ("Resolver 5", "Updated by 5")


def test_a_bare_number_is_a_person_of_its_column(log):
    log.load([row(assigned_to="5", sys_updated_by="5")])

    incident = Incident.objects.get()
    assert (incident.assignee.name, events_of(incident)[0].actor.name) == ("Assigned to 5", "Updated by 5")


def test_missing_people_and_groups_have_a_named_stand_in_and_are_counted(log):
    report = log.load([row(caller_id="?", sys_updated_by="", assignment_group="?", category="?")])

    incident = Incident.objects.get()
    assert incident.requester.login == events_of(incident)[0].actor.login == "system.import"
    assert (incident.queue.name, incident.assignee, incident.category) == ("Unassigned", None, None)
    assert report["warnings"] == {
        "actor_missing": 1, "caller_missing": 1, "category_missing": 1, "group_missing": 1
    }  # fmt: skip


def test_a_person_with_the_login_of_an_imported_one_is_left_alone(log):
    colleague = make_employee("servicenow.caller-1", name="A colleague")
    log.load([row()])

    colleague.refresh_from_db()
    assert (colleague.name, Incident.objects.get().requester.name) == ("A colleague", "Caller 1")


def test_priority_is_kept_where_the_matrix_disagrees(log):
    log.load([row(impact="1 - High", urgency="1 - High", priority="4 - Low"), row(number="B")])

    odd, usual = Incident.objects.order_by("pk")
    assert (odd.impact, odd.urgency, odd.priority, odd.priority_by_hand) == ("high", "high", "P4", True)
    assert (usual.priority, usual.priority_by_hand) == ("P3", False)


def test_a_resolution_without_a_time_gets_none_invented(log):
    report = log.load(life(resolved_at="?"))

    incident = Incident.objects.get()
    assert (incident.resolved_at, incident.closed_at) == (None, at(2016, 3, 5, 12))
    assert report["warnings"] == {"resolved_at_missing": 1}


def test_an_open_ticket_has_no_end_although_each_line_tells_it(log):
    log.load(life()[:3])

    incident = Incident.objects.get()
    assert (incident.state, incident.resolved_at, incident.closed_at) == ("pending", None, None)
    assert incident.resolution_code == ""


def test_time_that_goes_back_is_kept_and_counted(log):
    report = log.load([row(sys_updated_at="2/3/2016 10:00"), row(sys_updated_at="1/3/2016 10:00")])

    events = events_of(Incident.objects.get())
    assert [e.at for e in events] == [at(2016, 3, 2, 10), at(2016, 3, 1, 10)]
    assert report["warnings"] == {"time_goes_back": 1}


def test_lines_of_a_ticket_may_lie_apart(log):
    first, second = life("A"), life("B")
    log.load([line for pair in zip(first, second, strict=True) for line in pair])

    assert [[e.target for e in events_of(i)] for i in Incident.objects.order_by("pk")] == [
        ["new", "in_progress", "pending", "resolved", "closed"]
    ] * 2
    assert [i.imported.key for i in Incident.objects.order_by("pk")] == ["A", "B"]


def test_categories_that_differ_in_a_digit_are_two_and_in_spelling_are_one(log):
    report = log.load([
        row(number="A", category="Category 26", subcategory="?"),
        row(number="B", category="Category 27", subcategory="?"),
        row(number="C", category="CATEGORY-26", subcategory="?"),
    ])  # fmt: skip

    assert sorted(Category.objects.values_list("name", flat=True)) == ["Category 26", "Category 27"]
    names = [i.category.name for i in Incident.objects.order_by("pk")]
    assert names == ["Category 26", "Category 27", "Category 26"]
    assert report["warnings"] == {"category_merged": 1}
    assert events_of(Incident.objects.get(imported__key="C"))[0].details["columns"]["category"] == "CATEGORY-26"


def test_what_has_no_field_here_is_kept_with_the_event_that_changed_it(log):
    log.load([row(made_sla="true", reassignment_count="0"), row(made_sla="false", reassignment_count="1", rfc="CHG1")])

    incident = Incident.objects.get()
    first, second = events_of(incident)
    assert first.details["columns"]["made_sla"] == "true"
    assert second.details["columns"] == {"made_sla": "false", "reassignment_count": "1", "rfc": "CHG1"}
    assert (first.details["line"], second.details["line"]) == (2, 3)
    assert incident.imported.columns["made_sla"] == "false"
    assert second.details.get("people") is None
    assert Employee.objects.get(pk=first.details["people"]["opened_by"]).name == "Opened by 8"


def test_changes_are_told_as_the_first_door_tells_them(log):
    log.load([row(), row(assignment_group="Group 24", assigned_to="Resolver 1")])

    incident = Incident.objects.get()
    queues = [Queue.objects.get(name=name).pk for name in ("Group 70", "Group 24")]
    assert events_of(incident)[1].details["changes"] == {
        "queue": queues, "assignee": [None, incident.assignee_id]
    }  # fmt: skip


def test_names_of_people_never_enter_the_chain(log):
    log.load(life(caller_id="Beth Anglin", opened_by="Beth Anglin", resolved_by="Beth Anglin"))

    assert not any("Anglin" in str(details) for details in Event.objects.values_list("details", flat=True))


def test_columns_nobody_knows_are_kept_where_they_can_be_erased(log):
    log.write(
        [row() | {"short_description": "Printer burns", "u_note": "call Beth"}],
        columns=[*row(), "short_description", "u_note"],
    )
    report = log.run()

    event = Event.objects.get()
    assert event.personal_text.body == {"short_description": "Printer burns", "u_note": "call Beth"}
    assert "Beth" not in str(event.details)
    assert Incident.objects.get().title == "Printer burns"
    assert report["warnings"] == {"column_unknown": 1}


def test_an_import_tells_nobody_and_starts_nothing(log, mailoutbox):
    log.load(life())

    assert Dispatch.objects.count() == 0
    assert mailoutbox == []


def test_queues_that_are_here_are_used(log):
    queue = make_queue("group-70", name="Group 70", tiers=2)
    log.load([row()])

    assert Incident.objects.get().queue == queue


MAPPING = """
time_zone = "Europe/Rome"
default_queue = "Triage"
[groups]
"Group 70" = "IT service desk"
"Group 24" = { queue = "IT service desk", tier = 2 }
[states]
"Awaiting Parts" = "pending:vendor"
[codes]
"code 6" = "fixed"
[categories]
"Category 26" = "Hardware"
"""


def test_a_mapping_names_queues_tiers_states_codes_categories_and_the_zone(log):
    rows = [
        row(number="A"),
        row(number="A", assignment_group="Group 24", incident_state="Awaiting Parts"),
        row(number="B", assignment_group="?"),
        *life("C"),
    ]
    report = log.load(rows, mapping=MAPPING)

    first, second, third = Incident.objects.order_by("pk")
    assert (first.queue.name, first.tier, first.queue.tiers) == ("IT service desk", 2, 2)
    assert (first.state, first.pending_reason, first.category.parent.name) == ("pending", "vendor", "Hardware")
    assert second.queue.name == "Triage"
    assert (third.queue, third.tier, third.resolution_code) == (first.queue, 1, "fixed")
    assert events_of(first)[0].at == at(2016, 2, 29, 0, 23)
    assert "state_unknown" not in report["warnings"]


def test_times_that_a_zone_has_twice_or_never_are_counted(log):
    rows = [row(sys_updated_at="27/3/2016 02:30"), row(sys_updated_at="30/10/2016 02:30")]
    report = log.load(rows, mapping='time_zone = "Europe/Rome"')

    assert report["warnings"] == {"time_ambiguous": 1, "time_nonexistent": 1}


def test_a_dry_run_counts_the_same_and_writes_nothing(log):
    rows = [*life("A"), *life("B", category="?", caller_id="?"), row(number="C", sys_updated_at="soon")]
    planned = log.load(rows, "--dry-run")

    assert not any(m.objects.exists() for m in (Incident, ImportedTicket, Event, Queue, Category, Location, Employee))
    assert planned == log.run()


def test_a_second_run_adds_nothing(log):
    first = log.load([*life("A"), *life("B")])
    heads = list(Event.objects.order_by("pk").values_list("hash", flat=True))
    second = log.run()

    assert (first["created"], second["unchanged"]) == (2, 2)
    assert second | QUIET == second
    assert list(Event.objects.order_by("pk").values_list("hash", flat=True)) == heads
