import uuid
from datetime import UTC, datetime

import pytest

from directory.ldap.entries import Entry
from directory.ldap.mapping import DEFAULTS, is_group, is_person, read_person

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def entry(dn="uid=amy,ou=People,dc=x", **attributes):
    base = {
        "objectclass": ["inetOrgPerson"],
        "uid": ["amy"],
        "cn": ["Amy Wong"],
        "sn": ["Wong"],
        "mail": ["amy@x.example"],
    }
    return Entry(dn, {name: values for name, values in {**base, **attributes}.items() if values})


def person(dn="uid=amy,ou=People,dc=x", **attributes):
    return read_person(entry(dn, **attributes), DEFAULTS, at=NOW)


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["top", "person"], (True, False)),
        (["inetOrgPerson"], (True, False)),
        (["top", "person", "organizationalPerson", "user"], (True, False)),
        (["user", "computer"], (False, False)),
        (["person", "organizationalPerson", "contact"], (False, False)),
        (["groupOfNames"], (False, True)),
        (["groupOfUniqueNames"], (False, True)),
        (["posixGroup"], (False, True)),
        (["Group", "top"], (False, True)),
        (["organizationalUnit"], (False, False)),
    ],
)
def test_the_object_class_says_what_an_entry_is(classes, expected):
    made = entry(objectclass=classes)

    assert (is_person(made, DEFAULTS), is_group(made, DEFAULTS)) == expected


def test_an_active_directory_guid_is_read_in_its_own_byte_order():
    guid = uuid.UUID("3f2504e0-4f89-11d3-9a0c-0305e82c3301")

    assert person(objectguid=[guid.bytes_le]).key == f"uuid:{guid}"
    assert person(entryuuid=[str(guid).upper()]).key == f"uuid:{guid}"


def test_without_an_identifier_the_name_of_the_entry_is_the_key():
    assert person("UID=Amy, ou=People, dc=X").key == "dn:uid=amy,ou=people,dc=x"
    odd = person(entryuuid=["not one"])
    assert odd.key_is_dn and "entryuuid" in odd.warnings[0]


def test_a_name_too_long_to_keep_is_known_by_its_digest():
    long = person(f"uid=amy,{'ou=department,' * 60}dc=x")

    assert len(long.key) <= 500
    assert long.key == person(f"uid=AMY,{'ou=department, ' * 60}dc=x").key


def test_of_several_values_the_one_in_the_entry_s_own_name_counts():
    assert person(uid=["zoe", "amy"]).login == "amy"


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"displayname": ["Amy W."]}, "Amy W."),
        ({"cn": ["Amy Wong"]}, "Amy Wong"),
        ({"cn": [], "givenname": ["Amy"]}, "Amy Wong"),
        ({"cn": [], "sn": []}, "amy"),
        ({"cn": [], "cn;lang-ja": ["小笠原".encode()]}, "小笠原"),
        ({"cn": ["Rodney"], "cn;lang-ja": ["小笠原".encode()]}, "Rodney"),
    ],
)
def test_a_name_is_found_in_what_there_is(attributes, name):
    assert person(**attributes).name == name


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"mail": []}, "no e-mail address"),
        ({"mail": ["no at sign"]}, "is no e-mail address"),
        ({"mail": ["a@" + "x" * 300 + ".example"]}, "is no e-mail address"),
        ({"sn": []}, "no family name"),
        ({"title": ["Bell\x07 ringer"]}, "Control characters"),
        ({"title": ["x" * 200]}, "cut to 150"),
        ({"cn": [b"\xff\xfe"]}, "UTF-8"),
        ({"manager": ["nobody"]}, "no name of an entry"),
        ({"uid": []}, "There is no login attribute"),
    ],
)
def test_what_had_to_be_repaired_is_reported_and_the_person_stays(attributes, says):
    repaired = person(**attributes)

    assert any(says in warning for warning in repaired.warnings), repaired.warnings
    assert not repaired.skip and repaired.login and repaired.name


def test_repaired_lines_are_clean_and_fit():
    assert person(title=["Bell\x07 \u202eringer\n"]).title == "Bell ringer"
    assert len(person(title=["x" * 200]).title) == 150


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"uid": ["a\tb"]}, "control characters"),
        ({"uid": ["x" * 151]}, "more than 150"),
        ({"uid": ["System.clock"]}, "belong to the service desk"),
        ({"uid": [], "mail": [], "cn": []}, "nothing to use as a login"),
    ],
)
def test_a_login_is_never_repaired(attributes, says):
    assert says in person(**attributes).skip


@pytest.mark.parametrize(
    ("dn", "units", "department"),
    [
        ("uid=a,ou=People,dc=x", ["Accounting", "People"], "Accounting"),
        ("uid=a,ou=People,dc=x", ["People", "Accounting"], "Accounting"),
        ("uid=a,ou=Accounting,dc=x", ["Accounting"], "Accounting"),
        ("uid=a,ou=People,dc=x", ["People"], ""),
    ],
)
def test_the_container_of_an_entry_is_not_taken_for_a_department(dn, units, department):
    assert person(dn, ou=units).department == department


@pytest.mark.parametrize(
    ("attributes", "disabled"),
    [
        ({"useraccountcontrol": ["514"]}, True),
        ({"useraccountcontrol": ["66050"]}, True),
        ({"useraccountcontrol": ["512"]}, False),
        ({"useraccountcontrol": ["rubbish"]}, False),
        ({"accountexpires": ["0"]}, False),
        ({"accountexpires": ["9223372036854775807"]}, False),
        ({"accountexpires": ["132223104000000000"]}, True),  # 1 January 2020
        ({"accountexpires": ["158470560000000000"]}, False),  # 2103
        ({"nsaccountlock": ["TRUE"]}, True),
        ({"pwdaccountlockedtime": ["000001010000Z"]}, True),
        ({"pwdaccountlockedtime": ["20261121120000Z"]}, False),
    ],
)
def test_a_disabled_account_is_told_by_the_marks_of_each_server(attributes, disabled):
    assert person(**attributes).disabled is disabled
