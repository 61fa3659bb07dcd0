"""The one door: what it refuses, what it writes, and that nothing gets past it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from directory.models import Employee
from directory.services import deactivate, system_employee
from incidents.models import Incident
from incidents.services import report_incident, sweep
from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of
from servicedesk.audit.verify import verify
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted, StaleVersion, WrongState
from servicedesk.tickets.models import Message, Proposal, Queue
from servicedesk.workflow import carry_out, perform
from servicedesk.workflow.door import WayAroundTheDoor
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def alice() -> Employee:
    return make.make_employee("alice")


@pytest.fixture
def luca(network: Queue) -> Employee:
    return make.make_agent(network, 1, "luca")


@pytest.fixture
def incident(network: Queue, alice: Employee) -> Incident:
    return make.make_incident(network, by=alice)


def events(incident: Incident) -> list[Event]:
    kind = subject_type_of(incident)
    return list(Event.objects.filter(subject_type=kind, subject_id=incident.pk).order_by("sequence"))


def waiting(**changes: Any) -> dict[str, Any]:
    return {"reason": "requester", "follow_up_at": timezone.now() + timedelta(days=1), **changes}


def test_escalation_hands_the_incident_to_the_next_tier(incident: Incident, luca: Employee) -> None:
    incident = perform(incident, "escalate", by=luca, diagnosis="Needs firewall access")

    assert (incident.state, incident.tier, incident.assignee) == ("assigned", 2, None)
    last = events(incident)[-1]
    assert (last.verb, last.source, last.target) == ("incident.escalated", "new", "assigned")
    assert last.details["changes"]["tier"] == [1, 2]
    assert last.personal_text.body == {"diagnosis": "Needs firewall access"}


def test_a_direct_call_of_a_transition_is_refused(incident: Incident) -> None:
    with pytest.raises(WayAroundTheDoor):
        incident.start()

    assert incident.state == "new"


def test_the_state_cannot_be_assigned(incident: Incident) -> None:
    with pytest.raises(AttributeError):
        incident.state = "closed"


@pytest.mark.parametrize(
    ("action", "details", "field"),
    [
        ("escalate", {"diagnosis": "   "}, "diagnosis"),
        ("escalate", {}, "diagnosis"),
        ("escalate", {"diagnosis": "a\x00b"}, "diagnosis"),
        ("escalate", {"diagnosis": "x" * 20_001}, "diagnosis"),
        ("escalate", {"diagnosis": ["several"]}, "diagnosis"),
        ("escalate", {"diagnosis": "ok", "tier": 3}, "tier"),
        ("assign", {"assignee": "nobody"}, "assignee"),
        ("assign", {"assignee": "alice"}, "assignee"),
        ("assign", {"assignee": "lu\x00ca"}, "assignee"),
        ("route", {"queue": "network", "reason": "there already"}, "queue"),
        ("route", {"queue": "nowhere", "reason": "x"}, "queue"),
        ("route", {"queue": {"slug": "network"}, "reason": "x"}, "queue"),
        ("resolve", {"code": "magic", "text": "x"}, "code"),
        ("resolve", {"code": "fixed"}, "text"),
        ("cancel", {"reason": "duplicate"}, "duplicate_of"),
        ("cancel", {"reason": "boredom"}, "reason"),
        ("merge", {"into": "INC-999999"}, "into"),
        ("merge", {"into": "not a number"}, "into"),
        ("set_priority", {"priority": "P1"}, "reason"),
        ("set_priority", {"impact": "huge"}, "impact"),
        ("log_time", {"minutes": 0}, "minutes"),
        ("log_time", {"minutes": "many"}, "minutes"),
        ("log_time", {"minutes": 10**30}, "minutes"),
        ("categorise", {"category": "unknown"}, "category"),
        ("tag", {"tags": ["unknown"]}, "tags"),
        ("link", {"other": "INC-000000"}, "other"),
        ("edit", {"title": ""}, "title"),
        ("edit", {"title": "two\nlines"}, "title"),
        ("edit", {"title": "x" * 201}, "title"),
        ("complete_task", {"task": "00000000-0000-0000-0000-000000000000"}, "task"),
        ("complete_task", {"task": "no uuid"}, "task"),
    ],
)
def test_a_wrong_detail_is_told_at_its_field_and_nothing_is_written(
    incident: Incident, luca: Employee, action: str, details: dict[str, Any], field: str
) -> None:
    before = (incident.version, len(events(incident)))

    with pytest.raises(InvalidPayload) as refusal:
        perform(incident, action, by=luca, **details)

    assert field in refusal.value.errors and refusal.value.errors[field][0].endswith(".")
    incident.refresh_from_db()
    assert (incident.version, len(events(incident))) == before


@pytest.mark.parametrize("follow_up", [timedelta(minutes=-1), timedelta(days=400)])
def test_waiting_ends_in_the_near_future(incident: Incident, luca: Employee, follow_up: timedelta) -> None:
    incident = perform(incident, "start", by=luca)

    with pytest.raises(InvalidPayload) as refusal:
        perform(incident, "pend", by=luca, **waiting(follow_up_at=timezone.now() + follow_up))

    assert "follow_up_at" in refusal.value.errors


def test_a_stale_version_is_refused(incident: Incident, luca: Employee) -> None:
    perform(incident, "start", by=luca)

    with pytest.raises(StaleVersion) as refusal:
        perform(incident, "escalate", by=luca, expected_version=1, diagnosis="x")

    assert (refusal.value.expected, refusal.value.current) == (1, 2)


def test_refusals_come_in_their_order(incident: Incident, network: Queue, alice: Employee) -> None:
    stranger = make.make_employee()
    l2 = make.make_agent(network, 2)
    with pytest.raises(Hidden):
        perform(incident, "resolve", by=stranger, expected_version=99)
    with pytest.raises(NotPermitted, match="people who work tier 1"):
        perform(incident, "resolve", by=l2, expected_version=99)
    with pytest.raises(WrongState, match="not possible in this state"):
        perform(incident, "confirm", by=alice)


def test_a_manager_steps_in_only_with_a_reason(incident: Incident, network: Queue) -> None:
    manager = make.make_manager(network)
    with pytest.raises(InvalidPayload) as refusal:
        perform(incident, "start", by=manager)
    assert "override_reason" in refusal.value.errors

    incident = perform(incident, "start", by=manager, override_reason="Everybody is ill")

    assert events(incident)[-1].details["override"] is True
    assert events(incident)[-1].personal_text.body["override_reason"] == "Everybody is ill"


def test_a_worker_needs_no_reason_and_may_not_pretend_to_override(incident: Incident, luca: Employee) -> None:
    with pytest.raises(InvalidPayload, match="override_reason"):
        perform(incident, "start", by=luca, override_reason="just because")


def test_rights_are_read_anew_at_the_door(incident: Incident, luca: Employee) -> None:
    assert luca.groups.count() == 1
    luca.groups.clear()

    with pytest.raises(Hidden):
        perform(incident, "start", by=luca)


def test_a_person_who_left_can_do_nothing(incident: Incident, alice: Employee) -> None:
    deactivate(alice)

    with pytest.raises(Hidden):
        perform(incident, "reply", by=alice, body="I am still here")


def test_a_person_who_left_reports_nothing(network: Queue, alice: Employee) -> None:
    deactivate(alice)

    with pytest.raises(NotPermitted, match="no longer active"):
        report_incident(by=alice, title="Still here")


def test_a_requesters_reply_wakes_what_waits_for_them(incident: Incident, luca: Employee, alice: Employee) -> None:
    incident = perform(incident, "start", by=luca)
    incident = perform(incident, "pend", by=luca, **waiting(note="Asked for the serial number"))
    assert Message.objects.get(ticket=incident.pk).internal

    incident = carry_out(incident, "reply", by=alice, details={"body": "S/N 1S40"}).record

    assert (incident.state, incident.pending_reason, incident.follow_up_at) == ("in_progress", "", None)
    assert [event.verb for event in events(incident)][-2:] == ["ticket.replied", "incident.resumed"]
    assert events(incident)[-1].details["cause"] == "reply"


def test_a_requester_cannot_resume_without_replying(incident: Incident, luca: Employee, alice: Employee) -> None:
    incident = perform(incident, "start", by=luca)
    incident = perform(incident, "pend", by=luca, **waiting())

    with pytest.raises(NotPermitted):
        perform(incident, "resume", by=alice)


def test_open_tasks_hold_the_resolution(incident: Incident, luca: Employee) -> None:
    task = carry_out(incident, "add_task", by=luca, details={"title": "Call the supplier"}).result
    with pytest.raises(WrongState, match="1 task is open"):
        perform(incident, "resolve", by=luca, code="fixed", text="Done")

    perform(incident, "skip_task", by=luca, task=task, reason="They called us")

    assert perform(incident, "resolve", by=luca, code="fixed", text="Done").assignee == luca


def test_a_priority_by_hand_needs_a_reason_and_is_marked(incident: Incident, luca: Employee) -> None:
    incident = perform(incident, "set_priority", by=luca, impact="high", urgency="high")
    assert (incident.priority, incident.priority_by_hand) == ("P1", False)

    incident = perform(incident, "set_priority", by=luca, priority="P4", reason="Only a test line")

    assert (incident.priority, incident.priority_by_hand) == ("P4", True)


def test_merge_and_its_undo_leave_both_tickets_as_they_were(
    incident: Incident, network: Queue, luca: Employee, alice: Employee
) -> None:
    other = make.make_incident(network, by=alice)
    incident = perform(incident, "start", by=luca)

    merged = perform(incident, "merge", by=luca, into=other.number)
    assert (merged.state, merged.is_open, merged.merged_into_id) == ("cancelled", False, other.pk)
    undone = perform(merged, "unmerge", by=luca)

    assert (undone.state, undone.is_open, undone.merged_into, undone.closed_at) == ("in_progress", True, None, None)
    assert [event.verb for event in events(other)][-2:] == ["incident.absorbed", "incident.gave_back"]


def test_a_merge_is_not_undone_after_something_was_written(
    incident: Incident, network: Queue, luca: Employee, alice: Employee
) -> None:
    other = make.make_incident(network, by=alice)
    merged = perform(incident, "merge", by=luca, into=other.number)
    perform(other, "reply", by=luca, body="We found it")

    with pytest.raises(WrongState, match="tear an answer apart"):
        perform(merged, "unmerge", by=luca)


def test_what_others_may_read_is_never_merged(incident: Incident, network: Queue, alice: Employee) -> None:
    hr_lead = make.make_technician(network, "view_queue", "work_l1", "view_confidential")
    private = make.make_incident(network, by=alice, confidential=True)

    with pytest.raises(InvalidPayload, match="read by other people"):
        perform(private, "merge", by=hr_lead, into=incident.number)


def test_split_makes_a_linked_incident_for_the_same_employee(incident: Incident, luca: Employee) -> None:
    part = carry_out(incident, "split", by=luca, details={"title": "And the printer too"}).result

    assert (part.requester, part.queue, part.state, part.title) == (
        incident.requester, incident.queue, "new", "And the printer too",
    )  # fmt: skip
    assert part.links.get().other_id == incident.pk
    assert events(incident)[-1].verb == "ticket.split"


def test_a_note_never_becomes_the_description_of_a_split(incident: Incident, luca: Employee) -> None:
    note = carry_out(incident, "note", by=luca, details={"body": "He is a difficult one"}).result

    with pytest.raises(InvalidPayload):
        perform(incident, "split", by=luca, title="Part", message=note.uuid)


def test_a_trainee_proposes_and_a_worker_releases(network: Queue, luca: Employee, alice: Employee) -> None:
    trainee = make.make_trainee(network)
    small = make.make_incident(network, by=alice, impact="low", urgency="low")
    with pytest.raises(NotPermitted):
        perform(small, "reply", by=trainee, body="I answer myself")
    proposal = carry_out(
        small, "propose", by=trainee, details={"kind": "resolution", "code": "advice", "body": "Restart it"}
    ).result
    with pytest.raises(NotPermitted):
        perform(small, "release", by=trainee, proposal=proposal)

    small = perform(small, "release", by=luca, proposal=proposal)

    assert (small.state, small.resolution_text) == ("resolved", "Restart it")
    assert Proposal.objects.get().state == "released"
    assert events(small)[-1].on_behalf_of == trainee


def test_a_proposed_resolution_says_how_it_is_solved(network: Queue, alice: Employee) -> None:
    trainee = make.make_trainee(network)
    small = make.make_incident(network, by=alice, impact="low")

    for code in ("", "magic"):
        with pytest.raises(InvalidPayload) as refusal:
            perform(small, "propose", by=trainee, kind="resolution", code=code, body="Restart it")
        assert "code" in refusal.value.errors


def test_a_trainee_who_follows_a_ticket_still_cannot_answer(network: Queue, alice: Employee) -> None:
    trainee = make.make_trainee(network)
    small = make.make_incident(network, by=alice, impact="low")
    perform(small, "watch", by=trainee)

    with pytest.raises(NotPermitted):
        perform(small, "reply", by=trainee, body="I answer myself")


def test_a_technician_files_for_a_caller_who_becomes_the_requester(luca: Employee, alice: Employee) -> None:
    incident = report_incident(by=luca, title="Calls about a password", requested_for="ALICE", channel="phone")

    assert (incident.requester, incident.channel) == (alice, "phone")
    assert (events(incident)[0].actor, events(incident)[0].on_behalf_of) == (luca, alice)


def test_an_employee_reports_for_nobody_else(network: Queue, alice: Employee, luca: Employee) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        report_incident(by=alice, title="His mouse", requested_for=luca.login)

    assert "requested_for" in refusal.value.errors


def test_the_clock_resumes_and_closes_once(incident: Incident, luca: Employee, alice: Employee, network: Queue) -> None:
    waits = perform(perform(incident, "start", by=luca), "pend", by=luca, **waiting())
    solved = perform(make.make_incident(network, by=alice), "resolve", by=luca, code="fixed", text="Done")

    assert sweep() == {"resume": 0, "close": 0}
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert sweep() == {"resume": 1, "close": 1}
        assert sweep() == {"resume": 0, "close": 0}

    waits.refresh_from_db()
    solved.refresh_from_db()
    assert (waits.state, solved.state) == ("in_progress", "closed")
    assert events(solved)[-1].actor == system_employee("clock")


def test_reopening_ends_with_its_window(incident: Incident, luca: Employee, alice: Employee) -> None:
    monday = timezone.make_aware(timezone.datetime(2026, 3, 2, 9))
    with time_machine.travel(monday, tick=False):
        incident = perform(incident, "resolve", by=luca, code="fixed", text="Done")
    late = monday + timedelta(days=7, minutes=1)
    with time_machine.travel(late, tick=False), pytest.raises(WrongState, match="is over"):
        perform(incident, "reopen", by=alice, reason="Again")
    with time_machine.travel(monday + timedelta(days=7), tick=False):
        assert perform(incident, "reopen", by=alice, reason="Again").state == "in_progress"


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("start", {}),
        ("assign", {"assignee": "luca"}),
        ("escalate", {"diagnosis": "Beyond tier 1"}),
        ("resolve", {"code": "fixed", "text": "Done"}),
        ("route", {"queue": "hr", "reason": "Not ours"}),
        ("cancel", {"reason": "mistaken"}),
    ],
)
def test_a_move_takes_at_most_twelve_statements(
    incident: Incident, luca: Employee, action: str, details: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    make.make_queue("hr")

    with django_assert_max_num_queries(12):
        perform(incident, action, by=luca, **details)


def test_after_all_of_it_the_log_verifies(incident: Incident, luca: Employee, alice: Employee) -> None:
    incident = perform(incident, "start", by=luca)
    carry_out(incident, "reply", by=alice, details={"body": "Hello"})

    assert verify().ok
