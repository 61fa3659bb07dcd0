"""``manage.py sync_directory`` as scripts call it."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from directory.models import Employee, SyncRun

from .ldif_text import person, source

pytestmark = pytest.mark.django_db
FIELDS = ["seen", "created", "changed", "deactivated", "skipped", "groups", "warnings", "refused"]


def command(*arguments):
    """(exit code, what it printed)."""
    out = StringIO()
    try:
        call_command("sync_directory", *arguments, stdout=out, stderr=StringIO())
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def three(tmp_path):
    return source(tmp_path, person("amy"), person("bob", mail=""), person("cy")).uri


def test_the_json_report_is_one_object_with_the_fixed_fields(three):
    code, out = command("--source", three, "--json")

    report = json.loads(out)
    assert code == 0
    assert list(report) == FIELDS
    assert (report["seen"], report["created"], report["refused"]) == (3, 3, None)
    assert report["warnings"] == [
        {"person": "uid=bob,ou=People,dc=acme,dc=example", "reason": "There is no e-mail address (mail)."}
    ]


def test_a_refused_run_exits_1_and_says_why_in_the_json(three, tmp_path):
    command("--source", three)
    less = source(tmp_path, person("amy"), name="less.ldif").uri

    code, out = command("--source", less, "--json")

    report = json.loads(out)
    assert (code, report["deactivated"]) == (1, 0)
    assert "--confirm" in report["refused"]
    assert command("--source", less, "--confirm", "--json")[0] == 0
    assert Employee.objects.people().active().count() == 1


def test_a_dry_run_says_what_would_happen(three):
    code, out = command("--source", three, "--dry-run")

    assert code == 0
    assert "would create 3 people" in out
    assert not Employee.objects.exists()


def test_check_reads_the_source_and_leaves_the_database_alone(three, tmp_path):
    assert command("--source", three, "--check") == (
        0, "Seen 3 people and 0 groups; 0 people skipped, 1 warnings.\n"
    )  # fmt: skip
    faulty = source(tmp_path, person("amy"), "nonsense\n", name="faulty.ldif").uri
    code, out = command("--source", faulty, "--check", "--json")
    assert code == 1
    assert "could not be read completely" in json.loads(out)["refused"]
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("uri", ["ldaps://ds.example/dc=x", "ldap://ds.example", "people.ldif", "ldif:", ""])
def test_what_cannot_be_a_source_is_wrong_use(uri):
    assert command("--source", uri) == (2, "")


def test_a_file_that_is_not_there_is_a_failed_run(tmp_path):
    code, out = command("--source", f"ldif:{tmp_path}/absent.ldif", "--json")

    assert code == 1
    assert "absent.ldif cannot be read" in json.loads(out)["refused"]
    assert SyncRun.objects.get().refused
