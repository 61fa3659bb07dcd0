"""What groups may do is set exactly, by administrators, and told in the log."""

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.common.errors import InvalidPayload, NotPermitted, WrongState
from servicedesk.tickets.access import Access
from servicedesk.tickets.grants import grant, grant_register, register_rights, rights_of
from servicedesk.tickets.models import Queue
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue() -> Queue:
    return factories.make_queue("network", tiers=2)


@pytest.fixture
def admin() -> Employee:
    return factories.make_administrator()


def test_a_group_holds_exactly_what_it_is_given_and_the_log_says_so(queue: Queue, admin: Employee) -> None:
    group = factories.make_group("crew", on=queue, rights=("view_queue", "triage_queue"))
    member = factories.make_employee(groups=(group,))

    assert grant(group, queue, ["view_queue", "work_l1"], by=admin)

    assert Access.of(member).on(queue.pk) == {"view_queue", "work_l1"}
    event = Event.objects.get(verb="queue.rights_changed")
    assert event.actor == admin
    assert event.details == {"group": "crew", "added": ["work_l1"], "removed": ["triage_queue"]}


def test_giving_the_same_again_changes_and_tells_nothing(queue: Queue, admin: Employee) -> None:
    group = factories.make_group("crew", on=queue, rights=("view_queue",))

    assert not grant(group, queue, ["view_queue"], by=admin)

    assert not Event.objects.exists()


def test_taking_all_rights_takes_the_sight_of_the_queue(queue: Queue, admin: Employee) -> None:
    group = factories.make_group("crew", on=queue, rights=("view_queue", "work_l1"))

    grant(group, queue, [], by=admin)

    assert rights_of(group, queue) == frozenset()


@pytest.mark.parametrize(
    ("rights", "sentence"),
    [
        (["view_queue", "fly"], "“fly” is no right on a queue"),
        (["view_queue", "configure_desk"], "“configure_desk” is no right on a queue"),
        (["view_queue", "work_l3"], "has 2 tiers: there is no tier 3"),
        (["work_l1"], "“work_l1” has no effect without “view_queue”"),
    ],
)
def test_rights_that_mean_nothing_are_refused(queue: Queue, admin: Employee, rights: list[str], sentence: str) -> None:
    group = factories.make_group("crew")

    with pytest.raises(InvalidPayload) as refusal, transaction.atomic():
        grant(group, queue, rights, by=admin)

    assert sentence in refusal.value.errors["rights"][0]
    assert rights_of(group, queue) == frozenset()


@pytest.mark.parametrize("who", ["manager", "agent", "left"])
def test_only_administrators_give_rights(queue: Queue, admin: Employee, who: str) -> None:
    group = factories.make_group("crew")
    if who == "left":
        Employee.objects.filter(pk=admin.pk).update(is_active=False)
        actor = admin
    else:
        actor = factories.make_manager(queue) if who == "manager" else factories.make_agent(queue)

    for attempt in (
        lambda: grant(group, queue, ["view_queue"], by=actor),
        lambda: grant_register(group, ["tickets.configure_desk"], by=actor),
    ):
        with pytest.raises(NotPermitted), transaction.atomic():
            attempt()

    assert rights_of(group, queue) == frozenset()


def test_register_rights_are_those_that_the_models_declare(admin: Employee) -> None:
    group = factories.make_group("seconds")

    assert "tickets.configure_desk" in register_rights()
    assert "tickets.view_queue" not in register_rights()
    assert grant_register(group, ["tickets.configure_desk"], by=admin)
    assert factories.make_employee(groups=(group,)).has_perm("tickets.configure_desk")
    with pytest.raises(InvalidPayload), transaction.atomic():
        grant_register(group, ["auth.add_group"], by=admin)


def test_the_last_administrators_keep_their_right(admin: Employee) -> None:
    only = admin.groups.get()
    with pytest.raises(WrongState) as refusal, transaction.atomic():
        grant_register(only, [], by=admin)
    assert "the last administrators" in refusal.value.sentence

    second = Group.objects.create(name="seconds")
    grant_register(second, ["tickets.configure_desk"], by=admin)
    with pytest.raises(WrongState), transaction.atomic():  # it has no members yet
        grant_register(only, [], by=admin)
    factories.make_employee(groups=(second,))

    assert grant_register(only, [], by=admin)


@pytest.mark.parametrize("taken", ["queue", "register"])
def test_members_are_out_at_once_when_a_right_is_taken_and_stay_when_one_is_given(
    queue: Queue, admin: Employee, taken: str
) -> None:
    group = factories.make_group("crew", on=queue, rights=("view_queue",))
    grant_register(group, ["tickets.configure_desk"], by=admin)
    member = factories.make_employee(groups=(group,))

    grant(group, queue, ["view_queue", "work_l1"], by=admin)
    member.refresh_from_db()
    assert member.access_stamp == 0

    if taken == "queue":
        grant(group, queue, ["view_queue"], by=admin)
    else:
        grant_register(group, [], by=admin)
    member.refresh_from_db()
    assert member.access_stamp == 1
    assert Event.objects.get(verb="employee.access_ended").details == {"why": "rights_taken"}
