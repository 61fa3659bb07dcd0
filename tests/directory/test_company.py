"""The company that ships with the product, to look at and to try things on."""

from collections import Counter

import pytest

from directory.ldap import sync
from directory.ldap.ldif import LdifSource
from directory.models import Employee, Location
from scripts import make_company

SHIPPED = LdifSource(make_company.TARGET)
ROLES = [
    "administrators", "asset-managers", "cab-members", "change-managers", "desk-coordinators", "desk-l1", "desk-l2",
    "desk-l3", "desk-managers", "desk-trainees", "everyone", "facilities-l1", "facilities-l2", "hr-confidential",
    "hr-l1", "hr-l2", "knowledge-managers", "network-l1", "network-l2", "network-l3", "onboarding-coordinators",
    "qa-analysts",
]  # fmt: skip


def test_the_shipped_file_is_what_the_script_writes():
    assert make_company.TARGET.read_text(encoding="ascii") == make_company.ldif()


@pytest.fixture
def company(db):
    return sync.run(SHIPPED)


def test_250_people_at_four_sites_come_in_without_a_warning(company):
    assert (company.seen, company.created, company.skipped, company.warnings) == (250, 250, 0, [])
    zones = set(Location.objects.values_list("name", "time_zone"))
    assert zones == {
        ("Milan", "Europe/Rome"), ("Kuala Lumpur", "Asia/Kuala_Lumpur"), ("Shanghai", "Asia/Shanghai"),
        ("Hong Kong", "Asia/Hong_Kong"),
    }  # fmt: skip
    assert sync.run(SHIPPED).changed == 0


def test_everybody_but_the_chief_has_a_manager_and_the_chief_is_over_all(company):
    above = dict(Employee.objects.people().values_list("pk", "manager"))
    tops = [pk for pk, manager in above.items() if manager is None]

    assert len(tops) == 1
    for pk in above:
        chain = []
        while pk is not None:
            chain.append(pk)
            pk = above[pk]
        assert len(chain) <= 6 and chain[-1] == tops[0]


def test_every_role_of_the_desks_has_somebody_in_it(company):
    sizes = Counter(Employee.objects.filter(groups__name__in=ROLES).values_list("groups__name", flat=True))

    assert sorted(sizes) == ROLES
    assert sizes["everyone"] == 250
    technicians = Employee.objects.filter(groups__name__regex="-(l[123]|trainees|coordinators)$").distinct()
    assert 30 <= technicians.count() <= 45


def test_names_of_shanghai_and_hong_kong_are_shown_in_both_scripts(company):
    for city in ("Shanghai", "Hong Kong"):
        names = Employee.objects.filter(location__name=city).values_list("name", flat=True)
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in name) for name in names)
        assert all(any(letter.isascii() and letter.isalpha() for letter in name) for name in names)
