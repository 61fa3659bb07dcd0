"""Headers that anybody can send: they change nobody's address, host or name (SECURITY, row 19)."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client, RequestFactory

from directory.models import Employee, GuessCount
from directory.signin.addresses import client_address, counted_as

from .conftest import PASSWORD, is_in, sign_in

pytestmark = pytest.mark.django_db

PROXY = "10.0.0.5"


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("192.0.2.7", "", "192.0.2.7"),
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (PROXY, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (PROXY, f"203.0.113.9, 198.51.100.1, {PROXY}", "198.51.100.1"),
        (PROXY, "198.51.100.1, nonsense", PROXY),
        (PROXY, "'; DROP TABLE--", PROXY),
        (PROXY, "", PROXY),
        (f"::ffff:{PROXY}", "2001:db8::7", "2001:db8::7"),
        ("", "198.51.100.1", "0.0.0.0"),
        ("@", "198.51.100.1", "0.0.0.0"),
    ],
)
def test_only_a_listed_proxy_says_who_is_behind_it(settings: Any, peer: str, header: str, address: str):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "desk-proxy", "*"]

    request = RequestFactory(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=header).get("/")

    assert client_address(request) == address


def test_other_headers_say_nothing(settings: Any):
    settings.TRUSTED_PROXIES = [PROXY]
    forged = {name: "198.51.100.1" for name in ("HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP", "HTTP_VIA")}

    assert client_address(RequestFactory(REMOTE_ADDR=PROXY, **forged).get("/")) == PROXY


def test_a_new_forged_address_each_time_does_not_escape_the_lock(settings: Any):
    settings.SIGN_IN_GUESSES_PER_ADDRESS = 5
    for number in range(9):
        Client().post(
            "/login/", {"username": f"nobody{number}", "password": "x"}, REMOTE_ADDR="192.0.2.7",
            HTTP_X_FORWARDED_FOR=f"198.51.100.{number}",
        )  # fmt: skip

    assert [(count.key, count.failures) for count in GuessCount.objects.filter(kind="address")] == [("192.0.2.7", 5)]


def test_the_list_of_sessions_shows_the_peer_and_not_what_it_claims(alice: Employee):
    sign_in(alice, REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="127.0.0.1")

    assert UserSession.objects.get().ip == "192.0.2.7"


@pytest.mark.parametrize("header", ["REMOTE_USER", "HTTP_REMOTE_USER", "HTTP_X_REMOTE_USER", "HTTP_X_FORWARDED_USER"])
def test_nobody_is_signed_in_by_a_header(alice: Employee, header: str):
    client = Client(**{header: "alice"})

    assert not is_in(client)
    assert client.get("/api/v1/tickets/").status_code == 401


@pytest.mark.parametrize("name", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_a_forged_host_reaches_no_page_and_no_address(alice: Employee, name: str):
    answer = Client().post("/login/", {"username": "alice", "password": PASSWORD}, **{name: "evil.example"})

    assert "evil.example" not in answer.content.decode() + answer.get("Location", "")
    assert answer.status_code == (400 if name == "HTTP_HOST" else 302)


@pytest.mark.parametrize(
    ("address", "counted"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "2001:db8::/64"), ("2001:db8:0:1::7", "2001:db8:0:1::/64")],
)
def test_what_counts_as_one_address(address: str, counted: str):
    assert counted_as(address) == counted
