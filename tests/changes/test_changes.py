"""Changes: what each move demands, who may make it, and what follows."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from changes import services
from changes.models import AuthorisationPath, ChangeRequest, FreezePeriod
from servicedesk.audit.models import Event
from servicedesk.common.errors import InvalidPayload, NotPermitted, WrongState
from servicedesk.common.time import now
from servicedesk.tickets.models import Approval, ApprovalRound
from servicedesk.workflow import carry_out, perform
from tests import factories as make
from tests.assets.making import make_asset

from .making import affects, approve, assess, make_change, plan_of, submit


def verbs(change: ChangeRequest) -> list[str]:
    return list(Event.objects.filter(subject_id=change.pk, verb__startswith="change.").values_list("verb", flat=True))


def test_a_normal_change_is_assessed_authorised_made_and_reviewed(world: SimpleNamespace) -> None:
    change = make_change(world, "closed")

    assert (change.author, change.implementer, change.risk_level) == (world.author, world.maker, "low")
    assert change.risk_answers == [{"question": "How many people would notice?", "answer": "Few", "points": 0}]
    assert change.number.startswith("CHG-") and affects(change) == [world.switch]
    assert [verb.split(".")[1] for verb in verbs(change)] == [
        "created", "submitted", "assessed", "authorised", "begun", "completed", "reviewed",
    ]  # fmt: skip


def test_a_standard_change_is_made_from_its_template_with_its_tasks(world: SimpleNamespace) -> None:
    details = plan_of(world, change_type="standard", template="restart-proxy", title=None, outage=None, queue=None)

    change = services.plan_change(by=world.author, **details)

    assert (change.title, change.outage, change.queue) == ("Restart the proxy", "Two minutes", world.queue)
    assert (change.plan, change.back_out) == ("Restart it.", "Start the old one.")
    assert [task.title for task in change.tasks.all()] == ["Tell the desk"]
    assert submit(world, change).state == "scheduled"
    assert not ApprovalRound.objects.exists()


def test_a_template_that_is_no_longer_used_stops_what_was_not_submitted(world: SimpleNamespace) -> None:
    change = make_change(world, change_type="standard", template="restart-proxy")
    world.template.is_active = False
    world.template.save()

    with pytest.raises(WrongState, match="may no longer be used"):
        submit(world, change)


@pytest.mark.parametrize(
    ("kind", "template", "field"), [("standard", None, "template"), ("normal", "restart-proxy", "template")]
)
def test_a_template_belongs_to_standard_changes_alone(
    world: SimpleNamespace, kind: str, template: str | None, field: str
) -> None:
    with pytest.raises(InvalidPayload) as refused:
        services.plan_change(by=world.author, **plan_of(world, change_type=kind, template=template))

    assert field in refused.value.errors


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("planned_start", "planned start"), ("planned_end", "planned end"), ("implementer", "implementer"),
        ("outage", "interrupted"), ("back_out", "way back"), ("assets", "affected assets"),
    ],
)  # fmt: skip
def test_a_plan_that_lacks_a_part_is_not_submitted(world: SimpleNamespace, part: str, words: str) -> None:
    change = services.plan_change(by=world.author, **plan_of(world, **{part: None}))

    with pytest.raises(WrongState, match=words):
        submit(world, change)


def test_a_window_ends_after_it_begins(world: SimpleNamespace) -> None:
    with pytest.raises(InvalidPayload) as refused:
        services.plan_change(by=world.author, **plan_of(world, planned_end=(now() - timedelta(days=2)).isoformat()))

    assert refused.value.errors == {"planned_end": ["It must end after it begins."]}


def test_an_implementer_can_open_the_change(world: SimpleNamespace) -> None:
    stranger = make.make_employee("stranger")

    with pytest.raises(InvalidPayload) as refused:
        services.plan_change(by=world.author, **plan_of(world, implementer=stranger.login))

    assert "implementer" in refused.value.errors


def test_an_employee_plans_no_change(world: SimpleNamespace) -> None:
    with pytest.raises(NotPermitted, match="planned by technicians"):
        services.plan_change(by=make.make_employee(), **plan_of(world))


def test_an_unknown_asset_is_named_in_the_refusal(world: SimpleNamespace) -> None:
    with pytest.raises(InvalidPayload) as refused:
        services.plan_change(by=world.author, **plan_of(world, assets="SW-1, SW-99"))

    assert refused.value.errors == {"assets": ["SW-99: There is no such asset, or you may not see it."]}


def test_an_emergency_is_authorised_without_an_assessment_and_reviewed_within_72_hours(world: SimpleNamespace) -> None:
    change = make_change(world, "review", change_type="emergency")

    assert "change.assessed" not in verbs(change)
    assert change.review_due_at == change.ended_at + timedelta(hours=72)


def test_a_review_that_is_overdue_is_said_once(world: SimpleNamespace) -> None:
    change = make_change(world, "review", change_type="emergency")
    assert services.sweep() == {"miss_review": 0}

    ChangeRequest.objects.filter(pk=change.pk).update(review_due_at=now() - timedelta(minutes=1))

    assert [services.sweep(), services.sweep()] == [{"miss_review": 1}, {"miss_review": 0}]
    assert verbs(change).count("change.review_missed") == 1


def test_the_risk_says_who_authorises(world: SimpleNamespace) -> None:
    senate = make.make_group("senate")
    senator = make.make_employee("senator", groups=(senate,))
    AuthorisationPath.objects.filter(path="high").update(rule=make.make_approval_rule(("group", senate, 1)))
    change = make_change(world, "assessment")

    change = perform(change, "assess", by=world.manager, risk_answers={"users": "many"}, assessment="All of them.")

    assert (change.risk_score, change.risk_level) == (5, "high")
    assert [row.approver for row in Approval.objects.filter(ticket=change)] == [senator]


def test_every_question_is_answered(world: SimpleNamespace) -> None:
    change = make_change(world, "assessment")

    with pytest.raises(InvalidPayload) as refused:
        perform(change, "assess", by=world.peer, risk_answers={}, assessment="Fine.")

    assert refused.value.errors == {"risk_answers.users": ["This field is required."]}


def test_nothing_is_assessed_where_nobody_authorises(world: SimpleNamespace) -> None:
    change = make_change(world, "assessment")
    AuthorisationPath.objects.all().delete()

    with pytest.raises(InvalidPayload, match="Nobody is named yet"):
        assess(world, change)


def test_an_emergency_needs_somebody_who_authorises_emergencies(world: SimpleNamespace) -> None:
    change = make_change(world, change_type="emergency")
    AuthorisationPath.objects.filter(path="emergency").delete()

    with pytest.raises(WrongState, match="Nobody is named yet"):
        submit(world, change)
    assert ChangeRequest.objects.get(pk=change.pk).state == "draft"


def test_author_and_implementer_never_authorise(world: SimpleNamespace) -> None:
    """Not even as members of the board, nor as somebody's delegates; the database refuses it as well."""
    board = world.cab[0].groups.get()
    world.author.groups.add(board)
    world.maker.groups.add(board)

    change = make_change(world, "authorisation")

    asked = Approval.objects.filter(ticket=change)
    assert {row.approver for row in asked} == set(world.cab)
    assert {(row.author, row.implementer) for row in asked} == {(world.author, world.maker)}


def test_who_submitted_is_the_author_not_who_began_to_plan(world: SimpleNamespace) -> None:
    world.peer.groups.add(world.cab[0].groups.get())
    change = perform(make_change(world), "submit", by=world.peer)

    change = perform(change, "assess", by=world.manager, risk_answers={"users": "few"}, assessment="Fine.")

    assert change.author == world.peer
    assert world.peer not in {row.approver for row in Approval.objects.filter(ticket=change)}


def test_the_author_does_not_assess_their_own_change(world: SimpleNamespace) -> None:
    change = make_change(world, "assessment")

    with pytest.raises(NotPermitted, match="not its author"):
        perform(change, "assess", by=world.author, risk_answers={"users": "few"}, assessment="Fine.")


def test_a_refusal_sends_the_change_back_with_what_was_said(world: SimpleNamespace) -> None:
    change = approve(make_change(world, "authorisation"), world.cab[0], "rejected", "Not before the audit.")

    assert change.state == "draft"
    event = Event.objects.filter(subject_id=change.pk, verb="change.sent_back").get()
    assert event.actor == world.cab[0]
    assert ApprovalRound.objects.get(ticket=change).state == "refused"


@pytest.mark.parametrize("state", ["assessment", "authorisation", "scheduled"])
def test_a_plan_that_changes_after_submitting_goes_back_and_its_approvals_are_void(
    world: SimpleNamespace, state: str
) -> None:
    change = make_change(world, state)

    change = carry_out(change, "plan", by=world.author, details={"outage": "All day"}).record

    assert (change.state, change.outage) == ("draft", "All day")
    assert not ApprovalRound.objects.filter(ticket=change, state="open").exists()
    with pytest.raises(WrongState):
        perform(change, "implement", by=world.maker)


def test_the_same_plan_once_more_changes_nothing(world: SimpleNamespace) -> None:
    change = make_change(world, "scheduled")

    change = carry_out(change, "plan", by=world.author, details={"outage": change.outage}).record

    assert change.state == "scheduled"


def test_another_affected_asset_sends_the_change_back(world: SimpleNamespace) -> None:
    change = make_change(world, "authorisation")

    change = perform(change, "link_asset", by=world.author, asset=world.switch.number)  # it was linked before
    assert change.state == "authorisation"

    change = perform(change, "link_asset", by=world.author, asset=world.server.number)
    assert ChangeRequest.objects.get(pk=change.pk).state == "draft"
    assert not ApprovalRound.objects.filter(ticket=change, state="open").exists()


def test_what_is_affected_is_fixed_while_the_change_is_made(world: SimpleNamespace) -> None:
    change = make_change(world, "implementing")

    with pytest.raises(WrongState):
        perform(change, "link_asset", by=world.author, asset=world.server.number)


def test_work_begins_inside_the_window_and_by_the_implementer(world: SimpleNamespace) -> None:
    later = {"planned_start": (now() + timedelta(hours=1)).isoformat()}
    change = make_change(world, "scheduled", **later)

    with pytest.raises(WrongState, match="begins inside this window"):
        perform(change, "implement", by=world.maker)
    with pytest.raises(NotPermitted, match="its implementer"):
        perform(change, "implement", by=world.author)

    ChangeRequest.objects.filter(pk=change.pk).update(
        planned_start=now() - timedelta(hours=2), planned_end=now() - timedelta(seconds=1)
    )
    with pytest.raises(WrongState, match="begins inside this window"):
        perform(change, "implement", by=world.maker)


@pytest.mark.parametrize(("kind", "lets", "allowed"), [
    ("normal", False, False), ("normal", True, False), ("emergency", False, False), ("emergency", True, True),
])  # fmt: skip
def test_no_work_begins_in_a_freeze_unless_it_lets_emergencies_pass(
    world: SimpleNamespace, kind: str, lets: bool, allowed: bool
) -> None:
    change = make_change(world, "scheduled", change_type=kind)
    FreezePeriod.objects.create(
        name="Year end", start=now() - timedelta(days=1), end=now() + timedelta(days=1), lets_emergencies=lets
    )

    if allowed:
        assert perform(change, "implement", by=world.maker).state == "implementing"
    else:
        with pytest.raises(WrongState, match="“Year end” is a freeze"):
            perform(change, "implement", by=world.maker)


def test_a_freeze_ends_when_it_ends(world: SimpleNamespace) -> None:
    change = make_change(world, "scheduled")
    FreezePeriod.objects.create(name="Over", start=now() - timedelta(days=1), end=now())

    assert perform(change, "implement", by=world.maker).state == "implementing"


def test_two_changes_of_one_asset_at_one_time_are_a_conflict(world: SimpleNamespace) -> None:
    first, second = make_change(world, "scheduled"), make_change(world, "authorisation")

    with pytest.raises(WrongState, match=f"conflicts with {first.number}"):
        approve(second, world.cab[0])

    assert ChangeRequest.objects.get(pk=second.pk).state == "authorisation"
    assert Approval.objects.filter(ticket=second, state="asked").count() == 2  # nothing half written


@pytest.mark.parametrize("apart", ["another asset", "after it", "cancelled"])
def test_no_conflict(world: SimpleNamespace, apart: str) -> None:
    first = make_change(world, "scheduled")
    changes = {
        "another asset": {"assets": world.server.number},
        "after it": {
            "planned_start": first.planned_end.isoformat(),
            "planned_end": (first.planned_end + timedelta(hours=1)).isoformat(),
        },
    }.get(apart, {})
    if apart == "cancelled":
        perform(first, "cancel", by=world.author, reason="Not needed")

    assert make_change(world, "scheduled", **changes).state == "scheduled"


def test_a_change_that_takes_longer_is_in_the_way_until_it_is_completed(world: SimpleNamespace) -> None:
    first = make_change(world, "implementing")
    ChangeRequest.objects.filter(pk=first.pk).update(planned_end=now() - timedelta(minutes=2))
    second = make_change(world, "authorisation", planned_start=(now() - timedelta(minutes=1)).isoformat())

    with pytest.raises(WrongState, match="conflicts with"):
        approve(second, world.cab[0])


def test_a_standard_change_takes_its_window_when_it_is_submitted(world: SimpleNamespace) -> None:
    make_change(world, "scheduled")
    second = make_change(world, change_type="standard", template="restart-proxy")

    with pytest.raises(WrongState, match="conflicts with"):
        submit(world, second)


def test_a_change_manager_accepts_a_conflict_with_a_reason_and_only_this_one(world: SimpleNamespace) -> None:
    make_change(world, "scheduled")
    second = make_change(world, "authorisation")
    with pytest.raises(NotPermitted):
        perform(second, "waive_conflict", by=world.author, reason="I want it")

    second = perform(second, "waive_conflict", by=world.manager, reason="Both touch other ports.")
    assert approve(second, world.cab[0]).state == "scheduled"

    third = make_change(world, "draft", change_type="standard", template="restart-proxy")
    ChangeRequest.objects.filter(pk=third.pk).update(state="scheduled")  # what came later was not accepted
    with pytest.raises(WrongState, match=f"conflicts with {third.number}"):
        perform(second, "implement", by=world.maker)


def test_where_nothing_conflicts_nothing_is_accepted(world: SimpleNamespace) -> None:
    with pytest.raises(WrongState, match="nothing to accept"):
        perform(make_change(world), "waive_conflict", by=world.manager, reason="Just in case")


def test_a_conflict_with_what_one_may_not_see_does_not_name_it(world: SimpleNamespace) -> None:
    first, second = make_change(world, "scheduled"), make_change(world, "authorisation")
    ChangeRequest.objects.filter(pk=first.pk).update(confidential=True)

    with pytest.raises(WrongState) as refused:
        approve(second, world.cab[0])

    assert first.number not in str(refused.value) and "may not see" in str(refused.value)


def test_the_tasks_are_done_before_a_change_is_complete(world: SimpleNamespace) -> None:
    change = make_change(world, "implementing", change_type="standard", template="restart-proxy")

    with pytest.raises(WrongState, match="checklist"):
        perform(change, "complete", by=world.maker, result="successful", text="It runs.")


def test_the_implementer_does_not_review_their_own_work(world: SimpleNamespace) -> None:
    chief = make.make_change_manager(world.queue)
    change = make_change(world, "scheduled", implementer=chief.login)
    change = perform(change, "implement", by=chief)
    change = perform(change, "complete", by=chief, result="rolled_back", text="It did not start.")

    with pytest.raises(NotPermitted, match="not its implementer"):
        perform(change, "review", by=chief, text="Well done, me.")
    assert perform(change, "review", by=world.manager, text="Tried too late.").state == "closed"


def test_assigning_keeps_the_state(world: SimpleNamespace) -> None:
    change = make_change(world, "scheduled")

    change = perform(change, "assign", by=world.manager, assignee=world.peer.login)

    assert (change.state, change.assignee) == ("scheduled", world.peer)


def test_more_assets_than_anybody_reads_are_refused(world: SimpleNamespace) -> None:
    names = ",".join(f"SW-{n}" for n in range(300))

    with pytest.raises(InvalidPayload, match="200 assets at most"):
        services.plan_change(by=world.author, **plan_of(world, assets=names))


def test_one_asset_named_twice_is_linked_once(world: SimpleNamespace) -> None:
    other = make_asset(world.keeper, tag="SW-2")

    change = services.plan_change(by=world.author, **plan_of(world, assets=f"sw-1, SW-1\n{other.number},"))

    assert affects(change) == [world.switch, other]
