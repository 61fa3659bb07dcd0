"""Whatever stands in an address or a query string, no page breaks."""

import pytest
from django.test import Client

from directory.models import Employee
from servicedesk.tickets.models import Queue
from tests import factories as make

pytestmark = pytest.mark.django_db

ODD = [
    "0", "-1", str(10**30), "9" * 5000, "²", "\x00", "a\x00b", "%00", "é" * 300, "'\"%_\\", "<script>", "\u202e",
    'title ~ "', "((((", 'tag = "x" and ' * 40,
]  # fmt: skip
FINE = (200, 302, 400, 404, 422)


@pytest.mark.parametrize("value", ODD, ids=lambda value: ascii(value[:20]))
def test_no_query_string_breaks_a_list(desk: Client, network: Queue, alice: Employee, value: str) -> None:
    make.make_incident(network, by=alice)

    for address, names in {
        "/desk/": ("q", "page", "view", "sort", "queue", "unknown"),
        "/desk/work/": ("page",),
        "/desk/people/": ("q", "page"),
    }.items():
        for name in names:
            assert desk.get(address, {name: value}).status_code in FINE, (address, name)


@pytest.mark.parametrize("value", ODD, ids=lambda value: ascii(value[:20]))
def test_no_spelling_of_a_record_breaks_a_page(desk: Client, network: Queue, alice: Employee, value: str) -> None:
    ticket = make.make_incident(network, by=alice)

    for address in (
        "/desk/tickets/{}/", "/desk/people/{}/", f"/desk/tickets/{ticket.number}/{{}}/", "/desk/tickets/{}/start/",
        f"/desk/tickets/{ticket.number}/files/{{}}/",
    ):  # fmt: skip
        path = address.format(value.replace("/", ""))
        assert desk.get(path).status_code in FINE, path
    for name in ("task", "proposal"):
        for action in ("skip_task", "add_task", "edit"):
            answer = desk.get(f"/desk/tickets/{ticket.number}/{action}/", {name: value})
            assert answer.status_code in FINE, (action, name)


@pytest.mark.parametrize("value", ODD, ids=lambda value: ascii(value[:20]))
def test_no_address_or_entry_breaks_the_settings(settings_desk: Client, network: Queue, value: str) -> None:
    part = value.replace("/", "")
    for address in ("queues/{}/", "categories/{}/", "tags/{}/", "roles/{}/", "roles/{}/network/", "roles/1/{}/"):
        assert settings_desk.get("/settings/" + address.format(part)).status_code in FINE, address
    assert settings_desk.get("/settings/categories/new/", {"parent": value}).status_code in FINE
    for address, fields in {
        "queues/new/": ("name", "description", "tiers", "is_default"),
        "queues/network/": ("name", "tiers", "is_active", "version"),
        "categories/new/": ("name", "parent", "queue"),
        "tags/": ("name",),
    }.items():
        for field in fields:
            sent = {"name": f"Made up {field}", "tiers": "1", "version": "1"} | {field: value}
            assert settings_desk.post(f"/settings/{address}", sent).status_code in (*FINE, 409), (address, field)


@pytest.mark.parametrize("value", ODD, ids=lambda value: ascii(value[:20]))
def test_no_entry_breaks_an_action(desk: Client, network: Queue, alice: Employee, value: str) -> None:
    ticket = make.make_incident(network, by=alice)
    for action, fields in {
        "assign": ("assignee",),
        "route": ("queue", "reason"),
        "merge": ("into",),
        "cancel": ("reason", "duplicate_of"),
        "pend": ("reason", "follow_up_at"),
        "tag": ("tags",),
        "categorise": ("category",),
        "link": ("other", "kind"),
        "skip_task": ("task",),
        "log_time": ("minutes",),
        "watch": ("employee",),
        "split": ("message",),
        "start": ("version",),
    }.items():
        for field in fields:
            ticket.refresh_from_db()
            answer = desk.post(f"/desk/tickets/{ticket.number}/{action}/", {"version": ticket.version, field: value})
            assert answer.status_code in (*FINE, 409), (action, field)
    assert desk.post(f"/desk/tickets/{ticket.number}/", {"kind": value, "body": value}).status_code in FINE
