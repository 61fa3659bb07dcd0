"""The sync on directories of others: Planet Express, Sun's Example.ldif, the files of Spring LDAP and RFC 2849."""

import shutil

import pytest
from django.contrib.auth.models import Group

from directory.ldap import sync
from directory.ldap.ldif import LdifSource
from directory.models import Employee

pytestmark = pytest.mark.django_db
PLANET_EXPRESS = "directory/planetexpress/rootfs/opt/openldap/bootstrap/data"
SPRING = "directory/spring-ldap"


def run(path, **options):
    return sync.run(LdifSource(path), **options)


def members(name):
    return set(Group.objects.get(name=name).members.values_list("login", flat=True))


def reasons(report):
    return [warning["reason"] for warning in report.warnings]


@pytest.mark.parametrize(
    ("path", "seen", "created", "groups"),
    [
        (PLANET_EXPRESS, 7, 7, 2),
        ("directory/Example.ldif", 150, 150, 5),
        (f"{SPRING}/odm/src/test/resources/testdata.ldif", 9, 9, 0),
        (f"{SPRING}/test/integration-tests/src/test/resources/setup_data.ldif", 5, 5, 2),
        (f"{SPRING}/test/integration-tests/src/test/resources/setup_data_subtree.ldif", 4, 4, 2),
        (f"{SPRING}/test/integration-tests/src/test/resources/setup_data_multi_rdn.ldif", 5, 5, 2),
        (f"{SPRING}/test/integration-tests-openldap/src/test/resources/setup_data.ldif", 10, 10, 0),
        (f"{SPRING}/ldif/ldif-core/src/test/resources/test.ldif", 8, 7, 0),
    ],
)
def test_everybody_comes_in_once_and_a_second_run_changes_nothing(real_data, path, seen, created, groups):
    first = run(real_data / path)
    second = run(real_data / path)

    assert (first.seen, first.created, first.groups, first.refused) == (seen, created, groups, None)
    assert first.seen == first.created + first.skipped
    assert (second.created, second.changed, second.deactivated) == (0, 0, 0)


def test_planet_express_has_its_crew_and_an_entry_named_by_two_attributes(real_data):
    run(real_data / PLANET_EXPRESS)

    assert members("ship_crew") == {"fry", "leela", "bender"}
    assert members("admin_staff") == {"professor", "hermes"}
    amy = Employee.objects.get(login="amy")
    assert (amy.name, amy.family_name, amy.department.name) == ("Amy Wong", "Kroker", "Intern")


def test_who_leaves_planet_express_is_deactivated_and_half_the_crew_needs_a_look(real_data, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(real_data / PLANET_EXPRESS, folder)
    run(folder)
    folder.chmod(0o755)
    (folder / "10_people_fry.ldif").unlink()

    assert run(folder).deactivated == 1
    assert members("ship_crew") == {"leela", "bender"}
    for name in ("leela", "bender", "amy"):
        (folder / f"10_people_{name}.ldif").unlink()
    assert "3 of 6 people" in run(folder).refused
    assert Employee.objects.people().active().count() == 6


def test_the_managers_of_example_com_form_chains_that_end(real_data):
    run(real_data / "directory/Example.ldif")

    above = dict(Employee.objects.people().values_list("pk", "manager"))
    assert sum(manager is not None for manager in above.values()) > 140
    for pk in above:
        steps = 0
        while pk is not None and steps <= 150:
            pk, steps = above[pk], steps + 1
        assert steps <= 150
    kirsten = Employee.objects.get(login="kvaughan")
    assert (kirsten.department.name, kirsten.location.name) == ("Human Resources", "Sunnyvale")


def test_the_examples_of_the_rfc_are_read_or_reported_by_line(real_data):
    report = run(real_data / SPRING / "ldif/ldif-core/src/test/resources/test.ldif")

    told = reasons(report)
    assert Employee.objects.get(login="rogasawara").name == "小笠原 ロドニー"
    assert any("line 154" in reason and "URL" in reason for reason in told)
    assert sum("change record" in reason for reason in told) == 6
    assert any("listed twice" in reason for reason in told)
    assert not report.complete


def test_a_file_of_configuration_changes_holds_no_people(real_data):
    report = run(real_data / PLANET_EXPRESS / "../config")

    assert "holds no people" in report.refused
