"""The directory's pages for administrators: where people come from, every run person by person, open alarms."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from directory.models import SourceState, SyncAlarm, SyncChange, SyncRun
from servicedesk.audit.models import Event
from servicedesk.settings.environment import DirectoryEnvironment
from tests import factories as make

from .test_budgets import statements

pytestmark = pytest.mark.django_db
Page = Callable[..., BeautifulSoup]
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PEOPLE = "servicedesk/demo/company.ldif"


def directory(uri: str = "", **given: Any) -> DirectoryEnvironment:
    values = {"bind_dn": "", "password": "", "ca_file": "", "starttls": False, "mapping": ""}
    return DirectoryEnvironment(uri=uri, **(values | given))


def words(soup: BeautifulSoup) -> str:
    return " ".join(soup.select_one("main").get_text(" ").split())


def a_run(**given: Any) -> SyncRun:
    values = {"source": "ldif:/srv/people", "started_at": AT, "finished_at": AT + timedelta(seconds=3),
              "complete": True}  # fmt: skip
    return SyncRun.objects.create(**(values | given))


def an_alarm(run: SyncRun, about: str = "uid=amy,dc=example", **given: Any) -> SyncAlarm:
    values = {"kind": SyncAlarm.Kind.LOGIN_REUSED, "source": "dc=example", "about": about, "raised_at": AT,
              "reason": "The login amy was used before by Amy, who left."}  # fmt: skip
    return SyncAlarm.objects.create(run=run, **(values | given))


def changes(run: SyncRun, number: int) -> None:
    kinds = SyncChange.Kind.values
    for one in range(number):
        SyncChange.objects.create(
            run=run, employee=make.make_employee(), kind=kinds[one % 3], diff={"title": ["Clerk", "Baker"]}
        )


def test_the_pages_are_for_administrators_and_only_look(desk: Client, settings: Any) -> None:
    addresses = ("/settings/directory/", "/settings/directory/alarms/", f"/settings/directory/runs/{a_run().pk}/")
    assert [desk.get(address).status_code for address in addresses] == [403, 403, 403]
    desk.force_login(make.make_administrator())
    assert [desk.post(address).status_code for address in addresses] == [405, 405, 405]


def test_without_a_directory_the_page_says_which_variables_to_set(settings_desk: Client, page: Page) -> None:
    told = words(page("/settings/directory/"))

    assert "No directory is configured" in told
    for name in ("DIRECTORY_URI", "DIRECTORY_BIND_DN", "DIRECTORY_PASSWORD_FILE", "DIRECTORY_MAPPING"):
        assert name in told
    assert "No run yet." in told


def test_a_source_shows_its_address_without_the_password_and_why_the_last_run_was_refused(
    settings_desk: Client, page: Page, settings: Any
) -> None:
    settings.DIRECTORY = directory(
        "ldaps://dc1.example.com/dc=example,dc=com", bind_dn="cn=reader,dc=example,dc=com", password="zanzibar"
    )
    SourceState.objects.create(
        name="directory", uri="ldaps://dc1.example.com", last_good_at=AT, last_full_at=AT, last_tried_at=AT,
        last_refusal="dc1.example.com does not answer.",
    )  # fmt: skip

    soup = page("/settings/directory/")

    told = words(soup)
    assert "ldaps://dc1.example.com" in told
    assert "cn=reader,dc=example,dc=com" in told
    assert "zanzibar" not in str(soup)
    assert "dc1.example.com does not answer." in told
    assert soup.select_one("main .card .status").get_text(strip=True) == "Refused"


def test_a_configuration_that_cannot_be_used_is_told_fault_by_fault(
    settings_desk: Client, page: Page, settings: Any, tmp_path: Path
) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[attributes]\nlogin = "*"\ntitel = "title"\n')
    settings.DIRECTORY = directory(f"ldif:{PEOPLE}", mapping=str(mapping))

    alerts = [alert.get_text(" ", strip=True) for alert in page("/settings/directory/").select("main [role=alert]")]

    assert len(alerts) == 2
    assert "attributes.login" in "".join(alerts)
    assert "attributes.titel" in "".join(alerts)


def test_the_last_runs_lead_to_their_pages(settings_desk: Client, page: Page) -> None:
    old = a_run(started_at=AT - timedelta(days=900))
    runs = [a_run(started_at=AT + timedelta(hours=hour), name="directory") for hour in range(20)]

    links = [link["href"] for link in page("/settings/directory/").select("tbody th a.title")]

    assert links == [f"/settings/directory/runs/{run.pk}/" for run in reversed(runs)]
    assert str(old.pk) not in links


def test_a_run_shows_before_and_after_by_field_and_leads_to_the_person(settings_desk: Client, page: Page) -> None:
    amy = make.make_employee("amy")
    run = a_run(seen=3, changed=1, confirmed=True, warnings=[{"person": "uid=bob", "reason": "There is no mail."}])
    diff = {"title": ["Clerk", "Baker"], "is_active": ["no", "yes"], "later_field": ["", "x"]}
    SyncChange.objects.create(run=run, employee=amy, kind="changed", diff=diff)

    soup = page(f"/settings/directory/runs/{run.pk}/")

    lines = [line.get_text(" ", strip=True) for line in soup.select(".diff li")]
    assert lines == ["Title Clerk becomes Baker", "Works here no becomes yes", "later_field x"]
    assert soup.select_one("tbody th a")["href"] == "/settings/rights/people/amy/"
    told = words(soup)
    assert "There is no mail." in told
    assert "A person let more people leave than one run may take." in told


@pytest.mark.parametrize(
    ("given", "outcome", "sentence"),
    [
        ({}, "Carried out", "Nobody changed."),
        ({"complete": False}, "Carried out in part", "The source was not read whole"),
        ({"refused": "12 of 40 people would lose their account."}, "Refused", "12 of 40 people would lose"),
    ],
)
def test_a_run_says_how_it_ended(
    settings_desk: Client, page: Page, given: dict[str, Any], outcome: str, sentence: str
) -> None:
    soup = page(f"/settings/directory/runs/{a_run(**given).pk}/")

    assert soup.select_one(".page-head .status").get_text(strip=True) == outcome
    assert sentence in words(soup)


def test_people_of_a_run_are_filtered_by_what_happened_and_paged(settings_desk: Client, page: Page) -> None:
    run = a_run()
    changes(run, 102)
    address = f"/settings/directory/runs/{run.pk}/"

    soup = page(address)

    assert {chip.contents[0].strip(): chip.b.get_text() for chip in soup.select(".chip")} == {
        "Everybody": "102", "Joined": "34", "Changed": "34", "Left": "34",
    }  # fmt: skip
    assert len(soup.select("tbody tr")) == 100
    assert len(page(address, page=2).select("tbody tr")) == 2
    left = page(address, kind="left")
    assert {cell.get_text() for cell in left.select("tbody td:nth-child(2)")} == {"Left"}
    assert len(page(address, kind="nonsense", page="x").select("tbody tr")) == 100


@pytest.mark.parametrize("number", ["99999999", "9" * 30])
def test_a_run_that_is_not_there_is_not_found(settings_desk: Client, page: Page, number: str) -> None:
    page(f"/settings/directory/runs/{number}/", status=404)


def test_a_person_whose_login_no_address_can_hold_is_named_without_a_link(settings_desk: Client, page: Page) -> None:
    run = a_run()
    SyncChange.objects.create(run=run, employee=make.make_employee("a/b", name="Slash"), kind="joined", diff={})

    cell = page(f"/settings/directory/runs/{run.pk}/").select_one("tbody th")

    assert (cell.get_text(), cell.a) == ("Slash", None)


def test_open_alarms_are_shown_here_and_announced_on_the_settings(settings_desk: Client, page: Page) -> None:
    run, ada = a_run(), make.make_employee("looker")
    an_alarm(run, employee=make.make_employee("amy"))
    an_alarm(run, about="uid=old,dc=example", looked_at=AT, looked_by=ada)

    told = words(page("/settings/directory/"))

    assert "uid=amy,dc=example" in told
    assert "uid=old,dc=example" not in told
    assert "1 alarm of the directory waits" in words(page("/settings/"))
    settled = words(page("/settings/directory/alarms/"))
    assert "uid=old,dc=example" in settled
    assert "Looker has looked" in settled
    assert "uid=amy,dc=example" not in settled


def test_whoever_looked_at_an_alarm_says_so(settings_desk: Client, page: Page) -> None:
    alarm = an_alarm(a_run(), employee=make.make_employee("amy"))
    form = page("/settings/directory/").select_one("#alarms form")

    answers = [settings_desk.post(form["action"], follow=True) for _twice in range(2)]

    alarm.refresh_from_db()
    assert alarm.looked_by is not None
    assert page("/settings/directory/").select_one("#alarms form") is None
    assert "The alarm is settled" in answers[0].content.decode()
    assert "Somebody has looked at this alarm already" in answers[1].content.decode()
    assert Event.objects.filter(verb="directory.alarm_settled").count() == 1


@pytest.mark.parametrize(
    ("ago", "label"), [(timedelta(hours=25), "Up to date"), (timedelta(hours=27), "Overdue"), (None, "Overdue")]
)
def test_a_source_that_was_not_read_in_time_is_marked(
    settings_desk: Client, page: Page, settings: Any, ago: timedelta | None, label: str
) -> None:
    settings.DIRECTORY = directory(f"ldif:{PEOPLE}")
    at = timezone.now() - ago if ago else None
    SourceState.objects.create(
        name="directory", uri="ldif:x", last_good_at=at, last_full_at=at, last_tried_at=timezone.now()
    )

    soup = page("/settings/directory/")

    assert soup.select_one("main .card .status").get_text(strip=True) == label
    assert ("Overdue" in words(soup)) == (label == "Overdue")


def test_more_people_alarms_and_runs_are_not_more_statements(settings_desk: Client, settings: Any) -> None:
    settings.DIRECTORY = directory(f"ldif:{PEOPLE}")
    run = a_run()
    looker = make.make_employee()
    addresses = {"/settings/directory/": 9, "/settings/directory/alarms/": 6, f"/settings/directory/runs/{run.pk}/": 8}

    def fill(number: int) -> None:
        changes(run, number)
        for _one in range(number):
            an_alarm(run, about=f"open {SyncAlarm.objects.count()}", employee=make.make_employee())
            about = f"settled {SyncAlarm.objects.count()}"
            an_alarm(run, about=about, employee=make.make_employee(), looked_at=AT, looked_by=looker)
        a_run()

    fill(1)
    few = {address: len(statements(settings_desk, address)) for address in addresses}
    fill(20)
    many = {address: len(statements(settings_desk, address)) for address in addresses}

    assert few == many
    assert {address: count for address, count in many.items() if count > addresses[address]} == {}
