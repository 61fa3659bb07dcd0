"""One decision, whatever the face: a pairwise cover of the table through desk, portal, API, rescue pages and clock.

Every pair of role, relation, state, tier, sight, impact, action and face stands in some cell. In each
cell the face must answer as ``decide()`` does on the same rows: allowed is done and is an event, and
denied is the status of its kind and changes nothing.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from allpairspy import AllPairs
from bs4 import BeautifulSoup
from django.http import HttpResponseBase

from incidents.models import Incident
from servicedesk.audit.models import Event
from servicedesk.common.time import now
from servicedesk.portal.views.ticket import OFFERED
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.tasks import sweep
from servicedesk.workflow import Decision, machine_of

from .cells import RELATIONS, RIGHTS, STATES, Cell, Stage, upload

pytestmark = pytest.mark.django_db
FACES = ("desk", "portal", "api", "admin")
DENIED = {"hidden": 404, "right": 403, "state": 409, "guard": 409}


def decided(ticket: Any, action: str, actor: Any) -> Decision:
    """What the decision table says, asked directly."""
    machine = machine_of(type(ticket))
    return machine.decide(machine.facts(ticket, actor), action)


def all_decided(ticket: Any, actor: Any) -> set[str]:
    """Every action that the decision table allows ``actor``, the facts being asked once."""
    machine = machine_of(type(ticket))
    facts = machine.facts(ticket, actor)
    return {action for action in actions() if machine.decide(facts, action)}


@cache
def actions() -> tuple[str, ...]:
    return tuple(sorted(machine_of(Incident).actions))


def exists(values: list[Any]) -> bool:
    """Whether a face has the action at all, and lets the role in at all; the routes' own tests prove its gate."""
    if len(values) < 2:
        return True
    face, action = values[0], values[1]
    if face == "portal" and action not in OFFERED:
        return False
    if face == "admin" and not machine_of(Incident).actions[action].is_move:
        return False
    return not (face == "desk" and len(values) > 2 and values[2] == "employee")


@cache
def cover() -> list[tuple[str, str, Cell]]:
    """(face, action, cell): each pair of values that can meet, at least once."""
    parameters = [list(FACES), list(actions()), list(RIGHTS), list(RELATIONS), list(STATES), [1, 2, 3],
                  [False, True], ["low", "medium"]]  # fmt: skip
    rows = [(row[0], row[1], Cell(*row[2:])) for row in AllPairs(parameters, filter_func=exists)]
    # Most pairs of a wide table are denied. These are the cells in which each action is somebody's daily work.
    for action in actions():
        for face in FACES:
            for cell in daily(action):
                if exists([face, action, cell.role]):
                    rows.append((face, action, cell))
    return list(dict.fromkeys(rows))


def daily(action: str) -> Iterator[Cell]:
    machine = machine_of(Incident)
    state = next(
        (s for s in ("in_progress", "pending", "resolved", "cancelled") if s in machine.actions[action].sources), "new"
    )
    tier = 2 if action == "return_down" else 1
    yield Cell("l2" if tier == 2 else "hr l1", "stranger", state, tier, False, "low")
    yield Cell("trainee", "requester", state, tier, False, "low")
    yield Cell("manager", "stranger", state, tier, False, "medium")
    yield Cell("coordinator", "watcher", state, tier, False, "medium")
    yield Cell("hr l1", "stranger", "closed", 1, False, "medium")


def by_desk(stage: Stage, actor: Any, ticket: Incident, action: str, details: dict[str, Any]) -> HttpResponseBase:
    address = f"/desk/tickets/{ticket.number}/"
    if action in ("reply", "note"):
        return stage.client(actor).post(address, {"kind": action, **details})
    return stage.client(actor).post(f"{address}{action}/", _form(ticket, action, details))


def by_portal(stage: Stage, actor: Any, ticket: Incident, action: str, details: dict[str, Any]) -> HttpResponseBase:
    tail = {"watch": "follow", "unwatch": "unfollow"}.get(action, action)
    return stage.client(actor).post(f"/tickets/{ticket.number}/{tail}/", _form(ticket, action, details))


def by_admin(stage: Stage, actor: Any, ticket: Incident, action: str, details: dict[str, Any]) -> HttpResponseBase:
    return stage.client(actor).post(
        "/admin/incidents/incident/",
        {"action": action, "_selected_action": ticket.pk, "apply": "yes", **_form(ticket, action, details)},
    )


def by_api(stage: Stage, actor: Any, ticket: Incident, action: str, details: dict[str, Any]) -> HttpResponseBase:
    base = f"/api/v1/incidents/{ticket.number}"
    if action == "attach":
        return stage.client(actor).post(f"{base}/attachments/", {"file": upload(), **details})
    if action in ("reply", "note"):
        tail, details = "messages", {**details, **({"internal": True} if action == "note" else {})}
    else:
        is_move = machine_of(Incident).actions[action].is_move
        tail = f"{'transitions' if is_move else 'actions'}/{action}"
    return stage.client(actor).post(
        f"{base}/{tail}/", details, content_type="application/json", headers={"If-Match": f'"{ticket.version}"'}
    )


def _form(ticket: Incident, action: str, details: dict[str, Any]) -> dict[str, Any]:
    files = {"file": upload()} if action == "attach" else {}
    return {"version": ticket.version, **details, **files}


POSTS: dict[str, Callable[..., HttpResponseBase]] = {
    "desk": by_desk, "portal": by_portal, "admin": by_admin, "api": by_api,
}  # fmt: skip


def fault_of(stage: Stage, face: str, action: str, cell: Cell) -> tuple[str, str]:
    """(what decide said, what is wrong with the face's answer or nothing)."""
    actor = (stage.administrators if face == "admin" else stage.people)[cell.role]
    with stage.set_up(cell, actor, action) as ticket:
        decision = decided(ticket, action, actor)
        details = stage.details(action, ticket)
        if decision.needs_override:
            details["override_reason"] = "Nobody else is in today"
        said = decision.kind or ("override" if decision.needs_override else "allowed")
        if face == "admin" and cell.confidential:
            said = "hidden"  # confidential tickets are not on the rescue pages
        before = Ticket.objects.filter(pk=ticket.pk).values().get()
        events = Event.objects.count()
        answer = POSTS[face](stage, actor, ticket, action, details)
        after = Ticket.objects.filter(pk=ticket.pk).values().get()
        written = list(Event.objects.order_by("pk")[events:])
    status = answer.status_code
    if said in DENIED:
        if status != DENIED[said]:
            return said, f"answered {status}: {answer.content[-300:]!r}"  # type: ignore[attr-defined]
        return said, "changed something" if written or before != after else ""
    if status not in ((200, 201, 204) if face == "api" else (302,)):
        return said, f"answered {status}: {answer.content[-300:]!r}"  # type: ignore[attr-defined]
    expected_verb = machine_of(Incident).actions[action].verb
    told = [e for e in written if e.verb.endswith(expected_verb) and e.actor_id == actor.pk and e.channel == face]
    return said, "" if told else "left no event"


def test_every_face_decides_as_the_table_does() -> None:
    stage = Stage()
    faults, outcomes = [], set()
    for face, action, cell in cover():
        said, fault = fault_of(stage, face, action, cell)
        outcomes.add((face, said))
        if fault:
            faults.append((face, action, cell, said, fault))

    assert faults == []
    assert len(cover()) >= 400
    for face in FACES:
        assert {(face, "allowed"), (face, "hidden"), (face, "right"), (face, "state")} <= outcomes


@pytest.mark.parametrize("confidential", [False, True])
def test_the_clock_moves_what_is_due_and_nothing_else(confidential: bool) -> None:
    """The face that no person has: the scheduled sweep acts as the clock, through the same door."""
    stage = Stage()
    actor, tried = stage.people["employee"], 0
    for state in STATES:
        for tier in (1, 2, 3):
            for is_due in (False, True):
                cell = Cell("employee", "stranger", state, tier, confidential, "low")
                with stage.set_up(cell, actor) as ticket:
                    if is_due:
                        then = now() - timedelta(days=30)
                        waits = {"follow_up_at": then} if state == "pending" else {}
                        settled = {"resolved_at": then} if state == "resolved" else {}
                        Ticket.objects.filter(pk=ticket.pk).update(**waits, **settled, updated_at=then)
                    events = Event.objects.count()
                    sweep()
                    ticket.refresh_from_db()
                    written = [(e.channel, e.actor.login) for e in Event.objects.order_by("pk")[events:]]
                after = {"pending": "in_progress", "resolved": "closed"}.get(state, state) if is_due else state
                assert ticket.state == after, cell
                assert written == ([("task", "system.clock")] if after != state else [])
                tried += 1
    assert tried == 42


def page_cells() -> list[Cell]:
    parameters = [list(RIGHTS), list(RELATIONS), list(STATES), [1, 2, 3], [False, True], ["low", "medium"]]
    return [Cell(*row) for row in AllPairs(parameters)]


# What the workspace offers besides moves wherever it is allowed; the rest hangs on a task, a link or a proposal.
ALWAYS_SHOWN = ("split", "flag_major", "propose", "log_time", "attach", "set_priority")


def shown_on_desk(soup: BeautifulSoup, number: str) -> set[str]:
    """Every action that some link, button or field of the page leads to."""
    found = set()
    start = f"/desk/tickets/{number}/"
    for tag in soup.select("[href], [action], [hx-get], [hx-post], [formaction]"):
        for name in ("href", "action", "hx-get", "hx-post", "formaction"):
            address = (tag.get(name) or "").split("?")[0].split("#")[0]
            if address.startswith(start) and "/files/" not in address and address != start:
                found.add(address.removeprefix(start).rstrip("/"))
    found |= {tag["value"] for tag in soup.select("[name=kind][value]") if tag["value"] in ("reply", "note")}
    return found


def test_the_desk_shows_an_action_exactly_when_its_post_is_allowed() -> None:
    stage = Stage()
    wrong, seen = [], 0
    for cell in page_cells():
        actor = stage.people[cell.role]
        with stage.set_up(cell, actor) as ticket:
            answer = stage.client(actor).get(f"/desk/tickets/{ticket.number}/")
            allowed = all_decided(ticket, actor)
        if answer.status_code != 200:
            assert cell.role == "employee" or not allowed, cell
            continue
        seen += 1
        shown = shown_on_desk(BeautifulSoup(answer.content, "html.parser"), ticket.number)
        moves = {name for name, action in machine_of(Incident).actions.items() if action.is_move}
        if shown - allowed or (allowed & (moves | set(ALWAYS_SHOWN))) - shown:
            wrong.append((cell, sorted(shown - allowed), sorted((allowed & (moves | set(ALWAYS_SHOWN))) - shown)))

    assert wrong == []
    assert seen > 30


def test_the_portal_shows_an_action_exactly_when_its_post_is_allowed() -> None:
    stage = Stage()
    wrong, seen = [], 0
    for cell in page_cells():
        actor = stage.people[cell.role]
        with stage.set_up(cell, actor) as ticket:
            answer = stage.client(actor).get(f"/tickets/{ticket.number}/")
            allowed = all_decided(ticket, actor) & set(OFFERED)
        if answer.status_code == 404:
            assert not allowed
            continue
        seen += 1
        allowed -= {"watch" if cell.relation == "watcher" else "unwatch"}
        soup = BeautifulSoup(answer.content, "html.parser")
        start = f"/tickets/{ticket.number}/"
        addresses = {tag.get("action") or tag.get("href") or "" for tag in soup.select("form[action], a[href]")}
        names = {address.removeprefix(start).strip("/") for address in addresses if address.startswith(start)}
        shown = {
            {"follow": "watch", "unfollow": "unwatch"}.get(name, name) for name in names if name and "/" not in name
        }
        if shown != allowed:
            wrong.append((cell, shown, allowed))

    assert wrong == []
    assert seen > 30
