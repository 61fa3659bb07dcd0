"""What a person meets in the browser: nothing that axe finds, no text lost, nothing sent twice, no script needed."""

import pytest

from . import pages
from .axe import scrolls_sideways, violations

WINDOWS = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "dark phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "zoomed": {"viewport": {"width": 320, "height": 256}},
}


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    "path", ["/", "/desk/", "/desk/?toast", "/desk/ticket/", "/report/", "/dialog/", "/login/", "/missing/"]
)
def test_a_page_is_accessible_and_fits(open_page, path, window):
    page = open_page(path, **WINDOWS[window])
    if "toast" in path:
        page.wait_for_selector(".toast button")

    assert violations(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("window", ["desktop", "dark phone"])
def test_dialogs_menus_and_errors_are_accessible(open_page, window):
    page = open_page("/desk/ticket/", **WINDOWS[window])
    page.click("[popovertarget=more]")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.click("#escalate")
    page.wait_for_selector("dialog[open] textarea")
    assert violations(page) == []
    page.click("dialog button.primary")
    page.wait_for_selector("dialog .error-summary")
    assert violations(page) == []
    page.goto("/report/")
    page.click("button.primary")
    assert violations(page) == []
    assert page.evaluate("document.activeElement.className") == "error-summary"


def test_the_chosen_theme_is_in_the_page_before_any_script(open_page):
    page = open_page("/", color_scheme="light")
    page.click("[data-theme-toggle]")
    assert page.get_attribute("html", "data-theme") == "dark"

    html = page.evaluate("fetch('/').then(answer => answer.text())")

    assert 'data-theme="dark"' in html


def test_a_form_is_sent_once_however_often_it_is_submitted(open_page):
    page = open_page("/desk/ticket/")
    page.fill("#text", "stay")  # answered by 204, so the page could send again
    with page.expect_response("**/reply/"):
        page.click(".composer button.primary")
    page.click(".composer button.primary")
    page.evaluate("fetch('/').then(answer => answer.text())")

    assert [post["text"] for post in pages.posts] == ["stay"]


def test_a_form_of_htmx_is_sent_once_too(open_page):
    page = open_page("/desk/ticket/")
    page.click("#escalate")
    page.fill("dialog [name=diagnosis]", "409")
    page.evaluate(
        "() => { const f = document.querySelector('dialog form.form'); f.requestSubmit(); f.requestSubmit(); }"
    )
    page.wait_for_selector("dialog form [role=alert]")
    page.evaluate("fetch('/').then(answer => answer.text())")

    assert len(pages.posts) == 1
    page.click("dialog button.primary")  # and once it is answered, it can be sent again
    page.wait_for_selector("dialog form.form:not([data-sending])")
    assert len(pages.posts) == 2


def test_control_enter_sends(open_page):
    page = open_page("/desk/ticket/")
    page.fill("#text", "Hello")
    page.check("[value=note]")
    page.focus("#text")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    assert [(post["kind"], post["text"]) for post in pages.posts] == [("note", "Hello")]


def test_what_is_typed_survives_a_reload_and_goes_when_it_is_sent(open_page):
    page = open_page("/desk/ticket/")
    page.fill("#text", "A long diagnosis")
    page.reload()
    assert page.input_value("#text") == "A long diagnosis"

    with page.expect_navigation():
        page.click(".composer button.primary")
    assert page.input_value("#text") == ""
    page.reload()
    assert page.input_value("#text") == ""


def test_an_expired_session_does_not_cost_the_text(open_page):
    page = open_page("/desk/ticket/")
    page.fill("#text", "expired")
    with page.expect_navigation():
        page.click(".composer button.primary")
    assert page.url.endswith("/login/")
    page.goto("/desk/ticket/")

    assert page.input_value("#text") == "expired"


def test_a_refused_form_keeps_its_local_copy(open_page):
    page = open_page("/report/")
    page.fill("[name=description]", "The dock is dead")
    with page.expect_navigation():
        page.click("button.primary")
    assert page.is_visible(".error-summary")
    page.goto("/report/")

    assert page.input_value("[name=description]") == "The dock is dead"


def test_a_dialog_opens_from_its_link_and_gives_the_focus_back(open_page):
    page = open_page("/desk/ticket/")
    page.click("#escalate")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("document.activeElement.name") == "diagnosis"
    assert page.get_by_role("dialog", name="Escalate to tier 2").is_visible()
    page.keyboard.press("Escape")

    assert page.query_selector("dialog[open]") is None
    assert page.evaluate("document.activeElement.id") == "escalate"
    page.click("#escalate")
    page.wait_for_selector("dialog[open]")
    page.click("[data-close]")
    assert page.query_selector("dialog[open]") is None


def opened_dialog(open_page, text):
    page = open_page("/desk/ticket/")
    page.click("#escalate")
    page.wait_for_selector("dialog[open]")
    page.fill("[name=diagnosis]", text)
    page.click("dialog button.primary")
    return page


def test_a_wrong_form_comes_back_in_the_dialog(open_page):
    page = opened_dialog(open_page, " ")

    page.wait_for_selector("dialog .error-summary")
    assert page.get_attribute("[name=diagnosis]", "aria-invalid") == "true"


def test_a_right_form_in_the_dialog_carries_the_token_and_leads_on(open_page):
    page = opened_dialog(open_page, "Needs firewall access")

    page.wait_for_url("**/desk/")
    assert pages.posts == [{"diagnosis": "Needs firewall access"}]


@pytest.mark.parametrize("status", ["403", "404", "409", "500"])
def test_a_refusal_is_an_alert_beside_the_action_and_the_text_stays(open_page, status):
    page = opened_dialog(open_page, status)

    alert = page.wait_for_selector("dialog form [role=alert]")
    assert alert.inner_text() == "INC-000123 is resolved: too late to escalate it."
    assert page.input_value("[name=diagnosis]") == status
    assert page.locator("h1").count() == 1


def test_an_expired_session_in_a_dialog_is_said_and_the_text_stays(open_page):
    page = opened_dialog(open_page, "expired")

    alert = page.wait_for_selector("dialog form [role=alert]")
    assert alert.inner_text().startswith("Your session has ended.")
    assert page.input_value("[name=diagnosis]") == "expired"


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["with the policy", "without it"])
def test_text_in_attributes_is_never_evaluated(open_page, bypass_csp):
    page = open_page("/desk/eval/", bypass_csp=bypass_csp)
    for name in ("on", "vals", "filter"):
        page.click(f"#{name}")
    page.evaluate("fetch('/').then(answer => answer.text())")

    assert page.evaluate("window.ran") is None
    assert open_page.complaints, "htmx should have complained of the refused evaluation"
    open_page.complaints.clear()


def test_toasts_can_be_closed_and_errors_are_not_toasts(open_page):
    page = open_page("/desk/?toast")
    page.click(".toast button")

    assert page.locator(".toast").count() == 0
    assert page.get_by_role("alert").inner_text() == "INC-000124 is resolved: too late to escalate it."


def test_files_dropped_on_a_form_land_in_its_field(open_page):
    page = open_page("/desk/ticket/")
    page.evaluate(
        """() => { const files = new DataTransfer(); files.items.add(new File(["x"], "log.txt"));
        document.querySelector("#text").dispatchEvent(
            new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: files})); }"""
    )

    assert page.evaluate("document.querySelector('#files').files[0].name") == "log.txt"


def test_the_composer_of_a_phone_grows_after_the_first_touch(open_page):
    page = open_page("/desk/ticket/", **WINDOWS["phone"])
    assert not page.is_visible(".composer .foot")
    page.click(".kinds label:has([value=note])")

    assert page.is_checked("[value=note]")
    assert page.is_visible(".composer .foot")
    assert page.is_visible(".to.for-note")


def test_everything_works_without_scripts(open_page):
    page = open_page("/desk/ticket/", java_script_enabled=False)
    page.click("[popovertarget=more]")
    assert page.is_visible("#more")
    page.keyboard.press("Escape")
    page.click("#escalate")
    assert page.url.endswith("/dialog/")
    assert page.get_by_role("heading", name="Escalate to tier 2").is_visible()
    page.goto("/desk/ticket/")
    page.fill("#text", "Hello")
    page.click(".composer button.primary")

    assert [post["text"] for post in pages.posts] == ["Hello"]
