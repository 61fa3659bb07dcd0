"""Facts of Active Directory that no other source has."""

import uuid
from dataclasses import replace

import pytest
from django.utils import timezone

from directory.ldap import server
from directory.ldap.address import parse_address
from directory.ldap.client import connect
from directory.ldap.mapping import DEFAULTS, read_person
from directory.ldap.server import LdapSource

WANTED = DEFAULTS.wanted

pytestmark = [pytest.mark.root_only, pytest.mark.xdist_group("samba")]


@pytest.fixture
def address(samba):
    return parse_address(samba.tls_uri, bind_dn=samba.reader, password=samba.password, ca_file=samba.ca_file)


@pytest.fixture
def source(address, samba):
    return LdapSource(replace(address, base=samba.users), page_size=7)


def by_login(reading):
    return {
        str(entry.attributes["samaccountname"][0]): entry
        for entry in reading.entries
        if "samaccountname" in entry.attributes
    }


def test_the_whole_domain_is_read_in_pages_and_its_own_parts_without_people_are_no_fault(address, samba):
    samba.person("ada")

    reading = LdapSource(address, page_size=7).read(WANTED)

    assert reading.complete, reading.faults
    assert {"ada", "Administrator", "Domain Users"} <= set(by_login(reading))
    assert len({entry.dn for entry in reading.entries}) == len(reading.entries) > 100


def test_an_identifier_arrives_as_its_bytes(source, samba):
    dn = samba.person("ada")
    with samba.connection() as connection:
        connection.search(dn, "(objectClass=*)", attributes=["objectGUID"])
        own = connection.response[0]["raw_attributes"]["objectGUID"][0]

    entry = by_login(source.read(WANTED))["ada"]

    assert entry.attributes["objectguid"] == [own]
    assert isinstance(own, bytes)
    assert read_person(entry, DEFAULTS, at=timezone.now()).key == f"uuid:{uuid.UUID(bytes_le=own)}"


def test_what_a_primary_group_is_found_by_is_always_read(source, samba):
    samba.person("ada")

    found = by_login(source.read({"samaccountname"}))

    sid = found["Domain Users"].attributes["objectsid"][0]
    assert isinstance(sid, bytes)
    assert int.from_bytes(sid[-4:], "little") == int(found["ada"].attributes["primarygroupid"][0]) == 513


def test_members_that_come_in_ranges_are_put_together(address, samba):
    members = {samba.person(f"m{number:02}") for number in range(12)}
    group = samba.group("big", sorted(members))

    with connect(address) as connection:
        entry = connection.entry(group, ["cn", "uSNChanged", "member;range=0-4"])
        assert [len(values) for name, values in entry.attributes.items() if ";range=0-4" in name] == [5]
        server.complete(connection, entry)

    assert set(entry.attributes) == {"cn", "usnchanged", "member"}
    assert set(entry.attributes["member"]) == members
    assert len(entry.attributes["member"]) == 12
    assert not entry.has_options


def test_changes_are_counted_by_the_server_itself(source, samba):
    ada, bob = samba.person("ada"), samba.person("bob")
    samba.group("net", [ada])
    mark = source.read(WANTED).mark

    nothing = source.read_changes(WANTED, mark)
    samba.change(bob, title="Head of Networks")
    changes = source.read_changes(WANTED, mark)

    assert mark["kind"] == "usn"
    assert (nothing.entries, nothing.extent) == ([], "increment")
    assert {entry.dn for entry in changes.entries if "useraccountcontrol" in entry.attributes} == {bob}
    groups = {name for name, entry in by_login(changes).items() if "group" in entry.attributes["objectclass"]}
    assert {"net", "Domain Users"} <= groups
    assert changes.mark["usn"] > mark["usn"]
    assert source.read_changes(WANTED, changes.mark).entries == []


def test_a_new_member_of_a_group_is_a_change_and_so_is_a_disabled_account(source, samba):
    ada = samba.person("ada")
    net = samba.group("net", [])
    mark = source.read(WANTED).mark

    samba.change(net, member=[ada])
    changes = source.read_changes(WANTED, mark)
    samba.change(ada, userAccountControl=514)
    later = source.read_changes(WANTED, changes.mark)

    assert by_login(changes)["net"].attributes["member"] == [ada]
    assert by_login(later)["ada"].attributes["useraccountcontrol"] == ["514"]


def test_another_controller_or_one_restored_from_a_backup_is_not_continued(source, samba):
    samba.person("ada")
    mark = source.read(WANTED).mark

    assert source.read_changes(WANTED, {**mark, "server": "CN=NTDS Settings,CN=DC2"}) is None
    assert source.read_changes(WANTED, {**mark, "usn": mark["usn"] + 1_000_000}) is None
    assert source.read_changes(WANTED, {**mark, "kind": "modified"}) is None


def test_passwords_are_asked_of_the_controller(address, samba):
    ada = samba.person("ada", password="Correct-horse-1")

    with connect(address) as connection:
        assert connection.bind_as(ada, "Correct-horse-1") is True
        assert connection.bind_as(ada, "correct-horse-1") is False
        assert connection.bind_as(ada, "") is False
        samba.change(ada, userAccountControl=514)
        assert connection.bind_as(ada, "Correct-horse-1") is False
