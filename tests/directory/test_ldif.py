"""RFC 2849 as files really have it. Every fault names its file and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.ldap.entries import Unreadable
from directory.ldap.ldif import MAX_FAULTS, MAX_LINE_BYTES, LdifSource

WANTED = ("objectclass", "cn", "sn", "mail", "member")


def read(tmp_path, content: bytes | str, name="people.ldif"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return LdifSource(path).read(WANTED)


def only_fault(reading):
    assert len(reading.faults) == 1, reading.faults
    return reading.faults[0]


def test_folded_lines_comments_and_the_version_are_read_as_the_rfc_says(tmp_path):
    reading = read(
        tmp_path,
        "version: 1\n# a comment\n  that is folded\ndn: cn=A,\n dc=x\nobjectClass: person\n"
        "# inside\ncn: A long\n  name\nsn:A\n\n\n\ndn: cn=B,dc=x\nsn: B\n",
    )

    assert [entry.dn for entry in reading.entries] == ["cn=A,dc=x", "cn=B,dc=x"]
    assert reading.entries[0].attributes == {"objectclass": ["person"], "cn": ["A long name"], "sn": ["A"]}
    assert reading.complete


def test_base64_gives_bytes_and_options_stay_with_their_attribute(tmp_path):
    reading = read(tmp_path, "dn:: Y249546L5piO\ncn;lang-zh:: 546L5piO\nsn: Wang\n")

    assert reading.entries[0].dn == "cn=王明"
    assert reading.entries[0].attributes["cn;lang-zh"] == ["王明".encode()]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfdn: cn=A,dc=x\nsn: A\n", b"dn: cn=A,dc=x\r\nsn: A\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path, content):
    reading = read(tmp_path, content)

    assert (reading.entries[0].dn, reading.entries[0].attributes) == ("cn=A,dc=x", {"sn": ["A"]})
    assert reading.complete


def test_attributes_that_nobody_wants_are_not_kept(tmp_path):
    reading = read(tmp_path, "dn: cn=A,dc=x\nuserPassword:: c2VjcmV0\njpegPhoto:: !!\nsn: A\n")

    assert reading.entries[0].attributes == {"sn": ["A"]}


def test_an_add_record_is_an_entry(tmp_path):
    reading = read(tmp_path, "dn: cn=A,dc=x\ncontrol: 1.2.3 true\nchangetype: add\nsn: A\n")

    assert reading.entries[0].attributes == {"sn": ["A"]}
    assert reading.complete


def test_a_url_is_never_followed_and_the_entry_stays(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary")

    reading = read(tmp_path, f"dn: cn=A,dc=x\ncn:< file://{secret}\nsn: A\n")

    assert reading.entries[0].attributes == {"sn": ["A"]}
    assert "line 2" in only_fault(reading).reason and "URL" in only_fault(reading).reason
    assert reading.complete


@pytest.mark.parametrize(
    ("bad", "line", "says"),
    [
        ("dn: cn=B,dc=x\nsn B\n", 5, "name: value"),
        ("dn: cn=B,dc=x\nsn:: not!base64\n", 5, "base64"),
        (b"dn: cn=B,dc=x\nsn: M\xfcller\n", 5, "UTF-8"),
        (b"dn:: /w==\nsn: B\n", 4, "UTF-8"),
        ("dn: cn=B,,dc=x\nsn: B\n", 4, "dn cannot be read"),
        ("dn:< file:///etc/passwd\nsn: B\n", 4, "URL"),
        ("sn: B\n", 4, "dn:"),
        ("dn: cn=B,dc=x\n", 4, "no attributes"),
        ("dn: cn=B,dc=x\nchangetype: delete\n", 5, "change record (delete)"),
        ("dn: cn=B,dc=x\nchangetype: modify\nreplace: sn\nsn: C\n-\n", 5, "change record (modify)"),
    ],
)
def test_a_bad_record_is_reported_by_line_and_the_others_are_read(tmp_path, bad, line, says):
    bad = bad.encode() if isinstance(bad, str) else bad

    reading = read(tmp_path, b"dn: cn=A,dc=x\nsn: A\n\n" + bad + b"\ndn: cn=C,dc=x\nsn: C\n")

    assert [entry.dn for entry in reading.entries] == ["cn=A,dc=x", "cn=C,dc=x"]
    fault = only_fault(reading)
    assert f"people.ldif, line {line}: " in fault.reason and says in fault.reason
    assert not reading.complete


def test_a_missing_blank_line_between_two_entries_is_bridged(tmp_path):
    reading = read(tmp_path, "dn: cn=A,dc=x\nsn: A\ndn: cn=B,dc=x\nsn: B\n")

    assert [entry.attributes for entry in reading.entries] == [{"sn": ["A"]}, {"sn": ["B"]}]


def test_a_file_without_a_last_line_end_may_be_cut_so_it_is_not_complete(tmp_path):
    reading = read(tmp_path, "dn: cn=A,dc=x\nmail: amy@planetexp")

    assert "does not end with a line end" in only_fault(reading).reason
    assert not reading.complete


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("\ufeffdn: cn=A\n".encode("utf-16-le"), "UTF-16"),
        (b"dn: cn=A,dc=x\nsn: \x00\n", "line 2"),
        (b"dn: " + b"a" * (MAX_LINE_BYTES + 1), "too long"),
        ("\n\n".join(["rubbish"] * (MAX_FAULTS + 5)) + "\n", f"more than {MAX_FAULTS} faults"),
        ("version: 2\ndn: cn=A,dc=x\nsn: A\n", "version 2"),
    ],
)
def test_what_is_no_ldif_is_refused_with_a_sentence(tmp_path, content, says):
    try:
        reading = read(tmp_path, content)
    except Unreadable as refusal:
        assert says in str(refusal)
    else:
        assert says in only_fault(reading).reason
        assert not reading.complete


def test_a_folder_is_read_in_order_of_name(tmp_path):
    for name in ("20_b.ldif", "10_a.LDIF", "30_c.txt"):
        (tmp_path / name).write_text(f"dn: cn={name},dc=x\nsn: A\n")

    reading = LdifSource(tmp_path).read(WANTED)

    assert [entry.dn for entry in reading.entries] == ["cn=10_a.LDIF,dc=x", "cn=20_b.ldif,dc=x"]


@pytest.mark.parametrize("name", ["absent.ldif", "empty-folder"])
def test_an_absent_file_and_a_folder_without_ldif_are_said_to_be_so(tmp_path, name):
    (tmp_path / "empty-folder").mkdir()

    with pytest.raises(Unreadable, match=name):
        LdifSource(tmp_path / name).read(WANTED)


@given(content=st.binary(max_size=300) | st.text('dn:cs=, \n#<\\"+;é', max_size=120).map(str.encode))
def test_any_bytes_give_entries_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "any.ldif"
    path.write_bytes(content)
    try:
        reading = LdifSource(path).read(WANTED)
    except Unreadable as refusal:
        assert str(refusal)
    else:
        assert all(entry.dn for entry in reading.entries)
        assert all(fault.reason for fault in reading.faults)
