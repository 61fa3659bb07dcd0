"""Second steps in a browser: an app, a passkey of the device, recovery codes, and who must have one."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from directory.models import Employee
from directory.signin import second_step
from tests import factories as make
from tests.signin.conftest import SECRET, code_now
from tests.ui.axe import scrolls_sideways, violations

from .conftest import PASSWORD, Visitor
from .test_every_page import WINDOWS

pytestmark = pytest.mark.browser


@pytest.fixture
def alice(transactional_db: None) -> Employee:
    return make.make_employee("alice", name="Alice Amato")


@pytest.fixture(autouse=True)
def address(settings: Any, live_server: Any) -> None:
    """Passkeys belong to a host: that of the address people type."""
    settings.BASE_URL = live_server.url


def check(page: Any, where: str) -> None:
    assert violations(page) == [], where
    assert not scrolls_sideways(page), where


def with_device(visitor: Visitor) -> Any:
    """The window gets a device that holds passkeys and whose owner is always there; gives how to ask it things."""
    devtools = visitor.page.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    return lambda verb, **more: devtools.send(f"WebAuthn.{verb}", {"authenticatorId": added["authenticatorId"], **more})


def begin(visitor: Visitor, employee: Employee) -> Any:
    """Login and password, to whatever page follows."""
    visitor.open("/login/")
    visitor.page.fill("[name=username]", employee.login)
    visitor.page.fill("[name=password]", PASSWORD)
    visitor.page.click("form[data-login] button.primary")
    visitor.page.wait_for_load_state()
    return visitor.page


def test_a_passkey_is_added_and_signs_in_alone_and_as_a_second_step(alice: Employee, visit: Callable[..., Visitor]):
    visitor = visit(alice)
    with_device(visitor)
    page = visitor.open("/profile/security/passkey/")
    page.fill("[name=name]", "Work laptop")
    page.click("main button.primary")
    page.wait_for_url("**/profile/security/codes/")
    assert [str(key) for key in second_step.passkeys_of(alice)] == ["Work laptop"]

    visitor.page.context.clear_cookies()
    page = visitor.open("/login/?next=/tickets/")
    page.click("text=Sign in with a passkey")
    page.wait_for_url(lambda url: urlsplit(url).path == "/tickets/")

    visitor.page.context.clear_cookies()
    page = begin(visitor, alice)
    page.click("text=Use a passkey")
    page.wait_for_url(lambda url: "/login/" not in url)
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_a_passkey_that_the_desk_does_not_know_lets_nobody_in(alice: Employee, visit: Callable[..., Visitor]):
    visitor = visit(alice)
    with_device(visitor)
    page = visitor.open("/profile/security/passkey/")
    page.click("main button.primary")
    page.wait_for_url("**/profile/security/codes/")
    Authenticator.objects.all().delete()
    visitor.page.context.clear_cookies()

    page = visitor.open("/login/")
    page.click("text=Sign in with a passkey")

    page.wait_for_selector(".error-summary")
    check(page, "a passkey that is not known")
    assert "This did not work" in page.inner_text("main")


def test_somebody_without_a_passkey_reads_why_nothing_happened(alice: Employee, visit: Callable[..., Visitor]):
    visitor = visit()
    ask = with_device(visitor)
    ask("setUserVerified", isUserVerified=False)

    page = visitor.open("/login/")
    page.click("text=Sign in with a passkey")

    page.wait_for_selector("[data-passkey-failed]:not([hidden])", timeout=30_000)
    check(page, "no passkey")


def test_who_must_have_a_second_step_sets_one_up_and_goes_on(alice: Employee, visit: Callable[..., Visitor]):
    group = make.make_group("careful")
    alice.groups.add(group)
    second_step.require(group, True, by=alice)
    visitor = visit()

    page = begin(visitor, alice)

    page.wait_for_url("**/profile/security/")
    check(page, "owes a second step")
    page.click("text=Set up an app")
    secret = page.inner_text("code.secret").replace(" ", "")
    page.fill("[name=code]", code_now(secret=secret))
    page.click("main button.primary")
    page.wait_for_url("**/profile/security/codes/")
    visitor.open("/tickets/")


@pytest.fixture(params=list(WINDOWS))
def window(request: pytest.FixtureRequest) -> dict[str, Any]:
    return WINDOWS[request.param]


def test_pages_of_signing_in_are_accessible_and_fit(
    alice: Employee, visit: Callable[..., Visitor], window: dict[str, Any], settings: Any
):
    visitor = visit(alice, **window)
    for path in ("/profile/", "/profile/security/", "/profile/security/app/", "/profile/security/passkey/",
                 "/profile/sessions/", "/profile/confirm/"):  # fmt: skip
        check(visitor.open(path), path)
    second_step.add_app(alice, SECRET)
    second_step.add_passkey(alice, "Work laptop", {})
    Client().post("/login/", {"username": "alice", "password": PASSWORD})
    check(visitor.open("/profile/security/"), "all set up")
    page = visitor.open("/profile/security/codes/")
    check(page, "how many codes are left")
    page.click("main button.primary")
    page.wait_for_selector(".codes")
    check(page, "recovery codes")
    page = visitor.open("/profile/confirm/")
    page.click("main button.primary")
    page.wait_for_selector(".error-summary")
    check(page, "wrong password")

    Authenticator.objects.filter(type="webauthn").delete()
    other = visit(**window)
    page = begin(other, alice)
    check(page, "the second step")
    page.fill("[name=code]", "000000")
    page.click("form[data-login] button.primary")
    page.wait_for_selector(".error-summary")
    check(page, "a wrong code")


def test_the_settings_of_signing_in_are_accessible_and_fit(
    alice: Employee, visit: Callable[..., Visitor], window: dict[str, Any], settings: Any
):
    ada = make.make_administrator("ada")
    for login in ("alice", "nobody"):
        for _guess in range(settings.AXES_FAILURE_LIMIT):
            Client().post("/login/", {"username": login, "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    visitor = visit(ada, **window)
    page = visitor.open("/settings/sign-in/")
    check(page, "settings")
    page.click("text=Remove their second steps")
    page.wait_for_selector(".error-summary")
    check(page, "errors of the settings")
