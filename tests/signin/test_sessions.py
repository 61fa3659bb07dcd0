"""Sessions: the list, ending them, and what ends them at once (SECURITY, row 17)."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from directory import tokens
from directory.models import Employee
from directory.services import deactivate, end_access, system_employee
from directory.signin.sessions import USE_IS_NOTED_EVERY
from servicedesk.audit.models import Event
from servicedesk.tickets import rescue
from tests import factories as make

from .conftest import is_in, sign_in

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_the_list_shows_where_somebody_is_signed_in_and_marks_this_session(alice: Employee):
    sign_in(alice, REMOTE_ADDR="192.0.2.7", headers={"user-agent": FIREFOX})
    client = sign_in(alice)

    page = client.get("/profile/sessions/").content.decode()

    assert "Firefox on Linux" in page and "192.0.2.7" in page
    assert page.count("this session") == 1
    assert page.index("this session") < page.index("192.0.2.7")


def test_one_session_is_ended_and_the_others_stay(alice: Employee):
    lost, kept, client = sign_in(alice, REMOTE_ADDR="192.0.2.7"), sign_in(alice), sign_in(alice)

    client.post("/profile/sessions/end/", {"session": UserSession.objects.get(ip="192.0.2.7").pk})

    assert [is_in(each) for each in (lost, kept, client)] == [False, True, True]
    event = Event.objects.get(verb="employee.sessions_ended")
    assert (event.actor, event.details) == (alice, {"sessions": 1})


def test_all_others_are_ended_at_once(alice: Employee):
    others = [sign_in(alice) for _device in range(3)]
    client = sign_in(alice)

    client.post("/profile/sessions/end/")

    assert not any(is_in(each) for each in others)
    assert is_in(client)
    assert UserSession.objects.count() == 1


def test_nobody_ends_or_sees_the_session_of_somebody_else(alice: Employee, ada: Employee):
    theirs = sign_in(ada, REMOTE_ADDR="192.0.2.9")
    client = sign_in(alice)

    client.post("/profile/sessions/end/", {"session": UserSession.objects.get(user=ada).pk})

    assert is_in(theirs)
    assert "192.0.2.9" not in client.get("/profile/sessions/").content.decode()


@pytest.mark.parametrize("key", ["0", "-1", "x", "9" * 30, "\x00", "²"])
def test_a_session_that_is_none_is_said_to_have_ended(alice: Employee, key: str):
    answer = sign_in(alice).post("/profile/sessions/end/", {"session": key}, follow=True)

    assert "had ended already" in answer.content.decode()


def test_signing_out_takes_the_session_off_the_list(alice: Employee):
    client = sign_in(alice)

    client.post("/logout/")

    assert not UserSession.objects.exists()


def test_use_is_noted_now_and_then_and_else_nothing_is_written(alice: Employee, time_machine: Any):
    time_machine.move_to("2026-11-25T12:00:00Z", tick=False)
    client = sign_in(alice)
    began = UserSession.objects.get().last_seen_at

    time_machine.move_to("2026-11-25T12:04:00Z", tick=False)
    client.get("/profile/")
    assert UserSession.objects.get().last_seen_at == began

    time_machine.move_to("2026-11-25T12:06:00Z", tick=False)
    client.get("/profile/")
    assert UserSession.objects.get().last_seen_at - began > USE_IS_NOTED_EVERY


def lose_account(person: Employee, ada: Employee) -> None:
    deactivate(person)


def lose_account_by_hand(person: Employee, ada: Employee) -> None:
    rescue.end_access(person, by=ada)


def lose_group(person: Employee, ada: Employee) -> None:
    person.groups.clear()
    end_access([person.pk], why="group_lost", by=system_employee("directory"))


def lose_password(person: Employee, ada: Employee) -> None:
    person.set_password("another horse battery")
    person.save()


def get_revoked(person: Employee, ada: Employee) -> None:
    sign_in(person).post("/profile/sessions/end/")


LOSSES = {
    lose_account: "token too", lose_account_by_hand: "token too", lose_group: "token too",
    lose_password: "sessions", get_revoked: "sessions",
}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_every_channel_is_shut_at_once(ada: Employee, loss: Any):
    agent = make.make_agent(make.make_queue("network", is_default=True), 1, "luca")
    _token, text = tokens.issue(agent, by=system_employee("console"))
    client, by_token = sign_in(agent), Client(headers={"Authorization": f"Bearer {text}"})
    assert client.get("/desk/").status_code == client.get("/api/v1/tickets/").status_code == 200

    loss(agent, ada)

    for address in ("/", "/desk/", "/profile/", "/profile/sessions/", "/tickets/", "/report/"):
        assert client.get(address)["Location"].startswith("/login/"), address
    assert client.post("/report/", {"title": "Still here"})["Location"].startswith("/login/")
    assert client.get("/api/v1/tickets/").status_code == 401
    assert by_token.get("/api/v1/tickets/").status_code == (401 if LOSSES[loss] == "token too" else 200)


def test_ended_sessions_leave_the_list(alice: Employee):
    sign_in(alice, REMOTE_ADDR="192.0.2.7")

    end_access([alice.pk], why="group_lost", by=system_employee("directory"))

    assert not UserSession.objects.exists() and not Session.objects.exists()
    assert "192.0.2.7" not in sign_in(alice).get("/profile/sessions/").content.decode()


def test_a_session_whose_person_changed_their_password_is_not_listed(alice: Employee):
    sign_in(alice, REMOTE_ADDR="192.0.2.7")
    alice.set_password("another horse battery")
    alice.save()

    client = sign_in(alice, password="another horse battery")

    assert "192.0.2.7" not in client.get("/profile/sessions/").content.decode()
