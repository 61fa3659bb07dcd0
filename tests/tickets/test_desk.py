"""Configuring queues, categories and tags: near-duplicates, tiers, trees, versions, and who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.common.errors import InvalidPayload, NotPermitted, StaleVersion
from servicedesk.tickets import desk
from servicedesk.tickets.grants import rights_of
from servicedesk.tickets.models import Category, Queue, Tag, Ticket
from servicedesk.workflow import perform
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Employee:
    return factories.make_administrator()


def refused(attempt: Callable[[], Any]) -> dict[str, list[str]]:
    """The sentences with which ``attempt`` is refused, by field."""
    with pytest.raises(InvalidPayload) as refusal, transaction.atomic():
        attempt()
    return refusal.value.errors


def test_a_new_queue_has_a_short_name_and_an_event(admin: Employee) -> None:
    queue = desk.create_queue(by=admin, name="Field service", tiers=2)

    assert (queue.slug, queue.tiers, queue.version) == ("field-service", 2, 1)
    event = Event.objects.get(verb="queue.created")
    assert (event.actor, event.subject_id, event.details["slug"]) == (admin, queue.pk, "field-service")


@pytest.mark.parametrize("name", ["Network", "networks", "NET-WORK", "Netwrok", "  network "])
def test_a_queue_or_tag_with_nearly_the_same_name_is_refused(admin: Employee, name: str) -> None:
    desk.create_queue(by=admin, name="Network")
    desk.create_tag(by=admin, name="Network")

    assert "There is a queue “Network” already" in refused(lambda: desk.create_queue(by=admin, name=name))["name"][0]
    assert "There is a tag “Network” already" in refused(lambda: desk.create_tag(by=admin, name=name))["name"][0]
    assert (Queue.objects.count(), Tag.objects.count()) == (1, 1)


def test_categories_may_share_a_name_under_different_parents_only(admin: Employee) -> None:
    hardware, software = (desk.create_category(by=admin, name=name) for name in ("Hardware", "Software"))
    desk.create_category(by=admin, name="Other", parent=hardware)

    other = desk.create_category(by=admin, name="Other", parent=software)

    assert (other.slug, other.path) == ("software-other", "Software › Other")
    assert (
        "“Other” here already"
        in refused(lambda: desk.create_category(by=admin, name="OTHER", parent=software))["name"][0]
    )
    assert "name" in refused(lambda: desk.create_category(by=admin, name="hardwares"))


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 101), ("name", "a\x00b"), ("tiers", 0), ("tiers", 4), ("description", "x" * 301)],
)
def test_a_wrong_value_is_told_at_its_field(admin: Employee, field: str, value: Any) -> None:
    assert field in refused(lambda: desk.create_queue(by=admin, **{"name": "Field service", field: value}))

    queue = desk.create_queue(by=admin, name="Field service")
    assert field in refused(lambda: desk.edit_queue(queue, by=admin, **{field: value}))
    assert Queue.objects.get().version == 1


def test_names_without_latin_letters_get_a_short_name_too(admin: Employee) -> None:
    first, second = desk.create_tag(by=admin, name="打印机"), desk.create_tag(by=admin, name="会议室")

    assert (first.slug, second.slug) == ("tag", "tag-2")


def test_renaming_a_category_carries_the_paths_below_it(admin: Employee) -> None:
    hardware = desk.create_category(by=admin, name="Hardware")
    laptops = desk.create_category(by=admin, name="Laptops", parent=hardware)
    batteries = desk.create_category(by=admin, name="Batteries", parent=laptops)

    desk.edit_category(hardware, by=admin, name="Devices")

    paths = set(Category.objects.values_list("path", flat=True))
    assert paths == {"Devices", "Devices › Laptops", "Devices › Laptops › Batteries"}
    software = desk.create_category(by=admin, name="Software")
    desk.edit_category(laptops, by=admin, parent=software)
    batteries.refresh_from_db()
    assert batteries.path == "Software › Laptops › Batteries"


def test_a_category_cannot_go_below_itself(admin: Employee) -> None:
    top = desk.create_category(by=admin, name="Hardware")
    middle = desk.create_category(by=admin, name="Laptops", parent=top)
    low = desk.create_category(by=admin, name="Batteries", parent=middle)

    for parent in (top, middle, low):
        assert (
            "choose a parent elsewhere"
            in refused(lambda p=parent: desk.edit_category(top, by=admin, parent=p))["parent"][0]
        )


def test_a_tree_that_would_be_too_deep_is_refused(admin: Employee) -> None:
    node = None
    for letter in "abcd":
        node = desk.create_category(by=admin, name=letter * 80, parent=node)

    assert "too deep" in refused(lambda: desk.create_category(by=admin, name="e" * 80, parent=node))["name"][0]


def test_the_desk_has_one_default_queue(admin: Employee) -> None:
    first = desk.create_queue(by=admin, name="Help desk", is_default=True)
    second = desk.create_queue(by=admin, name="Network", is_default=True)

    first.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    assert "is_default" in refused(lambda: desk.edit_queue(second, by=admin, is_default=False))
    assert "is_active" in refused(lambda: desk.edit_queue(second, by=admin, is_active=False))
    desk.edit_queue(first, by=admin, is_default=True)
    assert Queue.objects.get(is_default=True) == first


@pytest.mark.parametrize("state", ["new", "resolved"])
def test_tiers_do_not_shrink_below_a_ticket(admin: Employee, state: str) -> None:
    queue = factories.make_queue("network", tiers=3)
    engineer = factories.make_technician(queue, "view_queue", "work_l1", "work_l3", "triage_queue")
    incident = factories.make_incident(queue)
    for _step in (1, 2):
        incident = perform(incident, "escalate", by=engineer, diagnosis="Beyond us.")
    if state == "resolved":
        incident = perform(incident, "resolve", by=engineer, code="fixed", text="Done.")

    assert (
        "1 ticket of Network is open or just resolved above tier 2"
        in refused(lambda: desk.edit_queue(queue, by=admin, tiers=2))["tiers"][0]
    )

    Ticket.objects.filter(pk=incident.pk).update(tier=2)
    assert desk.edit_queue(queue, by=admin, tiers=2).tiers == 2


def test_rights_on_a_tier_go_with_the_tier(admin: Employee) -> None:
    queue = factories.make_queue("network", tiers=3)
    group = factories.make_group("crew", on=queue, rights=("view_queue", "work_l2", "work_l3"))

    desk.edit_queue(queue, by=admin, tiers=2)

    assert rights_of(group, queue) == {"view_queue", "work_l2"}
    assert Event.objects.get(verb="queue.rights_changed").details == {
        "group": "crew", "added": [], "removed": ["work_l3"],
    }  # fmt: skip
    assert verify().ok


def test_a_stale_version_is_refused_and_what_changed_is_in_the_log(admin: Employee) -> None:
    queue = desk.create_queue(by=admin, name="Network")
    category = desk.create_category(by=admin, name="Hardware")
    desk.edit_queue(queue, by=admin, expected_version=1, description="Cables and radio")
    desk.edit_category(category, by=admin, expected_version=1, queue=queue)

    with pytest.raises(StaleVersion), transaction.atomic():
        desk.edit_queue(queue, by=admin, expected_version=1, name="Networks and radio")
    with pytest.raises(StaleVersion), transaction.atomic():
        desk.edit_category(category, by=admin, expected_version=1, name="Devices")

    assert Event.objects.get(verb="queue.edited").details == {"changes": {"description": ["", "Cables and radio"]}}
    assert Event.objects.get(verb="category.edited").details == {"changes": {"queue": [None, "network"]}}


def test_saying_the_same_again_is_no_event(admin: Employee) -> None:
    queue = desk.create_queue(by=admin, name="Network")

    assert desk.edit_queue(queue, by=admin, name="Network", tiers=1).version == 1
    assert not Event.objects.filter(verb="queue.edited").exists()


def test_a_tag_is_renamed_where_it_stands(admin: Employee) -> None:
    tag = desk.create_tag(by=admin, name="wifi")
    desk.create_tag(by=admin, name="printer")

    assert desk.rename_tag(tag, by=admin, name="Wi-Fi").name == "Wi-Fi"
    assert "name" in refused(lambda: desk.rename_tag(tag, by=admin, name="printers"))


def test_only_administrators_configure(admin: Employee) -> None:
    queue = desk.create_queue(by=admin, name="Network")
    category = desk.create_category(by=admin, name="Hardware")
    tag = desk.create_tag(by=admin, name="printer")
    manager = factories.make_manager(queue)
    attempts: list[Callable[[], Any]] = [
        lambda: desk.create_queue(by=manager, name="Field service"),
        lambda: desk.edit_queue(queue, by=manager, tiers=2),
        lambda: desk.create_category(by=manager, name="Software"),
        lambda: desk.edit_category(category, by=manager, name="Devices"),
        lambda: desk.create_tag(by=manager, name="scanner"),
        lambda: desk.rename_tag(tag, by=manager, name="scanner"),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted), transaction.atomic():
            attempt()

    assert (Queue.objects.count(), Category.objects.count(), Tag.objects.count()) == (1, 1, 1)
