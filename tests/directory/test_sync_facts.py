"""Facts beside the plain ones: addresses, photos, languages, places and groups by another name, who decides what."""

import struct
from dataclasses import replace
from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from PIL import Image

from directory.ldap import sync
from directory.ldap.mapping import DEFAULTS
from directory.ldap.mapping_file import parse_mapping
from directory.ldap.photos import MAX_PIXELS, BrokenPhoto, small_jpeg
from directory.models import DirectoryGroup, Employee, Location, Photo, SyncChange, SyncRun
from tests import factories

from .ldif_text import BASE, dn_of, group, person, record, source

pytestmark = pytest.mark.django_db


def run(folder, *records, mapping=DEFAULTS, **options):
    return sync.run(source(folder, *records), confirmed=True, mapping=mapping, **options)


def who(login):
    return Employee.objects.get(login=login)


def picture(color="red", size=(400, 300), kind="JPEG"):
    out = BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def idle(report):
    return (report.created, report.changed, report.deactivated) == (0, 0, 0)


def test_further_addresses_come_from_mail_and_proxy_addresses_and_go_again(tmp_path):
    amy = person(
        "amy", ("mail", "Amy@acme.example"), ("mail", "ar@acme.example"), ("mail", "nonsense"),
        ("proxyAddresses", "SMTP:boss@acme.example"), ("proxyAddresses", "smtp:AR@acme.example"),
        ("proxyAddresses", "X500:/o=acme/cn=amy"), ("proxyAddresses", "smtp:broken"),
    )  # fmt: skip
    run(tmp_path, amy)

    assert who("amy").further_address_list == ["ar@acme.example", "boss@acme.example"]
    assert idle(run(tmp_path, amy))
    run(tmp_path, person("amy"))
    assert who("amy").further_address_list == []
    assert SyncChange.objects.order_by("-pk")[0].diff == {
        "further_addresses": ["ar@acme.example, boss@acme.example", ""]
    }


def test_a_photo_is_made_small_kept_while_it_is_the_same_and_goes_with_its_source(tmp_path, monkeypatch):
    amy = person("amy", ("jpegPhoto", picture()))
    run(tmp_path, amy)

    photo = Photo.objects.get()
    with Image.open(BytesIO(photo.jpeg)) as small:
        assert (small.format, small.size) == ("JPEG", (192, 144))
    monkeypatch.setattr("directory.ldap.photos.small_jpeg", lambda _data: pytest.fail("made again"))
    assert idle(run(tmp_path, amy))
    monkeypatch.undo()
    run(tmp_path, person("amy", ("thumbnailPhoto", picture("blue", kind="PNG"))))
    assert Photo.objects.get().digest != photo.digest
    run(tmp_path, person("amy"))
    assert not Photo.objects.exists()


def test_a_broken_photo_is_reported_and_the_one_before_stays(tmp_path):
    run(tmp_path, person("amy", ("jpegPhoto", picture())))

    report = run(tmp_path, person("amy", ("jpegPhoto", picture()[:200])))

    assert [warning["reason"] for warning in report.warnings] == [
        "The photo is no picture that can be shown; it was left out."
    ]
    assert Photo.objects.exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"nothing", picture()[:100], b"<svg xmlns='http://www.w3.org/2000/svg'/>",
     picture(size=(MAX_PIXELS // 1000 + 1, 1000), kind="PNG"), b"\xff" * (6 << 20)],
    ids=["empty", "text", "cut", "svg", "bomb", "large"],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_a_one_is_refused(data):
    with pytest.raises(BrokenPhoto):
        small_jpeg(data)


def test_a_picture_that_lies_about_itself_is_a_broken_one_and_stops_no_run():
    """A turned picture whose width, among its facts, is a byte: turning it writes the facts anew, and stumbles."""
    turned, width = struct.pack("<HHIHH", 0x112, 3, 1, 6, 0), struct.pack("<HHI4s", 0x100, 7, 4, b"wide")
    facts = struct.pack("<2sHIH", b"II", 42, 8, 2) + turned + width + bytes(4)
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=b"Exif\0\0" + facts)

    with pytest.raises(BrokenPhoto):
        small_jpeg(out.getvalue())


def test_nothing_of_the_original_file_but_its_picture_is_kept():
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGBA", (10, 10)).save(out, "PNG", exif=exif)

    with Image.open(BytesIO(small_jpeg(out.getvalue()))) as small:
        assert (small.mode, dict(small.getexif())) == ("RGB", {})


def test_of_values_with_languages_the_plain_one_counts_then_the_persons_own_then_any(tmp_path):
    options = (("title;lang-de", "Pilotin"), ("title;lang-it", "Pilota"))
    run(
        tmp_path,
        person("amy", *options, title="Pilot"),
        person("bob", *options, preferredLanguage="it-CH"),
        person("cy", *options, preferredLanguage="fr"),
        person("dee", *options),
    )

    assert [who(login).title for login in ("amy", "bob", "cy", "dee")] == ["Pilot", "Pilota", "Pilotin", "Pilotin"]


SID = bytes.fromhex("010500000000000515000000010000000200000003000000")


def with_rid(number):
    return SID + number.to_bytes(4, "little")


def test_the_primary_group_of_active_directory_is_a_membership(tmp_path):
    run(
        tmp_path,
        person("amy", ("objectSid", with_rid(1104)), primaryGroupID="513"),
        person("bob", ("objectSid", with_rid(1105)), primaryGroupID="514"),
        record(
            f"cn=Domain Users,{BASE}", ("objectClass", "group"), ("cn", "Domain Users"), ("objectSid", with_rid(513))
        ),
    )

    assert [member.login for member in Group.objects.get(name="Domain Users").members.all()] == ["amy"]
    assert who("amy").source_group == "S-1-5-21-1-2-3-513"
    assert who("amy").source_dn == f"uid=amy,ou=people,{BASE}"


def test_departments_and_locations_are_called_as_the_mapping_says(tmp_path):
    mapping = parse_mapping(
        '[departments]\n"H.R." = "Human resources"\n[locations]\n'
        'MXP = {name = "Milan airport", city = "Milan", country = "it", time_zone = "Europe/Rome"}\nROM = "Rome"\n'
    ).mapping
    run(tmp_path, person("amy", ou="hr", l="mxp"), person("bob", ou="H. R.", l="ROM"), mapping=mapping)

    assert who("amy").department == who("bob").department
    assert (who("amy").department.name, who("amy").location.name) == ("Human resources", "Milan airport")
    milan = Location.objects.get(name="Milan airport")
    assert (milan.city, milan.country, milan.time_zone) == ("Milan", "IT", "Europe/Rome")
    assert Location.objects.get(name="Rome").time_zone == "Europe/Rome"


def members(name):
    return sorted(Group.objects.get(name=name).members.values_list("login", flat=True))


def test_several_groups_may_feed_one_and_each_takes_only_what_none_gives(tmp_path):
    people = [person("amy"), person("bob"), person("cy")]
    mapping = parse_mapping(f'[groups]\n"net" = "Engineers"\n"cn=noc,ou=Groups,{BASE}" = "Engineers"\n').mapping
    run(tmp_path, *people, group("net", "amy", "bob"), group("noc", "bob", "cy"), group("other", "cy"), mapping=mapping)

    assert members("Engineers") == ["amy", "bob", "cy"]
    assert members("other") == ["cy"]
    assert DirectoryGroup.objects.filter(group__name="Engineers").count() == 2
    run(tmp_path, *people, group("net", "amy"), group("noc", "bob"), group("other"), mapping=mapping)
    assert members("Engineers") == ["amy", "bob"]
    assert idle(run(tmp_path, *people, group("net", "amy"), group("noc", "bob"), group("other"), mapping=mapping))


def test_only_listed_groups_come_in_when_the_mapping_says_so_and_others_still_nest(tmp_path):
    mapping = parse_mapping('[groups]\nonly = true\n"net" = "Engineers"\n').mapping
    run(tmp_path, person("amy"), group("net", nested=("inner",)), group("inner", "amy"), mapping=mapping)

    assert members("Engineers") == ["amy"]
    assert not Group.objects.filter(name="inner").exists()


def test_a_group_that_the_mapping_calls_otherwise_from_now_on_moves_its_members(tmp_path):
    everything = [person("amy"), person("bob"), group("net", "amy"), group("noc", "bob")]
    run(tmp_path, *everything)
    mapping = parse_mapping('[groups]\n"net" = "Engineers"\n"noc" = "Engineers"\n').mapping

    run(tmp_path, *everything, mapping=mapping)

    assert (members("Engineers"), members("net"), members("noc")) == (["amy", "bob"], [], [])
    run(tmp_path, *everything)
    assert (members("Engineers"), members("net"), members("noc")) == ([], ["amy"], ["bob"])


def test_a_group_here_may_be_fed_by_two_directories_and_by_hand(tmp_path):
    mapping = parse_mapping('[groups]\n"net" = "Engineers"\n').mapping
    elsewhere = [
        person("zoe", dn="uid=zoe,dc=other"),
        record("cn=net,dc=other", ("objectClass", "groupOfNames"), ("cn", "net"), ("member", "uid=zoe,dc=other")),
    ]
    run(tmp_path, *elsewhere, mapping=mapping)
    Group.objects.get(name="Engineers").members.add(factories.make_employee("local"))

    run(tmp_path, person("amy"), group("net", "amy"), mapping=mapping)
    run(tmp_path, person("amy"), group("net"), mapping=mapping)

    assert members("Engineers") == ["local", "zoe"]


def test_what_another_decides_is_neither_written_nor_emptied(tmp_path):
    withheld = replace(
        DEFAULTS, withheld=frozenset({"phone", "title", "department", "manager", "photo", "further_addresses"})
    )
    run(tmp_path, person("amy", title="Pilot", ou="Sales"), person("bob"), mapping=withheld)
    assert (who("amy").title, who("amy").department) == ("", None)
    Employee.objects.filter(login="amy").update(title="Captain", phone="1", manager=who("bob"))

    report = run(
        tmp_path,
        person("amy", ("jpegPhoto", picture()), ("mail", "x@acme.example"), title="Pilot", telephoneNumber="2",
               manager=dn_of("amy")),
        person("bob"), mapping=withheld,
    )  # fmt: skip

    assert idle(report)
    assert (who("amy").title, who("amy").phone, who("amy").manager.login) == ("Captain", "1", "bob")


SUPPLEMENT = """
[authority]
phone = "payroll"
manager = "payroll"
[[sources]]
name = "payroll"
uri = "ldif:x"
supplements = "employee_number"
"""


def test_a_supplement_supplies_what_it_has_authority_over_and_makes_and_ends_nobody(tmp_path):
    file = parse_mapping(SUPPLEMENT)
    staff = [
        person(login, title="T", employeeNumber=number)
        for login, number in zip(["amy", "bob", "cy"], "123", strict=True)
    ]
    run(tmp_path, *staff, mapping=file.mapping_of(None))
    payroll = [
        person("p1", employeeNumber="1", telephoneNumber="77", title="X", manager="uid=p2,dc=pay", dn="uid=p1,dc=pay"),
        person("p2", employeeNumber="2", mail="", dn="uid=p2,dc=pay"),
        person("p9", employeeNumber="9", dn="uid=p9,dc=pay"),
    ]

    report = run(
        tmp_path, *payroll, mapping=file.mapping_of(file.sources[0]), name="payroll", supplements="employee_number"
    )

    assert (report.created, report.changed, report.deactivated, report.skipped) == (0, 1, 0, 1)
    amy = who("amy")
    assert (amy.phone, amy.title, amy.name, amy.manager.login) == ("77", "T", "Amy Rossi", "bob")
    assert Employee.objects.people().filter(is_active=True).count() == 3
    assert idle(run(tmp_path, *staff, mapping=file.mapping_of(None)))
    assert SyncRun.objects.filter(name="payroll").exists()


def test_a_supplement_changes_nobody_whom_it_finds_twice(tmp_path):
    file = parse_mapping(SUPPLEMENT)
    run(tmp_path, person("amy", employeeNumber="1"), person("bob", employeeNumber="1"))

    report = run(
        tmp_path, person("p1", employeeNumber="1", telephoneNumber="7", dn="uid=p1,dc=pay"),
        mapping=file.mapping_of(file.sources[0]), supplements="employee_number",
    )  # fmt: skip

    assert idle(report)
    assert "Several people here have the same employee_number" in report.warnings[-1]["reason"]
