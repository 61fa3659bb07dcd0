"""Reaching a server, being let in, and asking whether a password is right."""

import logging
import socket
import threading
from dataclasses import replace

import ldap3
import pytest
from ldap3.protocol.rfc4511 import LDAPDN, AuthenticationChoice, BindRequest, Simple, Version

from directory.ldap import wire
from directory.ldap.address import parse_address
from directory.ldap.client import connect, escape
from directory.ldap.entries import Unreadable
from servicedesk.common.ports import free_port
from tests.servers.certificates import Authority
from tests.servers.slapd import Slapd


def reason(address, act=lambda connection: connection.root(), **more):
    with pytest.raises(Unreadable) as failure, connect(address, **more) as connection:
        act(connection)
    return str(failure.value)


@pytest.fixture
def ldaps(slapd):
    return parse_address(slapd.tls_uri, bind_dn=slapd.reader, password=slapd.password, ca_file=slapd.ca_file)


@pytest.fixture
def starttls(slapd):
    return parse_address(slapd.uri, bind_dn=slapd.reader, password=slapd.password, ca_file=slapd.ca_file, starttls=True)


@pytest.fixture(params=["ldaps", "starttls"])
def encrypted(request):
    return request.getfixturevalue(request.param)


def test_an_encrypted_connection_reads(encrypted, slapd):
    slapd.person("ada")

    with connect(encrypted) as connection:
        found = list(connection.search(encrypted.base, "(uid=ada)", ["mail"]))

    assert [entry.attributes for entry in found] == [{"mail": ["ada@acme.example"]}]


def test_a_certificate_of_another_authority_is_refused(encrypted, tmp_path):
    other = Authority(tmp_path, "other")

    assert "DIRECTORY_CA_FILE" in reason(replace(encrypted, ca_file=str(other.file)))


def test_the_authorities_of_this_machine_do_not_vouch_for_a_private_one(encrypted):
    assert "DIRECTORY_CA_FILE" in reason(replace(encrypted, ca_file=""))


def test_a_file_of_authorities_that_cannot_be_read_is_named(encrypted, tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("")

    for file in (empty, tmp_path / "absent.pem"):
        assert str(file) in reason(replace(encrypted, ca_file=str(file)))


def test_a_certificate_for_another_name_is_refused():
    with Slapd(hosts=("elsewhere.acme.example",)) as server:
        for uri, starttls in ((server.tls_uri, False), (server.uri, True)):
            address = parse_address(
                uri, bind_dn=server.reader, password=server.password, ca_file=server.ca_file, starttls=starttls
            )
            assert "for another name" in reason(address)


def test_an_expired_certificate_is_refused():
    with Slapd(expired=True) as server:
        address = parse_address(server.tls_uri, bind_dn=server.reader, password=server.password, ca_file=server.ca_file)
        assert "has expired" in reason(address)


def test_a_wrong_service_password_is_refused_and_never_repeated(address, caplog):
    caplog.set_level(logging.DEBUG)

    said = reason(replace(address, password="wrong horse battery"))

    assert "DIRECTORY_PASSWORD" in said
    assert "wrong horse" not in said + caplog.text


def test_nobody_listens(address):
    assert "cannot be reached" in reason(replace(address, port=free_port()))


def test_a_name_that_nobody_knows(address):
    assert "is not known" in reason(replace(address, host="no-such-host.invalid", tls="ldaps"))


def test_a_name_that_leads_to_another_machine_gets_no_password_in_clear(address, monkeypatch):
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 389))]
    with monkeypatch.context() as patch:
        patch.setattr(wire.socket, "getaddrinfo", lambda *_args, **_more: elsewhere)
        said = reason(address)

    assert "not encrypted" in said


def test_tls_spoken_to_a_port_without_it(slapd, ldaps):
    assert "does not speak TLS" in reason(replace(ldaps, port=slapd.port))


def test_words_that_are_no_ldap(address):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            peer, _from = server.accept()
            with peer:
                peer.recv(100)
                peer.sendall(b"\x30\x0cHTTP/1.0 400")

        thread = threading.Thread(target=talk)
        thread.start()
        said = reason(replace(address, port=server.getsockname()[1]))
        thread.join()

    assert "no LDAP answer" in said


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_asked(address):
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = reason(replace(address, port=server.getsockname()[1]), seconds=0.2)

    assert "within 0.2 seconds" in said


def test_an_unknown_base_is_named(address):
    said = reason(address, lambda connection: list(connection.search("dc=other,dc=example", "(uid=*)", ["uid"])))

    assert "dc=other,dc=example" in said
    assert "DIRECTORY_URI" in said


def test_a_limit_of_the_server_is_no_end(address, slapd):
    for number in range(5):
        slapd.person(f"p{number}")
    slapd.limit("3")

    said = reason(address, lambda connection: list(connection.search(address.base, "(uid=*)", ["uid"])))

    assert "limit" in said


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 8])
def test_pages_are_followed_to_their_end(address, slapd, page_size):
    for number in range(7):
        slapd.person(f"p{number}")

    with connect(address) as connection:
        found = list(connection.search(address.base, "(uid=*)", ["uid"], page_size=page_size))

    assert sorted(entry.attributes["uid"][0] for entry in found) == [f"p{number}" for number in range(7)]


@pytest.mark.parametrize("uid", ["*", "a*", ")(uid=*", "a)(|(uid=*", "\\2a", "\x00", "ada\x00", "ädä", " ada", "ada "])
def test_what_somebody_types_is_only_a_value_in_a_filter(address, slapd, uid):
    slapd.person("ada")

    with connect(address) as connection:
        found = list(connection.search(address.base, f"(cn={escape('x' + uid)})", ["uid"]))

    assert found == []


@pytest.mark.parametrize("uid", ["a*b", "a(b)c", "a\\b", "ädä", "人", "a/b", "a&b|c!"])
def test_an_escaped_value_finds_exactly_itself(address, slapd, uid):
    slapd.person("other")
    slapd.person("plain", cn=uid)

    with connect(address) as connection:
        found = list(connection.search(address.base, f"(cn={escape(uid)})", ["cn"]))

    assert [entry.attributes["cn"] for entry in found] == [[uid]]


def test_bytes_are_found_too(address, slapd):
    slapd.person("ada")

    with connect(address) as connection:
        assert escape(b"\xff\x00(") == "\\ff\\00\\28"
        assert list(connection.search(address.base, f"(jpegPhoto={escape(bytes([255, 0]))})", ["cn"])) == []


class TestPasswords:
    @pytest.fixture
    def ada(self, slapd):
        return slapd.person("ada", userPassword="correct horse ﬁ")

    def test_the_right_one(self, address, ada):
        with connect(address) as connection:
            assert connection.bind_as(ada, "correct horse ﬁ") is True

    @pytest.mark.parametrize("password", ["wrong", "correct horse", "correct horse fi", "Correct horse ﬁ", " "])
    def test_a_wrong_one(self, address, ada, password):
        with connect(address) as connection:
            assert connection.bind_as(ada, password) is False

    def test_it_reads_as_the_service_account_afterwards(self, address, ada):
        with connect(address) as connection:
            connection.bind_as(ada, "correct horse ﬁ")
            assert connection.entry(ada, ["mail"]) is not None

    @pytest.mark.parametrize("encryption", ["ldaps", "starttls"])
    def test_over_tls(self, request, encryption, ada):
        with connect(request.getfixturevalue(encryption)) as connection:
            assert connection.bind_as(ada, "correct horse ﬁ") is True
            assert connection.bind_as(ada, "wrong") is False

    def test_a_name_that_does_not_exist(self, address, slapd):
        with connect(address) as connection:
            assert connection.bind_as(f"uid=nobody,{slapd.base}", "x") is False

    @pytest.mark.parametrize(
        ("dn", "password"), [("ada", ""), ("", "x"), (" ", "x"), ("ada", "\x00"), ("ada", "x\x00")]
    )
    def test_a_blank_one_is_refused_before_anything_is_sent(self, address, ada, monkeypatch, dn, password):
        with connect(address) as connection, monkeypatch.context() as patch:
            patch.setattr(wire, "_open", lambda *_args: pytest.fail("the network was used"))
            assert connection.bind_as(ada if dn == "ada" else dn, password) is False

    def test_this_server_would_take_a_blank_password_for_a_yes(self, slapd, ada):
        plain = ldap3.Connection(ldap3.Server("127.0.0.1", slapd.port, get_info=ldap3.NONE))
        plain.open()
        plain.strategy.send("bindRequest", _bind_request(ada))
        message = plain.socket.recv(1000)
        plain.strategy.close()

        assert b"\x0a\x01\x00" in message  # result 0, success

    def test_neither_yes_nor_no_is_no_answer(self, address, slapd, ada):
        slapd.restrict("bind")
        try:
            said = reason(replace(address, bind_dn="", password=""), lambda connection: connection.bind_as(ada, "x"))
        finally:
            slapd.restrict("")

        assert "neither took nor refused" in said

    def test_the_time_for_all_is_shared(self, address, ada):
        now = [0.0]

        def late(connection):
            now[0] = 5.0
            connection.bind_as(ada, "x")

        assert "within 5 seconds" in reason(address, late, clock=lambda: now[0], seconds=5)


def _bind_request(dn):
    request = BindRequest()
    request["version"], request["name"] = Version(3), LDAPDN(dn)
    request["authentication"] = AuthenticationChoice().setComponentByName("simple", Simple(b""))
    return request
