"""Increments: what changed since the last run, and nothing concluded from who is not in it."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from directory.ldap import sync
from directory.ldap.entries import Fault, Unreadable
from directory.ldap.mapping import DEFAULTS
from directory.ldap.mapping_file import parse_mapping
from directory.models import Employee, SourceState, SyncRun

from .ldif_text import dn_of, group, key_of, person
from .ldif_text import source as ldif

pytestmark = pytest.mark.django_db


class Live:
    """A directory that can tell its changes: everything in ``now``, changes in ``changes``."""

    uri = "ldap://live.example/dc=acme,dc=example"

    def __init__(self, folder):
        self.folder, self.now, self.changes, self.marks, self.faults = folder, [], [], [], []
        self.knows_mark, self.dead = True, ""

    def read(self, wanted):
        if self.dead:
            raise Unreadable(self.dead)
        reading = ldif(self.folder, *self.now).read(wanted)
        reading.mark, reading.faults = {"n": len(self.marks)}, [*self.faults]
        return reading

    def read_changes(self, wanted, mark):
        self.marks.append(mark)
        if self.dead:
            raise Unreadable(self.dead)
        if not self.knows_mark:
            return None
        reading = ldif(self.folder, *self.changes, "").read(wanted)
        reading.mark, reading.extent, reading.faults = {"n": len(self.marks)}, "increment", [*self.faults]
        return reading


@pytest.fixture
def live(tmp_path):
    return Live(tmp_path)


def full(live, *records, **options):
    live.now = list(records)
    return sync.run(live, name="directory", **options)


def increment(live, *records, **options):
    live.changes = list(records)
    return sync.run(live, name="directory", full=False, **options)


def who(login):
    return Employee.objects.get(login=login)


def members(name="crew"):
    return sorted(Group.objects.get(name=name).members.values_list("login", flat=True))


def state():
    return SourceState.objects.get(name="directory")


def test_nobody_vanishes_in_an_increment_and_changes_come_in(live):
    full(live, *(person(f"p{n}") for n in range(9)))

    report = increment(live, person("p1", title="Pilot"), person("new"))

    assert (report.created, report.changed, report.deactivated) == (1, 1, 0)
    assert who("p1").title == "Pilot"
    assert Employee.objects.active().people().count() == 10
    assert (SyncRun.objects.first().extent, SyncRun.objects.first().name) == ("increment", "directory")


def test_an_increment_without_changes_is_a_good_run(live):
    full(live, person("amy"), group("crew", "amy"))

    report = increment(live)

    assert (report.refused, report.seen, report.changed) == (None, 0, 0)
    assert members() == ["amy"]


def test_who_is_disabled_leaves_and_the_fuse_counts_them(live):
    crowd = [f"p{n}" for n in range(4)]
    full(live, *(person(login) for login in crowd))

    many = increment(live, *(person(login, userAccountControl="514") for login in crowd[:2]))
    one = increment(live, person("p0", userAccountControl="514"))

    assert "would lose their account" in many.refused
    assert (one.refused, one.deactivated) == (None, 1)
    assert not who("p0").is_active


def test_managers_and_members_who_did_not_change_are_found_where_they_last_stood(live):
    full(live, person("amy"), person("bob"), person("cy"), group("crew", "amy", "bob"))

    increment(live, person("cy", manager=dn_of("bob")), group("crew", "bob", "cy"))

    assert who("cy").manager == who("bob")
    assert members() == ["bob", "cy"]
    increment(live, person("bob", manager=dn_of("cy")))
    assert who("bob").manager is None  # the chain would lead back


def test_a_group_with_a_member_nobody_knows_loses_nobody_in_this_run(live):
    full(live, person("amy"), person("bob"), person("cy"), group("crew", "amy", "bob"))

    increment(live, person("cy"), group("crew", "bob", "renamed", "cy"))

    assert members() == ["amy", "bob", "cy"]
    full(live, person("amy"), person("bob"), person("cy"), group("crew", "bob", "renamed", "cy"))
    assert members() == ["bob", "cy"]
    assert state().strangers == [dn_of("renamed").lower()]
    # Whom the full run did not find either holds nothing up.
    increment(live, group("crew", "cy", "renamed"))
    assert members() == ["cy"]


@pytest.mark.parametrize("come_in", [full, increment])
def test_an_account_that_was_never_let_in_does_not_keep_others_in_its_group(live, come_in):
    everybody = person("amy"), person("bob")
    full(live, *everybody, group("crew", "amy", "bob"))
    never = person("cy", userAccountControl="514")
    come_in(live, *everybody, never, group("crew", "amy", "bob", "cy"))

    increment(live, group("crew", "bob", "cy"))

    assert members() == ["bob"]
    increment(live, person("cy"), group("crew", "bob", "cy"))
    assert members() == ["bob", "cy"]


def test_the_primary_group_and_nested_groups_hold_in_an_increment(live):
    full(live, person("amy", gidNumber="5"), person("bob"), group("inner", "bob"))
    posix = "dn: cn=staff,dc=acme,dc=example\nobjectClass: posixGroup\ncn: staff\ngidNumber: 5\n"

    increment(live, posix, group("inner", "bob"), group("outer", nested=("inner",)))

    assert (members("staff"), members("outer")) == (["amy"], ["bob"])


def test_a_rename_in_an_increment_keeps_the_row_and_its_groups(live):
    full(live, person("amy"), person("bob"), group("crew", "amy", "bob"))
    before = who("amy").pk

    increment(live, person("ann", key=key_of("amy")), group("crew", "ann", "bob"))

    assert who("ann").pk == before
    assert members() == ["ann", "bob"]


def test_the_login_of_somebody_who_is_merely_not_in_the_increment_is_taken(live):
    full(live, person("amy"), person("bob"))

    report = increment(live, person("amy", key=key_of("other")))

    assert (report.created, report.skipped) == (0, 1)
    assert who("amy").source_key == f"uuid:{key_of('amy')}"


def test_the_state_says_where_the_next_one_starts_and_what_happened(live):
    before = timezone.now()
    full(live, person("amy"))
    first = state()
    assert before <= first.last_full_at == first.last_good_at == first.last_tried_at
    assert (first.uri, first.last_refusal, first.mark["n"]) == (live.uri, "", 0)

    increment(live, person("amy", title="x"))
    second = state()
    assert live.marks == [first.mark]
    assert (second.last_full_at, second.mark["n"]) == (first.last_full_at, 1)
    assert second.last_good_at > first.last_good_at

    live.dead = "The server is away."
    full(live)
    third = state()
    assert (third.last_good_at, third.mark) == (second.last_good_at, second.mark)
    assert third.last_tried_at > second.last_tried_at and third.last_refusal == "The server is away."


def test_a_run_is_full_when_the_mark_cannot_be_continued_or_the_mapping_changed(live):
    full(live, person("amy"))
    live.knows_mark = False
    increment(live)
    assert SyncRun.objects.first().extent == "full"

    live.knows_mark = True
    changed = parse_mapping('[departments]\nHR = "Human resources"\n').mapping
    increment(live, mapping=changed)
    increment(live, mapping=changed)
    assert [run.extent for run in SyncRun.objects.all()[:2]] == ["increment", "full"]


def test_after_an_increment_with_a_fault_everything_is_read_again(live):
    full(live, person("amy"), person("bob"), group("crew", "amy", "bob"))
    live.faults = [Fault("a record is broken")]

    increment(live, group("crew", "bob"))

    assert members() == ["amy", "bob"]
    assert state().mark == {}
    assert DEFAULTS.withheld == frozenset()
