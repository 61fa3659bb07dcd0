"""Signing in through a real directory (SECURITY, rows 15 and 18): the right entry, the right password, or nobody."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from directory import backends
from directory.ldap import auth, client, sync
from directory.ldap.sources import configured_source
from directory.models import Employee, GuessCount
from directory.signin import passwords
from servicedesk.settings.environment import DirectoryEnvironment
from tests import factories as make
from tests.servers.slapd import Slapd

from .conftest import PASSWORD, is_in, sign_in

pytestmark = pytest.mark.django_db

DIRECTORY_PASSWORD = "kept in the directory alone"


@pytest.fixture(scope="module")
def running() -> Iterator[Slapd]:
    with Slapd() as server:
        yield server


@pytest.fixture
def slapd(running: Slapd, settings: Any) -> Iterator[Slapd]:
    """A directory that the desk reads, with Alice in it."""
    settings.DIRECTORY = DirectoryEnvironment(
        uri=running.uri, bind_dn=running.reader, password=running.password, ca_file="", starttls=False, mapping=""
    )
    running.person("alice", userPassword=DIRECTORY_PASSWORD, employeeNumber="1")
    yield running
    running.clear()


def bring_in() -> None:
    report = sync.run(configured_source("directory").source, confirmed=True)
    assert report.refused is None


@pytest.fixture
def alice(slapd: Slapd) -> Employee:
    bring_in()
    return Employee.objects.get(login="alice")


def guess(login: str, password: str = DIRECTORY_PASSWORD) -> Any:
    return Client().post("/login/", {"username": login, "password": password})


def test_the_password_of_the_directory_signs_in(alice: Employee):
    assert is_in(sign_in(alice, password=DIRECTORY_PASSWORD))


def test_a_password_kept_here_is_none_for_somebody_of_the_directory(alice: Employee):
    alice.set_password(PASSWORD)
    alice.save()

    assert guess("alice", PASSWORD).status_code == 422


@pytest.mark.parametrize(
    "login", ["*", "*)(uid=*", "a*", "alice)(objectClass=*", "alice\\", "cn=alice", "alice,ou=People"]
)
def test_what_means_something_in_a_filter_or_a_name_is_only_text(alice: Employee, login: str):
    assert guess(login).status_code == 422


@pytest.mark.parametrize("login", ["*", "*)(uid=*", "a*"])
def test_no_entry_is_found_by_a_pattern(alice: Employee, login: str):
    source = configured_source("directory")

    with client.connect(source.address) as connection:
        assert auth._entry_of(connection, source, alice, login) is None


@pytest.mark.parametrize("password", ["", " ", "\x00", f"{DIRECTORY_PASSWORD}\x00", "wrong"])
def test_no_other_password_signs_in_although_the_server_takes_blank_ones(alice: Employee, password: str):
    assert guess("alice", password).status_code in (200, 422)
    assert passwords.check(Client().get("/login/").wsgi_request, "alice", password) is None


def test_a_blank_password_asks_no_server(alice: Employee, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(auth, "connect", lambda *_, **__: pytest.fail("the server was asked"))

    assert not auth.takes(configured_source("directory"), alice, "alice", "")


def test_a_login_that_went_to_somebody_else_opens_neither_account(slapd: Slapd, alice: Employee):
    slapd.clear()
    slapd.person("alice", userPassword="the new one's", employeeNumber="2")

    assert guess("alice", "the new one's").status_code == 422


def test_after_the_sync_a_reused_login_opens_the_new_account_alone(slapd: Slapd, alice: Employee):
    slapd.clear()
    slapd.person("alice", cn="Alice Other", mail="other@acme.example", userPassword="the new one's", employeeNumber="2")
    bring_in()

    new = sign_in(Employee.objects.get(login="alice"), password="the new one's")

    assert is_in(new) and Employee.objects.get(login="alice").pk != alice.pk
    alice.refresh_from_db()
    assert not alice.is_active


def test_who_was_renamed_signs_in_with_the_name_of_now(slapd: Slapd, alice: Employee):
    slapd.change(f"uid=alice,ou=People,{slapd.base}", cn="Alice Married")

    assert is_in(sign_in(alice, password=DIRECTORY_PASSWORD))


@pytest.mark.parametrize("login", ["alice", "nobody"])
def test_a_silent_directory_is_told_from_a_wrong_password_and_counts_as_no_guess(
    alice: Employee, settings: Any, slapd: Slapd, login: str
):
    alice.set_password(PASSWORD)
    alice.save()
    settings.DIRECTORY = DirectoryEnvironment(
        uri=f"ldap://127.0.0.1:1/{slapd.base}", bind_dn="", password="", ca_file="", starttls=False, mapping=""
    )

    answer = guess(login, PASSWORD)

    assert answer.status_code == 422
    assert "The directory does not answer" in answer.content.decode()
    assert set(GuessCount.objects.values_list("failures", flat=True)) == {0}


def test_a_local_account_signs_in_while_the_directory_is_silent(settings: Any):
    ada = make.make_administrator("ada")
    settings.DIRECTORY = DirectoryEnvironment(
        uri="ldap://127.0.0.1:1/dc=acme,dc=example", bind_dn="", password="", ca_file="", starttls=False, mapping=""
    )

    assert is_in(sign_in(ada))


def test_known_and_unknown_logins_are_asked_for_in_the_same_way(alice: Employee, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    search, bind = client.Connection.search, client.Connection.bind_as
    monkeypatch.setattr(
        client.Connection, "search", lambda *given, **more: asked.append("search") or search(*given, **more)
    )
    monkeypatch.setattr(client.Connection, "bind_as", lambda *given: asked.append("bind") or bind(*given))

    bodies, work = set(), []
    for login in ("alice", "nobody"):
        asked.clear()
        answer = guess(login, "wrong")
        text = answer.content.decode().replace(login, "LOGIN").replace(str(answer.context["csrf_token"]), "TOKEN")
        bodies.add(text)
        work.append(list(asked))

    assert work == [["search", "bind"], ["search", "bind"]]
    assert len(bodies) == 1


def test_who_left_the_directory_here_is_not_let_in_by_it(alice: Employee):
    Employee.objects.filter(pk=alice.pk).update(is_active=False)

    assert guess("alice").status_code == 422


def test_the_whole_of_it_is_bounded(alice: Employee, monkeypatch: pytest.MonkeyPatch):
    given: list[float] = []
    connect = auth.connect
    monkeypatch.setattr(
        auth, "connect", lambda address, *, seconds: given.append(seconds) or connect(address, seconds=seconds)
    )

    guess("alice")

    assert given == [5.0]


def test_without_a_directory_everybody_has_a_password_here(settings: Any):
    settings.DIRECTORY = DirectoryEnvironment(uri="", bind_dn="", password="", ca_file="", starttls=False, mapping="")
    someone = make.make_employee("someone", source="dc=acme,dc=example", source_key="uuid:1")

    assert backends.auth.where_passwords_are() == []
    assert is_in(sign_in(someone))
