"""Trying a mapping on one person: the text is only looked at, and nothing but what is configured is ever read."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from directory.ldap import preview as looking
from directory.models import Employee, SyncRun
from servicedesk.audit.models import Event
from tests import factories as make

from .test_directory import directory, words

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/directory/mapping/"
BOSS, AMY = "uid=boss,ou=People,dc=acme,dc=example", "uid=amy,ou=People,dc=acme,dc=example"
PEOPLE = f"""version: 1

dn: {BOSS}
objectClass: inetOrgPerson
entryUUID: 11111111-1111-4111-8111-111111111111
uid: boss
cn: The Boss
sn: Boss
mail: boss@acme.example

dn: {AMY}
objectClass: inetOrgPerson
entryUUID: 22222222-2222-4222-8222-222222222222
uid: amy
cn: Amy Adams
sn: Adams
mail: amy@acme.example
title: Clerk
employeeType: Baker
manager: {BOSS}
"""


@pytest.fixture
def acme(settings: Any, tmp_path: Path) -> Path:
    """A directory of two people, and the folder it lies in."""
    (tmp_path / "acme.ldif").write_text(PEOPLE)
    settings.DIRECTORY = directory(f"ldif:{tmp_path / 'acme.ldif'}")
    return tmp_path


def ask(client: Client, status: int = 200, **given: str) -> BeautifulSoup:
    response = client.post(ADDRESS, {"text": "", "who": "amy", **given})
    assert response.status_code == status, response.content[:2000]
    return BeautifulSoup(response.content, "html.parser")


def facts(soup: BeautifulSoup) -> dict[str, tuple[str, ...]]:
    """Fact → (value, attribute, who decides it)."""
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in soup.select("#preview tbody tr")
    ]
    return {label: tuple(rest) for label, *rest in rows}


def test_only_administrators_try_a_mapping(desk: Client, acme: Path) -> None:
    assert (desk.get(ADDRESS).status_code, desk.post(ADDRESS).status_code) == (403, 403)


@pytest.mark.parametrize("who", ["amy", "AMY", AMY, AMY.upper()])
def test_a_login_or_dn_shows_the_person_with_attribute_and_source(settings_desk: Client, acme: Path, who: str) -> None:
    found = facts(ask(settings_desk, who=who))

    assert found["Login"] == ("amy", "uid", "directory")
    assert found["Name"] == ("Amy Adams", "cn", "directory")
    assert found["Title"] == ("Clerk", "title", "directory")
    assert found["Manager"] == (BOSS.lower(), "manager", "directory")
    assert found["Phone"] == ("–", "–", "directory")


def test_the_copy_counts_and_not_the_file(settings_desk: Client, acme: Path) -> None:
    text = '[attributes]\ntitle = "employeeType"\n[authority]\nphone = "local"\n'

    found = facts(ask(settings_desk, text=text))

    assert found["Title"] == ("Baker", "employeetype", "directory")
    assert found["Phone"] == ("–", "–", "people here not from here")


def test_what_a_run_would_change_is_shown_and_nothing_is_written(settings_desk: Client, acme: Path) -> None:
    boss = make.make_employee(
        "boss", source="dc=acme,dc=example", source_key="uuid:11111111-1111-4111-8111-111111111111"
    )
    amy = make.make_employee(
        "amy", name="Amy Adams", email="amy@acme.example", family_name="Adams", title="Baker",
        source="dc=acme,dc=example", source_key="uuid:22222222-2222-4222-8222-222222222222",
    )  # fmt: skip
    other = make.make_employee("other", source="dc=acme,dc=example", source_key="uuid:3")
    before = list(Employee.objects.order_by("pk").values()), Event.objects.count()

    soup = ask(settings_desk)

    lines = [line.get_text(" ", strip=True) for line in soup.select("#preview .diff li")]
    assert "Title Baker becomes Clerk" in lines
    assert "Manager boss" in lines
    assert (list(Employee.objects.order_by("pk").values()), Event.objects.count()) == before
    assert not SyncRun.objects.exists()
    assert Employee.objects.active().filter(pk__in=(boss.pk, amy.pk, other.pk)).count() == 3


def test_somebody_new_would_join(settings_desk: Client, acme: Path) -> None:
    told = words(ask(settings_desk))

    assert "Joined" in told
    assert not Employee.objects.filter(login="amy").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"who": "nobody"}, "directory has no person with the login or DN “nobody”."),
        ({"who": "*"}, "directory has no person with the login or DN “*”."),
        ({"text": "["}, "the copy is no TOML"),
        ({"text": '[attributes]\ntitel = "title"'}, "the copy, attributes.titel: nothing is called so."),
        ({"text": "x" * 100_001}, "at most 100000 characters"),
        ({"source": "payroll"}, "payroll is not one of the available choices"),
    ],
)
def test_what_cannot_be_previewed_is_a_sentence_and_the_text_stays(
    settings_desk: Client, acme: Path, given: dict[str, str], sentence: str
) -> None:
    soup = ask(settings_desk, status=422, **given)

    assert sentence in words(soup)
    if "text" in given:
        assert soup.select_one("textarea").get_text().strip() == given["text"]


def test_the_copy_cannot_make_the_desk_read_another_source(settings_desk: Client, acme: Path) -> None:
    (acme / "other.ldif").write_text(PEOPLE.replace("amy", "zanzibar"))
    text = f'[[sources]]\nname = "other"\nuri = "ldif:{acme / "other.ldif"}"\n'

    soup = ask(settings_desk, status=422, text=text, who="zanzibar")

    assert "directory has no person" in words(soup)
    assert ask(settings_desk, status=422, text=text, who="zanzibar", source="other").select(".error-summary")


def test_a_file_too_large_for_a_page_is_not_begun(
    settings_desk: Client, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MAX_FILE_BYTES", 10)

    assert "is too large to be read within a page" in words(ask(settings_desk, status=422))


def test_a_server_that_is_not_there_is_a_sentence(settings_desk: Client, settings: Any) -> None:
    settings.DIRECTORY = directory("ldap://127.0.0.1:1/dc=acme,dc=example")

    assert "127.0.0.1" in words(ask(settings_desk, status=422))


def test_the_file_is_shown_with_its_faults_and_its_text_to_try_with(
    settings_desk: Client, settings: Any, acme: Path
) -> None:
    path = acme / "mapping.toml"
    path.write_text('[attributes]\ntitel = "title"\n')
    settings.DIRECTORY = directory(f"ldif:{acme / 'acme.ldif'}", mapping=str(path))

    soup = BeautifulSoup(settings_desk.get(ADDRESS).content, "html.parser")

    assert "mapping.toml, attributes.titel" in soup.select_one("main [role=alert]").get_text()
    assert "titel" in soup.select_one("main pre").get_text()
    assert "titel" in soup.select_one("textarea").get_text()
    ask(settings_desk, text="[attributes]\ntitle = 'cn'", who="")
    assert path.read_text() == '[attributes]\ntitel = "title"\n'


def test_with_scripts_only_the_preview_is_answered(settings_desk: Client, acme: Path) -> None:
    response = settings_desk.post(ADDRESS, {"text": "", "who": "amy"}, headers={"HX-Request": "true"})

    soup = BeautifulSoup(response.content, "html.parser")
    assert soup.select_one("#preview table") is not None
    assert soup.find("html") is None
