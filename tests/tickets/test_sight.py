"""Letting one person see one confidential ticket: by an administrator, logged, told, never for long."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from directory import news
from directory.news import News
from directory.services import deactivate
from servicedesk.audit.models import Event
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted
from servicedesk.common.time import now
from servicedesk.notifications.services import recipients
from servicedesk.tickets import sight
from servicedesk.tickets.access import can_view
from servicedesk.tickets.models import AccessGrant, Ticket
from servicedesk.tickets.roles import BY_ADMINISTRATION
from servicedesk.workflow import carry_out, machine_of
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    return make.make_queue("hr", is_default=True)


@pytest.fixture
def reader(hr):
    return make.make_technician(hr, "view_queue", "work_l1", "view_confidential", login="reader")


@pytest.fixture
def ada():
    return make.make_administrator("ada")


@pytest.fixture
def rita():
    return make.make_employee("rita", email="rita@example.com")


@pytest.fixture
def ticket(hr, reader, rita):
    return make.make_incident(hr, by=rita, confidential=True, title="Between us")


@pytest.fixture
def wanda():
    return make.make_employee("wanda")


def let_in(ticket, ada, wanda, **changes):
    details = {"employee": wanda.login, "reason": "Works council asked", "days": 3, **changes}
    return sight.grant_access(ticket.number, by=ada, **details)


def sees(employee, ticket):
    """Both forms of the read rule; they must agree."""
    found = Ticket.objects.visible_to(employee).filter(pk=ticket.pk).exists()
    fresh = Ticket.objects.get(pk=ticket.pk)
    assert can_view(employee, fresh) is found
    machine = machine_of(type(fresh.specific))
    assert machine.facts(fresh.specific, employee).visible is found
    return found


def test_the_person_sees_it_until_the_days_are_over(ticket, ada, wanda):
    assert not sees(wanda, ticket)

    let_in(ticket, ada, wanda)

    assert sees(wanda, ticket)
    assert not sees(ada, ticket)
    with time_machine.travel(now() + timedelta(days=3, minutes=1), tick=False):
        assert not sees(wanda, ticket)


def test_it_is_one_event_that_those_concerned_are_told(ticket, ada, wanda, reader, rita):
    reader.email, wanda.email = "reader@example.com", "wanda@example.com"
    reader.save()
    wanda.save()

    let_in(ticket, ada, wanda)

    (event,) = Event.objects.filter(verb="ticket.access_granted")
    assert (event.subject_id, event.actor, event.details["employee"]) == (ticket.pk, ada, wanda.pk)
    told = {person.login for person in recipients(event, Ticket.objects.get(pk=ticket.pk))}
    assert told == {"rita", "reader", "wanda"}


def test_whoever_was_let_in_reads_and_does_nothing(ticket, ada, wanda):
    let_in(ticket, ada, wanda)

    machine = machine_of(type(ticket))
    facts = machine.facts(ticket, wanda)
    allowed = {name for name in machine.actions if machine.decide(facts, name).allowed}
    assert allowed == {"watch", "unwatch"}
    client = Client()
    client.force_login(wanda)
    assert "Between us" in client.get(f"/tickets/{ticket.number}/").content.decode()
    assert Event.objects.filter(verb="ticket.opened", actor=wanda).count() == 1


def test_nobody_but_an_administrator_lets_anybody_in(ticket, reader, rita, wanda, hr):
    manager = make.make_manager(hr)
    for person in (reader, rita, wanda, manager):
        with pytest.raises(NotPermitted):
            let_in(ticket, person, wanda)
        with pytest.raises((NotPermitted, Hidden)):
            carry_out(
                ticket, "grant_access", by=person, cause=BY_ADMINISTRATION,
                details={"employee": "wanda", "reason": "So", "days": 1},
            )  # fmt: skip
    assert not AccessGrant.objects.exists()


def test_an_administrator_does_it_through_that_page_alone(ticket, ada, wanda):
    with pytest.raises(Hidden):
        carry_out(ticket, "grant_access", by=ada, details={"employee": "wanda", "reason": "So", "days": 1})
    client = Client()
    client.force_login(ada)
    address = f"/api/v1/incidents/{ticket.number}/actions/grant_access/"
    answer = client.post(
        address, {"employee": "wanda", "reason": "So", "days": 1}, content_type="application/json",
        headers={"If-Match": f'"{ticket.version}"'},
    )  # fmt: skip
    assert answer.status_code == 404
    assert not AccessGrant.objects.exists()


def test_a_number_without_a_confidential_ticket_is_answered_the_same_whatever_it_is(hr, ada, wanda, rita, reader):
    ordinary = make.make_incident(hr, by=rita)
    for number in (ordinary.number, "INC-999999", "nonsense", "AST-000001"):
        with pytest.raises(InvalidPayload) as refused:
            sight.grant_access(number, by=ada, employee="wanda", reason="So", days=1)
        assert refused.value.errors == {"number": ["There is no confidential ticket of this number."]}


@pytest.mark.parametrize(
    "wrong",
    [{"days": 0}, {"days": 31}, {"reason": "  "}, {"employee": "nobody"}, {"employee": "system.clock"}],
    ids=str,
)
def test_what_is_wrong_is_refused_and_nothing_is_written(ticket, ada, wanda, wrong):
    with pytest.raises(InvalidPayload):
        let_in(ticket, ada, wanda, **wrong)

    assert not AccessGrant.objects.exists()


def test_a_second_one_needs_the_first_to_be_over(ticket, ada, wanda):
    let_in(ticket, ada, wanda)
    with pytest.raises(InvalidPayload):
        let_in(ticket, ada, wanda)

    with time_machine.travel(now() + timedelta(days=4), tick=False):
        let_in(ticket, ada, wanda)
        assert sees(wanda, ticket)
    assert AccessGrant.objects.filter(ended_at=None).count() == 1


def test_the_database_keeps_one_running_at_most(ticket, ada, wanda):
    first = let_in(ticket, ada, wanda)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessGrant.objects.create(
            ticket=first.ticket, employee=wanda, by=ada, reason="Again", granted_at=now(),
            ends_at=now() + timedelta(days=1),
        )  # fmt: skip


def test_an_administrator_ends_it_and_twice_is_said(ticket, ada, wanda):
    grant = let_in(ticket, ada, wanda)

    sight.end_access(grant, by=ada)

    assert not sees(wanda, ticket)
    assert Event.objects.filter(subject_id=ticket.pk, verb="ticket.access_ended").count() == 1
    with pytest.raises(InvalidPayload):
        sight.end_access(grant, by=ada)


def test_it_dies_with_the_account_and_does_not_come_back_with_it(ticket, ada, wanda):
    let_in(ticket, ada, wanda)

    deactivate(wanda)
    news.tell([News(employee=wanda, kind="left")])
    wanda.is_active, wanda.deactivated_at = True, None
    wanda.save()

    assert not sees(wanda, ticket)


class TestPage:
    def test_it_lets_in_lists_and_ends(self, client, ticket, ada, wanda):
        client.force_login(ada)
        sent = {"number": ticket.number, "employee": "wanda", "reason": "Works council asked", "days": "2"}

        assert client.post("/settings/confidential/", sent).status_code == 302
        page = client.get("/settings/confidential/").content.decode()
        assert ticket.number in page
        assert "Between us" not in page
        grant = AccessGrant.objects.get()
        assert client.post(f"/settings/confidential/{grant.pk}/end/").status_code == 302
        assert not sees(wanda, ticket)

    def test_what_is_wrong_stands_at_its_field(self, client, ada, ticket):
        client.force_login(ada)
        answer = client.post(
            "/settings/confidential/", {"number": "INC-7", "employee": "ada", "reason": "x", "days": "1"}
        )

        assert answer.status_code == 422
        assert "There is no confidential ticket of this number." in answer.content.decode()

    def test_others_do_not_get_in(self, client, reader):
        client.force_login(reader)
        assert client.get("/settings/confidential/").status_code == 403

    def test_it_asks_the_database_a_fixed_number_of_times(
        self, client, hr, reader, ada, wanda, rita, django_assert_max_num_queries
    ):
        for _number in range(12):
            let_in(make.make_incident(hr, by=rita, confidential=True), ada, wanda)
        client.force_login(ada)
        with django_assert_max_num_queries(12):
            client.get("/settings/confidential/")
