import pytest

from directory.ldap.address import InvalidAddress, parse_address


@pytest.mark.parametrize(
    ("uri", "where", "what"),
    [
        ("ldaps://dc1/dc=acme,dc=example", ("dc1", 636, "ldaps"), ("dc=acme,dc=example", "sub", "(objectClass=*)")),
        ("ldap://localhost:3389/o=Acme??one", ("localhost", 3389, "none"), ("o=Acme", "one", "(objectClass=*)")),
        ("ldap://[::1]/o=Acme??base?(uid=a%3fb)", ("::1", 389, "none"), ("o=Acme", "base", "(uid=a?b)")),
        ("LDAPS://dc1/ou=R%26D%5c%2c%20N,o=A", ("dc1", 636, "ldaps"), ("ou=R&D\\, N,o=A", "sub", "(objectClass=*)")),
        ("ldaps://dc1/o=A???(%26(a=1)(b=2))", ("dc1", 636, "ldaps"), ("o=A", "sub", "(&(a=1)(b=2))")),
    ],
)  # fmt: skip
def test_an_ldap_url_says_where_and_what(uri, where, what):
    address = parse_address(uri)

    assert (address.host, address.port, address.tls) == where
    assert (address.base, address.scope, address.filter) == what
    assert parse_address(address.uri) == address


def test_starttls_is_asked_for_beside_the_address():
    address = parse_address("ldap://dc1.acme.example/o=Acme", starttls=True)

    assert (address.port, address.tls) == (389, "starttls")


@pytest.mark.parametrize(
    ("uri", "more", "says"),
    [
        ("ldap://dc1.acme.example/o=Acme", {}, "unencrypted"),
        ("ldaps://dc1/o=Acme", {"starttls": True}, "DIRECTORY_STARTTLS"),
        ("ldap://10.0.0.1/o=Acme", {}, "unencrypted"),
        ("http://dc1/o=Acme", {}, "ldap://"),
        ("ldaps:///o=Acme", {}, "name a server"),
        ("ldaps://cn=admin:hunter2@dc1/o=Acme", {}, "DIRECTORY_BIND_DN"),
        ("ldaps://dc1:port/o=Acme", {}, "no address"),
        ("ldaps://dc1/", {}, "place in the tree"),
        ("ldaps://dc1/people", {}, "place in the tree"),
        ("ldaps://dc1/o=Acme?mail", {}, "attributes"),
        ("ldaps://dc1/o=Acme??all", {}, "scope"),
        ("ldaps://dc1/o=Acme???(uid=a", {}, "filter"),
        ("ldaps://dc1/o=Acme????!x-strange", {}, "extension"),
        ("ldaps://dc1/o=Acme#1", {}, "%23"),
        ("ldaps://dc1/o=Acme", {"bind_dn": "cn=reader"}, "belong together"),
        ("ldaps://dc1/o=Acme", {"password": "hunter2"}, "belong together"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_a_sentence_without_its_password(uri, more, says):
    with pytest.raises(InvalidAddress) as refusal:
        parse_address(uri, **more)

    assert says in str(refusal.value)
    assert str(refusal.value).endswith((".", ":"))
    assert "hunter2" not in str(refusal.value)


def test_no_password_is_shown_with_an_address():
    address = parse_address("ldaps://dc1/o=Acme", bind_dn="cn=reader,o=Acme", password="hunter2")

    assert "hunter2" not in f"{address!r} {address.uri} {address.server}"
