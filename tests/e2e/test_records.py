"""Requests, changes and cases in the browser: their stories from end to end, and pages that everybody can use."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from changes.models import ChangeRequest
from directory.models import Employee
from incidents.models import ServiceRequest
from servicedesk.audit.verify import verify
from tests import factories as make
from tests.assets.making import make_asset
from tests.changes import making as changes
from tests.onboarding import making as onboarding

from .conftest import Visitor
from .test_every_page import WINDOWS, check, check_all
from .test_stories import follow, send

pytestmark = pytest.mark.browser
FORM = [{"label": "Model", "kind": "choice", "choices": ["Big", "Small"], "required": True}]


@pytest.fixture
def shop(transactional_db: None) -> SimpleNamespace:
    """Alice asks, Lena decides, Luca fulfils."""
    queue = make.make_queue("hardware", is_default=True)
    lena = make.make_employee("lena")
    alice = make.make_employee("alice", manager=lena)
    luca = make.make_agent(queue, 1, "luca")
    make.make_catalogue_item(queue, "Laptop", rule=make.make_approval_rule("line_manager"), form=FORM)
    return SimpleNamespace(alice=alice, lena=lena, luca=luca)


def ask(visitor: Visitor, model: str) -> str:
    """Ask for a laptop from the catalogue; the number of the request."""
    page = visitor.open("/catalogue/")
    page.click("a:has-text('Laptop')")
    page.select_option("[name=field_model]", label=model)
    page.click("main button.primary")
    page.wait_for_url("**/tickets/REQ-*/")
    return str(page.url).rstrip("/").rsplit("/", 1)[-1]


def decide(visitor: Visitor, verdict: str, comment: str = "") -> None:
    page = visitor.open("/approvals/")
    page.click("main a.title:has-text('Laptop')")
    page.check(f"[name=verdict][value={verdict}]")
    page.fill("[name=comment]", comment)
    page.click("main button.primary")
    page.wait_for_url("**/approvals/")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_request_from_the_catalogue_to_its_confirmation(
    shop: SimpleNamespace, visit: Callable[..., Visitor], scripts: bool
) -> None:
    alice, lena, luca = (visit(one, java_script_enabled=scripts) for one in (shop.alice, shop.lena, shop.luca))
    number = ask(alice, "Small")
    decide(lena, "approved", "Buy it")

    desk = luca.open("/desk/")
    desk.click("a.title:has-text('Laptop')")
    assert desk.get_by_text("Small").first.is_visible()
    desk.click("[popovertarget=more-moves]")
    desk.locator("form[action$='/start/'] button").click()
    desk.wait_for_selector(".props:has-text('Luca')")
    follow(desk, "fulfil")
    desk.fill("[name=text]", "It is on your desk")
    send(desk)

    page = alice.open(f"/tickets/{number}/")
    assert page.get_by_text("It is on your desk").first.is_visible()
    page.click("form[action$='/confirm/'] button")
    page.wait_for_selector(".standing .status:has-text('Closed')")
    request = ServiceRequest.objects.get()
    assert (request.state, request.assignee) == ("closed", shop.luca)
    assert verify().ok


def test_a_refused_request_is_changed_and_asked_again(shop: SimpleNamespace, visit: Callable[..., Visitor]) -> None:
    alice, lena = visit(shop.alice), visit(shop.lena)
    number = ask(alice, "Big")
    decide(lena, "rejected", "The small one will do")

    page = alice.open(f"/tickets/{number}/")
    assert page.get_by_text("The small one will do").first.is_visible()
    page.click("a[href$='/revise/']")
    page.select_option("[name=field_model]", label="Small")
    with page.expect_navigation():
        page.locator("dialog[open] button.primary, main button.primary").first.click()
    page.wait_for_selector(".standing .status:has-text('Waiting for approval')")
    decide(lena, "approved")

    request = ServiceRequest.objects.get()
    assert (request.state, request.answers) == ("fulfilment", {"model": "Small"})


@pytest.mark.parametrize("window", WINDOWS)
def test_pages_of_a_request_are_accessible(shop: SimpleNamespace, visit: Callable[..., Visitor], window: str) -> None:
    alice, lena = visit(shop.alice, **WINDOWS[window]), visit(shop.lena, **WINDOWS[window])
    check_all(alice, "/catalogue/", "/catalogue/laptop/", "/profile/")
    number = ask(alice, "Big")
    check(alice.page, "what was asked")
    check_all(lena, "/approvals/")
    lena.page.click("main a.title:has-text('Laptop')")
    check(lena.page, "the decision")
    lena.page.click("main button.primary")
    lena.page.wait_for_selector(".error-summary")
    check(lena.page, "a decision without a verdict")
    decide(lena, "approved")
    check_all(visit(shop.luca, **WINDOWS[window]), f"/desk/tickets/{number}/")


def moves_are_accessible(visitor: Visitor, number: str, seen: set[str]) -> None:
    """The record, and the page of each move that it offers and that was not looked at on one before it."""
    page = visitor.open(f"/desk/tickets/{number}/")
    check(page, number)
    start = f"/desk/tickets/{number}/"
    offered = page.locator(f"a[href^='{start}'][hx-get]").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    moves = {address.removeprefix(start).split("/")[0]: address for address in offered}
    assert moves
    check_all(visitor, *(address for move, address in moves.items() if move not in seen))
    seen |= set(moves)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_change_in_each_hand_is_accessible(
    transactional_db: None, visit: Callable[..., Visitor], window: str
) -> None:
    world = changes.make_world()
    states = ("draft", "authorisation", "scheduled", "implementing")
    numbers = {
        state: changes.make_change(world, state, assets=asset.number).number
        for state, asset in zip(states, _assets(world), strict=True)
    }
    by: dict[str, Employee] = {
        "draft": world.author, "authorisation": world.author, "scheduled": world.maker, "implementing": world.maker,
    }  # fmt: skip
    seen: set[str] = set()
    for state, number in numbers.items():
        moves_are_accessible(visit(by[state], **WINDOWS[window]), number, seen)
    check_all(visit(world.maker, **WINDOWS[window]), "/desk/changes/", "/desk/changes/calendar/")


def _assets(world: SimpleNamespace) -> list[Any]:
    return [world.switch, world.server, *(make_asset(world.keeper, tag=f"X-{n}") for n in (1, 2))]


def test_a_change_is_made_from_the_page(transactional_db: None, visit: Callable[..., Visitor]) -> None:
    world = changes.make_world()
    change = changes.make_change(world, "scheduled")
    page = visit(world.maker).open(f"/desk/tickets/{change.number}/")
    page.locator("form[action$='/implement/'] button").first.click()
    page.wait_for_selector(".props .status:has-text('Being implemented')")
    follow(page, "complete")
    page.check("[name=result][value=successful]")
    page.fill("[name=text]", "The new firmware runs")
    send(page)
    page.wait_for_selector(".props .status:has-text('In review')")

    assert ChangeRequest.objects.get().state == "review"


@pytest.mark.parametrize("window", WINDOWS)
def test_a_case_in_each_hand_is_accessible(transactional_db: None, visit: Callable[..., Visitor], window: str) -> None:
    world = onboarding.make_world()
    joiner = onboarding.make_case(world)
    leaver = onboarding.make_case(world, "leaver", "scheduled")
    olga = visit(world.runner, **WINDOWS[window])
    seen: set[str] = set()
    for case in (joiner, leaver):
        moves_are_accessible(olga, case.number, seen)
    check_all(olga, "/desk/onboarding/", "/desk/onboarding/new/")
    check_all(visit(world.boss, **WINDOWS[window]), "/approvals/", f"/tickets/{joiner.number}/")
