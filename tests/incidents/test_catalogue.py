"""The catalogue as administrators keep it: through services, a readable table and pages, one change one event."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from incidents.models import CatalogueItem
from incidents.requests import register, table
from servicedesk.audit.models import Event
from servicedesk.common.errors import InvalidPayload, NotPermitted, StaleVersion
from servicedesk.tickets import approval_rules, desk_table
from servicedesk.tickets.administration import operator
from servicedesk.tickets.approval_rules import Step
from servicedesk.tickets.models import ApprovalRule
from tests import factories

pytestmark = pytest.mark.django_db

TABLE = """
[rules.two]
name = "Manager, then two of the crew"
steps = [{ who = "line_manager" }, { who = "group", group = "crew", quorum = 2 }]

[items.drill]
name = "Drill"
section = "Tools"
summary = "For a day"
queue = "workshop"
rule = "two"
groups = ["crew"]
form = [{ label = "Size", kind = "choice", choices = ["6 mm", "8 mm"], required = true }]
tasks = [
  { title = "Look for it", queue = "workshop" },
  { title = "Bring it", queue = "workshop", after = [1], due_in = 2 },
]
"""


@pytest.fixture
def workshop():
    Group.objects.create(name="crew")
    return factories.make_queue("workshop")


def apply(folder: Path, text: str, *options: str) -> dict[str, object]:
    path = folder / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    out = StringIO()
    call_command("apply_catalogue", str(path), "--json", *options, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def wanted(queue, **changes):
    return {
        "name": "Drill", "section": "Tools", "summary": "For a day", "queue": queue,
        "form": [{"label": "Size", "kind": "text"}], "tasks": [register.TaskLine("Look for it", queue)],
        "audience": {}, **changes,
    }  # fmt: skip


def test_the_table_becomes_the_catalogue_and_a_second_time_changes_nothing(workshop, tmp_path):
    first, second = apply(tmp_path, TABLE), apply(tmp_path, TABLE)

    item = CatalogueItem.objects.get(slug="drill")
    assert [len(first["changes"]), second["changes"], second["unchanged"]] == [2, [], 2]
    assert approval_rules.steps_of(item.approval_rule)[1] == Step("group", Group.objects.get(name="crew"), 2)
    assert [(one.title, one.after, one.due_in) for one in register.tasks_of(item)] == [
        ("Look for it", (), None), ("Bring it", (1,), 2),
    ]  # fmt: skip
    assert [group.name for group in item.groups.all()] == ["crew"]
    assert Event.objects.filter(verb__in=["catalogue_item.created", "approval_rule.created"]).count() == 2
    assert not Event.objects.filter(verb="catalogue_item.edited").exists()


def test_a_dry_run_says_what_would_change_and_writes_nothing(workshop, tmp_path):
    outcome = apply(tmp_path, TABLE, "--dry-run")

    assert len(outcome["changes"]) == 2
    assert not CatalogueItem.objects.exists()


def test_the_shipped_table_fits_the_shipped_desk():
    for name in ("cab-members", "desk-l3", "asset-managers"):
        Group.objects.get_or_create(name=name)
    desk_table.apply(desk_table.read(desk_table.SHIPPED), by=operator())

    table.apply(table.read(table.SHIPPED), by=operator())

    assert CatalogueItem.objects.count() == 12
    assert set(CatalogueItem.objects.values_list("queue__slug", flat=True)) == {
        "it-service-desk", "network", "human-resources", "facilities",
    }  # fmt: skip
    assert CatalogueItem.objects.filter(confidential=True).count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('queue = "workshop"\nrule', "“queue” names “nowhere”, which is not there"),
        ('kind = "choice"', "its kind must be one of"),
        ("after = [1]", "Task 2 may only come after tasks above it"),
        ("quorum = 2", "“quorum” must be a number"),
        ('summary = "For a day"', "“summary” is missing"),
        ('group = "crew", ', "choose the group that it asks"),
        ('groups = ["crew"]', "“groups” names “nobody”, which is not there"),
        ('section = "Tools"', "“colour” is unknown here"),
    ],
    ids=["queue", "kind", "after", "quorum", "missing", "group", "audience", "unknown"],
)
def test_a_fault_of_the_table_is_told_with_its_line_and_nothing_is_written(workshop, tmp_path, wrong, sentence):
    instead = {
        'queue = "workshop"\nrule': 'queue = "nowhere"\nrule', 'kind = "choice"': 'kind = "colour"',
        "after = [1]": "after = [2]", "quorum = 2": 'quorum = "two"', 'summary = "For a day"': "",
        'group = "crew", ': "", 'groups = ["crew"]': 'groups = ["nobody"]',
        'section = "Tools"': 'section = "Tools"\ncolour = "red"',
    }[wrong]  # fmt: skip
    assert wrong in TABLE

    with pytest.raises(CommandError) as refused:
        apply(tmp_path, TABLE.replace(wrong, instead, 1))

    assert sentence in str(refused.value)
    assert str(refused.value).startswith("Line ")
    assert not CatalogueItem.objects.exists()
    assert not ApprovalRule.objects.exists()


def test_only_administrators_configure_the_catalogue(workshop):
    agent, administrator = factories.make_agent(workshop), factories.make_administrator()
    item = register.add_item(by=administrator, **wanted(workshop))
    rule = approval_rules.add_rule(by=administrator, name="Manager", steps=[Step("line_manager")])
    for act in (
        lambda: register.add_item(by=agent, **wanted(workshop, name="Saw")),
        lambda: register.change_item(item, by=agent, **wanted(workshop, name="Saw")),
        lambda: approval_rules.add_rule(by=agent, name="Other", steps=[Step("line_manager")]),
        lambda: approval_rules.change_rule(rule, by=agent, name="Other", steps=[], is_sequential=True),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_field_that_goes_is_retired_and_the_change_is_one_event(workshop):
    administrator = factories.make_administrator()
    item = register.add_item(by=administrator, **wanted(workshop))

    changed = register.change_item(
        item, by=administrator, **wanted(workshop, form=[{"label": "Colour", "kind": "text"}])
    )

    assert [(one["name"], one["retired"]) for one in changed.form] == [("colour", False), ("size", True)]
    assert Event.objects.filter(verb="catalogue_item.edited").count() == 1
    with pytest.raises(StaleVersion):
        register.change_item(item, by=administrator, expected_version=1, **wanted(workshop, name="Saw"))


def test_two_items_never_share_a_name(workshop):
    administrator = factories.make_administrator()
    register.add_item(by=administrator, **wanted(workshop))

    with pytest.raises(InvalidPayload, match="There is “DRILL” already"):
        register.add_item(by=administrator, **wanted(workshop, name="DRILL"))


class TestPages:
    @pytest.fixture
    def administrator(self, client, workshop):
        person = factories.make_administrator()
        client.force_login(person)
        return person

    def sent(self, **changes):
        return {
            "name": "Drill", "section": "Tools", "summary": "For a day", "icon": "tools", "queue": "workshop",
            "urgency": "low", "is_active": "on", "fields-TOTAL_FORMS": "1", "fields-INITIAL_FORMS": "0",
            "fields-0-label": "Size", "fields-0-kind": "choice", "fields-0-choices": "6 mm\n8 mm",
            "tasks-TOTAL_FORMS": "2", "tasks-INITIAL_FORMS": "0", "tasks-0-title": "Look for it",
            "tasks-1-title": "Bring it", "tasks-1-after": "1", "tasks-1-due_in": "2", **changes,
        }  # fmt: skip

    def test_an_item_is_made_shown_and_changed(self, client, administrator):
        made = client.post("/settings/catalogue/items/new/", self.sent())
        item = CatalogueItem.objects.get()

        assert (made.status_code, item.form[0]["choices"]) == (302, ["6 mm", "8 mm"])
        assert [task.after for task in register.tasks_of(item)] == [(), (1,)]
        page = client.get(f"/settings/catalogue/items/{item.slug}/")
        assert "Look for it" in page.content.decode()

        same = {
            **self.sent(name="Big drill", version="1"), "fields-INITIAL_FORMS": "1", "fields-0-name": "size",
            "tasks-INITIAL_FORMS": "2",
        }  # fmt: skip
        assert client.post(f"/settings/catalogue/items/{item.slug}/", same).status_code == 302
        item.refresh_from_db()
        assert (item.name, item.version) == ("Big drill", 2)
        assert client.post(f"/settings/catalogue/items/{item.slug}/", {**same, "name": "Small"}).status_code == 409

    def test_what_is_wrong_comes_back_with_what_was_entered(self, client, administrator):
        answer = client.post("/settings/catalogue/items/new/", self.sent(**{"tasks-1-after": "2"}))

        assert answer.status_code == 422
        assert "Task 2 may only come after tasks above it." in answer.content.decode()
        assert "Bring it" in answer.content.decode()

    def test_a_rule_is_made_and_said_in_words(self, client, administrator):
        steps = {
            "name": "Two", "order": "at_once", "steps-TOTAL_FORMS": "2", "steps-INITIAL_FORMS": "0",
            "steps-0-who": "line_manager", "steps-1-who": "group", "steps-1-group": "crew", "steps-1-quorum": "2",
        }  # fmt: skip

        assert client.post("/settings/catalogue/rules/new/", steps).status_code == 302
        page = client.get("/settings/catalogue/").content.decode()
        assert "The line manager, and at the same time 2 of crew." in page

    def test_the_list_asks_the_database_a_fixed_number_of_times(
        self, client, administrator, workshop, django_assert_max_num_queries
    ):
        for number in range(12):
            rule = factories.make_approval_rule("line_manager", ("group", Group.objects.get(name="crew"), 1))
            register.add_item(by=administrator, **wanted(workshop, name=f"Drill {number}", approval_rule=rule))
        with django_assert_max_num_queries(12):
            client.get("/settings/catalogue/")
