"""A report can be made confidential, where somebody may handle it so."""

import pytest
from django.db import transaction

from incidents.services import report_incident
from servicedesk.common.errors import InvalidPayload
from servicedesk.tickets.models import Ticket
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_confidential_report_is_read_by_its_requester_and_those_who_handle_it_alone() -> None:
    queue = factories.make_queue("hr", is_default=True)
    handler = factories.make_technician(queue, "view_queue", "work_l1", "view_confidential")
    agent = factories.make_agent(queue)
    alice = factories.make_employee("alice")

    incident = report_incident(by=alice, title="My manager shouts at the team", confidential=True)

    assert incident.confidential
    sees = {
        person.login
        for person in (alice, handler, agent)
        if Ticket.objects.visible_to(person).filter(pk=incident.pk).exists()
    }
    assert sees == {alice.login, handler.login}


def test_where_nobody_may_read_it_a_confidential_report_is_refused() -> None:
    factories.make_queue("it", is_default=True)

    with pytest.raises(InvalidPayload) as refusal, transaction.atomic():
        report_incident(by=factories.make_employee(), title="About my pay", confidential=True)

    assert "Nobody of It may read confidential tickets" in refusal.value.errors["confidential"][0]
    assert not Ticket.objects.exists()
