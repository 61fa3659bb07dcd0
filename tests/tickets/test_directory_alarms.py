"""An alarm of a run is settled once, by an administrator, and the log says so."""

import pytest

from directory.ldap import sync
from directory.models import SyncAlarm
from servicedesk.audit.models import Event
from servicedesk.common.errors import NotPermitted, WrongState
from servicedesk.tickets.directory_alarms import settle
from tests import factories
from tests.directory.ldif_text import person, source

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["duplicate", "login_taken"])
def alarm(request, tmp_path) -> SyncAlarm:
    facts = {"employeeNumber": "7"} if request.param == "duplicate" else {"uid": "amy"}
    sync.run(source(tmp_path, person("amy", employeeNumber="7"), person("bob", **facts)))
    return SyncAlarm.objects.get()


def test_an_administrator_settles_an_alarm(alarm: SyncAlarm) -> None:
    admin = factories.make_administrator()

    settle(alarm, by=admin)

    alarm.refresh_from_db()
    assert alarm.looked_by == admin and alarm.looked_at is not None
    event = Event.objects.get(verb="directory.alarm_settled")
    assert (event.actor, event.details["kind"]) == (admin, alarm.kind)
    assert event.subject_id == (alarm.employee or alarm).pk


def test_of_two_who_settle_it_the_second_is_told(alarm: SyncAlarm) -> None:
    admin = factories.make_administrator()
    settle(alarm, by=admin)

    with pytest.raises(WrongState, match="already"):
        settle(alarm, by=admin)

    assert Event.objects.filter(verb="directory.alarm_settled").count() == 1


def test_nobody_else_may(alarm: SyncAlarm) -> None:
    with pytest.raises(NotPermitted):
        settle(alarm, by=factories.make_employee("alice"))

    assert not SyncAlarm.objects.exclude(looked_at=None).exists()
