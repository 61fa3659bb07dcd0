"""Signing in and out with a local password."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.test import Client

from directory.models import Employee
from directory.services import deactivate
from servicedesk.tickets.models import Queue
from tests import factories as make

from .conftest import signed_in
from .reading import page, parsed

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def test_a_person_signs_in_and_lands_on_the_portal(client: Client, alice: Employee):
    response = client.post("/login/", {"username": "Alice", "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_signing_in_gives_a_new_session(client: Client, alice: Employee):
    client.get("/login/")
    session = client.session
    session["marked"] = "before"
    session.save()
    before = session.session_key

    client.cookies["sessionid"] = before
    client.post("/login/", {"username": "alice", "password": PASSWORD})

    assert client.session.session_key != before


def test_a_wrong_password_and_an_unknown_login_look_the_same(alice: Employee):
    bodies = []
    for login in ("alice", "nobody"):
        response = Client().post("/login/", {"username": login, "password": "wrong wrong wrong"})
        soup = parsed(response, 422)
        for token in soup.select("[name=csrfmiddlewaretoken], meta[name=csrf-token]"):
            token.decompose()
        bodies.append(str(soup).replace(login, "LOGIN"))

    assert bodies[0] == bodies[1]
    assert "do not match" in bodies[0]


def test_an_unknown_login_costs_one_hash_as_a_known_one_does(alice: Employee, monkeypatch: pytest.MonkeyPatch):
    count = {"alice": 0, "nobody": 0}
    encode = MD5PasswordHasher.encode
    for login in count:

        def counted(self: MD5PasswordHasher, password: str, salt: str, login: str = login) -> str:
            count[login] += 1
            return encode(self, password, salt)

        monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
        Client().post("/login/", {"username": login, "password": "wrong wrong wrong"})

    assert count["alice"] == count["nobody"] > 0


@pytest.mark.parametrize(("username", "password"), [("alice", ""), ("", PASSWORD), ("", ""), ("   ", "   ")])
def test_blanks_are_refused_at_the_field(client: Client, alice: Employee, username: str, password: str):
    soup = parsed(client.post("/login/", {"username": username, "password": password}), 422)

    assert soup.select("[aria-invalid=true]") or "do not match" in soup.get_text()
    assert "_auth_user_id" not in client.session


def test_a_login_with_nul_or_of_endless_length_is_refused(client: Client, alice: Employee):
    for username in ("alice\x00", "a" * 5000, "alice\u202e"):
        response = client.post("/login/", {"username": username, "password": PASSWORD + "x"})
        assert response.status_code == 422


def test_who_left_cannot_sign_in(client: Client, alice: Employee):
    deactivate(alice)

    assert "do not match" in parsed(client.post("/login/", {"username": "alice", "password": PASSWORD}), 422).get_text()


def test_an_outside_person_has_no_login(client: Client):
    make.make_employee("outside", kind=Employee.Kind.EXTERNAL)

    assert client.post("/login/", {"username": "outside", "password": PASSWORD}).status_code == 422


def test_an_account_without_a_password_cannot_sign_in(client: Client, alice: Employee):
    Employee.objects.filter(pk=alice.pk).update(password=make_password(None))

    for password in ("!", "None", PASSWORD):
        assert client.post("/login/", {"username": "alice", "password": password}).status_code == 422


@pytest.mark.parametrize(
    "evil",
    ["//evil.example/", "https://evil.example/", "http://testserver/tickets/", "javascript:alert(1)", "/\\evil.example",
     "\\\\evil.example", "///evil.example", "tickets/", "/\t/evil.example", "%2f%2fevil.example",
     "/login/", "/logout/"],
)  # fmt: skip
def test_after_signing_in_nobody_is_sent_elsewhere(client: Client, alice: Employee, evil: str):
    response = client.post("/login/", {"username": "alice", "password": PASSWORD, "next": evil})

    assert response["Location"] == "/"


def test_after_signing_in_the_person_goes_where_they_were_going(client: Client, alice: Employee):
    target = page(client, "/login/", next="/tickets/?show=closed").select_one("input[name=next]")
    assert target is not None

    response = client.post("/login/", {"username": "alice", "password": PASSWORD, "next": target["value"]})

    assert response["Location"] == "/tickets/?show=closed"


def test_who_is_signed_in_is_not_asked_again(as_alice: Client):
    assert as_alice.get("/login/", {"next": "/tickets/"})["Location"] == "/tickets/"
    assert as_alice.get("/login/", {"next": "/login/"})["Location"] == "/"


def test_the_form_needs_its_token(alice: Employee):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/login/", {"username": "alice", "password": PASSWORD}).status_code == 403


def test_signing_out_is_a_post_and_ends_the_session(as_alice: Client):
    assert as_alice.get("/logout/").status_code == 405
    assert as_alice.get("/").status_code == 200

    assert as_alice.post("/logout/")["Location"] == "/login/"
    assert as_alice.get("/")["Location"] == "/login/?next=/"


def test_the_profile_shows_what_the_directory_says(as_alice: Client, alice: Employee):
    Employee.objects.filter(pk=alice.pk).update(
        department=make.make_department(), location=make.make_location(), title="Controller"
    )

    text = page(as_alice, "/profile/").get_text()

    assert all(word in text for word in ("Alice Amato", "Finance", "Milan", "Controller", "Europe/Rome"))


def test_instants_are_shown_in_the_zone_of_the_reader(alice: Employee, network: Queue, time_machine):
    Employee.objects.filter(pk=alice.pk).update(time_zone="Asia/Shanghai")
    time_machine.move_to("2026-03-02T23:30:00Z")
    ticket = make.make_incident(network, by=alice)
    time_machine.move_to("2026-03-09T10:00:00Z")

    assert "3 Mar 2026, 07:30" in page(signed_in(alice), f"/tickets/{ticket.number}/").get_text()
