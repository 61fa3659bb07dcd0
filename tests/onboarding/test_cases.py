"""Cases: what each move demands, what follows, and what a case of a leaver cannot be closed with."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from directory import tokens
from directory.absences import go_away
from directory.models import ApiToken, Employee
from onboarding import predicate, services
from onboarding.forms import CloseForm
from onboarding.models import CaseTemplate, OnboardingCase
from onboarding.opening import open_case
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify as verify_log
from servicedesk.calendars.working_days import shift_working_days
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted, WrongState
from servicedesk.common.time import now
from servicedesk.tickets.models import AccessGrant, Approval, QueueGroupObjectPermission, Ticket
from servicedesk.workflow import perform
from tests import factories as make

from .making import approve, do, finish_tasks, give_asset, give_ticket, make_case, schedule


def verbs(case: OnboardingCase) -> list[str]:
    found = Event.objects.filter(subject_id=case.pk, verb__startswith="case.").order_by("sequence")
    return [verb.removeprefix("case.") for verb in found.values_list("verb", flat=True)]


def test_somebody_joins(world: SimpleNamespace) -> None:
    case = make_case(world, "joiner", "closed")

    assert verbs(case) == ["created", "approved", "preparing", "ready", "day_one", "verified", "closed"]
    assert (case.title, case.queue, case.subject, case.confidential) == ("Nina joins", world.hr, world.newbie, False)
    assert case.number.startswith("ONB-") and case.running is None


def test_somebody_leaves(world: SimpleNamespace) -> None:
    case = make_case(world, "leaver", "closed")

    assert verbs(case) == [
        "created", "scheduled", "access_revoked", "recovering", "verified", "closed",
    ]  # fmt: skip
    assert case.confidential and case.waived == [] and verify_log().ok
    world.leaver.refresh_from_db()
    assert not world.leaver.is_active and world.leaver.blocked_at is not None


def test_the_tasks_of_the_template_are_due_on_working_days_where_the_person_is(world: SimpleNamespace) -> None:
    world.newbie.location = make.make_location("Kuala Lumpur", "Asia/Kuala_Lumpur")
    world.newbie.save()

    case = make_case(world, "joiner", "preparing", on="2026-11-30")  # a Monday

    due = {task.title: (task.queue, task.due_at.isoformat()) for task in case.tasks.all()}
    assert due == {
        "Early task of a joiner": (world.it, "2026-11-26T09:00:00+00:00"),  # Thursday, 17:00 there
        "Late task of a joiner": (world.hr, "2026-12-03T09:00:00+00:00"),
    }


@pytest.mark.parametrize(("day", "days", "expected"), [
    ("2026-11-30", 0, "2026-11-30"), ("2026-11-30", -1, "2026-11-27"), ("2026-11-27", 1, "2026-11-30"),
    ("2026-11-28", 0, "2026-11-30"), ("2026-11-28", -1, "2026-11-27"), ("2026-11-28", 1, "2026-11-30"),
    ("2026-11-25", 10, "2026-12-09"), ("2026-12-09", -10, "2026-11-25"),
])  # fmt: skip
def test_days_are_counted_without_weekends_in_both_directions(day: str, days: int, expected: str) -> None:
    assert shift_working_days(date.fromisoformat(day), days) == date.fromisoformat(expected)


def test_a_department_may_have_tasks_of_its_own(world: SimpleNamespace) -> None:
    own = CaseTemplate.objects.create(
        name="Lab", slug="lab", case_type="joiner", queue=world.it, department=make.make_department("Lab")
    )
    world.newbie.department = own.department
    world.newbie.save()

    assert make_case(world).template == own
    assert make_case(world, "mover").template.slug == "mover"


def test_only_who_runs_cases_opens_one(world: SimpleNamespace) -> None:
    with pytest.raises(NotPermitted, match="people who run them"):
        open_case(by=world.colleague, case_type="joiner", subject="nina", on="2026-12-01")


def test_one_case_of_a_type_for_one_person(world: SimpleNamespace) -> None:
    case = make_case(world)

    with pytest.raises(InvalidPayload, match="open already"):
        make_case(world)
    make_case(world, "mover")
    perform(case, "cancel", by=world.runner, reason="She does not come")
    assert make_case(world).state == "requested"


def test_who_is_not_active_can_only_leave(world: SimpleNamespace) -> None:
    Employee.objects.filter(pk=world.newbie.pk).update(is_active=False)

    with pytest.raises(InvalidPayload, match="can only leave"):
        make_case(world)
    assert make_case(world, "leaver", subject="nina").state == "notified"


def test_a_leaver_needs_somebody_who_may_read_it(world: SimpleNamespace) -> None:
    QueueGroupObjectPermission.objects.filter(permission__codename="view_confidential").delete()

    with pytest.raises(InvalidPayload, match="Nobody may read confidential tickets"):
        make_case(world, "leaver")


def test_the_line_manager_approves_in_the_inbox_or_on_the_case(world: SimpleNamespace) -> None:
    first = make_case(world)
    with pytest.raises(NotPermitted):
        perform(first, "approve", by=world.runner)
    assert approve(world, first).state == "approved"

    second = perform(make_case(world, "mover"), "approve", by=world.boss)

    assert second.state == "approved"
    approval = Approval.objects.get(ticket=second)
    assert (approval.state, approval.decided_by, approval.round.state) == ("approved", world.boss, "granted")


def test_a_refusal_cancels_the_case(world: SimpleNamespace) -> None:
    case = make_case(world)
    approval = Approval.objects.get(ticket=case)

    perform(case, "decide", by=world.boss, approval=str(approval.uuid), verdict="rejected", comment="Not hired")

    assert OnboardingCase.objects.get(pk=case.pk).state == "cancelled"


def test_where_nobody_could_be_asked_the_case_waits(world: SimpleNamespace) -> None:
    Employee.objects.filter(pk=world.newbie.pk).update(manager=None)

    assert make_case(world).state == "requested"


def test_a_case_is_held_and_goes_on_where_it_was(world: SimpleNamespace) -> None:
    for state in ("approved", "preparing", "ready"):
        case = make_case(world, "joiner", state)
        case = perform(case, "hold", by=world.runner, reason="The contract is not signed")
        assert (case.state, case.held_from) == ("on_hold", state)
        assert perform(case, "unhold", by=world.runner).state == state
        perform(OnboardingCase.objects.get(pk=case.pk), "cancel", by=world.runner, reason="Again")


def test_ready_means_that_nothing_due_by_the_day_is_open(world: SimpleNamespace) -> None:
    case = make_case(world, "joiner", "preparing")

    with pytest.raises(WrongState, match="1 task that is due by the first day"):
        perform(case, "make_ready", by=world.runner)
    case = finish_tasks(case, world.colleague, early=True)
    assert perform(case, "make_ready", by=world.runner).state == "ready"


def test_the_first_day_does_not_come_early(world: SimpleNamespace) -> None:
    case = make_case(world, "joiner", "ready", on=(now().date() + timedelta(days=3)).isoformat())

    with pytest.raises(WrongState, match="The first day of"):
        perform(case, "start", by=world.runner)


def test_everything_is_done_before_it_is_verified(world: SimpleNamespace) -> None:
    with pytest.raises(WrongState, match="checklist"):
        perform(make_case(world, "joiner", "day_one"), "verify", by=world.runner)


def test_access_ends_at_the_hour_that_was_said_or_before_by_hand(world: SimpleNamespace) -> None:
    case = schedule(world, make_case(world, "leaver"))
    assert services.sweep() == {"revoke": 0}

    assert services.sweep(now=case.revoke_at - timedelta(seconds=1)) == {"revoke": 0}
    OnboardingCase.objects.filter(pk=case.pk).update(revoke_at=now() - timedelta(seconds=1))
    assert [services.sweep(), services.sweep()] == [{"revoke": 1}, {"revoke": 0}]

    other = make_case(world, "leaver", "access_revoked", subject="nina")
    assert other.revoke_at > now() and other.revoked_at is not None


def everything(world: SimpleNamespace) -> None:
    """One of each thing that ties somebody to the company."""
    give_asset(world, world.leaver)
    give_ticket(world, world.leaver)
    tokens.issue(world.leaver, by=world.runner)
    day = now().date()
    go_away(world.boss, starts_on=day, ends_on=day + timedelta(days=9), delegate=world.leaver)
    ticket = make.make_incident(world.it, confidential=True)
    AccessGrant.objects.create(
        ticket=ticket, employee=world.leaver, by=world.runner, reason="Helps", granted_at=now(),
        ends_at=now() + timedelta(days=3),
    )  # fmt: skip
    case = make_case(world, "mover")
    Approval.objects.filter(ticket=case).update(approver=world.leaver)
    other = make.make_incident(world.it)
    perform(other, "add_task", by=world.leaver, title="Call them", assignee=world.leaver.login)


def kinds(left: list[predicate.Left]) -> list[str]:
    return [one.key.split(":")[0] for one in left]


def test_everything_that_ties_somebody_is_found_and_what_ends_with_access_is_gone(world: SimpleNamespace) -> None:
    everything(world)
    assert kinds(predicate.left_by([world.leaver.pk], now())) == [
        "asset", "ticket", "approval", "task", "access", "group", "token", "grant", "delegate",
    ]  # fmt: skip

    case = make_case(world, "leaver", "recovering")

    # Groups, tokens and grants ended with their access. Who stands above them is away, so the approval still waits.
    assert kinds(predicate.left_by([world.leaver.pk], now())) == ["asset", "ticket", "approval", "task", "delegate"]
    titles = set(case.tasks.filter(title__startswith="Take back").values_list("title", flat=True))
    assert len(titles) == 1 and case.tasks.filter(state="open").count() == 5 + 2


def test_a_case_is_not_closed_while_something_is_left_but_with_a_reason(world: SimpleNamespace) -> None:
    asset = give_asset(world, world.leaver)
    case = make_case(world, "leaver", "verified")

    with pytest.raises(InvalidPayload) as refused:
        perform(case, "close", by=world.runner)
    assert asset.label in refused.value.errors["waiver"][0]

    case = perform(case, "close", by=world.runner, waiver="She keeps it until Friday, see the contract.")
    assert (case.state, case.waived) == ("closed", [f"asset:{asset.pk}"])


def test_what_is_given_after_the_form_was_checked_is_found_too(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(world, "leaver", "verified")
    monkeypatch.setattr(CloseForm, "clean_waiver", lambda self: (give_asset(world, world.keepers[0]), "")[1])
    Employee.objects.filter(pk=world.keepers[0].pk).update(is_active=True)
    OnboardingCase.objects.filter(pk=case.pk).update(subject=world.keepers[0])

    with pytest.raises(WrongState, match="cannot be closed yet"):
        perform(case, "close", by=world.runner)


def test_the_nightly_look_reopens_what_drifted_and_not_what_was_waived(world: SimpleNamespace) -> None:
    give_asset(world, world.leaver)
    case = perform(make_case(world, "leaver", "verified"), "close", by=world.runner, waiver="Until Friday")
    assert services.recheck() == {"seen": 1, "reopened": 0}

    group = make.make_group("badge holders")
    group.members.add(world.leaver)

    assert services.recheck() == {"seen": 1, "reopened": 1}
    case = OnboardingCase.objects.get(pk=case.pk)
    assert (case.state, case.waiver, case.running) == ("recovering", "", f"leaver:{world.leaver.pk}")
    assert case.tasks.filter(title="Take them out of the group badge holders", state="open").exists()
    assert services.recheck() == {"seen": 0, "reopened": 0}


def test_nobody_reopens_a_case_by_hand(world: SimpleNamespace) -> None:
    case = make_case(world, "leaver", "closed")

    with pytest.raises(NotPermitted):
        perform(case, "reopen", by=world.runner, reason="I want to")


def test_many_things_ask_as_little_as_one(world: SimpleNamespace, django_assert_max_num_queries: Any) -> None:
    for _number in range(6):
        give_asset(world, world.leaver)
        give_ticket(world, world.leaver)
    case = make_case(world, "leaver", "access_revoked")

    with django_assert_max_num_queries(40):
        perform(case, "recover", by=world.runner)

    assert case.tasks.filter(title__startswith="Take back").count() == 6


def test_a_cancelled_case_lets_the_person_in_again_without_what_they_lost(world: SimpleNamespace) -> None:
    case = make_case(world, "leaver", "access_revoked")

    perform(case, "cancel", by=world.runner, reason="It was somebody else of that name")

    world.leaver.refresh_from_db()
    assert (world.leaver.is_active, world.leaver.blocked_at) == (True, None)
    assert not world.leaver.groups.exists() and not ApiToken.objects.filter(employee=world.leaver).exists()
    told = Event.objects.filter(verb__in=("employee.blocked", "employee.unblocked")).order_by("pk")
    assert [event.verb for event in told] == ["employee.blocked", "employee.unblocked"]


def test_who_left_the_directory_too_stays_out_when_the_case_is_cancelled(world: SimpleNamespace) -> None:
    case = make_case(world, "leaver", "access_revoked")
    Employee.objects.filter(pk=world.leaver.pk).update(left_source_at=now())

    perform(case, "cancel", by=world.runner, reason="The other case is the right one")

    world.leaver.refresh_from_db()
    assert (world.leaver.is_active, world.leaver.blocked_at) == (False, None)


@pytest.mark.parametrize("who", ["colleague", "boss", "newbie", "leaver"])
def test_the_case_of_a_leaver_is_invisible(world: SimpleNamespace, who: str) -> None:
    """To whoever works in the queue without the right, to the manager, to strangers, and to whom it is about."""
    case = make_case(world, "leaver")
    person = getattr(world, who)
    case.watches.create(employee=person)
    Ticket.objects.filter(pk=case.pk).update(assignee=person)

    assert not Ticket.objects.visible_to(person).filter(pk=case.pk).exists()
    with pytest.raises(Hidden):
        perform(case, "note", by=person, body="Hm")


def test_a_refused_move_of_another_type_says_the_state(world: SimpleNamespace) -> None:
    with pytest.raises(WrongState):
        do("schedule", revoke_at=now().isoformat())(world, make_case(world))
