"""Service requests: asked for from the catalogue, approved by the right people, fulfilled, and nothing around it."""

import pytest
from django.db import IntegrityError, transaction

from directory.absences import go_away
from directory.models import Employee
from directory.services import deactivate
from incidents.models import CatalogueItem, ServiceRequest
from incidents.requests.services import request_item
from servicedesk.audit.models import Event
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted, WrongState
from servicedesk.tickets.models import Approval, Queue, Ticket
from servicedesk.workflow import perform
from tests import factories as make

pytestmark = pytest.mark.django_db


def states(request: ServiceRequest) -> list[str]:
    return list(
        Event.objects.filter(subject_id=request.pk, verb__startswith="request.").order_by("sequence")
        .values_list("target", flat=True)
    )  # fmt: skip


def decide(request: Ticket, by: Employee, verdict: str = "approved", comment: str = "") -> ServiceRequest:
    return perform(request.specific, "decide", by=by, verdict=verdict, comment=comment)


def asked(request: Ticket) -> list[str]:
    rows = Approval.objects.filter(ticket=request.pk, state="asked").order_by("pk")
    return [row.approver.login for row in rows]


@pytest.fixture
def laptop(queue: Queue) -> CatalogueItem:
    return make.make_catalogue_item(queue, "Laptop", rule=make.make_approval_rule("line_manager"))


def test_without_a_rule_the_work_begins_at_once(alice: Employee, queue: Queue, agent: Employee) -> None:
    item = make.make_catalogue_item(queue, "Mouse")

    request = request_item(by=alice, catalogue_item=item.slug)

    assert request.state == "fulfilment" and states(request) == ["submitted", "fulfilment"]
    request = perform(request, "fulfil", by=agent, text="It lies on your desk.")
    assert request.state == "fulfilled" and request.assignee == agent and not request.is_open
    assert perform(request, "confirm", by=alice).state == "closed"


def test_the_line_manager_approves_and_the_work_begins(alice: Employee, lead: Employee, laptop: CatalogueItem) -> None:
    request = request_item(by=alice, catalogue_item=laptop.slug)
    assert request.state == "awaiting_approval" and asked(request) == ["lead"]

    request = decide(request, lead)

    assert states(request) == ["submitted", "awaiting_approval", "approved", "fulfilment"]
    approval = Approval.objects.get()
    assert (approval.state, approval.decided_by) == ("approved", lead)


def test_a_rejected_request_says_why_and_is_revised(alice: Employee, lead: Employee, laptop: CatalogueItem) -> None:
    request = request_item(by=alice, catalogue_item=laptop.slug, field_model="Big")
    with pytest.raises(InvalidPayload, match="Say why"):
        decide(request, lead, "rejected")

    request = decide(request, lead, "rejected", "The small one will do.")
    assert request.state == "rejected" and not request.is_open

    request = perform(request, "revise", by=alice, field_model="Small")
    assert request.state == "awaiting_approval" and request.answers == {"model": "Small"}
    assert decide(request, lead).state == "fulfilment"


def test_nobody_approves_their_own_or_what_is_for_them(queue: Queue, boss: Employee, lead: Employee) -> None:
    """The manager asks for themselves: the next one up decides."""
    item = make.make_catalogue_item(queue, "Chair", rule=make.make_approval_rule("line_manager"))
    boss_request_by_lead = request_item(by=lead, catalogue_item=item.slug)
    assert asked(boss_request_by_lead) == ["boss"]
    with pytest.raises(NotPermitted):
        decide(boss_request_by_lead, lead)
    row = Approval.objects.get()
    for change in ({"approver": lead}, {"decided_by": lead, "state": "approved", "decided_at": row.asked_at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=row.pk).update(**change)


def test_who_is_away_is_replaced_by_the_next_manager_up(
    alice: Employee, lead: Employee, boss: Employee, laptop: CatalogueItem, days_from_today
) -> None:
    go_away(lead, starts_on=days_from_today(0), ends_on=days_from_today(3), delegate=None)

    request = request_item(by=alice, catalogue_item=laptop.slug)

    assert asked(request) == ["boss"] and Approval.objects.get().instead_of == lead


def test_a_delegate_decides_in_the_name_of_the_one_who_is_away(
    alice: Employee, lead: Employee, laptop: CatalogueItem, days_from_today
) -> None:
    deputy = make.make_employee("deputy")
    go_away(lead, starts_on=days_from_today(0), ends_on=days_from_today(3), delegate=deputy)
    request = request_item(by=alice, catalogue_item=laptop.slug)
    assert asked(request) == ["lead"]

    decide(request, deputy)

    approval = Approval.objects.get()
    event = Event.objects.get(verb="ticket.approval_decided")
    assert (approval.approver, approval.decided_by) == (lead, deputy)
    assert (event.actor, event.on_behalf_of) == (deputy, lead)


def test_a_delegate_whom_the_request_is_for_cannot_decide(
    alice: Employee, lead: Employee, boss: Employee, laptop: CatalogueItem, days_from_today
) -> None:
    go_away(lead, starts_on=days_from_today(0), ends_on=days_from_today(3), delegate=alice)

    request = request_item(by=alice, catalogue_item=laptop.slug)

    assert asked(request) == ["boss"]
    with pytest.raises(NotPermitted):
        decide(request, alice)


def test_nobody_above_leaves_it_to_the_desk_manager(queue: Queue, boss: Employee, laptop: CatalogueItem) -> None:
    with pytest.raises(InvalidPayload, match="Nobody is left who may approve this"):
        request_item(by=boss, catalogue_item=laptop.slug)
    assert not Ticket.objects.exists()
    make.make_manager(queue, "mia")

    assert asked(request_item(by=boss, catalogue_item=laptop.slug)) == ["mia"]


def test_a_group_agrees_by_quorum(alice: Employee, queue: Queue) -> None:
    group = make.make_group("board")
    members = [make.make_employee(f"member{number}", groups=(group,)) for number in range(4)]
    rule = make.make_approval_rule(("group", group, 2))
    request = request_item(by=alice, catalogue_item=make.make_catalogue_item(queue, "Van", rule=rule).slug)

    assert decide(request, members[0]).state == "awaiting_approval"
    assert decide(request, members[1]).state == "fulfilment"

    assert sorted(Approval.objects.values_list("state", flat=True)) == ["approved"] * 2 + ["not_needed"] * 2
    with pytest.raises((NotPermitted, Hidden)):
        decide(request, members[2])


def test_steps_one_after_the_other_and_nobody_is_asked_twice(
    alice: Employee, lead: Employee, boss: Employee, queue: Queue
) -> None:
    group = make.make_group("finance")
    lead.groups.add(group)
    other = make.make_employee("olga", groups=(group,))
    rule = make.make_approval_rule("line_manager", ("group", group, 2))
    request = request_item(by=alice, catalogue_item=make.make_catalogue_item(queue, "Desk", rule=rule).slug)
    assert asked(request) == ["lead"]

    decide(request, lead)
    assert asked(request) == ["olga"], "lead agreed before"

    assert decide(request, other).state == "fulfilment"


def test_steps_side_by_side_are_asked_at_once(alice: Employee, lead: Employee, queue: Queue) -> None:
    other = make.make_employee("olga", groups=(make.make_group("finance"),))
    rule = make.make_approval_rule("line_manager", ("group", make.make_group("finance"), 1), sequential=False)
    request = request_item(by=alice, catalogue_item=make.make_catalogue_item(queue, "Desk", rule=rule).slug)

    assert sorted(asked(request)) == ["lead", "olga"]
    assert decide(request, other).state == "awaiting_approval"
    assert decide(request, lead).state == "fulfilment"


def test_another_text_is_another_question(
    alice: Employee, lead: Employee, boss: Employee, queue: Queue, agent: Employee
) -> None:
    rule = make.make_approval_rule(("group", make.make_group("pair"), 2))
    for person in (lead, boss):
        person.groups.add(make.make_group("pair"))
    request = request_item(by=alice, catalogue_item=make.make_catalogue_item(queue, "Desk", rule=rule).slug)
    decide(request, lead)

    perform(request, "edit", by=agent, title="Ten desks")

    assert sorted(asked(request)) == ["boss", "lead"], "who had agreed is asked again"
    decide(request, boss)
    assert Ticket.objects.get(pk=request.pk).state == "awaiting_approval"


def test_a_decision_about_another_text_is_refused(alice: Employee, lead: Employee, laptop: CatalogueItem) -> None:
    request = request_item(by=alice, catalogue_item=laptop.slug)
    Ticket.objects.filter(pk=request.pk).update(title="Ten laptops")

    with pytest.raises(WrongState, match="no longer what you were asked about"):
        decide(ServiceRequest.objects.get(pk=request.pk), lead)


def test_an_approver_who_leaves_hands_on_to_their_manager(
    alice: Employee, lead: Employee, boss: Employee, laptop: CatalogueItem
) -> None:
    request = request_item(by=alice, catalogue_item=laptop.slug)

    deactivate(lead)

    assert asked(request) == ["boss"]
    assert Event.objects.filter(verb="ticket.approval_handed_on").count() == 1
    assert decide(request, boss).state == "fulfilment"


def test_a_cancelled_request_asks_nobody_any_more(alice: Employee, lead: Employee, laptop: CatalogueItem) -> None:
    request = request_item(by=alice, catalogue_item=laptop.slug)

    perform(request, "cancel", by=alice, reason="Not needed")

    assert asked(request) == []
    with pytest.raises((Hidden, NotPermitted)):
        decide(request, lead)


def test_a_confidential_request_is_read_by_its_approver_until_they_decided(
    alice: Employee, lead: Employee, boss: Employee, queue: Queue
) -> None:
    rule = make.make_approval_rule("line_manager")
    item = make.make_catalogue_item(queue, "Advance on salary", rule=rule, confidential=True)
    request = request_item(by=alice, catalogue_item=item.slug)
    sees = lambda person: Ticket.objects.visible_to(person).filter(pk=request.pk).exists()  # noqa: E731

    assert (sees(lead), sees(boss), sees(alice)) == (True, False, True)
    decide(request, lead)
    assert (sees(lead), sees(boss), sees(alice)) == (False, False, True)


def test_who_decided_on_an_ordinary_request_may_look_at_it_later(
    alice: Employee, lead: Employee, laptop: CatalogueItem
) -> None:
    request = decide(request_item(by=alice, catalogue_item=laptop.slug), lead)

    assert Ticket.objects.visible_to(lead).filter(pk=request.pk).exists()


FORM = [
    {"name": "model", "label": "Model", "kind": "choice", "choices": ["Big", "Small"], "required": True},
    {"name": "until", "label": "Until", "kind": "date"},
    {"name": "screens", "label": "Screens", "kind": "number"},
    {"name": "travels", "label": "Do you travel?", "kind": "yes_no"},
    {"name": "colleague", "label": "Shared with", "kind": "person"},
]


def test_answers_come_as_one_object_and_are_kept_as_primitives(alice: Employee, queue: Queue) -> None:
    item = make.make_catalogue_item(queue, "Laptop", form=FORM)
    given = {"model": "Big", "until": "2027-01-31", "screens": 2, "travels": True, "colleague": alice.login}

    request = request_item(by=alice, catalogue_item=item.slug, answers=given)

    assert request.answers == {**given, "colleague": alice.pk}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "Huge"), ("model", 5), ("model", None), ("until", "soon"), ("until", 20270131), ("screens", True),
        ("screens", "many"), ("travels", "yes"), ("travels", 1), ("colleague", "nobody"), ("colleague", 1),
        ("other", "x"), ("model", ["Big"]), ("model", {"a": "Big"}),
    ],
)  # fmt: skip
def test_a_fault_in_the_answers_is_told_at_its_place(alice: Employee, queue: Queue, name: str, value: object) -> None:
    item = make.make_catalogue_item(queue, "Laptop", form=FORM)

    with pytest.raises(InvalidPayload) as refused:
        request_item(by=alice, catalogue_item=item.slug, answers={"model": "Big", name: value})

    assert list(refused.value.errors) == [f"answers.{name}"] and not Ticket.objects.exists()


def test_a_page_is_told_at_its_own_field(alice: Employee, queue: Queue) -> None:
    item = make.make_catalogue_item(queue, "Laptop", form=FORM)

    with pytest.raises(InvalidPayload) as refused:
        request_item(by=alice, catalogue_item=item.slug, field_model="Huge")

    assert list(refused.value.errors) == ["field_model"]


def test_a_trainee_proposes_replies_only_where_nothing_is_resolved(alice: Employee, queue: Queue) -> None:
    trainee = make.make_trainee(queue)
    request = request_item(by=alice, catalogue_item=make.make_catalogue_item(queue, "Mouse").slug)

    with pytest.raises(InvalidPayload) as refused:
        perform(request, "propose", by=trainee, kind="resolution", body="It is done")
    assert "kind" in refused.value.errors

    perform(request, "propose", by=trainee, kind="reply", body="It comes tomorrow")
