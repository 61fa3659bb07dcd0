"""Guessing: by login and by address, one after the other and all at once (SECURITY, row 21)."""

from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db.models import F
from django.test import Client, RequestFactory
from django.utils import timezone

from directory.models import Employee, GuessCount
from directory.services import deactivate
from directory.signin import lockout, passwords
from servicedesk.audit.models import Event
from tests import factories as make
from tests.concurrency.racing import race

from .conftest import PASSWORD, is_in, sign_in

pytestmark = pytest.mark.django_db


def guess(login: str = "alice", password: str = "wrong", **more: Any) -> Any:
    return Client().post("/login/", {"username": login, "password": password}, **more)


def test_after_the_limit_even_the_right_password_waits(alice: Employee, settings: Any, time_machine: Any):
    time_machine.move_to("2026-11-25T12:00:00Z", tick=False)
    for number in range(settings.AXES_FAILURE_LIMIT):
        guess(REMOTE_ADDR=f"192.0.2.{number}")

    assert not is_in(sign_in(alice, REMOTE_ADDR="192.0.2.99"))
    time_machine.move_to("2026-11-25T12:15:01Z", tick=False)
    assert is_in(sign_in(alice))


def test_a_locked_guess_prolongs_nothing(alice: Employee, settings: Any, time_machine: Any):
    time_machine.move_to("2026-11-25T12:00:00Z", tick=False)
    for _number in range(settings.AXES_FAILURE_LIMIT):
        guess()
    time_machine.move_to("2026-11-25T12:10:00Z", tick=False)
    guess()

    time_machine.move_to("2026-11-25T12:15:01Z", tick=False)
    assert is_in(sign_in(alice))


def test_an_address_is_locked_by_itself_and_locks_no_login(alice: Employee, settings: Any):
    settings.SIGN_IN_GUESSES_PER_ADDRESS = 3
    for number in range(4):
        guess(f"nobody{number}", REMOTE_ADDR="192.0.2.7")
    for _number in range(settings.AXES_FAILURE_LIMIT):
        guess(REMOTE_ADDR="192.0.2.7")

    assert not is_in(sign_in(alice, REMOTE_ADDR="192.0.2.7"))
    assert is_in(sign_in(alice, REMOTE_ADDR="192.0.2.8"))


def test_all_addresses_of_one_ipv6_network_count_as_one(settings: Any):
    settings.SIGN_IN_GUESSES_PER_ADDRESS = 2
    for number in range(3):
        guess(f"nobody{number}", REMOTE_ADDR=f"2001:db8::{number}")

    assert GuessCount.objects.get(kind="address").failures == 2
    assert not GuessCount.objects.filter(key="nobody2").exists()


def test_signing_in_starts_the_count_anew_and_gives_the_address_its_guess_back(alice: Employee, settings: Any):
    for _number in range(settings.AXES_FAILURE_LIMIT - 1):
        guess()

    assert is_in(sign_in(alice))
    assert GuessCount.objects.get(kind="login").failures == 0
    assert GuessCount.objects.get(kind="address").failures == settings.AXES_FAILURE_LIMIT - 1


@pytest.mark.parametrize("login", ["ALICE", " alice ", "AliCE"])
def test_other_ways_to_write_a_login_count_as_the_login(alice: Employee, login: str):
    guess(login)

    assert [count.key for count in GuessCount.objects.filter(kind="login")] == ["alice"]


def test_no_other_letters_open_a_login_whose_guesses_they_do_not_count_for(alice: Employee):
    """To PostgreSQL a dotless i is an i: every spelling would be ten guesses more."""
    client = Client()

    client.post("/login/", {"username": "al\u0131ce", "password": PASSWORD})

    assert not is_in(client)


def test_two_logins_that_only_the_database_takes_for_one_open_one_account_each(alice: Employee):
    other = make.make_employee("al\u0131ce", name="Another")

    assert is_in(sign_in(alice)) and is_in(sign_in(other))


def body(login: str, **more: Any) -> str:
    answer = guess(login, **more)
    assert answer.status_code == 422
    text = answer.content.decode().replace(login, "LOGIN")
    for token in {answer.context["csrf_token"]}:
        text = text.replace(str(token), "TOKEN")
    return text


def test_known_unknown_inactive_outside_and_locked_logins_read_alike(alice: Employee, settings: Any):
    deactivate(make.make_employee("gone"))
    make.make_employee("outside", kind=Employee.Kind.EXTERNAL)
    make.make_employee("locked")
    settings.SIGN_IN_GUESSES_PER_ADDRESS = 1000
    for login in ("locked", "phantom"):
        for _number in range(settings.AXES_FAILURE_LIMIT):
            guess(login)

    bodies = {body(login) for login in ("alice", "nobody", "gone", "outside", "locked", "phantom")}

    assert len(bodies) == 1


def test_each_of_them_costs_one_hash(alice: Employee, settings: Any, monkeypatch: pytest.MonkeyPatch):
    deactivate(make.make_employee("gone"))
    make.make_employee("outside", kind=Employee.Kind.EXTERNAL)
    for _number in range(settings.AXES_FAILURE_LIMIT):
        guess("locked")
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: hashed.append(given[1]) or encode(*given))
    costs = {}
    for login in ("alice", "nobody", "gone", "outside", "locked"):
        hashed.clear()
        guess(login)
        costs[login] = len(hashed)

    assert set(costs.values()) == {1}


def test_known_and_unknown_logins_cost_the_same_statements(alice: Employee, django_assert_max_num_queries: Any):
    costs = []
    for login in ("alice", "nobody"):
        guess(login)
        with django_assert_max_num_queries(20) as heard:
            guess(login)
        costs.append(len(heard))

    assert costs[0] == costs[1]


def test_an_administrator_sees_a_lock_and_lifts_it(alice: Employee, ada: Employee, settings: Any):
    for login in ("alice", "hunter2hunter2"):
        for _number in range(settings.AXES_FAILURE_LIMIT):
            guess(login)
    client = Client()
    client.force_login(ada)
    page = client.get("/settings/sign-in/").content.decode()
    assert "Alice Amato (alice)" in page
    assert "hunter2" not in page and "A login that nobody has" in page  # a password in the wrong field

    client.post("/settings/sign-in/lift/", {"count": GuessCount.objects.get(key="alice").pk})

    assert is_in(sign_in(alice))
    lifted = Event.objects.get(verb="sign_in.lock_lifted")
    assert (lifted.actor, lifted.details, lifted.personal_text.body) == (ada, {"kind": "login"}, {"key": "alice"})


def test_counts_that_mean_nothing_any_more_are_deleted_when_somebody_signs_in(alice: Employee, time_machine: Any):
    time_machine.move_to("2026-11-25T12:00:00Z", tick=False)
    guess("nobody")
    time_machine.move_to("2026-11-25T13:00:00Z", tick=False)

    sign_in(alice)

    assert not GuessCount.objects.filter(key="nobody").exists()


RACERS = 50


def checked_of_fifty(monkeypatch: pytest.MonkeyPatch) -> int:
    """Fifty wrong guesses at one login, each from an address of its own; how many passwords were looked at?"""
    checked: list[str] = []
    monkeypatch.setattr(Employee, "check_password", lambda self, password: checked.append(password))

    def racer(number: int) -> Any:
        request = RequestFactory(REMOTE_ADDR=f"192.0.2.{number}").post("/login/")
        return lambda: passwords.check(request, "alice", f"guess {number}")

    outcomes = race(*(racer(number) for number in range(RACERS)))
    assert outcomes == [None] * RACERS
    return len(checked)


@pytest.mark.django_db(transaction=True)
def test_fifty_guesses_at_once_are_not_checked_more_often_than_the_limit(
    settings: Any, monkeypatch: pytest.MonkeyPatch
):
    make.make_employee("alice")

    assert checked_of_fifty(monkeypatch) == settings.AXES_FAILURE_LIMIT


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_counting_after_the_check_would_let_all_fifty_through(settings: Any, monkeypatch: pytest.MonkeyPatch):
    """The race is real: look first, count afterwards, as it is done without the reservation."""
    make.make_employee("alice")
    meeting = Barrier(RACERS)

    def look_then_count(kind: str, key: str, limit: int) -> bool:
        GuessCount.objects.bulk_create([GuessCount(kind=kind, key=key)], ignore_conflicts=True)
        failures = GuessCount.objects.get(kind=kind, key=key).failures
        if kind == GuessCount.Kind.LOGIN:
            meeting.wait(60)
        GuessCount.objects.filter(kind=kind, key=key).update(failures=F("failures") + 1, last_at=timezone.now())
        return failures < limit

    monkeypatch.setattr(lockout, "_count", look_then_count)

    assert checked_of_fifty(monkeypatch) == RACERS > settings.AXES_FAILURE_LIMIT


@pytest.mark.django_db(transaction=True)
def test_of_fifty_codes_at_once_no_more_than_the_limit_are_checked(settings: Any):
    alice = make.make_employee("alice")

    outcomes = race(*(lambda: lockout.reserve_second_step(alice.pk) for _racer in range(RACERS)))

    assert outcomes.count(True) == settings.SIGN_IN_GUESSES_AT_SECOND_STEP


def test_the_password_is_not_in_the_counts(alice: Employee):
    guess("alice", "canary-7f1a")

    assert "canary-7f1a" not in str(list(GuessCount.objects.values()))


def test_the_right_password_is_still_right(alice: Employee):
    request = RequestFactory().post("/login/")

    assert passwords.check(request, "alice", PASSWORD) == alice
