"""A run of the sync, from an LDIF text to rows, events and a report."""

import json

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory import services
from directory.ldap import sync
from directory.ldap.ldif import LdifSource
from directory.models import Department, DirectoryGroup, Employee, Location, SyncChange, SyncRun
from servicedesk.audit.models import Event, PersonalText
from servicedesk.audit.verify import verify
from tests.factories import make_employee

from .ldif_text import BASE, dn_of, group, key_of, person, source

pytestmark = pytest.mark.django_db


def run(folder, *records, name="people.ldif", **options):
    return sync.run(source(folder, *records, name=name), **options)


def crowd(count):
    return [person(f"p{number:03d}") for number in range(count)]


def reasons(report):
    return [f"{warning['person']}: {warning['reason']}" for warning in report.warnings]


def verbs(login):
    employee = Employee.objects.get(login=login)
    return list(Event.objects.filter(subject_id=employee.pk).order_by("sequence").values_list("verb", flat=True))


def counts(report):
    return (report.created, report.changed, report.deactivated, report.skipped)


def test_people_come_in_with_department_location_and_manager(tmp_path):
    report = run(
        tmp_path,
        person(
            "amy", title="Intern", ou="Flights", l="Milan", c="IT", telephoneNumber="+39 02 1", manager=dn_of("bob")
        ),
        person("bob", employeeNumber="7"),
    )

    amy = Employee.objects.get(login="amy")
    assert counts(report) == (2, 0, 0, 0)
    assert (amy.name, amy.email, amy.title, amy.phone) == ("Amy Rossi", "amy@acme.example", "Intern", "+39 02 1")
    assert (amy.department.name, amy.location.name, amy.manager.login) == ("Flights", "Milan", "bob")
    assert (amy.location.country, amy.location.time_zone) == ("IT", "Europe/Rome")
    assert (amy.kind, amy.is_active, amy.has_usable_password()) == ("employee", True, False)
    assert (amy.source, amy.source_key[:5]) == (BASE, "uuid:")


def test_a_second_run_changes_nothing_and_writes_no_event(tmp_path):
    records = [person("amy", ou="Flights", manager=dn_of("bob")), person("bob"), group("crew", "amy", "bob")]
    run(tmp_path, *records)
    events = Event.objects.count()

    report = run(tmp_path, *records)

    assert counts(report) == (0, 0, 0, 0)
    assert (report.seen, report.groups, Event.objects.count()) == (2, 1, events)


def test_each_person_gets_an_event_whose_personal_values_can_be_erased(tmp_path):
    run(tmp_path, person("amy", title="Intern"), person("bob"))
    run(tmp_path, person("amy", title="Captain"))

    assert verbs("amy") == ["employee.joined", "employee.changed"]
    assert verbs("bob") == ["employee.joined", "employee.left", "employee.access_ended"]
    changed = Event.objects.get(verb="employee.changed")
    assert changed.actor == services.system_employee("directory")
    assert changed.details["fields"] == ["title"]
    assert PersonalText.objects.get(event=changed).body == {"title.before": "Intern", "title.after": "Captain"}
    assert "Captain" not in json.dumps(changed.details)
    assert verify().ok


def test_the_report_of_a_run_is_kept_with_what_it_did_to_each_person(tmp_path):
    run(tmp_path, person("amy", title="Intern"))
    run(tmp_path, person("amy", title="Captain"))

    kept = SyncRun.objects.first()
    change = SyncChange.objects.get(run=kept)
    assert (kept.seen, kept.created, kept.changed, kept.refused, kept.complete) == (1, 0, 1, "", True)
    assert kept.started_at <= kept.finished_at
    assert (change.employee.login, change.kind, change.diff) == ("amy", "changed", {"title": ["Intern", "Captain"]})


def test_a_person_who_was_renamed_or_moved_keeps_the_row(tmp_path):
    run(tmp_path, person("amy"), person("bob"))
    before = Employee.objects.get(login="amy").pk

    report = run(tmp_path, person("amy", uid="akroker", sn="Kroker", dn=f"uid=akroker,ou=Gone,{BASE}"), person("bob"))

    assert counts(report) == (0, 1, 0, 0)
    assert Employee.objects.get(login="akroker").pk == before


def test_two_people_may_swap_their_logins(tmp_path):
    run(tmp_path, person("amy", cn="First"), person("bob", cn="Second"))

    report = run(
        tmp_path,
        person("amy", cn="First", uid="bob", dn=dn_of("amy")),
        person("bob", cn="Second", uid="amy", dn=dn_of("bob")),
    )

    assert counts(report) == (0, 2, 0, 0)
    assert Employee.objects.get(login="bob").name == "First"
    assert Employee.objects.get(login="amy").name == "Second"


def test_who_vanishes_is_deactivated_and_who_returns_is_the_same_person(tmp_path):
    run(tmp_path, person("amy"), person("bob"), group("crew", "amy", "bob"))
    amy = Employee.objects.get(login="amy")

    left = run(tmp_path, person("bob"), group("crew", "bob"))
    amy.refresh_from_db()
    assert counts(left) == (0, 0, 1, 0)
    assert not amy.is_active and amy.deactivated_at and not amy.groups.exists()

    back = run(tmp_path, person("amy"), person("bob"), group("crew", "amy", "bob"))
    amy.refresh_from_db()
    assert counts(back) == (0, 1, 0, 0)
    assert amy.is_active and amy.deactivated_at is None and amy.left_source_at is None
    assert [group.name for group in amy.groups.all()] == ["crew"]
    assert verbs("amy") == ["employee.joined", "employee.left", "employee.access_ended", "employee.joined"]


def test_a_newly_disabled_account_ends_and_one_never_seen_is_left_out(tmp_path):
    run(tmp_path, person("amy"), person("bob"))

    report = run(
        tmp_path, person("amy", userAccountControl="514"), person("bob"), person("zed", userAccountControl="514")
    )

    assert (report.created, report.deactivated, report.skipped) == (0, 1, 1)
    assert not Employee.objects.get(login="amy").is_active
    assert not Employee.objects.filter(login="zed").exists()


def test_who_was_deactivated_by_hand_stays_so_whatever_the_directory_says(tmp_path):
    run(tmp_path, person("amy"), person("bob"), group("crew", "amy", "bob"))
    services.deactivate(Employee.objects.get(login="amy"))

    report = run(tmp_path, person("amy"), person("bob"), group("crew", "amy", "bob"))

    amy = Employee.objects.get(login="amy")
    assert not amy.is_active and not amy.groups.exists()
    assert any("deactivated here by hand" in reason for reason in reasons(report))


@pytest.mark.parametrize(
    ("people", "leaving", "refused"),
    [(3, 1, False), (3, 2, True), (100, 2, False), (100, 3, True), (600, 10, False), (600, 11, True)],
)
def test_the_fuse_holds_beyond_two_in_a_hundred_one_at_least_and_ten_at_most(tmp_path, people, leaving, refused):
    run(tmp_path, *crowd(people))

    report = run(tmp_path, *crowd(people)[leaving:])

    active = Employee.objects.people().active().count()
    assert (report.refused is not None, active) == (refused, people if refused else people - leaving)
    if refused:
        assert f"{leaving} of {people}" in report.refused and "--confirm" in report.refused
        assert counts(report) == (0, 0, 0, 0)


def test_newly_disabled_people_count_for_the_fuse_as_well(tmp_path):
    run(tmp_path, *crowd(10))

    report = run(tmp_path, *[person(f"p{n:03d}", userAccountControl="514") for n in range(6)], *crowd(10)[6:])

    assert report.refused and Employee.objects.people().active().count() == 10


def test_a_refused_run_writes_nothing_but_its_report(tmp_path):
    run(tmp_path, *crowd(5), group("crew", "p000"))
    before = list(Employee.objects.order_by("pk").values())
    events = Event.objects.count()

    report = run(tmp_path, person("p000", title="New title", ou="New unit"), person("joiner"), group("other", "p000"))

    assert report.refused
    assert list(Employee.objects.order_by("pk").values()) == before
    assert (Event.objects.count(), Department.objects.count(), Group.objects.count()) == (events, 0, 1)
    assert SyncRun.objects.first().refused == report.refused


def test_with_confirm_the_same_run_is_carried_out(tmp_path):
    run(tmp_path, *crowd(5))

    report = run(tmp_path, *crowd(1), confirmed=True)

    assert (report.refused, report.deactivated) == (None, 4)


def test_a_dry_run_counts_the_same_and_writes_nothing_at_all(tmp_path):
    run(tmp_path, *crowd(5), group("crew", "p000"))
    changed = [
        person("p000", title="Captain", ou="Flights", l="Milan"),
        *crowd(5)[2:],
        person("joiner"),
        group("crew", "p002"),
    ]

    def tables():
        return [
            list(model.objects.order_by("pk").values())
            for model in (
                Employee,
                Department,
                Location,
                Group,
                DirectoryGroup,
                SyncRun,
                SyncChange,
                Event,
                Employee.groups.through,
            )
        ]

    before = tables()
    planned = run(tmp_path, *changed, dry_run=True)

    assert tables() == before
    assert counts(planned) == counts(run(tmp_path, *changed)) == (1, 2, 1, 0)


def test_a_dry_run_on_an_empty_database_leaves_it_empty(tmp_path):
    report = run(tmp_path, person("amy", ou="Flights"), group("crew", "amy"), dry_run=True)

    assert report.created == 1
    assert not Employee.objects.exists() and not Department.objects.exists() and not Group.objects.exists()


@pytest.mark.parametrize("content", ["", "dn: dc=x\nobjectClass: domain\n", "\n\n# nothing\n"])
def test_a_source_without_people_deactivates_nobody(tmp_path, content):
    run(tmp_path, *crowd(3))
    (tmp_path / "people.ldif").write_text(content)

    report = sync.run(LdifSource(tmp_path / "people.ldif"), confirmed=True)

    assert "holds no people" in report.refused
    assert Employee.objects.people().active().count() == 3


@pytest.mark.parametrize(
    "fault",
    ["dn: cn=x,,dc=x\nsn: x\n", "nonsense\n", "dn: cn=x,dc=x\nsn:: ===\n", "dn: cn=x,dc=x\nchangetype: delete\n"],
)
def test_a_source_with_a_fault_deactivates_nobody_but_brings_news(tmp_path, fault):
    run(tmp_path, *crowd(3))

    report = run(tmp_path, person("p000", title="Captain"), person("p001"), fault, confirmed=True)

    assert (report.changed, report.deactivated, report.refused) == (1, 0, None)
    assert Employee.objects.people().active().count() == 3
    assert any("people.ldif, line" in reason for reason in reasons(report))


def test_a_file_cut_off_in_a_line_deactivates_nobody_wherever_it_is_cut(tmp_path):
    run(tmp_path, *crowd(4))
    whole = (tmp_path / "people.ldif").read_text()

    for length in range(len(whole)):
        if whole[length - 1] == "\n":
            continue
        (tmp_path / "cut.ldif").write_text(whole[:length])
        report = sync.run(LdifSource(tmp_path / "cut.ldif"), confirmed=True, dry_run=True)
        assert report.deactivated == 0, whole[:length][-80:]


def test_a_file_that_turns_to_rubbish_halfway_is_refused_whole(tmp_path):
    run(tmp_path, *crowd(3))
    path = tmp_path / "people.ldif"
    path.write_bytes(person("new").encode() + b"\n\x00\x01\x02 rubbish\n")

    report = sync.run(LdifSource(path), confirmed=True)

    assert "NUL" in report.refused
    assert not Employee.objects.filter(login="new").exists()


def test_another_directory_is_left_alone(tmp_path):
    run(tmp_path, *crowd(30), group("crew", "p000"))

    report = run(tmp_path, person("eve", dn="uid=eve,ou=People,dc=other,dc=example"), name="other.ldif")

    assert counts(report) == (1, 0, 0, 0)
    assert Employee.objects.people().active().count() == 31
    assert Employee.objects.get(login="p000").groups.count() == 1


def test_the_same_directory_in_a_file_of_another_name_is_the_same_directory(tmp_path):
    run(tmp_path, *crowd(3), name="monday.ldif")

    report = run(tmp_path, *crowd(3)[1:], name="tuesday.ldif")

    assert counts(report) == (0, 0, 1, 0)


def test_two_entries_with_one_key_or_one_name_are_one_person(tmp_path):
    report = run(tmp_path, person("amy"), person("amy2", key=key_of("amy")), person("other", dn=dn_of("amy")))

    assert (report.seen, report.created, report.skipped) == (3, 1, 2)
    assert sum("listed twice" in reason for reason in reasons(report)) == 2


def test_one_login_for_two_people_goes_to_who_has_it(tmp_path):
    run(tmp_path, person("amy"), person("bob"))

    report = run(tmp_path, person("zed", uid="AMY", dn=dn_of("zed")), person("amy"), person("bob"))

    assert (report.created, report.deactivated, report.skipped) == (0, 0, 1)
    assert any(dn_of("zed") in reason and dn_of("amy") in reason for reason in reasons(report))


def test_who_is_skipped_is_still_listed_and_stays_active(tmp_path):
    run(tmp_path, person("amy"), person("bob"))

    clash = run(tmp_path, person("amy", uid="bob", dn=dn_of("amy")), person("bob"))
    unusable = run(tmp_path, person("amy", uid="x" * 200, dn=dn_of("amy")), person("bob"))

    assert (clash.skipped, clash.deactivated, unusable.skipped, unusable.deactivated) == (1, 0, 1, 0)
    assert Employee.objects.get(login="amy").is_active


def test_a_local_account_is_never_taken_over_by_a_login_of_the_directory(tmp_path):
    local = make_employee("amy", email="amy@acme.example")

    report = run(tmp_path, person("amy"), person("bob"), group("administrators", "amy"))

    local.refresh_from_db()
    assert (report.created, report.skipped) == (1, 1)
    assert local.source == "" and not local.groups.exists()
    assert any("a local account" in reason for reason in reasons(report))


def test_a_login_used_again_by_somebody_new_makes_a_new_person(tmp_path):
    run(tmp_path, person("mrossi", cn="Mario Rossi"), person("bob"), group("admins", "mrossi"))
    run(tmp_path, person("bob"), group("admins"))

    report = run(
        tmp_path,
        person("mrossi", cn="Maria Rossi", key="11111111-1111-1111-1111-111111111111", mail="maria@acme.example"),
        person("bob"),
        group("admins"),
    )

    maria, mario = Employee.objects.get(login="mrossi"), Employee.objects.get(name="Mario Rossi")
    assert maria.name == "Maria Rossi" and maria.pk != mario.pk
    assert mario.login == f"mrossi~{mario.pk}" and not mario.is_active
    assert any("used before by Mario Rossi" in reason for reason in reasons(report))
    assert verbs("mrossi") == ["employee.joined"]


def test_without_keys_a_moved_entry_with_the_same_login_and_mail_is_the_same_person(tmp_path):
    run(tmp_path, person("amy", key="", mail="amy@acme.example"), person("bob", key=""))
    before = Employee.objects.get(login="amy").pk

    report = run(tmp_path, person("amy", key="", dn=f"uid=amy,ou=Abroad,{BASE}"), person("bob", key=""))

    assert counts(report) == (0, 1, 0, 0)
    assert Employee.objects.get(login="amy").pk == before
    assert any("moved here" in reason for reason in reasons(report))
    assert any("2 people have neither objectGUID nor entryUUID" in reason for reason in reasons(report))


def test_people_who_gain_a_key_are_recognised_by_their_name_once(tmp_path):
    run(tmp_path, person("amy", key=""), person("bob", key=""))

    report = run(tmp_path, person("amy"), person("bob"))

    assert counts(report) == (0, 2, 0, 0)
    assert Employee.objects.people().count() == 2


def test_absent_cyclic_and_own_managers_are_reported_and_not_set(tmp_path):
    report = run(
        tmp_path,
        person("amy", manager=dn_of("bob")),
        person("bob", manager=dn_of("cy")),
        person("cy", manager=dn_of("amy")),
        person("dan", manager=dn_of("amy")),
        person("eve", manager=dn_of("eve")),
        person("fay", manager=dn_of("nobody")),
    )

    managers = dict(Employee.objects.people().values_list("login", "manager__login"))
    assert managers == {"amy": None, "bob": None, "cy": None, "dan": "amy", "eve": None, "fay": None}
    told = reasons(report)
    assert sum("leads back" in reason for reason in told) == 3
    assert any(dn_of("eve") in reason and "own manager" in reason for reason in told)
    assert any(dn_of("fay") in reason and "not in the source" in reason for reason in told)


def test_a_manager_may_be_new_and_may_change(tmp_path):
    run(tmp_path, person("amy", manager=dn_of("bob")), person("bob"))

    run(
        tmp_path, person("amy", title="Captain", manager=dn_of("cy")), person("bob"), person("cy", manager=dn_of("bob"))
    )

    amy = Employee.objects.get(login="amy")
    assert (amy.title, amy.manager.login, amy.manager.manager.login) == ("Captain", "cy", "bob")
    assert amy.sync_changes.get(kind="changed").diff == {"title": ["", "Captain"], "manager": ["bob", "cy"]}


def test_spellings_of_one_department_are_one_department(tmp_path):
    run(tmp_path, person("amy", ou="Human Resources"), person("bob", ou="human  resources"), person("cy", ou="人事部"))

    assert sorted(Department.objects.values_list("name", flat=True)) == ["Human Resources", "人事部"]


def test_unknown_cities_take_the_zone_of_their_country(tmp_path):
    run(tmp_path, person("amy", l="Hong Kong"), person("bob", l="Bologna", c="it"), person("cy", l="Nowhere"))

    zones = dict(Location.objects.values_list("name", "time_zone"))
    assert zones == {"Hong Kong": "Asia/Hong_Kong", "Bologna": "Europe/Rome", "Nowhere": "UTC"}


def test_there_are_far_fewer_statements_than_people(tmp_path):
    records = [person(f"p{n}", manager=dn_of("p0"), ou="Sales") for n in range(1, 300)] + [person("p0")]

    with CaptureQueriesContext(connection) as captured:
        run(tmp_path, *records, group("crew", *[f"p{n}" for n in range(300)]))

    assert len(captured) < 70


def test_the_language_of_the_directory_is_taken_once_and_never_put_over_the_person_s_own(tmp_path):
    run(tmp_path, person("amy", preferredLanguage="it-IT, en;q=0.8"))
    assert Employee.objects.get(login="amy").language == "it-it"
    Employee.objects.filter(login="amy").update(language="zh-hant")

    report = run(tmp_path, person("amy", preferredLanguage="en"))

    assert (report.changed, Employee.objects.get(login="amy").language) == (0, "zh-hant")
