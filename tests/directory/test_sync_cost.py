"""What a run may ask of the database: as much for many people as for few."""

import gc
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.ldap import sync
from directory.ldap.entries import Reading, Unreadable
from directory.ldap.ldif import LdifSource
from directory.ldap.sync import Report
from directory.models import Employee, SyncChange
from servicedesk.benchmark import people

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 25


def company(folder: Path, number: int) -> LdifSource:
    """So many people in 83 groups."""
    file = folder / "company.ldif"
    people.write(file, number, base="dc=acme,dc=example", reader="cn=reader,dc=acme,dc=example", password="p")
    return LdifSource(str(file))


def statements_of(source: LdifSource) -> tuple[int, Report]:
    with CaptureQueriesContext(connection) as captured:
        report = sync.run(source)
    assert report.refused is None
    return len(captured), report


@pytest.mark.parametrize("number", [60, 240])
def test_a_run_over_unchanged_people_asks_the_same_however_many_they_are(number: int, tmp_path: Path) -> None:
    source = company(tmp_path, number)
    sync.run(source)

    statements, report = statements_of(source)

    assert (report.seen, report.created, report.changed) == (number, 0, 0)
    assert statements <= MOST_STATEMENTS


@pytest.mark.parametrize("number", [120, 480])
def test_a_first_load_asks_for_each_group_and_level_and_not_for_each_person(number: int, tmp_path: Path) -> None:
    statements, report = statements_of(company(tmp_path, number))

    assert report.created == SyncChange.objects.count() == number
    assert statements <= MOST_STATEMENTS * 2 + 3 * report.groups


def test_no_cycles_are_sought_during_a_run_and_again_after_it_whatever_comes_of_it() -> None:
    seen: list[bool] = []

    class Broken:
        uri = "ldif:broken"

        def read(self, wanted: Iterable[str]) -> Reading:
            seen.append(gc.isenabled())
            raise Unreadable("It ends early.")

    assert sync.run(Broken()).refused == "It ends early."
    assert (seen, gc.isenabled()) == ([False], True)


def test_people_of_every_level_get_their_managers_with_the_first_load(tmp_path: Path) -> None:
    sync.run(company(tmp_path, 100))

    last = Employee.objects.get(employee_number="100099")
    chain = [last]
    while chain[-1].manager:
        chain.append(chain[-1].manager)
    assert [person.employee_number for person in chain] == ["100099", "100012", "100001", "100000"]
    assert Employee.objects.filter(manager=None, kind="employee").count() == 1
