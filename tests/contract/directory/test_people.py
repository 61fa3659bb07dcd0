"""The same people, groups and rights, whichever server they come from."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from directory.ldap import sync
from directory.models import DirectoryGroup, Employee

from .companies import LdifCompany, SambaCompany, SlapdCompany

pytestmark = pytest.mark.django_db

SAMBA = pytest.param("samba", marks=[pytest.mark.root_only, pytest.mark.xdist_group("samba")])


@pytest.fixture(params=["ldif", "slapd", SAMBA])
def company(request, tmp_path):
    if request.param == "ldif":
        return LdifCompany(tmp_path)
    server = request.getfixturevalue(request.param)
    return SlapdCompany(server) if request.param == "slapd" else SambaCompany(server)


def run(company, **options):
    report = sync.run(company.source(**options))
    assert report.refused is None
    return report


def counts(report):
    return (report.created, report.changed, report.deactivated, report.skipped)


def employee(login):
    return Employee.objects.get(login=login)


def groups_of(login):
    return sorted(employee(login).groups.values_list("name", flat=True))


def reasons(report, dn):
    return [warning["reason"] for warning in report.warnings if warning["person"].lower() == dn.lower()]


def test_everybody_comes_in_over_many_pages_with_what_is_known_of_them(company):
    for number in range(12):
        company.person(f"p{number:02}")
    company.person(
        "ada", cn="Ada Løve", sn="Løve", givenName="Ada", title="Pilot", departmentNumber="Flights", l="Milan",
        telephoneNumber="+39 02 1", employeeNumber="0042",
    )  # fmt: skip

    report = run(company, page_size=5)

    ada = employee("ada")
    assert counts(report) == (13, 0, 0, 0)
    assert report.complete
    assert (ada.name, ada.given_name, ada.family_name, ada.email) == ("Ada Løve", "Ada", "Løve", "ada@acme.example")
    assert (ada.title, ada.department.name, ada.location.name) == ("Pilot", "Flights", "Milan")
    assert (ada.phone, ada.employee_number) == ("+39 02 1", "0042")


def test_a_second_run_changes_nothing(company):
    ada = company.person("ada")
    company.person("bob", manager=ada)
    company.group("crew", [ada])
    run(company)

    assert counts(run(company)) == (0, 0, 0, 0)


def test_an_identifier_is_read_the_same_from_each_kind_of_key(company):
    company.person("ada")
    run(company)

    kind, _colon, key = employee("ada").source_key.partition(":")

    assert kind == "uuid"
    assert len(key) == 36


def test_managers_are_found_after_everybody_is_read_and_a_cycle_is_reported(company):
    ada = company.person("ada")
    bob = company.person("bob", manager=ada)
    company.person("cy", manager=bob)
    company.change(ada, manager=bob)

    report = run(company)

    assert employee("cy").manager == employee("bob")
    assert reasons(report, ada) or reasons(report, bob)
    assert not (employee("ada").manager == employee("bob") and employee("bob").manager == employee("ada"))


def test_a_manager_who_is_no_person_of_the_source_is_reported(company):
    ada = company.person("ada", manager=company.unit("Nobody"))

    report = run(company)

    assert employee("ada").manager is None
    assert reasons(report, ada)


def test_members_of_nested_groups_are_members_of_each_even_when_they_go_in_a_circle(company):
    ada, bob = company.person("ada"), company.person("bob")
    inner = company.group("inner", [ada])
    middle = company.group("middle", [inner])
    company.group("outer", [middle, bob])
    company.change(inner, member=[ada, middle])

    run(company)

    assert groups_of("ada") == ["inner", "middle", "outer"]
    assert groups_of("bob") == ["outer"]


def test_who_leaves_a_group_loses_it_and_a_new_member_gets_it(company):
    ada, bob = company.person("ada"), company.person("bob")
    crew = company.group("crew", [ada])
    run(company)

    company.change(crew, member=[bob])
    run(company)

    assert (groups_of("ada"), groups_of("bob")) == ([], ["crew"])


def test_a_renamed_person_is_the_same_person(company):
    ada = company.person("ada")
    company.group("crew", [ada])
    run(company)
    before = employee("ada").pk

    renamed = company.move(ada, "Ada King")
    company.change(renamed, uid="king", mail="king@acme.example")
    report = run(company)

    assert counts(report) == (0, 1, 0, 0)
    assert employee("king").pk == before
    assert employee("king").email == "king@acme.example"
    assert groups_of("king") == ["crew"]


def test_a_moved_person_is_the_same_person(company):
    ada = company.person("ada")
    company.group("crew", [ada])
    run(company)
    before = employee("ada").pk

    company.move(ada, "Ada", company.unit("Abroad"))
    report = run(company)

    assert (report.created, report.deactivated) == (0, 0)
    assert (employee("ada").pk, employee("ada").is_active, groups_of("ada")) == (before, True, ["crew"])


def test_a_disabled_account_is_closed_and_an_enabled_one_opens_again(company):
    ada = company.person("ada")
    company.person("bob")
    company.group("crew", [ada])
    run(company)
    before = employee("ada").pk

    company.disable(ada)
    run(company)
    assert (employee("ada").is_active, groups_of("ada"), employee("bob").is_active) == (False, [], True)

    company.disable(ada, disabled=False)
    run(company)
    assert (employee("ada").is_active, employee("ada").pk, groups_of("ada")) == (True, before, ["crew"])


def test_who_is_gone_from_a_whole_reading_is_closed(company):
    ada = company.person("ada")
    company.person("bob")
    run(company)

    company.remove(ada)
    report = run(company)

    assert report.deactivated == 1
    assert (employee("ada").is_active, employee("bob").is_active) == (False, True)


def test_names_with_signs_of_their_own_are_followed(company):
    odd = company.person("odd", cn='O\'Neil, "Jo" + Mo; Ltd = <1>')
    han = company.person("han", cn="韓 梅梅", manager=odd)
    company.group("crew", [odd, han])

    run(company)

    assert employee("odd").name == 'O\'Neil, "Jo" + Mo; Ltd = <1>'
    assert (employee("han").name, employee("han").manager) == ("韓 梅梅", employee("odd"))
    assert groups_of("odd") == groups_of("han") == ["crew"]


def test_a_photo_arrives_byte_for_byte(company):
    photo = bytes(range(256)) * 40
    dn = company.person("ada", jpegPhoto=photo)

    entries = company.source().read({"jpegphoto"}).entries

    assert [entry.attributes["jpegphoto"] for entry in entries if entry.dn.lower() == dn.lower()] == [[photo]]


def test_a_large_group_has_all_its_members(company):
    members = [company.person(f"p{number:02}") for number in range(40)]
    company.group("all", members)

    run(company, page_size=15)

    assert Group.objects.get(name="all").members.count() == 40
    assert DirectoryGroup.objects.filter(group__name="all").count() == 1


@pytest.mark.parametrize("company", ["ldif", "slapd"], indirect=True)
def test_a_name_in_another_language_stands_beside_the_plain_one(company):
    ada = company.person("ada", cn="Ada")
    company.change(ada, **{"cn;lang-zh": "艾达"})

    run(company)

    assert employee("ada").name == "Ada"


@pytest.mark.parametrize("company", ["ldif", SAMBA], indirect=True)
@pytest.mark.parametrize(
    ("expires", "active"),
    [
        ("0", True),
        ("9223372036854775807", True),
        (str(int((datetime(2020, 1, 1, tzinfo=UTC).timestamp() + 11_644_473_600) * 10_000_000)), False),
        (str(int((datetime(2100, 1, 1, tzinfo=UTC).timestamp() + 11_644_473_600) * 10_000_000)), True),
    ],
    ids=["nought", "never", "past", "future"],
)
def test_an_account_ends_on_its_day_and_two_numbers_mean_never(company, expires, active):
    company.person("bob")
    ada = company.person("ada")
    run(company)

    company.change(ada, accountExpires=expires)
    run(company)

    assert employee("ada").is_active is active


@pytest.mark.root_only
@pytest.mark.xdist_group("samba")
def test_the_primary_group_counts_though_nobody_is_listed_in_it(samba):
    company = SambaCompany(samba)
    company.person("ada")
    company.place = samba.base  # the group lies beside the people

    run(company)

    assert "Domain Users" in groups_of("ada")
