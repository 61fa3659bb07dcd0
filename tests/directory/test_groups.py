"""Groups of the directory as groups here, nested ones included."""

import pytest
from django.contrib.auth.models import Group

from directory.ldap import sync
from directory.ldap.mapping import Mapping
from directory.models import DirectoryGroup, Employee, SyncAlarm
from tests import factories as make
from tests.factories import make_employee

from .ldif_text import BASE, dn_of, group, group_dn, person, record, source

pytestmark = pytest.mark.django_db
PEOPLE = [person("amy"), person("bob"), person("cy"), person("dan")]


def run(folder, *records, **options):
    return sync.run(source(folder, *PEOPLE, *records), **options)


def members(name):
    return sorted(Group.objects.get(name=name).members.values_list("login", flat=True))


def reasons(report):
    return [f"{warning['person']}: {warning['reason']}" for warning in report.warnings]


@pytest.mark.parametrize(
    "entry",
    [
        record(group_dn("crew"), ("objectClass", "groupOfNames"), ("cn", "crew"), ("member", dn_of("amy"))),
        record(group_dn("crew"), ("objectClass", "groupOfUniqueNames"), ("cn", "crew"), ("uniqueMember", dn_of("AMY"))),
        record(group_dn("crew"), ("objectClass", "posixGroup"), ("cn", "crew"), ("memberUid", "amy")),
        record(group_dn("crew"), ("objectClass", "group"), ("cn", "crew"), ("member", f"UID=amy , ou=people,{BASE}")),
    ],
)
def test_each_kind_of_group_brings_its_members(tmp_path, entry):
    report = run(tmp_path, entry)

    assert report.groups == 1
    assert members("crew") == ["amy"]


def test_a_posix_group_holds_those_whose_primary_group_it_is(tmp_path):
    own = record(group_dn("staff"), ("objectClass", "posixGroup"), ("cn", "staff"), ("gidNumber", "500"))
    sync.run(source(tmp_path, person("amy", gidNumber="500"), person("bob", gidNumber="501"), own))

    assert members("staff") == ["amy"]


def test_nested_groups_are_closed_over_in_any_order_of_the_file(tmp_path):
    run(
        tmp_path,
        group("all", "dan", nested=("middle",)),
        group("middle", "bob", nested=("inner",)),
        group("inner", "amy"),
    )

    assert (members("all"), members("middle"), members("inner")) == (["amy", "bob", "dan"], ["amy", "bob"], ["amy"])


def test_groups_that_contain_each_other_have_the_same_members_and_are_reported(tmp_path):
    report = run(
        tmp_path,
        group("one", "amy", nested=("two",)),
        group("two", "bob", nested=("one",)),
        group("self", nested=("self",)),
    )

    assert members("one") == members("two") == ["amy", "bob"]
    assert members("self") == []
    assert sum("contains itself" in reason for reason in reasons(report)) == 3


def test_losing_a_group_is_an_event_of_the_person(tmp_path):
    run(tmp_path, group("crew", "amy", "bob"))

    report = run(tmp_path, group("crew", "bob", "cy"))

    assert report.changed == 2
    amy = Employee.objects.get(login="amy")
    assert amy.sync_changes.latest("pk").diff == {"groups": ["crew", ""]}
    assert members("crew") == ["bob", "cy"]


def test_the_directory_decides_about_its_own_groups_and_no_others(tmp_path):
    run(tmp_path, group("crew", "amy"))
    local = Group.objects.create(name="local")
    bob, breakglass = Employee.objects.get(login="bob"), make_employee("breakglass")
    bob.groups.add(local, Group.objects.get(name="crew"))
    breakglass.groups.add(Group.objects.get(name="crew"))

    run(tmp_path, group("crew", "amy"))

    assert [one.name for one in bob.groups.all()] == ["local"]
    assert members("crew") == ["amy", "breakglass"]


def test_a_group_that_was_set_up_here_first_keeps_its_row_and_so_its_rights(tmp_path):
    prepared = Group.objects.create(name="desk-l1")

    run(tmp_path, group("desk-l1", "amy"))

    assert DirectoryGroup.objects.get().group == prepared
    assert members("desk-l1") == ["amy"]


def test_a_group_with_rights_that_the_directory_fills_from_now_on_is_an_alarm(tmp_path):
    make.make_group("desk-l1", on=make.make_queue(), rights=("view_queue",))
    Group.objects.create(name="choir")

    run(tmp_path, group("desk-l1", "amy"), group("choir", "amy"))
    run(tmp_path, group("desk-l1", "amy"), group("choir", "amy"))

    alarm = SyncAlarm.objects.get()
    assert alarm.kind == "group_adopted" and "desk-l1" in alarm.about


def test_a_group_that_the_mapping_names_is_no_alarm(tmp_path):
    make.make_group("administrators", on=make.make_queue(), rights=("view_queue",))

    run(tmp_path, group("administrators", "amy"), mapping=Mapping(groups={"administrators": "administrators"}))

    assert members("administrators") == ["amy"] and not SyncAlarm.objects.exists()


def test_a_renamed_group_keeps_its_row(tmp_path):
    key = "22222222-2222-2222-2222-222222222222"
    run(tmp_path, group("crew", "amy", key=key))
    before = Group.objects.get()

    run(tmp_path, group("ship crew", "amy", key=key))

    assert (Group.objects.get().pk, Group.objects.get().name) == (before.pk, "ship crew")


def test_two_groups_of_one_name_stay_two_groups(tmp_path):
    twin = group("crew", "bob", dn=f"cn=crew,ou=Other,{BASE}")

    report = run(tmp_path, group("crew", "amy"), twin)
    again = run(tmp_path, group("crew", "amy"), twin)

    assert (members("crew"), members("crew (2)")) == (["amy"], ["bob"])
    assert any("Another group is called crew" in reason for reason in reasons(report))
    assert again.changed == 0


def test_a_group_that_is_gone_has_no_members_left_but_keeps_its_row(tmp_path):
    run(tmp_path, group("crew", "amy"), group("admins", "bob"))

    report = run(tmp_path, group("crew", "amy"))

    assert (report.changed, members("admins")) == (1, [])


def test_a_source_without_any_group_leaves_memberships_alone_and_says_so(tmp_path):
    run(tmp_path, group("crew", "amy"))

    report = run(tmp_path)

    assert members("crew") == ["amy"]
    assert any("holds no groups" in reason for reason in reasons(report))


def test_an_incomplete_source_takes_nobody_out_of_a_group(tmp_path):
    run(tmp_path, group("crew", "amy", "bob"))

    run(tmp_path, group("crew", "bob", "cy"), "dn: cn=lost\n")

    assert members("crew") == ["amy", "bob", "cy"]


def test_members_who_are_not_in_the_source_are_counted(tmp_path):
    report = run(
        tmp_path,
        group("crew", "amy", "nobody", "noone"),
        group("crew", "bob"),
        record(f"ou=x,{BASE}", ("objectClass", "groupOfNames"), ("member", dn_of("amy"))),
    )

    told = reasons(report)
    assert any(group_dn("crew") in reason and "2 members are not in the source" in reason for reason in told)
    assert any("listed twice" in reason for reason in told)
    assert any("has no name" in reason for reason in told)
    assert (report.groups, members("crew")) == (1, ["amy"])
