"""The second step: codes of an app, recovery codes, and who must have one."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from directory import tokens
from directory.models import Employee
from directory.services import deactivate, end_access, system_employee
from directory.signin import second_step
from servicedesk.audit.models import Event
from servicedesk.outbox.models import Dispatch
from tests import factories as make

from .conftest import PASSWORD, SECRET, code_now, is_in, sign_in

pytestmark = pytest.mark.django_db


def test_the_password_alone_lets_nobody_in_who_has_a_second_step(alice: Employee, with_app: Any):
    with_app(alice)

    client = sign_in(alice)

    assert client.answer["Location"] == "/login/second-step/"
    assert not is_in(client)


def test_the_code_of_the_app_lets_in_and_goes_where_the_person_was_going(alice: Employee, with_app: Any):
    with_app(alice)
    client = Client()
    client.post("/login/", {"username": "alice", "password": PASSWORD, "next": "/tickets/?show=closed"})

    answer = client.post("/login/second-step/", {"code": code_now()})

    assert answer["Location"] == "/tickets/?show=closed"
    assert is_in(client)


def test_a_code_counts_once_and_none_after_a_later_one(alice: Employee, with_app: Any, time_machine: Any):
    time_machine.move_to("2026-11-25T12:00:10Z", tick=False)
    with_app(alice)
    older, code = code_now(steps=-1), code_now()
    assert sign_in(alice).post("/login/second-step/", {"code": code}).status_code == 302

    for used in (code, older):
        assert sign_in(alice).post("/login/second-step/", {"code": used}).status_code == 422


@pytest.mark.parametrize("code", ["", "000000", "12345678", "x" * 500, "１２３４５６", "\x00", "-1"])
def test_other_codes_are_refused_with_a_sentence(alice: Employee, with_app: Any, time_machine: Any, code: str):
    time_machine.move_to("2026-11-25T12:00:10Z", tick=False)
    with_app(alice)
    client = sign_in(alice)

    answer = client.post("/login/second-step/", {"code": code})

    assert answer.status_code == 422
    assert not is_in(client)


def test_a_recovery_code_works_once_and_its_owner_is_told(alice: Employee, with_app: Any):
    code = with_app(alice)[0]
    assert is_in_after(sign_in(alice), code)

    assert not is_in_after(sign_in(alice), code)
    used = Event.objects.get(verb="employee.recovery_code_used")
    assert used.details == {"step": "recovery_codes", "left": 9}
    assert Dispatch.objects.filter(kind="sign-in-notice", payload__event=used.pk).exists()


def is_in_after(client: Client, code: str) -> bool:
    client.post("/login/second-step/", {"code": code})
    return is_in(client)


def test_wrong_codes_are_counted_and_then_even_the_right_one_waits(
    alice: Employee, with_app: Any, settings: Any, time_machine: Any
):
    time_machine.move_to("2026-11-25T12:00:10Z", tick=False)
    with_app(alice)
    client = sign_in(alice)
    for _guess in range(settings.SIGN_IN_GUESSES_AT_SECOND_STEP):
        assert client.post("/login/second-step/", {"code": "000000"}).status_code == 422

    assert client.post("/login/second-step/", {"code": code_now()}).status_code == 422
    time_machine.move_to("2026-11-25T12:16:00Z", tick=False)
    assert is_in_after(sign_in(alice), code_now())


def test_the_second_step_has_no_page_without_the_first(client: Client, alice: Employee, with_app: Any):
    with_app(alice)

    assert client.get("/login/second-step/")["Location"] == "/login/"
    assert client.post("/login/second-step/", {"code": code_now()})["Location"] == "/login/"


@pytest.mark.parametrize("how", ["deactivated", "rights taken", "new password"])
def test_whose_access_ends_between_the_steps_starts_anew(alice: Employee, with_app: Any, how: str):
    with_app(alice)
    client = sign_in(alice)
    if how == "deactivated":
        deactivate(alice)
    elif how == "rights taken":
        end_access([alice.pk], why="rights_taken", by=system_employee("directory"))
    else:
        alice.set_password("another horse battery")
        alice.save()

    answer = client.post("/login/second-step/", {"code": code_now()})

    assert answer["Location"] == "/login/"
    assert not is_in(client)


def test_an_app_is_set_up_by_its_first_code_and_recovery_codes_are_shown_once(alice: Employee):
    client = sign_in(alice)
    page = client.get("/profile/security/app/").content.decode()
    secret = client.session["mfa.totp.secret"]
    assert secret[:4] in page and "data:image/svg+xml;base64," in page

    answer = client.post("/profile/security/app/", {"code": code_now(secret=secret)}, follow=True)

    codes = second_step.codes_left(alice)
    assert len(codes) == 10
    assert all(code in answer.content.decode() for code in codes)
    again = client.get("/profile/security/codes/").content.decode()
    assert not any(code in again for code in codes)
    event = Event.objects.get(verb="employee.second_step_added")
    assert (event.actor, event.details) == (alice, {"step": "totp"})


def test_the_code_that_set_an_app_up_is_used_up(alice: Employee, time_machine: Any):
    time_machine.move_to("2026-11-20 09:00:00+00:00", tick=False)
    client = sign_in(alice)
    client.get("/profile/security/app/")
    secret = client.session["mfa.totp.secret"]
    code = code_now(secret=secret)
    client.post("/profile/security/app/", {"code": code})

    other = sign_in(alice)
    other.post("/login/second-step/", {"code": code})
    assert not is_in(other)

    time_machine.move_to("2026-11-20 09:00:31+00:00", tick=False)
    other.post("/login/second-step/", {"code": code_now(secret=secret)})
    assert is_in(other)


def test_secrets_do_not_lie_in_the_table_as_they_are(alice: Employee, with_app: Any):
    codes = with_app(alice)

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert SECRET not in kept and not any(code in kept for code in codes)


def test_a_change_asks_for_the_password_unless_it_was_just_shown(alice: Employee, with_app: Any):
    client = Client()
    client.force_login(alice)
    with_app(alice)

    answer = client.post("/profile/security/app/remove/")

    assert answer["Location"] == "/profile/confirm/?next=%2Fprofile%2Fsecurity%2F"
    assert second_step.app_of(alice) is not None
    assert client.post("/profile/confirm/", {"password": "wrong"}).status_code == 422
    assert client.post("/profile/confirm/", {"password": PASSWORD})["Location"] == "/profile/security/"
    client.post("/profile/security/app/remove/")
    assert not Authenticator.objects.exists()
    assert Event.objects.filter(verb="employee.second_step_removed").count() == 1


def test_the_confirmation_of_the_password_holds_ten_minutes(alice: Employee, time_machine: Any):
    time_machine.move_to("2026-11-25T12:00:00Z", tick=False)
    client = sign_in(alice)
    assert client.get("/profile/security/app/").status_code == 200

    time_machine.move_to("2026-11-25T12:10:01Z", tick=False)
    assert client.get("/profile/security/app/")["Location"].startswith("/profile/confirm/")


def test_new_recovery_codes_void_the_old_ones(alice: Employee, with_app: Any):
    old = with_app(alice)
    client = Client()
    client.force_login(alice)
    client.post("/profile/confirm/", {"password": PASSWORD})

    client.post("/profile/security/codes/")

    assert not set(old) & set(second_step.codes_left(alice))
    assert Event.objects.filter(verb="employee.recovery_codes_renewed").exists()


def test_nobody_touches_the_second_step_of_somebody_else(alice: Employee, ada: Employee, with_app: Any):
    second_step.add_passkey(ada, "Ada's key", {})
    client = sign_in(alice)

    client.post("/profile/security/passkey/remove/", {"key": second_step.passkeys_of(ada)[0].pk})

    assert len(second_step.passkeys_of(ada)) == 1


@pytest.fixture
def careful(alice: Employee, ada: Employee) -> Employee:
    """Alice, in a group that needs a second step."""
    group = make.make_group("careful")
    alice.groups.add(group)
    second_step.require(group, True, by=ada)
    return alice


@pytest.mark.parametrize("address", ["/", "/tickets/", "/profile/", "/profile/sessions/", "/report/", "/settings/"])
def test_who_must_have_one_is_led_to_set_one_up_and_opens_nothing_else(careful: Employee, address: str):
    client = sign_in(careful)

    assert client.get(address)["Location"] == "/profile/security/"
    assert client.post(address)["Location"] == "/profile/security/"
    page = client.get("/profile/security/")
    assert page.status_code == 200 and "until then nothing else opens" in page.content.decode()


def test_the_api_says_so_in_the_session_of_who_owes_one_and_not_to_a_token(careful: Employee):
    client = sign_in(careful)
    _token, text = tokens.issue(careful, by=system_employee("console"))

    by_session = client.get("/api/v1/tickets/")
    by_token = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/tickets/")

    assert (by_session.status_code, by_session["Content-Type"]) == (403, "application/problem+json")
    assert "second step" in by_session.json()["detail"]
    assert by_token.status_code == 200


def test_setting_one_up_opens_the_rest_at_once(careful: Employee):
    client = sign_in(careful)
    client.get("/profile/security/app/")
    secret = client.session["mfa.totp.secret"]

    client.post("/profile/security/app/", {"code": code_now(secret=secret)})

    assert client.get("/tickets/").status_code == 200


def test_a_session_that_lives_already_owes_one_as_soon_as_its_group_does(alice: Employee, ada: Employee):
    client = sign_in(alice)
    group = make.make_group("careful")
    alice.groups.add(group)
    assert client.get("/").status_code == 200

    second_step.require(group, True, by=ada)

    assert client.get("/")["Location"] == "/profile/security/"


def test_the_last_one_stays_where_the_role_asks_for_it(careful: Employee, with_app: Any):
    with_app(careful)
    client = Client()
    client.force_login(careful)
    client.post("/profile/confirm/", {"password": PASSWORD})

    answer = client.post("/profile/security/app/remove/", follow=True)

    assert "Add another one before you remove it" in answer.content.decode()
    assert second_step.app_of(careful) is not None


def test_asking_who_owes_one_costs_no_statement(careful: Employee, with_app: Any, django_assert_num_queries: Any):
    with_app(careful)
    client = Client()
    client.force_login(careful)
    client.get("/profile/confirm/")

    with django_assert_num_queries(3):  # the session, whose it is, and one for the navigation
        client.get("/profile/confirm/")
