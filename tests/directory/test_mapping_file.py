"""The mapping as a file: what it may say, and the sentence for each thing that is wrong in it."""

from pathlib import Path

import pytest
from django.conf import settings as current

from directory.ldap.mapping import DEFAULTS, Place
from directory.ldap.mapping_file import InvalidMapping, parse_mapping, read_mapping_file
from directory.ldap.sources import UnknownSource, configured, configured_source, named_source

EXAMPLE = Path(__file__).parents[2] / "docs" / "directory-mapping.toml"


def faults(text):
    with pytest.raises(InvalidMapping) as refused:
        parse_mapping(text, file="m.toml")
    return refused.value.faults


def test_the_documented_example_says_what_it_explains():
    found = read_mapping_file(str(EXAMPLE))

    mapping = found.mapping
    assert mapping.login == ("samaccountname", "uid")
    assert mapping.departments["humres"] == mapping.departments["hr"] == "Human resources"
    assert mapping.locations["mxp"] == Place("Milan")
    assert mapping.locations["hq2"] == Place("Turin, second site", "Turin", "IT", "Europe/Rome")
    assert mapping.groups == {
        "net-eng": "Network engineers",
        "cn=noc,ou=groups,dc=example,dc=com": "Network engineers",
    }
    assert not mapping.only_listed_groups
    assert found.authority == {"phone": "payroll", "employee_number": "directory", "photo": "local"}
    assert [(source.name, source.supplements, source.signs_in) for source in found.sources] == [
        ("payroll", "employee_number", False), ("berlin", "", True),
    ]  # fmt: skip


def test_each_source_is_withheld_what_another_decides():
    found = read_mapping_file(str(EXAMPLE))
    payroll, berlin = found.sources

    assert found.mapping_of(None).withheld == {"phone", "photo"}
    assert found.mapping_of(berlin).withheld == {"phone", "photo", "employee_number"}
    assert "phone" not in found.mapping_of(payroll).withheld
    assert {"title", "name", "email", "department", "manager", "photo"} <= found.mapping_of(payroll).withheld


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_a_mapping_that_says_nothing_is_the_default(text):
    assert parse_mapping(text).mapping == DEFAULTS
    assert read_mapping_file("").mapping == DEFAULTS


SOURCE = '[[sources]]\nname = "payroll"\nuri = "ldif:x"\n'
REFUSED = {
    "no toml": ("[attributes", "m.toml is no TOML: "),
    "twice": ('[authority]\nphone = "local"\nphone = "directory"', "m.toml is no TOML: "),
    "endless number": (f"a = {'9' * 5000}", "m.toml is no TOML: Exceeds the limit"),
    "endless list": (f"a = {'[' * 5000}", "m.toml is no TOML: maximum recursion depth exceeded"),
    "table": ("[colours]\na = 1", "m.toml, colours: nothing is called so. Write one of: attributes, authority,"),
    "no table": ('attributes = "mail"', "m.toml, attributes: it is a table: write [attributes] above its lines."),
    "fact": ('[attributes]\nmial = "mail"', "m.toml, attributes.mial: nothing is called so. Write one of: key, login,"),
    "number": ("[attributes]\nemail = 5", "m.toml, attributes.email: it is the name of an attribute, or a list"),
    "nothing": ("[attributes]\nemail = []", "m.toml, attributes.email: it is the name of an attribute, or a list"),
    "option": ('[attributes]\nname = ["cn;lang-it"]', "m.toml, attributes.name: “cn;lang-it” is no name of an attr"),
    "filter": ('[attributes]\nname = ["cn)(uid=*"]', "m.toml, attributes.name: “cn)(uid=*” is no name of an attribute"),
    "department": ('[departments]\nHR = ""', 'm.toml, departments."HR": it is a text in quotation marks.'),
    "department twice": ('[departments]\nHR = "a"\n"h.r." = "b"', 'm.toml, departments."h.r.": another line writes'),
    "long": (f'[departments]\nHR = "{"x" * 151}"', 'm.toml, departments."HR": it is one line of at most 150'),
    "location": ("[locations]\nHQ = 5", 'm.toml, locations."HQ": it is a text, or a table such as {name = "HQ", t'),
    "location key": ('[locations]\nHQ = {name = "a", zone = "b"}', 'm.toml, locations."HQ".zone: nothing is called so'),
    "nameless": ('[locations]\nHQ = {city = "Rome"}', 'm.toml, locations."HQ".name: it is a text in quotation marks.'),
    "zone": ('[locations]\nHQ = {name = "a", time_zone = "Europe/Rom"}',
             'm.toml, locations."HQ".time_zone: “Europe/Rom” is no time zone: write its IANA name'),
    "country": ('[locations]\nHQ = {name = "a", country = "Italy"}', 'm.toml, locations."HQ".country: it is a country'),
    "group": ('[groups]\n"cn=a,,b" = "x"', 'm.toml, groups."cn=a,,b": the name of the entry cannot be read.'),
    "group twice": ('[groups]\nNet = "x"\nnet = "y"', 'm.toml, groups."net": another line writes the same group'),
    "only": ('[groups]\nonly = "yes"', "m.toml, groups.only: it is true or false, without quotation marks"),
    "two authorities": (SOURCE + '[authority]\nphone = ["payroll", "directory"]',
                        "m.toml, authority.phone: one source decides it, not several"),
    "login": ('[authority]\nlogin = "local"', "m.toml, authority.login: nothing is called so. Write one of: name,"),
    "owner": ('[authority]\nphone = "payrol"',
              "m.toml, authority.phone: no source is called 'payrol'. Write one of: directory, local."),
    "sources": ('sources = "x"', "m.toml, sources: write each source as a table of its own, under [[sources]]."),
    "source key": (SOURCE + "port = 5", "m.toml, sources.payroll.port: nothing is called so. Write one of: name, uri,"),
    "source name": ('[[sources]]\nname = "Pay Roll"\nuri = "ldif:x"', "m.toml, sources[1].name: it is a short name"),
    "reserved": ('[[sources]]\nname = "local"\nuri = "ldif:x"', "m.toml, sources.local.name: “local” means something"),
    "same name": (SOURCE + SOURCE, "m.toml, sources.payroll.name: another source is called so: take another name."),
    "no uri": ('[[sources]]\nname = "a"', 'm.toml, sources.a: it lacks “uri”: write uri = "ldaps://'),
    "bad uri": ('[[sources]]\nname = "a"\nuri = "http://x"', "m.toml, sources.a.uri: write ldaps://host/base, ldap"),
    "flag": (SOURCE + 'starttls = "yes"', "m.toml, sources.payroll.starttls: it is true or false, without quotation"),
    "supplements": (SOURCE + 'supplements = "name"', "m.toml, sources.payroll.supplements: people are found by one of"),
    "idle": (SOURCE + 'supplements = "email"', "m.toml, sources.payroll: it supplements others and decides nothing"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_each_fault_is_named_with_its_place_and_the_next_step(case):
    text, sentence = REFUSED[case]

    assert faults(text)[0].startswith(sentence)


def test_all_faults_are_told_at_once():
    assert len(faults('[attributes]\nmial = "mail"\n[authority]\nphone = "x"\n[locations]\nHQ = {city = 5}')) == 4


@pytest.mark.parametrize(("name", "sentence"), [("absent.toml", "cannot be read"), ("latin.toml", "is not UTF-8")])
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, name, sentence):
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")

    with pytest.raises(InvalidMapping, match=sentence):
        read_mapping_file(str(tmp_path / name))


@pytest.fixture
def environment(settings, tmp_path):
    """Sets what the environment says of the directory; ``mapping`` is the text of the file."""

    def say(*, uri="", mapping="", **others):
        path = ""
        if mapping:
            (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
            path = str(tmp_path / "m.toml")
        facts = {"bind_dn": "", "password": "", "ca_file": "", "starttls": False, **others}
        settings.DIRECTORY = type(current.DIRECTORY)(uri=uri, mapping=path, **facts)

    return say


def test_nothing_is_configured_without_an_address(environment):
    environment()

    assert configured() == []
    with pytest.raises(UnknownSource, match="set DIRECTORY_URI"):
        configured_source("directory")


def test_the_source_of_the_environment_comes_first_and_the_others_in_their_order(environment, tmp_path):
    (tmp_path / "secret").write_text("hush\n")
    environment(
        uri="ldap://127.0.0.1/dc=acme,dc=example", bind_dn="cn=desk", password="pw",
        mapping='[authority]\nphone = "payroll"\n'
        '[[sources]]\nname = "payroll"\nuri = "ldif:/x.ldif"\nsupplements = "email"\n'
        '[[sources]]\nname = "berlin"\nuri = "ldaps://b.example/dc=b"\nbind_dn = "cn=b"\npassword_file = "secret"\n',
    )  # fmt: skip

    first, payroll, berlin = configured()

    assert [one.name for one in (first, payroll, berlin)] == ["directory", "payroll", "berlin"]
    assert (first.address.host, first.address.bind_dn, first.address.password) == ("127.0.0.1", "cn=desk", "pw")
    assert (berlin.address.tls, berlin.address.bind_dn, berlin.address.password) == ("ldaps", "cn=b", "hush")
    assert (payroll.address, payroll.source.uri, payroll.supplements) == (None, "ldif:/x.ldif", "email")
    assert [one.signs_in for one in (first, payroll, berlin)] == [True, False, True]
    assert [("phone" in one.mapping.withheld) for one in (first, payroll, berlin)] == [True, False, True]
    assert configured_source("berlin").name == "berlin"
    with pytest.raises(UnknownSource, match="There are: directory, payroll, berlin"):
        configured_source("rome")


def test_faults_of_every_source_are_told_at_once(environment):
    environment(
        uri="ldap://far.example/dc=acme",
        mapping=SOURCE + 'password_file = "absent"\n[[sources]]\nname = "b"\nuri = "ldaps://x/nothing"\n',
    )

    with pytest.raises(InvalidMapping) as refused:
        configured()

    uri, password, base = refused.value.faults
    assert uri.startswith("DIRECTORY_URI: Passwords would cross the network unencrypted")
    assert password.startswith("m.toml, sources.payroll.password_file: absent cannot be read")
    assert base.startswith("m.toml, sources.b: ldaps://x/nothing names no place in the tree")


def test_a_source_is_found_by_its_name_or_its_address_and_any_address_may_be_read(environment):
    environment(uri="ldif:/srv/people")

    assert named_source("directory").name == named_source("ldif:/srv/people").name == "directory"
    assert (named_source("ldif:/elsewhere").name, named_source("ldif:/elsewhere").source.uri) == ("", "ldif:/elsewhere")
