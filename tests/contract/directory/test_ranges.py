"""Attributes with more values than a server gives at once."""

import pytest

from directory.ldap import server
from directory.ldap.address import parse_address
from directory.ldap.entries import Entry, Unreadable


class Ranging:
    """A server that gives three members at a time, as Active Directory gives 1,500."""

    address = parse_address("ldaps://dc1.acme.example/dc=acme,dc=example")

    def __init__(self, members, size=3):
        self.members, self.size = members, size

    def entry(self, dn, attributes):
        first = int(attributes[0].partition("range=")[2].partition("-")[0])
        part = self.members[first : first + self.size]
        last = "*" if first + self.size >= len(self.members) else first + self.size - 1
        return Entry(dn, {f"member;range={first}-{last}": list(part), "usnchanged": ["1"]})


@pytest.mark.parametrize("count", [4, 6, 7, 9, 10])
def test_many_ranges_are_followed_to_the_last(count):
    members = [f"cn={number}" for number in range(count)]
    entry = Entry("cn=big", {"member": [], "member;range=0-2": members[:3], "usnchanged": ["1"]})

    server.complete(Ranging(members), entry)

    assert entry.attributes == {"member": members, "usnchanged": ["1"]}


@pytest.mark.parametrize("answer", ["absent", "another start", "no range", "changed meanwhile"])
def test_ranges_that_do_not_follow_each_other_are_no_reading(answer):
    class Torn(Ranging):
        def entry(self, dn, attributes):
            return {
                "absent": None,
                "another start": Entry(dn, {"member;range=4-*": ["cn=4"], "usnchanged": ["1"]}),
                "no range": Entry(dn, {"member": ["cn=4"], "usnchanged": ["1"]}),
                "changed meanwhile": Entry(dn, {"member;range=3-*": ["cn=4"], "usnchanged": ["2"]}),
            }[answer]

    entry = Entry("cn=big", {"member;range=0-2": ["cn=0", "cn=1", "cn=2"], "usnchanged": ["1"]})

    with pytest.raises(Unreadable, match="only a part of member of cn=big"):
        server.complete(Torn([]), entry)
