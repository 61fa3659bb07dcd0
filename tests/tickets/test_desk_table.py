"""The readable table of the desk: read with the place of each fault, applied exactly, twice the same."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.tickets.grants import register_rights_of, rights_of
from servicedesk.tickets.models import Category, Queue, QueueGroupObjectPermission, Tag
from tests import factories

pytestmark = pytest.mark.django_db

TABLE = """
[queues.network]
name = "Network"
tiers = 2
default = true

[categories.hardware]
name = "Hardware"

[categories.cables]
name = "Cables"
parent = "hardware"
queue = "network"

[groups.crew.on]
network = ["view_queue", "work_l1"]

[groups.bosses]
register = ["tickets.configure_desk"]

[tags]
names = ["onsite visit"]
"""


def apply(path: Path, text: str, *options: str) -> dict[str, object]:
    path = path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    out = StringIO()
    call_command("apply_grants", str(path), "--json", *options, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_the_table_becomes_the_desk(tmp_path: Path) -> None:
    apply(tmp_path, TABLE)

    queue = Queue.objects.get(slug="network")
    assert (queue.tiers, queue.is_default) == (2, True)
    assert Category.objects.get(slug="cables").path == "Hardware › Cables"
    assert rights_of(Group.objects.get(name="crew"), queue) == {"view_queue", "work_l1"}
    assert register_rights_of(Group.objects.get(name="bosses")) == {"tickets.configure_desk"}
    assert Tag.objects.get().name == "onsite visit"
    assert verify().ok


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    apply(tmp_path, TABLE)
    events = Event.objects.count()

    assert apply(tmp_path, TABLE)["changes"] == []
    assert Event.objects.count() == events


def test_rights_that_are_no_longer_in_the_table_go_and_other_groups_stay(tmp_path: Path) -> None:
    apply(tmp_path, TABLE)
    queue, other = Queue.objects.get(), factories.make_queue("facilities")
    stays = factories.make_group("strangers", on=queue, rights=("view_queue",))
    crew = factories.make_group("crew", on=other, rights=("view_queue",))

    apply(tmp_path, TABLE.replace('["view_queue", "work_l1"]', '["view_queue", "work_l2"]'))

    assert rights_of(crew, queue) == {"view_queue", "work_l2"}
    assert rights_of(crew, other) == frozenset()
    assert rights_of(stays, queue) == {"view_queue"}


def test_a_dry_run_says_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    outcome = apply(tmp_path, TABLE, "--dry-run")

    assert "Queue “Network” was created." in outcome["changes"]  # type: ignore[operator]
    assert not Queue.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ('name = "Network"', "name = ", "not TOML: Invalid value (at line 3"),
        ("tiers = 2", 'tiers = "two"', "Line 2, [queues.network]: “tiers” must be a number."),
        ("tiers = 2", "tires = 2", "Line 2, [queues.network]: “tires” is unknown here"),
        ("tiers = 2", "tiers = 7", "Line 2, [queues.network]:"),
        ('parent = "hardware"', 'parent = "software"', "Line 10, [categories.cables]: there is no category “software”"),
        ('name = "Hardware"', 'name = "Hardware"\nparent = "cables"', "Line 7, [categories.hardware]: its parents go"),
        ('network = ["view', 'nowhere = ["view', "Line 15, [groups.crew]: there is no queue “nowhere”."),
        ('"work_l1"', '"work_l9"', "Line 15, [groups.crew]: “work_l9” is no right on a queue"),
        ('"work_l1"', "7", "Line 15, [groups.crew]: the rights on “network” must be a list of texts."),
        ('"tickets.configure_desk"', '"tickets.fly"', "Line 18, [groups.bosses]: “tickets.fly” is no right"),
        ("[tags]", "[tag]", "Line 21, [tag]: there is no such section"),
        ('["onsite visit"]', '["onsite visit", "On-site visits"]', "There is a tag “onsite visit” already"),
    ],
)
def test_a_fault_is_told_with_its_line_and_nothing_is_written(
    tmp_path: Path, wrong: str, right: str, told: str
) -> None:
    assert TABLE.count(wrong) == 1

    with pytest.raises(CommandError) as fault:
        apply(tmp_path, TABLE.replace(wrong, right))

    assert told in str(fault.value)
    assert fault.value.returncode == 1
    assert not Queue.objects.exists()
    assert not QueueGroupObjectPermission.objects.exists()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.toml cannot be read: No such file"):
        call_command("apply_grants", str(tmp_path / "nowhere.toml"))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "is nested too deeply to be read"),
        ('[groups."\\u0000"]\n', "Write this on one line, without control characters"),
        ('[groups."\\u200b"]\n', "Write something that can be seen"),
        (f'[groups."{"x" * 151}"]\n', "at most 150 characters"),
        ('[groups.""]\n', "Write something that can be seen"),
    ],
    ids=["depth", "control", "invisible", "length", "empty"],
)
def test_a_table_that_no_database_could_hold_is_a_fault_too(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(CommandError, match=told):
        apply(tmp_path, table)

    assert not Group.objects.exists()


def test_a_tree_of_categories_may_stand_in_any_order_and_be_deeper_than_it_can_be_kept(tmp_path: Path) -> None:
    deep = "".join(f'[categories.c{n}]\nname = "n{n:04}"\nparent = "c{n + 1}"\n' for n in range(1100))

    with pytest.raises(CommandError, match="The tree is too deep"):
        apply(tmp_path, deep + '[categories.c1100]\nname = "top"\n')

    assert not Category.objects.exists()


def test_the_shipped_table_is_sound() -> None:
    call_command("apply_grants", stdout=StringIO(), stderr=StringIO())

    assert Queue.objects.count() == 4
    assert Queue.objects.get(is_default=True).tiers == 3
    assert Category.objects.count() >= 35
    assert Tag.objects.count() == 25
