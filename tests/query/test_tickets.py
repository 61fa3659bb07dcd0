"""The query schema of tickets, on real tickets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicedesk.query import InvalidQuery
from servicedesk.tickets.models import Queue, Ticket, Watch
from servicedesk.tickets.query import schema
from tests.factories import (
    make_category,
    make_department,
    make_employee,
    make_incident,
    make_location,
    make_queue,
    make_tag,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def desk() -> Queue:
    return make_queue("it-desk")


@pytest.fixture
def tickets(desk: Queue) -> dict[str, Ticket]:
    """Four tickets that differ in every field: vpn, badge, laptop and printer."""
    network = make_queue("network")
    anna, bob, carla = make_employee("anna"), make_employee("Bob"), make_employee("carla")
    vpn_tag, urgent_tag = make_tag("VPN"), make_tag("urgent")
    made = {
        "vpn": make_incident(network, by=anna, title="The VPN drops", description="Über Wi-Fi only"),
        "badge": make_incident(desk, by=bob, title="Badge refused", description="Door 100%"),
        "laptop": make_incident(desk, by=anna, title="Laptop is slow", confidential=True),
        "printer": make_incident(desk, by=carla, title="PRINTER jams", description="vpn unrelated"),
    }
    # Fields are set where no rule is in question: these tests are about reading.
    facts: dict[str, dict[str, Any]] = {
        "vpn": {
            "assignee": bob, "tier": 2, "priority": "P1", "impact": "high", "urgency": "high", "channel": "phone",
            "category": make_category("Network"), "department": make_department(), "location": make_location(),
            "next_due_at": NOW + timedelta(hours=4), "opened_at": NOW - timedelta(days=1), "state": "assigned",
        },
        "badge": {
            "state": "pending", "pending_reason": "vendor", "follow_up_at": NOW + timedelta(days=2),
            "opened_at": NOW - timedelta(days=8), "requested_for": carla, "priority": "P4",
        },
        "laptop": {
            "state": "resolved", "is_open": False, "resolved_at": NOW - timedelta(hours=1),
            "opened_at": NOW - timedelta(days=30),
        },
        "printer": {
            "state": "closed", "is_open": False, "assignee": carla, "resolved_at": NOW - timedelta(days=9),
            "closed_at": NOW - timedelta(days=2), "opened_at": NOW - timedelta(days=10), "updated_at": NOW,
            "next_due_at": NOW - timedelta(days=3),
        },
    }  # fmt: skip
    for name, fields in facts.items():
        Ticket.objects.filter(pk=made[name].pk).update(**fields)
    made["vpn"].tags.set([vpn_tag, urgent_tag])
    made["badge"].tags.set([urgent_tag])
    Watch.objects.all().delete()
    Watch.objects.bulk_create(
        [Watch(ticket=made["vpn"], employee=person) for person in (anna, bob)]
        + [Watch(ticket=made["printer"], employee=bob)]
    )
    return made


def found(tickets: dict[str, Ticket], text: str) -> set[str]:
    """Names of the tickets that SQL finds, checked against the evaluator and for double rows."""
    in_sql = list(Ticket.objects.filter(schema.compile(text, now=NOW)).values_list("pk", flat=True))
    predicate = schema.predicate(text)
    in_python = [
        ticket.pk for ticket in Ticket.objects.all() if predicate(schema.snapshot(ticket, predicate.names), now=NOW)
    ]
    assert sorted(in_sql) == sorted(in_python), text
    names = {ticket.pk: name for name, ticket in tickets.items()}
    return {names[pk] for pk in in_sql}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('title = "Badge refused"', "badge"),
        ('description ~ "ÜBER"', "vpn"),
        ('text ~ "vpn"', "vpn printer"),
        ('kind = "incident"', "vpn badge laptop printer"),
        ('state in ("assigned", "pending")', "vpn badge"),
        ("is_open = False", "laptop printer"),
        ('queue = "network"', "vpn"),
        ("tier > 1", "vpn"),
        ("category != None", "vpn"),
        ('assignee = "BOB"', "vpn"),
        ('assignee != "bob"', "badge laptop printer"),
        ("assignee = None and is_open = True", "badge"),
        ('requester = "anna"', "vpn laptop"),
        ('requested_for = "carla"', "badge printer"),
        ('department = "finance"', "vpn"),
        ("location = None", "badge laptop printer"),
        ('impact = "high" and urgency = "high"', "vpn"),
        ('priority in ("p1", "P4")', "vpn badge"),
        ("confidential = True", "laptop"),
        ('channel = "phone"', "vpn"),
        ("tag != None", "vpn badge"),
        ("tag = None", "laptop printer"),
        ('watcher = "bob"', "vpn printer"),
        ('watcher != "anna"', "badge laptop printer"),
        ("watcher = None", "badge laptop"),
        ('pending_reason = "vendor"', "badge"),
        ('follow_up_at > "now"', "badge"),
        ('opened_at >= "-7d"', "vpn"),
        ('resolved_at = "today"', "laptop"),
        ('closed_at <= "yesterday"', "printer"),
        ('next_due_at < "now"', "printer"),
        ('updated_at = "2026-03-02"', "printer"),
    ],
)
def test_a_query_finds_tickets(tickets: dict[str, Ticket], text: str, names: str) -> None:
    assert found(tickets, text) == set(names.split())


def test_a_tag_is_found_by_its_slug_and_the_number_by_its_digits(tickets: dict[str, Ticket]) -> None:
    urgent = tickets["badge"].tags.get().slug

    assert found(tickets, f'tag = "{urgent}"') == {"vpn", "badge"}
    assert found(tickets, f'tag != "{urgent}"') == {"laptop", "printer"}
    assert found(tickets, f'number = "{tickets["badge"].number.lower()}"') == {"badge"}


def test_every_field_of_the_schema_is_described_and_has_a_label() -> None:
    fields = {field["name"]: field for field in schema.describe()["fields"]}

    assert set(fields) >= {
        "number", "title", "description", "kind", "state", "is_open", "queue", "tier", "category", "assignee",
        "requester", "requested_for", "department", "location", "impact", "urgency", "priority", "confidential",
        "channel", "tag", "watcher", "opened_at", "updated_at", "resolved_at", "closed_at", "next_due_at", "text",
    }  # fmt: skip
    assert all(field["label"] for field in fields.values())
    assert {"value": "in_progress", "label": "In progress"} in fields["state"]["options"]
    assert schema.describe()["ordering"] == ["number", "priority", "updated_at", "next_due_at"]


@pytest.mark.parametrize(
    "text",
    ['requester.password ~ "a"', 'requester__password ~ "a"', 'password ~ "a"', 'messages.body ~ "a"', "version = 1"],
)
def test_nothing_beyond_the_list_can_be_asked(text: str) -> None:
    with pytest.raises(InvalidQuery):
        schema.compile(text)


def test_a_query_narrows_what_a_person_sees_and_never_widens_it(tickets: dict[str, Ticket]) -> None:
    bob = make_employee("stranger")

    assert not Ticket.objects.visible_to(bob).filter(schema.compile('title != "" or tag = None')).exists()


def test_a_query_costs_one_statement(tickets: dict[str, Ticket]) -> None:
    condition = schema.compile('queue = "it-desk" or tag != "vpn" or watcher = "bob" or assignee in ("anna", "bob")')

    with CaptureQueriesContext(connection) as captured:
        list(Ticket.objects.filter(condition).order_by(*schema.ordering("next_due_at")))

    assert len(captured) == 1


LEAVES = st.sampled_from(
    ['state = "new"', 'state != "pending"', "is_open = True", 'queue = "network"', 'queue not in ("network", "x")',
     "tier <= 1", "category = None", 'assignee in ("bob", None)', 'assignee not in ("bob", None)',
     'requester != "ANNA"', 'department != "finance"', 'watcher not in ("bob")', 'watcher in ("ANNA", None)',
     "tag != None", 'tag not in ("x", None)', 'text !~ "vpn"', 'next_due_at != "today"', 'resolved_at not in ("today")',
     'closed_at > "-3d"', 'pending_reason != "vendor"', "number >= 2", "follow_up_at = None",
     'description endswith "%"']
)  # fmt: skip


def test_evaluator_and_sql_agree_on_tickets(tickets: dict[str, Ticket]) -> None:
    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.recursive(
            LEAVES,
            lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
            max_leaves=6,
        )
    )
    def law(text: str) -> None:
        inside = found(tickets, text)
        outside = Ticket.objects.exclude(schema.compile(text, now=NOW)).values_list("pk", flat=True)
        assert {ticket.pk for name, ticket in tickets.items() if name not in inside} == set(outside)

    law()
