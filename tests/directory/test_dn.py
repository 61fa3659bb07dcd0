import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.ldap import dn as names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=amy,ou=People,dc=x", "UID = Amy , OU=people, DC=X"),
        (r"cn=Smith\, John,o=x", r"cn=Smith\2C John,o=x"),
        (r"cn=Smith\, John,o=x", 'cn="Smith, John",o=x'),
        (r"cn=\E5\BC\A0\E4\BC\9F,o=x", "cn=张伟,o=x"),
        ("cn=Amy+sn=Kroker,o=x", "SN=kroker + CN=amy,o=x"),
        ("cn=Straße,o=x", "cn=STRASSE,o=x"),
        ("cn=ab  c,o=x", "cn=AB C,o=x"),
    ],
)
def test_two_spellings_of_one_name_are_equal(one, other):
    assert names.normalised(one) == names.normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"cn=a\,ou=b,o=x", "cn=a,ou=b,o=x"),
        (r"cn=a\+sn=b,o=x", "cn=a+sn=b,o=x"),
        ("cn=a,ou=1,o=x", "cn=a,ou=2,o=x"),
        (r"cn=a\\,o=x", "cn=a,o=x"),
    ],
)
def test_names_that_differ_stay_apart(one, other):
    assert names.normalised(one) != names.normalised(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "amy",
        "cn=a,,o=x",
        "cn=,o=x",
        "cn=a\\",
        'cn="a,o=x',
        r"cn=\ff,o=x",
        "1x=a",
        "cn=a\0,o=x",
        r"cn=\00,o=x",
    ],
)
def test_what_is_no_name_is_refused_with_a_sentence(text):
    with pytest.raises(names.InvalidDn) as refusal:
        names.normalised(text)

    assert str(refusal.value).endswith(".")


@given(st.text(max_size=60))
def test_any_text_is_either_a_name_or_refused_and_normalising_twice_changes_nothing(text):
    try:
        once = names.normalised(text)
    except names.InvalidDn:
        return
    assert names.normalised(once) == once


@pytest.mark.parametrize(
    ("dn", "context"),
    [
        ("uid=a,ou=People,dc=Acme,dc=com", "dc=acme,dc=com"),
        ("cn=a,ou=Doctors,o=Whoniverse", "o=whoniverse"),
        ("cn=a,ou=x,o=Acme,c=IT", "o=acme,c=it"),
        ("cn=a,ou=Sales", "ou=sales"),
        ("cn=Alone", "cn=alone"),
    ],
)
def test_a_name_tells_which_directory_it_belongs_to(dn, context):
    assert names.naming_context(dn) == context
