"""Who is who when entries change hands, and the alarm where a person must look."""

import pytest

from directory.ldap import sync
from directory.models import Employee, SyncAlarm

from .ldif_text import BASE, key_of, person, source

pytestmark = pytest.mark.django_db


def run(folder, *records):
    return sync.run(source(folder, *records), confirmed=True)


def alarms():
    rows = SyncAlarm.objects.order_by("pk").select_related("employee", "other")
    return [(alarm.kind, alarm.employee and alarm.employee.login, alarm.other and alarm.other.login) for alarm in rows]


ZED = person("zed")


def test_who_is_rehired_under_a_new_key_is_the_same_person(tmp_path):
    run(tmp_path, person("amy", employeeNumber="7"), ZED)
    amy = Employee.objects.get(login="amy")
    run(tmp_path, ZED)

    report = run(tmp_path, person("amyr", key=key_of("new"), employeeNumber="7", cn="Amy Rossi"), ZED)

    assert (report.created, report.changed) == (0, 1)
    back = Employee.objects.get(login="amyr")
    assert (back.pk, back.is_active, back.source_key) == (amy.pk, True, f"uuid:{key_of('new')}")
    assert alarms() == [("rehired", "amyr", None)]


@pytest.mark.parametrize(
    "changed",
    [{"employeeNumber": "8"}, {"employeeNumber": ""}, {"cn": "Other", "mail": "other@acme.example"}],
    ids=["number", "no number", "name and mail"],
)
def test_one_thing_alone_does_not_make_somebody_the_person_who_left(tmp_path, changed):
    run(tmp_path, person("amy", employeeNumber="7"), ZED)
    run(tmp_path, ZED)

    facts = {"employeeNumber": "7", "cn": "Amy Rossi", "mail": "amy@acme.example", **changed}
    report = run(tmp_path, person("amyr", key=key_of("new"), **facts), ZED)

    assert report.created == 1
    assert not Employee.objects.get(login="amy").is_active
    assert alarms() == []


def test_who_was_deactivated_by_hand_does_not_return_by_a_new_entry(tmp_path):
    run(tmp_path, person("amy", employeeNumber="7"), ZED)
    Employee.objects.filter(login="amy").update(is_active=False)

    run(tmp_path, person("amyr", key=key_of("new"), employeeNumber="7", cn="Amy Rossi"), ZED)

    assert not Employee.objects.get(login="amy").is_active


def test_a_login_that_went_to_another_person_raises_an_alarm(tmp_path):
    run(tmp_path, person("amy"), ZED)
    old = Employee.objects.get(login="amy")
    run(tmp_path, ZED)

    run(tmp_path, person("amy", key=key_of("new"), cn="Amy Bianchi", mail="ab@acme.example"), ZED)

    assert alarms() == [("login_reused", "amy", f"amy~{old.pk}")]
    assert SyncAlarm.objects.get().employee != old


@pytest.mark.parametrize("same", [{"employeeNumber": "7"}, {"mail": "a@acme.example", "cn": "Amy Rossi"}])
def test_two_entries_that_look_like_one_person_are_both_kept_and_told_once(tmp_path, same):
    both = person("amy", **same), person("amy2", **same), ZED
    run(tmp_path, *both)
    run(tmp_path, *both)

    assert Employee.objects.active().people().count() == 3
    assert alarms() == [("duplicate", "amy2", "amy")]
    SyncAlarm.objects.update(looked_at="2026-01-01T00:00Z", looked_by=Employee.objects.get(login="zed"))
    run(tmp_path, *both)
    assert len(alarms()) == 1


def test_when_one_of_two_vanishes_the_alarm_names_the_one_that_stays(tmp_path):
    run(tmp_path, person("amy", employeeNumber="7"), person("amy2", employeeNumber="7"), ZED)

    run(tmp_path, person("amy2", employeeNumber="7"), ZED)

    assert alarms()[1:] == [("merged", "amy", "amy2")]
    assert not Employee.objects.get(login="amy").is_active
    assert Employee.objects.get(login="amy2").is_active


def test_a_login_that_belongs_to_somebody_else_is_an_alarm_once(tmp_path):
    records = person("amy"), person("bob", uid="amy"), ZED
    run(tmp_path, *records)
    run(tmp_path, *records)

    assert alarms() == [("login_taken", None, None)]
    assert "The login amy belongs to" in SyncAlarm.objects.get().reason


def test_an_entry_without_a_key_that_moved_is_an_alarm(tmp_path):
    run(tmp_path, person("amy", key=""), ZED)
    before = Employee.objects.get(login="amy").pk

    run(tmp_path, person("amy", key="", dn=f"uid=amy,ou=Abroad,{BASE}"), ZED)

    assert Employee.objects.get(login="amy").pk == before
    assert alarms() == [("moved", "amy", None)]


def test_a_dry_run_raises_no_alarm(tmp_path):
    records = person("amy", employeeNumber="7"), person("amy2", employeeNumber="7")

    sync.run(source(tmp_path, *records), dry_run=True)

    assert alarms() == []
