"""Rows inserted in one go: any value arrives as it is, and a refusal is Django's."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction

from directory.models import Department, Employee, SyncChange, SyncRun
from servicedesk.audit.models import Head
from servicedesk.common.bulk import insert_rows
from servicedesk.common.time import now

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["", "\\N", "a\tb\nc\\", "NULL", "“许志明”, '\"%s", "{1,2}"])
def test_text_arrives_as_it_is(text: str) -> None:
    employee = Employee.objects.create(login="ada", name="Ada")
    run = SyncRun.objects.create(source="test", started_at=now(), finished_at=now(), complete=True)

    insert_rows(Department, ("name", "slug"), [(text, "some")])
    insert_rows(SyncChange, ("run_id", "employee_id", "kind", "diff"), [(run.pk, employee.pk, "joined", {"a": [text]})])

    assert Department.objects.get(slug="some").name == text
    assert SyncChange.objects.get().diff == {"a": [text]}


def test_rows_that_the_database_refuses_are_an_integrity_error_and_leave_nothing() -> None:
    kind = ContentType.objects.get_for_model(Employee)
    names = ("subject_type_id", "subject_id", "sequence", "hash", "sealed_sequence")

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Head, names, [(kind.pk, 7, 1, "", 0), (kind.pk, 7, 1, "", 0)])

    assert not Head.objects.exists()


def test_no_rows_are_no_statement(django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        insert_rows(Department, ("name", "slug"), [])
