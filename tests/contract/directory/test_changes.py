"""Reading a live OpenLDAP: everything, and what changed since."""

from dataclasses import replace

import pytest

from directory.ldap.entries import Unreadable
from directory.ldap.mapping import DEFAULTS
from directory.ldap.server import LdapSource

WANTED = DEFAULTS.wanted
OLD = {"modifyTimestamp": "20200102030405Z"}  # out of the time that an increment looks back


@pytest.fixture
def source(address):
    return LdapSource(address, page_size=2)


def uids(reading):
    return sorted(str(entry.attributes["uid"][0]) for entry in reading.entries if "uid" in entry.attributes)


def groups(reading):
    return {entry.dn: entry.attributes["member"] for entry in reading.entries if "member" in entry.attributes}


def test_nothing_new_is_nothing_read(source, slapd):
    slapd.group("net", [slapd.person("ada")])
    full = source.read(WANTED)

    changes = source.read_changes(WANTED, full.mark)

    assert (full.extent, changes.extent, changes.entries, changes.mark) == ("full", "increment", [], full.mark)


def test_who_changed_is_read_and_every_group_with_them(source, slapd):
    ada, bob, cy = (slapd.person(uid, **OLD) for uid in ("ada", "bob", "cy"))
    net, desk = slapd.group("net", [ada, bob], **OLD), slapd.group("desk", [cy], **OLD)
    mark = source.read(WANTED).mark

    slapd.change(bob, title="Head of Networks")
    changes = source.read_changes(WANTED, mark)

    assert uids(changes) == ["bob"]
    assert groups(changes) == {net: [ada, bob], desk: [cy]}
    assert changes.mark != mark


def test_a_changed_group_brings_all_groups_and_nobody_else(source, slapd):
    ada, bob = slapd.person("ada", **OLD), slapd.person("bob", **OLD)
    net, desk = slapd.group("net", [ada], **OLD), slapd.group("desk", [bob], **OLD)
    mark = source.read(WANTED).mark

    slapd.change(net, member=[ada, bob])
    changes = source.read_changes(WANTED, mark)

    assert uids(changes) == []
    assert {dn: sorted(members) for dn, members in groups(changes).items()} == {net: [ada, bob], desk: [bob]}


def test_each_increment_goes_on_where_the_last_one_ended(source, slapd):
    ada = slapd.person("ada")
    mark = source.read(WANTED).mark
    seen = []
    for title in ("One", "Two", "Three"):
        slapd.change(ada, title=title)
        changes = source.read_changes(WANTED, mark)
        seen.append([entry.attributes["title"] for entry in changes.entries if "title" in entry.attributes])
        mark = changes.mark

    assert seen == [[["One"]], [["Two"]], [["Three"]]]
    assert source.read_changes(WANTED, mark).entries == []


def test_what_is_written_late_under_an_earlier_time_is_not_missed(source, slapd):
    slapd.person("ada")
    mark = source.read(WANTED).mark
    slapd.person("bob")  # within the same second as far as a mark can tell

    assert "bob" in uids(source.read_changes(WANTED, mark))


def test_a_changed_place_that_is_neither_person_nor_group_reads_no_groups(source, slapd):
    slapd.group("net", [slapd.person("ada", **OLD)], **OLD)
    mark = source.read(WANTED).mark

    slapd.change(f"ou=People,{slapd.base}", description=mark["at"])

    assert source.read_changes(WANTED, mark).entries == []


def test_another_question_is_not_continued(source, address, slapd):
    slapd.person("ada")
    mark = source.read(WANTED).mark

    assert source.read_changes(WANTED | {"roomnumber"}, mark) is None
    assert LdapSource(replace(address, filter="(uid=ada)")).read_changes(WANTED, mark) is None
    assert source.read_changes(WANTED, {**mark, "kind": "usn"}) is None
    assert source.read_changes(WANTED, {}) is None


def test_a_base_that_shows_nothing_is_no_reading(address):
    source = LdapSource(replace(address, filter="(uid=nobody)"))

    with pytest.raises(Unreadable, match="gave nothing at all"):
        source.read(WANTED)


def test_an_account_that_may_see_nothing_is_no_reading(address):
    source = LdapSource(replace(address, bind_dn="", password=""))

    with pytest.raises(Unreadable, match="nobody may not see it"):
        source.read(WANTED)


def test_a_reference_is_left_alone_and_reported(source, slapd):
    slapd.person("ada")
    with slapd.connection() as connection:
        connection.add(
            f"ou=Far,ou=People,{slapd.base}",
            ["referral", "extensibleObject"],
            {"ou": "Far", "ref": f"ldap://192.0.2.1/ou=Far,{slapd.base}"},
        )

    reading = source.read(WANTED)

    assert uids(reading) == ["ada"]
    assert not reading.complete
    (fault,) = reading.faults
    assert "ldap://192.0.2.1/" in fault.reason
    assert fault.dn == f"ou=Far,{slapd.base}"


def test_a_base_that_lies_elsewhere_is_named(address, slapd):
    with slapd.connection() as connection:
        connection.add(
            f"ou=Far,ou=People,{slapd.base}",
            ["referral", "extensibleObject"],
            {"ou": "Far", "ref": f"ldap://127.0.0.1:{slapd.port}/ou=Far,ou=People,{slapd.base}"},  # to itself
        )

    with pytest.raises(Unreadable, match="refers to ldap://"):
        LdapSource(replace(address, base=f"ou=Far,ou=People,{slapd.base}")).read(WANTED)


def test_attributes_arrive_as_an_ldif_would_give_them(source, slapd):
    photo = b"\xff\xd8\xff\xe0 jpeg \x00"
    dn = slapd.person(
        "ada", rdn="cn=Løve\\, Ada \\+1", cn=["Løve, Ada +1"], mail=["ada@acme.example", "a@acme.example"],
        jpegPhoto=photo,
    )  # fmt: skip
    with slapd.connection() as connection:
        connection.modify(dn, {"cn;lang-zh": [("MODIFY_ADD", ["艾达"])]})

    (entry,) = [entry for entry in source.read(WANTED | {"jpegphoto"}).entries if "uid" in entry.attributes]

    assert entry.has_options
    assert entry.attributes["cn;lang-zh"] == ["艾达"]
    assert entry.attributes["cn"] == ["Løve, Ada +1"]
    assert entry.attributes["mail"] == ["ada@acme.example", "a@acme.example"]
    assert entry.attributes["jpegphoto"] == [photo]
    assert len(str(entry.attributes["entryuuid"][0])) == 36
