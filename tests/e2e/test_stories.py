"""Whole stories in the browser, with scripts and without: what people came for works from end to end."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from incidents.models import Incident
from servicedesk.audit.verify import verify
from servicedesk.tickets.models import Ticket
from servicedesk.workflow import perform

from .conftest import Visitor

pytestmark = pytest.mark.browser


def follow(page: Any, name: str) -> None:
    """Take the move ``name`` of the workspace: its button, its menu entry or, without scripts, its page."""
    page.locator(f"[href$='/{name}/'], form[action$='/{name}/'] button").first.click()
    page.wait_for_selector("dialog[open] form.form, .page-body form.form")


def send(page: Any) -> None:
    """The primary button of the form that was opened, and the ticket again."""
    with page.expect_navigation():
        page.locator("dialog[open] button.primary, .page-body button.primary").first.click()
    page.wait_for_selector(".ticket-head")


def say(page: Any, text: str) -> None:
    page.fill(".composer textarea", text)
    page.click(".composer button.primary")
    page.wait_for_selector(f".message:has-text({text!r})")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_incident_from_report_to_confirmation(
    world: SimpleNamespace, visit: Callable[..., Visitor], scripts: bool
) -> None:
    alice, luca, wei = (visit(person, java_script_enabled=scripts) for person in (world.alice, world.luca, world.wei))
    page = alice.open("/report/")
    page.fill("[name=title]", "No network at my desk")
    page.fill("[name=description]", "Since this morning.")
    page.click("main button.primary")
    page.wait_for_url("**/tickets/INC-*/")
    number = page.url.rstrip("/").rsplit("/", 1)[-1]

    desk = luca.open("/desk/")
    desk.click("a.title:has-text('No network at my desk')")
    follow(desk, "assign")
    desk.select_option("[name=assignee]", label="Luca")
    send(desk)
    assert desk.locator(".props").get_by_text("Luca").is_visible()
    say(desk, "Which lamp is on?")
    desk.locator("form[action$='/start/'] button").click()
    desk.wait_for_selector(".props .status:has-text('In progress')")
    follow(desk, "pend")
    desk.select_option("[name=reason]", "requester")
    send(desk)
    desk.wait_for_selector(".props .status:has-text('Waiting')")

    page = alice.open(f"/tickets/{number}/")
    page.fill("[name=body]", "The red one")
    page.click("#reply button.primary")
    page.wait_for_selector(".message:has-text('The red one')")

    desk = luca.open(f"/desk/tickets/{number}/")
    assert desk.locator(".props .status").first.inner_text() == "In progress"
    follow(desk, "escalate")
    desk.fill("[name=diagnosis]", "The switch of floor 2 is dead")
    send(desk)

    desk = wei.open(f"/desk/tickets/{number}/")
    assert desk.get_by_text("The switch of floor 2 is dead").is_visible()
    desk.locator("form[action$='/start/'] button").click()
    desk.wait_for_selector(".props .status:has-text('In progress')")
    follow(desk, "resolve")
    desk.fill("[name=text]", "Switch replaced")
    send(desk)
    desk.wait_for_selector(".props .status:has-text('Resolved')")

    page = alice.open(f"/tickets/{number}/")
    assert page.get_by_text("Switch replaced").first.is_visible()
    page.click("form[action$='/confirm/'] button")
    page.wait_for_selector(".standing .status:has-text('Closed')")

    ticket = Ticket.objects.get(pk=int(number.partition("-")[2]))
    assert (ticket.state, ticket.tier, ticket.assignee) == ("closed", 2, world.wei)
    assert verify().ok


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_tabs_cannot_undo_each_other(world: SimpleNamespace, visit: Callable[..., Visitor], scripts: bool) -> None:
    luca = visit(world.luca, java_script_enabled=scripts)
    page = luca.open(f"/desk/tickets/{world.other.number}/")
    follow(page, "escalate")
    page.fill("[name=diagnosis]", "I measured the line")
    perform(Incident.objects.get(pk=world.other.pk), "set_priority", by=world.cora, impact="low", urgency="low")

    page.locator("dialog[open] button.primary, .page-body button.primary").first.click()

    alert = page.locator("[role=alert]:has-text('Cora')")
    alert.wait_for()
    assert "set the priority" in alert.inner_text()
    assert page.input_value("[name=diagnosis]") == "I measured the line"
    assert Ticket.objects.get(pk=world.other.pk).tier == 1
    send(page)
    assert Ticket.objects.get(pk=world.other.pk).tier == 2


def test_a_move_that_is_over_keeps_the_dialog_and_its_text(
    world: SimpleNamespace, visit: Callable[..., Visitor]
) -> None:
    page = visit(world.luca).open(f"/desk/tickets/{world.other.number}/")
    follow(page, "escalate")
    page.fill("[name=diagnosis]", "I measured the line")
    perform(Incident.objects.get(pk=world.other.pk), "cancel", by=world.alice, reason="withdrawn")

    page.click("dialog button.primary")

    page.locator("dialog [role=alert]:has-text('Cancelled')").wait_for()
    assert page.input_value("[name=diagnosis]") == "I measured the line"


def test_a_note_never_becomes_a_reply(world: SimpleNamespace, visit: Callable[..., Visitor]) -> None:
    luca = visit(world.luca)
    page = luca.open(f"/desk/tickets/{world.other.number}/")
    page.fill(".composer textarea", "For colleagues? No, for Alice")
    page.check("[name=kind][value=note]", force=True)
    assert page.input_value(".composer textarea") == ""
    page.fill(".composer textarea", "Between us")
    page.reload()
    assert page.input_value(".composer textarea") == "For colleagues? No, for Alice"
    page.check("[name=kind][value=note]", force=True)
    assert page.input_value(".composer textarea") == "Between us"
    page.click(".composer button.primary")
    page.wait_for_selector(".message.note:has-text('Between us')")

    assert page.input_value(".composer textarea") == "For colleagues? No, for Alice"
    assert page.is_checked("[name=kind][value=reply]")
    page = luca.open(f"/desk/tickets/{world.busy.number}/")
    assert page.input_value(".composer textarea") == ""


def test_the_keyboard_reaches_every_move_and_comes_back(world: SimpleNamespace, visit: Callable[..., Visitor]) -> None:
    page = visit(world.luca).open(f"/desk/tickets/{world.other.number}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").endswith("skip")
    page.focus(".ticket-head a[href$='/escalate/']")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] textarea")
    assert page.evaluate("document.activeElement.name") == "diagnosis"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('href')").endswith("/escalate/")
    page.focus("[popovertarget=more-moves]")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('#more-moves')")


def test_the_way_back_keeps_the_filters(world: SimpleNamespace, visit: Callable[..., Visitor]) -> None:
    page = visit(world.luca).open("/desk/?view=urgent&sort=newest")
    page.click(f"a[href='/desk/tickets/{world.other.number}/']")
    page.wait_for_selector(".ticket-head")
    page.click(".breadcrumbs a")
    page.wait_for_selector(".chip[aria-current]:has-text('P1 and P2')")

    assert page.input_value("[name=sort]") == "newest"
