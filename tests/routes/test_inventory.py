"""Every address: is it reviewed, who gets in, and does a look leave anything behind (SECURITY, rows 6, 20)?"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from directory import tokens
from directory.services import system_employee
from servicedesk.workflow import machine_of

from .inventory import Route, inventory, routes_of
from .world import DECIDES, ROLES, World

MAY_WRITE = {"django_session"}
OPENING = {"audit_event", "audit_head"}
STATUS = {"forbidden": {403}, "hidden": {404}, "sent home": {302}, "asked again": {302}}
# An action page answers whoever sees the ticket: with its form, back to the ticket, or with the reason why not.
ACTION_PAGES = (
    "/<slug:name>/",
    "/reply/",
    "/confirm/",
    "/reopen/",
    "/cancel/",
    "/revise/",
    "/decide/",
    "/follow/",
    "/unfollow/",
)


def test_every_address_is_classified_and_none_has_vanished() -> None:
    reviewed, real = Counter(route.pattern for route in inventory()), Counter(routes_of())

    assert real - reviewed == Counter(), "an address that nobody reviewed: add it to inventory.txt"
    assert reviewed - real == Counter(), "an address of inventory.txt is gone"


def send(client: Client, method: str, address: str, world: World):
    """A request as each face takes it: a form, or JSON with the version in a header."""
    if method == "GET" or not address.startswith("/api/") or address.endswith("/attachments/"):
        return getattr(client, method.lower())(address, {} if method == "GET" else {"version": world.ticket.version})
    return getattr(client, method.lower())(
        address, {}, content_type="application/json", headers={"If-Match": f'"{world.ticket.version}"'}
    )


def gets(world: World, ticket) -> Iterator[tuple]:
    for route in inventory():
        if "GET" in route.methods:
            for address in world.addresses(route, ticket):
                yield route, address


def test_nobody_is_let_in_without_signing_in(world: World, client: Client) -> None:
    for route in inventory():
        for address in world.addresses(route, world.ticket):
            for method in route.methods:
                answer = getattr(client, method.lower())(address)
                if route.who == "public":
                    assert answer.status_code in (200, 302, 404, 422), address
                elif route.who == "picture":
                    assert answer.status_code == (404 if method == "GET" else 405), address
                elif route.is_api:
                    assert answer.status_code == 401, (method, address)
                    assert answer.headers["Content-Type"] == "application/problem+json"
                else:
                    assert answer.status_code == 302, (method, address)
                    assert answer.headers["Location"].startswith("/login/?next=/"), (method, address)


def test_a_strangers_ticket_does_not_exist_at_any_address(world: World) -> None:
    """IDOR: by GET, by POST and by PATCH, on the portal, the desk and the API of every kind."""
    tried = 0
    before = [ticket.version for ticket in world.all_kinds()]
    for role in ("stranger", "stranger at a desk"):
        client = world.client(role)
        for route in inventory():
            if world.may_enter(role, route, world.ticket) != "hidden" or route.who == "api-person":
                continue
            for address in world.addresses(route, world.ticket):
                for method in route.methods:
                    status = send(client, method, address, world).status_code
                    assert status == 404, (role, method, address, status)
                    tried += 1
    for ticket in world.all_kinds():
        ticket.refresh_from_db()
    assert [ticket.version for ticket in world.all_kinds()] == before
    assert tried > 120


def test_lists_of_a_stranger_do_not_hold_it(world: World) -> None:
    for role in ("stranger", "stranger at a desk", "administrator"):
        client = world.client(role)
        for route in inventory():
            if "GET" in route.methods and "<" not in route.pattern:
                for address in world.addresses(route, world.ticket):
                    text = client.get(address).getvalue().decode()
                    for ticket in world.all_kinds():
                        assert ticket.number not in text, (role, address)
                    assert world.ticket.title not in text, (role, address)


class Writes(list):
    """Statements that changed something, as (first word, table)."""

    def __call__(self, execute, sql, params, many, context):
        words = sql.lstrip("( ").split(None, 3)
        if words[0].upper() in ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER", "TRUNCATE"):
            at = 1 if words[0].upper() == "UPDATE" else 2
            self.append((words[0].upper(), words[at].strip('"')))
        return execute(sql, params, many, context)


@contextmanager
def writes() -> Iterator[Writes]:
    found = Writes()
    with connection.execute_wrapper(found):
        yield found


def row_counts() -> dict[str, int]:
    models = apps.get_models(include_auto_created=True)
    return {m._meta.db_table: m._base_manager.count() for m in models if m._meta.managed and not m._meta.proxy}


def test_the_listener_hears_a_write(world: World) -> None:
    """Without this, a broken listener would let the next test pass."""
    with writes() as heard:
        world.client("agent").post(f"/desk/tickets/{world.ticket.number}/watch/", {"version": world.ticket.version})

    assert {("INSERT", "tickets_watch"), ("INSERT", "audit_event")} <= set(heard)


def test_everybody_of_the_world_looks_everywhere(world: World) -> None:
    assert set(world.people) == {*ROLES, *DECIDES}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_in_where_the_table_says_and_no_look_changes_anything(world: World, role: str) -> None:
    """Every GET: its status is the reviewed one, no statement writes, and every table has the rows it had."""
    client = world.client(role)
    client.get("/")
    before = row_counts()
    wrong, guilty = [], []
    for route, address in gets(world, world.ticket):
        with writes() as heard:
            status = client.get(address).status_code
        if status not in allowed_statuses(route, world.may_enter(role, route, world.ticket)):
            wrong.append((address, status))
        if {table for _verb, table in heard} - MAY_WRITE:
            guilty.append((address, list(heard)))

    assert wrong == []
    assert guilty == []
    assert row_counts() == before


def allowed_statuses(route: Route, expected: str) -> set[int]:
    if route.who == "public" or "?P<" in route.pattern:
        return {200, 302, 403, 404}
    if expected != "in":
        return set(STATUS[expected])
    if route.pattern.endswith("<uuid:uuid>/"):
        return {200, 404}  # tasks and the files of notes are for the desk: test_canaries
    moves = route.pattern.startswith(("tickets/", "desk/tickets/", "desk/kb/", "desk/assets/"))
    return {200, 302, 403, 409} if moves and route.pattern.endswith(ACTION_PAGES) else {200}


@pytest.mark.parametrize("role", ["working administrator", "manager", "requester"])
def test_every_form_of_an_action_is_only_a_look(world: World, role: str) -> None:
    client = world.client(role)
    client.get("/")
    before = row_counts()
    for ticket in world.all_kinds():
        for action in sorted(machine_of(type(ticket)).actions):
            with writes() as heard:
                client.get(f"/desk/tickets/{ticket.number}/{action}/")
                client.get(f"/admin/tickets/ticket/?action={action}&_selected_action={ticket.pk}&apply=yes")
            assert heard == [], action
    assert row_counts() == before


def test_a_token_leaves_its_last_use_and_nothing_else(world: World) -> None:
    _token, text = tokens.issue(world.people["agent"], by=system_employee("console"))
    client = Client(headers={"Authorization": f"Bearer {text}"})
    heard_all = set()
    for route, address in gets(world, world.ticket):
        if route.is_api and world.may_enter("agent", route, world.ticket) == "in":
            with writes() as heard:
                assert client.get(address).status_code == 200
            heard_all |= set(heard)

    assert heard_all == {("UPDATE", "directory_apitoken")}


def test_looking_at_a_confidential_ticket_leaves_one_event_for_each_person_and_nothing_else(world: World) -> None:
    secret = world.add_secret()
    before = row_counts()
    for role in ("handler", "requester of the secret"):
        client = world.client(role)
        for route, address in gets(world, secret):
            if world.may_enter(role, route, secret) == "in" and route.who.endswith("ticket"):
                with writes() as heard:
                    client.get(address)
                assert {table for _verb, table in heard} <= MAY_WRITE | OPENING, address

    changed = {table: count - before[table] for table, count in row_counts().items() if count != before[table]}
    # The incident and the request by both, the problem, the change and the case by the handler.
    assert changed == {"audit_event": 7, "django_session": 2}


def test_a_form_without_its_token_changes_nothing(world: World) -> None:
    """CSRF: every address that takes a POST, PATCH, PUT or DELETE, in a session."""
    tried = 0
    for role in ("working administrator", "handler", "requester"):
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.people[role])
        before = row_counts()
        for route in inventory():
            if world.may_enter(role, route, world.ticket) != "in" or route.pattern == "^api/":
                continue
            for address in world.addresses(route, world.ticket):
                for method in route.methods - {"GET"}:
                    with writes() as heard:
                        answer = send(client, method, address, world)
                    assert answer.status_code == 403, (role, method, address, answer.status_code)
                    assert {table for _verb, table in heard} <= MAY_WRITE, (role, method, address)
                    tried += 1
        assert row_counts() == before
    assert tried > 60


def test_a_post_to_a_page_that_takes_none_changes_nothing(world: World) -> None:
    for role in ("working administrator", "handler"):
        client = world.client(role)
        before = row_counts()
        for route in inventory():
            if "POST" not in route.methods and route.who != "public":
                for address in world.addresses(route, world.ticket):
                    with writes() as heard:
                        client.post(address, {"version": world.ticket.version, "name": "x", "title": "x"})
                    assert {table for _verb, table in heard} <= MAY_WRITE, (role, address)
        assert row_counts() == before


@pytest.mark.parametrize("address", ["/desk/", "/settings/", "/admin/", "/api/v1/tickets/", "/tickets/"])
def test_a_deactivated_employee_is_out_at_once(world: World, address: str) -> None:
    client = world.client("working administrator")
    assert client.get(address).status_code == 200

    type(world.people["agent"]).objects.filter(login="wanda").update(is_active=False)

    assert client.get(address).status_code in (302, 401)
