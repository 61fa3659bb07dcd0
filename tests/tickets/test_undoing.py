"""What the histories found, as single cases."""

from datetime import timedelta

import pytest
from django.utils import timezone

from directory.services import deactivate
from incidents.models import Incident
from incidents.services import report_incident
from servicedesk.common.errors import NotPermitted
from servicedesk.workflow import perform
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_undoing_the_merge_of_a_waiting_ticket_lets_it_wait_as_before() -> None:
    queue = make.make_queue(is_default=True)
    luca = make.make_agent(queue)
    incident, other = perform(make.make_incident(queue), "start", by=luca), make.make_incident(queue)
    tomorrow = timezone.now() + timedelta(days=1)
    perform(incident, "pend", by=luca, reason="vendor", follow_up_at=tomorrow)

    perform(incident, "merge", by=luca, into=other.number)
    undone = perform(incident, "unmerge", by=luca)

    assert (undone.state, undone.pending_reason, undone.follow_up_at) == ("pending", "vendor", tomorrow)


def test_who_has_left_reports_nothing() -> None:
    make.make_queue(is_default=True)
    alice = make.make_employee()
    deactivate(alice)

    with pytest.raises(NotPermitted):
        report_incident(by=alice, title="My parting gift")

    assert not Incident.objects.exists()
