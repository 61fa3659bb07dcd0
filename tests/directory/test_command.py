"""``manage.py sync_directory`` as scripts call it."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from directory.models import Employee, SourceState, SyncRun

from .ldif_text import group, person, source

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


def test_check_says_what_is_odd_in_groups_and_photos_too(tmp_path):
    odd = source(
        tmp_path, person("amy", ("jpegPhoto", b"no picture")), group("crew", "amy", "nobody", nested=("crew",))
    ).uri

    code, out = command("--source", odd, "--check", "--json")

    told = " ".join(warning["reason"] for warning in json.loads(out)["warnings"])
    assert code == 0
    for words in ("no picture that can be shown", "contains itself", "is not in the source"):
        assert words in told


@pytest.mark.parametrize("uri", ["ldap://ds.example/dc=x", "ldaps://ds.example", "people.ldif", "ldif:", "", "payroll"])
def test_what_cannot_be_a_source_is_wrong_use(uri):
    assert command("--source", uri) == (2, "")


def test_a_file_that_is_not_there_is_a_failed_run(tmp_path):
    code, out = command("--source", f"ldif:{tmp_path}/absent.ldif", "--json")

    assert code == 1
    assert "absent.ldif cannot be read" in json.loads(out)["refused"]
    assert SyncRun.objects.get().refused


@pytest.fixture
def environment(settings, tmp_path):
    """Sets DIRECTORY_URI and the text of the mapping."""

    def say(uri="", mapping=""):
        (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
        settings.DIRECTORY = replace(settings.DIRECTORY, uri=uri, mapping=str(tmp_path / "mapping.toml"))

    return say


def test_without_a_source_every_configured_one_is_read_and_counted_together(environment, three, tmp_path):
    other = source(tmp_path, person("zoe", dn="uid=zoe,dc=other"), name="other.ldif").uri
    environment(three, f'[[sources]]\nname = "other"\nuri = "{other}"\n')

    code, out = command("--json")

    assert (code, json.loads(out)["created"], json.loads(out)["seen"]) == (0, 4, 4)
    assert list(SyncRun.objects.order_by("pk").values_list("name", flat=True)) == ["directory", "other"]
    assert list(SourceState.objects.values_list("name", flat=True)) == ["directory", "other"]
    code, out = command("--source", "other", "--json")
    assert (code, json.loads(out)["seen"]) == (0, 1)


def test_one_source_that_fails_does_not_keep_the_others_back(environment, three, tmp_path):
    environment(f"ldif:{tmp_path}/absent.ldif", f'[[sources]]\nname = "other"\nuri = "{three}"\n')

    code, out = command("--json")

    assert (code, json.loads(out)["created"]) == (1, 3)
    assert "absent.ldif cannot be read" in json.loads(out)["refused"]


def test_without_any_source_it_is_wrong_use(environment):
    environment()

    assert command() == (2, "")


@pytest.mark.parametrize("arguments", [["--check"], [], ["--dry-run"]])
def test_a_mapping_with_faults_is_told_fault_by_fault_and_nothing_is_read(environment, three, arguments):
    environment(three, '[attributes]\nmial = "mail"\n[authority]\nphone = "payrol"\n')

    code, out = command(*arguments, "--json")

    report = json.loads(out)
    assert (code, report["seen"], report["refused"]) == (1, 0, "The mapping has 2 faults: mend them first.")
    assert [warning["reason"].partition(":")[0] for warning in report["warnings"]] == [
        "mapping.toml, attributes.mial", "mapping.toml, authority.phone",
    ]  # fmt: skip
    assert not SyncRun.objects.exists()


def test_the_mapping_counts_for_a_source_that_is_only_named(environment, three):
    environment(mapping='[attributes]\ntitle = "cn"\n')

    command("--source", three)

    assert Employee.objects.get(login="amy").title == "Amy Rossi"
