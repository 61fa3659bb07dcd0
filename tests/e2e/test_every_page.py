"""Every page, dialog and refusal that people meet: nothing that axe finds, nothing that scrolls sideways."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from servicedesk.workflow import perform
from tests.ui.axe import scrolls_sideways, violations

from .conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser

WINDOWS = {"wide": {"viewport": WIDE}, "phone": {"viewport": NARROW}}  # each in both themes: `check`
ON_BUSY = (
    "assign", "route", "merge", "cancel", "set_priority", "tag", "categorise", "edit", "add_task", "skip_task", "link",
    "watch", "log_time", "attach", "split", "discard",
)  # fmt: skip
ON_OTHER = ("reclassify", "escalate", "pend", "resolve")


def check(page: Any, where: str) -> None:
    """The page at rest, and its colours in the other theme, which changes nothing but colours."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert violations(page) == [], where
    assert not scrolls_sideways(page), where
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == [], f"{where}, dark"


def check_all(visitor: Visitor, *paths: str, status: int = 200) -> None:
    for path in paths:
        check(visitor.open(path, status), path)


@pytest.mark.parametrize("window", WINDOWS)
def test_pages_are_accessible_and_fit(world: SimpleNamespace, visit: Callable[..., Visitor], window: str) -> None:
    options = WINDOWS[window]
    check_all(visit(**options), "/login/")
    number = world.busy.number
    read = world.article.number
    check_all(
        visit(world.alice, **options), "/", "/report/", "/tickets/", f"/tickets/{number}/",
        f"/tickets/{number}/cancel/", "/kb/", "/kb/?q=paper", "/kb/?q=zzzz", f"/kb/{read}/", f"/report/?article={read}",
    )  # fmt: skip
    article = f"/desk/kb/{read}/"
    luca = visit(world.luca, **options)
    check_all(
        luca, "/desk/", "/desk/?view=done", "/desk/?q=zzzz", "/desk/?queue=network&sort=due", "/desk/work/",
        "/desk/problems/", "/desk/problems/?view=done", "/desk/problems/new/",
        "/desk/onboarding/", "/desk/changes/", "/desk/changes/new/", "/desk/changes/calendar/",
        "/desk/changes/calendar/?shape=agenda",
        "/desk/people/", "/desk/people/?q=zzzz", "/desk/people/?state=left",
        "/desk/people/alice/", "/desk/people/wei/", f"/desk/tickets/{number}/",
        f"/desk/tickets/{world.secret.number}/", f"/desk/tickets/{world.merged.number}/", "/report/",
        "/desk/kb/", "/desk/kb/?q=zzzz", "/desk/kb/new/", article, f"{article}?n=1", f"{article}edit/",
        f"{article}?n=2&with=1", f"{article}?n=2&with=1&view=inline",
    )  # fmt: skip
    check_all(luca, "/desk/?q=nonsense+%3D+1", status=422)
    check_all(luca, "/settings/", status=403)
    check_all(luca, "/desk/tickets/INC-999999/", status=404)
    group = world.luca.groups.get().pk
    check_all(
        visit(world.ada, **options), "/settings/", "/settings/queues/", "/settings/queues/new/",
        "/settings/queues/network/", "/settings/categories/", "/settings/categories/new/",
        f"/settings/categories/{world.hardware.slug}/", "/settings/tags/", f"/settings/tags/{world.tag.slug}/",
        "/settings/rights/", "/settings/rights/?q=zzzz", "/settings/rights/people/", "/settings/rights/people/?q=zzzz",
        "/settings/rights/people/alice/", "/settings/rights/people/luca/?state=in_progress",
        "/settings/directory/", "/settings/directory/mapping/", "/settings/directory/alarms/",
        f"/settings/directory/runs/{world.run.pk}/",
        f"/settings/directory/runs/{world.run.pk}/?kind=left",
        "/settings/roles/", f"/settings/roles/{group}/", f"/settings/roles/{group}/network/",
        "/settings/confidential/", "/settings/catalogue/", "/settings/changes/", "/settings/changes/authorisation/",
        "/settings/changes/templates/new/", "/settings/changes/freezes/new/", "/settings/changes/questions/new/",
        "/settings/onboarding/", "/settings/onboarding/templates/new/",
    )  # fmt: skip


@pytest.mark.parametrize("window", WINDOWS)
def test_the_ticket_of_every_role_is_accessible(
    world: SimpleNamespace, visit: Callable[..., Visitor], window: str
) -> None:
    for person in (world.wei, world.tina, world.quinn, world.mara, world.cora):
        page = visit(person, **WINDOWS[window]).open(f"/desk/tickets/{world.busy.number}/")
        page.click("[popovertarget=more-moves]")
        check(page, person.login)


@pytest.mark.parametrize("window", WINDOWS)
def test_dialogs_and_their_errors_are_accessible(
    world: SimpleNamespace, visit: Callable[..., Visitor], window: str
) -> None:
    luca = visit(world.luca, **WINDOWS[window])
    for ticket, names in ((world.busy, ON_BUSY), (world.other, ON_OTHER)):
        page = luca.open(f"/desk/tickets/{ticket.number}/")
        for name in names:
            link = page.locator(f"a[href*='/{name}/'][hx-get]").first
            if link.evaluate("link => !!link.closest('[popover]')"):
                page.click("[popovertarget=more-moves]")
            link.click()
            page.wait_for_selector("dialog[open] form.form")
            check(page, f"{name} in a dialog")
            page.click("dialog [data-close]")
    link.click()
    page.wait_for_selector("dialog[open] form.form")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog .error-summary")
    check(page, "errors in a dialog")
    for ticket, names in ((world.busy, ("split", "skip_task", "tag")), (world.other, ON_OTHER)):
        check_all(luca, *(f"/desk/tickets/{ticket.number}/{name}/" for name in names))


@pytest.mark.parametrize("window", WINDOWS)
def test_conflicts_and_refusals_are_accessible(
    world: SimpleNamespace, visit: Callable[..., Visitor], window: str
) -> None:
    luca = visit(world.luca, **WINDOWS[window], java_script_enabled=True)
    page = luca.open(f"/desk/tickets/{world.other.number}/escalate/")
    perform(world.other, "set_priority", by=world.cora, impact="low", urgency="low")
    page.fill("textarea", "A diagnosis")
    page.click("main button.primary")
    page.wait_for_selector("[role=alert]")
    check(page, "conflict")
    assert page.input_value("textarea") == "A diagnosis"

    page = luca.open(f"/desk/tickets/{world.busy.number}/")
    page.evaluate("document.querySelector('.composer').noValidate = true")
    page.click(".composer textarea")
    page.click(".composer button.primary")
    page.wait_for_selector(".composer .error-summary")
    check(page, "composer")

    ada = visit(world.ada, **WINDOWS[window])
    page = ada.open("/settings/queues/network/")
    visit(world.ada).open("/settings/queues/network/")
    other = visit(world.ada)
    other.open("/settings/queues/network/")
    other.page.fill("[name=description]", "Cables")
    other.page.click("main button.primary")
    other.page.wait_for_url("**/settings/queues/")
    page.fill("[name=description]", "Switches")
    page.click("main button.primary")
    page.wait_for_selector("[role=alert]")
    check(page, "conflict in the settings")
    page.fill("[name=tiers]", "9")
    page.click("main button.primary")
    page.wait_for_selector(".error-summary")
    check(page, "errors in the settings")


@pytest.mark.parametrize("window", WINDOWS)
def test_the_answer_about_a_ticket_that_is_not_there_is_accessible(
    world: SimpleNamespace, visit: Callable[..., Visitor], window: str
) -> None:
    ada = visit(world.ada, **WINDOWS[window], java_script_enabled=False).open("/settings/rights/people/luca/")
    ada.fill("[name=ticket]", world.busy.number)

    with ada.expect_navigation():
        ada.click("#question button.primary")

    told = ada.locator(".error-summary").inner_text()
    assert "There is no such ticket, or you may not see it." in told
    visitor = visit(world.ada, **WINDOWS[window])
    check_all(visitor, f"/settings/rights/people/luca/?ticket={world.busy.number}", status=422)


def test_pages_stay_usable_at_400_percent(world: SimpleNamespace, visit: Callable[..., Visitor]) -> None:
    options = {"viewport": {"width": 320, "height": 256}}
    number = world.busy.number
    for person, paths in {
        world.luca: ("/desk/", f"/desk/tickets/{number}/", f"/desk/tickets/{number}/escalate/", "/desk/people/"),
        world.ada: (
            "/settings/",
            "/settings/queues/network/",
            "/settings/roles/",
            "/settings/rights/",
            "/settings/rights/people/luca/?tier=1",
        ),
        world.alice: ("/", f"/tickets/{number}/", "/report/"),
    }.items():
        check_all(visit(person, **options), *paths)
