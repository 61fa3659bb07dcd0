"""A history can be lived through at its own times."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.common import time
from servicedesk.workflow import perform
from tests import factories

pytestmark = pytest.mark.django_db
LAST_SPRING = datetime(2025, 4, 2, 9, 30, tzinfo=UTC)


def test_what_passes_the_door_inside_the_block_happened_then_and_was_recorded_now() -> None:
    queue = factories.make_queue()
    agent = factories.make_agent(queue)
    with time.at(LAST_SPRING):
        incident = factories.make_incident(queue)
    with time.at(LAST_SPRING + timedelta(hours=1)):
        perform(incident, "start", by=agent)
        incident = perform(incident, "resolve", by=agent, code="fixed", text="Restarted the gateway.")

    assert (incident.opened_at, incident.resolved_at) == (LAST_SPRING, LAST_SPRING + timedelta(hours=1))
    event = Event.objects.get(verb="incident.resolved")
    assert event.at == LAST_SPRING + timedelta(hours=1)
    assert timezone.now() - event.recorded_at < timedelta(minutes=5)
    assert verify().ok


def test_after_the_block_the_clock_is_right_again() -> None:
    with pytest.raises(RuntimeError), time.at(LAST_SPRING):
        raise RuntimeError

    assert timezone.now() - time.now() < timedelta(minutes=5)
