"""Whatever goes wrong with a directory, nobody is deactivated, the run says why, and nothing waits for ever."""

import time
from dataclasses import replace

import pytest

from directory.ldap import sync
from directory.ldap.address import parse_address
from directory.ldap.client import connect
from directory.ldap.entries import Unreadable
from directory.ldap.server import LdapSource
from directory.models import Employee, SyncChange, SyncRun
from servicedesk.common.ports import free_port
from tests.servers.certificates import Authority
from tests.servers.proxy import LdapProxy, dripping, with_code, without_controls
from tests.servers.slapd import Slapd

pytestmark = pytest.mark.django_db

PEOPLE = 8
PAGE = 3


@pytest.fixture(scope="module")
def slapd():
    with Slapd(size_limit="unlimited") as server:
        for number in range(PEOPLE):
            server.person(f"p{number}")
        yield server


@pytest.fixture
def address(slapd):
    return parse_address(slapd.uri, bind_dn=slapd.reader, password=slapd.password)


@pytest.fixture(autouse=True)
def everybody(address):
    """Everybody is here already: whoever a faulty reading leaves out could be deactivated."""
    assert sync.run(LdapSource(address)).created == PEOPLE


def outcome(address, **more):
    """The reason of a run that read ``address``; nobody may have been touched by it."""
    changes = SyncChange.objects.count()
    report = sync.run(LdapSource(address, page_size=PAGE, **more), confirmed=True)
    run = SyncRun.objects.latest("pk")
    assert report.refused
    assert run.refused == report.refused
    assert (run.created, run.changed, run.deactivated, run.complete) == (0, 0, 0, False)
    assert Employee.objects.filter(is_active=True, source_key__startswith="uuid:").count() == PEOPLE
    assert SyncChange.objects.count() == changes
    return report.refused


def answers_of_a_good_run(slapd, address):
    with LdapProxy(slapd.port) as proxy:
        report = sync.run(LdapSource(replace(address, port=proxy.port), page_size=PAGE))
        assert (report.refused, report.seen, report.deactivated) == (None, PEOPLE, 0)
        return proxy.answers


AT_A_PAGE = {
    "cut": (lambda message: None, "closed the connection"),
    "cut in a message": (lambda message: message[:-3], "within 1 seconds"),
    "silence": (lambda message: "hold", "within 1 seconds"),
    "no LDAP": (lambda message: b"\x30\x06\x02\x01\x02\x7f\x7f\x7f", "no LDAP answer"),
    "size limit": (lambda message: with_code(message, 4), "limit on size or time"),
    "time limit": (lambda message: with_code(message, 3), "limit on size or time"),
    "administrative limit": (lambda message: with_code(message, 11), "limit on size or time"),
    "busy": (lambda message: with_code(message, 51), "refused to read"),
    "referral": (lambda message: with_code(message, 10), "refers to another server"),
}


@pytest.mark.parametrize("fault", AT_A_PAGE)
def test_what_breaks_off_at_any_page_is_no_reading(slapd, address, fault):
    damage, says = AT_A_PAGE[fault]
    pages = answers_of_a_good_run(slapd, address)
    assert pages >= 4

    for bad in range(1, pages + 1):
        with LdapProxy(
            slapd.port, lambda number, message, bad=bad: damage(message) if number == bad else message
        ) as proxy:
            patience = 1.0 if says.startswith("within") else 30.0
            assert says in outcome(replace(address, port=proxy.port), answer_seconds=patience)
            assert proxy.answers == bad


def test_an_answer_that_does_not_speak_of_pages_is_not_taken_for_the_last(slapd, address):
    pages = answers_of_a_good_run(slapd, address)

    for bad in range(2, pages + 1):  # the first answer is the server's about itself
        with LdapProxy(
            slapd.port, lambda number, message, bad=bad: without_controls(message) if number == bad else message
        ) as proxy:
            assert "without saying whether that was all" in outcome(replace(address, port=proxy.port))


def test_an_answer_that_drips_is_waited_for_no_longer_than_one_answer_may_take(slapd, address):
    with LdapProxy(slapd.port, lambda _number, message: dripping(message)) as proxy:
        started = time.monotonic()
        said = outcome(replace(address, port=proxy.port), answer_seconds=0.3)

    assert "within 0.3 seconds" in said
    assert time.monotonic() - started < 5


def test_many_slow_answers_are_waited_for_no_longer_than_all_may_take(slapd, address):
    def slow(_number, message):
        return [message[:1], message[1:]]

    with LdapProxy(slapd.port, slow) as proxy:
        said = outcome(replace(address, port=proxy.port), answer_seconds=60, seconds=0.12)

    assert "within 0.12 seconds" in said


def test_the_servers_own_size_limit(slapd, address):
    slapd.limit("4")
    try:
        assert "limit on size or time" in outcome(address)
    finally:
        slapd.limit("unlimited")


def test_a_password_is_answered_or_given_up_in_the_time_there_is(slapd, address):
    person = f"uid=p1,ou=People,{slapd.base}"
    with LdapProxy(slapd.port, lambda _number, _message: "hold") as proxy:
        started = time.monotonic()
        with (
            pytest.raises(Unreadable, match=r"within 0\.3 seconds"),
            connect(replace(address, port=proxy.port), seconds=0.3) as connection,
        ):
            connection.root()
            connection.bind_as(person, "x")

    assert time.monotonic() - started < 5


def test_a_server_that_is_down(address):
    assert "cannot be reached" in outcome(replace(address, port=free_port()))


def test_a_base_with_nobody_in_it(slapd, address):
    assert "holds no people" in outcome(replace(address, base=f"ou=Groups,{slapd.base}"))


def test_a_filter_that_nothing_meets(address):
    assert "gave nothing at all" in outcome(replace(address, filter="(uid=nobody)"))


def test_a_base_that_does_not_exist(address):
    assert "Check the base in DIRECTORY_URI" in outcome(replace(address, base="dc=other,dc=example"))


def test_a_wrong_password_of_the_account_that_reads(address):
    said = outcome(replace(address, password="wrong horse battery"))

    assert "DIRECTORY_PASSWORD" in said
    assert "wrong horse" not in said


def test_an_account_that_may_see_nothing(address):
    assert "nobody may not see it" in outcome(replace(address, bind_dn="", password=""))


def test_a_certificate_of_another_authority(slapd, address, tmp_path):
    stranger = str(Authority(tmp_path, "stranger").file)

    for tls, port in (("ldaps", slapd.tls_port), ("starttls", slapd.port)):
        assert "DIRECTORY_CA_FILE" in outcome(replace(address, tls=tls, port=port, ca_file=stranger))


@pytest.mark.parametrize(
    ("made", "says"),
    [({"hosts": ("elsewhere.acme.example",)}, "is for another name"), ({"expired": True}, "has expired")],
    ids=["another name", "expired"],
)
def test_a_certificate_that_does_not_hold(address, made, says):
    with Slapd(**made) as other:
        for tls, port in (("ldaps", other.tls_port), ("starttls", other.port)):
            bad = replace(address, tls=tls, port=port, ca_file=other.ca_file, password=other.password)
            assert says in outcome(bad)


def test_a_base_that_refers_to_itself_is_not_followed(slapd, address):
    loop = f"ou=Loop,{slapd.base}"
    with slapd.connection() as connection:
        connection.add(
            loop, ["referral", "extensibleObject"], {"ou": "Loop", "ref": f"ldap://127.0.0.1:{slapd.port}/{loop}"}
        )
    try:
        assert "refers to ldap://127.0.0.1" in outcome(replace(address, base=loop))
    finally:
        slapd.forget(loop)


def test_whoever_may_lie_on_another_server_stays(slapd, address):
    """A part of the tree refers to this very server: it is neither followed nor taken for nobody."""
    away = f"ou=Away,ou=People,{slapd.base}"
    with slapd.connection() as connection:
        connection.add(
            away, ["referral", "extensibleObject"], {"ou": "Away", "ref": f"ldap://127.0.0.1:{slapd.port}/{slapd.base}"}
        )
    slapd.remove(f"uid=p7,ou=People,{slapd.base}")
    try:
        report = sync.run(LdapSource(address, page_size=PAGE), confirmed=True)
    finally:
        slapd.forget(away)
        slapd.person("p7")

    assert (report.seen, report.deactivated, report.complete) == (PEOPLE - 1, 0, False)
    assert Employee.objects.get(login="p7").is_active
    assert any("lies on another server" in warning["reason"] for warning in SyncRun.objects.latest("pk").warnings)
