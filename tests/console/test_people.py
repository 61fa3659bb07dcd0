"""The pages about people: who they are, what they may do and why, and nothing of what the reader may not see."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from directory.lines import MOST_ABOVE, keys_above, with_line
from directory.models import DirectoryGroup, Employee, MailAddress, SyncChange, SyncRun
from servicedesk.tickets.models import Queue
from tests import factories as make

from .test_budgets import statements

pytestmark = pytest.mark.django_db
Page = Callable[..., BeautifulSoup]
COMPANY = "dc=example,dc=com"


def words(soup: BeautifulSoup) -> str:
    return " ".join(soup.select_one("main").get_text(" ").split())


@pytest.fixture
def wei(network: Queue) -> Employee:
    """Somebody of whom everything is known."""
    engineers = make.make_group("net-eng", on=network, rights=("view_queue", "work_l2"))
    DirectoryGroup.objects.create(group=engineers, source=COMPANY, source_key="net-eng")
    boss = make.make_employee("boss", title="Head of networks", manager=make.make_employee("chief"))
    wei = make.make_employee(
        "wei", name="陈伟玲", title="Network engineer", groups=(engineers, make.make_group("chess club")), manager=boss,
        department=make.make_department(), location=make.make_location(), phone="+39 02 1234", source=COMPANY,
        source_key="wei",
    )  # fmt: skip
    make.make_photo(wei)
    make.make_employee("junior", manager=wei)
    MailAddress.objects.create(employee=wei, address="w.chen@example.com")
    for day in (3, 1):
        at = timezone.now() - timedelta(days=day)
        run = SyncRun.objects.create(source="ldif:x", started_at=at, finished_at=at, complete=True)
        SyncChange.objects.create(run=run, employee=wei, kind="changed", diff={"title": ["", "Network engineer"]})
    return wei


def managers_above(person: Employee) -> list[Employee]:
    keys = keys_above(with_line(Employee.objects.all()).get(pk=person.pk))
    return [Employee.objects.get(pk=key) for key in keys]


def test_a_person_is_shown_with_all_that_is_known(desk: Client, wei: Employee, page: Page) -> None:
    with time_machine.travel("2026-11-22 12:00:00+00:00", tick=False):
        soup = page("/desk/people/wei/")

    text = words(soup)
    assert soup.select_one(".page-head img.avatar.xl")["src"] == wei.photo_url
    for part in ("陈伟玲", "Network engineer", "Finance", "13:00 there", "wei@example.com", "w.chen@example.com",
                 f"directory {COMPANY}", "+39 02 1234"):  # fmt: skip
        assert part in text, part
    line = soup.select_one("ol.stack").get_text(" ", strip=True)
    assert line.index("Boss") < line.index("Chief")
    assert soup.select_one("a.person[href='/desk/people/junior/']")


def test_each_right_is_shown_with_the_group_that_gives_it(desk: Client, wei: Employee, page: Page) -> None:
    text = words(page("/desk/people/wei/"))

    assert "L2 on Network through group net-eng (directory dc=example,dc=com)" in text
    assert "chess club made here, members by hand gives no right here" in text


@pytest.mark.parametrize(("utc", "said"), [("22:59", "23:59 there"), ("23:30", "00:30 there, tomorrow")])
def test_the_time_there_names_another_day(desk: Client, wei: Employee, page: Page, utc: str, said: str) -> None:
    with time_machine.travel(f"2026-11-22 {utc}:00+00:00", tick=False):
        text = words(page("/desk/people/wei/"))

    assert said in text and (("tomorrow" in said) == ("there, tomorrow" in text))


def test_a_zone_that_nobody_knows_shows_no_time(desk: Client, wei: Employee, page: Page) -> None:
    Employee.objects.filter(pk=wei.pk).update(time_zone="Mars/Olympus")

    assert " there" not in words(page("/desk/people/wei/"))


def test_who_left_is_shown_as_such_and_without_rights(desk: Client, wei: Employee, page: Page) -> None:
    Employee.objects.filter(pk=wei.pk).update(is_active=False, deactivated_at=timezone.now())

    text = words(page("/desk/people/wei/"))

    assert "This person has left" in text and "Has left now" in text
    assert "net-eng" not in text and "What may this person do?" not in text


def test_the_run_that_changed_somebody_is_a_link_for_administrators(
    client: Client, network: Queue, wei: Employee, page: Page
) -> None:
    reader = make.make_agent(network)
    client.force_login(reader)
    assert not page("/desk/people/wei/").select("main a[href*='syncrun'], main a[href*='/settings/']")

    reader.groups.add(*make.make_administrator().groups.all())
    newest = SyncRun.objects.latest("finished_at")
    links = [link["href"] for link in page("/desk/people/wei/").select("main a[href]")]

    assert f"/settings/directory/runs/{newest.pk}/" in links
    assert "/settings/rights/people/wei/" in links


def test_only_tickets_that_the_reader_may_see_are_listed(
    desk: Client, network: Queue, wei: Employee, page: Page
) -> None:
    seen = make.make_incident(network, by=wei, title="Seen by the desk")
    make.make_incident(network, by=wei, title="A confidential matter", confidential=True)
    make.make_incident(make.make_queue("hr"), by=wei, title="Payslip of March")

    text = words(page("/desk/people/wei/"))

    assert seen.number in text and "confidential matter" not in text and "Payslip" not in text


def test_a_circle_of_managers_ends_where_it_closes() -> None:
    ann, bob, cid = (make.make_employee(login) for login in ("ann", "bob", "cid"))
    for person, manager in ((ann, bob), (bob, cid), (cid, bob)):
        person.manager = manager
        person.save()

    assert managers_above(ann) == [bob, cid]
    assert managers_above(bob) == [cid]
    ann.manager = ann
    ann.save()
    assert managers_above(ann) == []


def test_a_long_line_of_managers_is_cut(desk: Client, page: Page) -> None:
    person = None
    for number in range(MOST_ABOVE + 4):
        person = make.make_employee(f"rank{number}", manager=person)

    assert [one.login for one in managers_above(person)] == [f"rank{n}" for n in range(MOST_ABOVE + 2, 2, -1)]
    assert len(page(f"/desk/people/{person.login}/").select("ol li a.person")) == MOST_ABOVE


def test_left_people_are_found_by_a_filter(desk: Client, page: Page) -> None:
    make.make_employee("gone", is_active=False)
    make.make_employee("here")
    rows = {state: words(page("/desk/people/", state=state)) for state in ("", "left", "all", "odd")}

    assert "Here" in rows[""] and "Gone" not in rows[""] and rows["odd"] == rows[""]
    assert "Gone has left" in rows["left"] and "Here here@" not in rows["left"]
    assert "Gone" in rows["all"] and "here@" in rows["all"]
    nobody = page("/desk/people/", q="gone")
    assert "somebody else does" in words(nobody)
    assert "Gone" in words(page(f"/desk/people/{nobody.select_one('.empty a')['href']}"))


def test_people_are_filtered_by_department_and_location(desk: Client, page: Page) -> None:
    milan, finance = make.make_location(), make.make_department()
    make.make_employee("mia", location=milan, department=finance)
    make.make_employee("max", location=milan)

    assert "mia@" in words(page("/desk/people/", location="milan", department="finance"))
    assert "max@" not in words(page("/desk/people/", location="milan", department="finance"))
    assert "max@" in words(page("/desk/people/", location="milan"))
    chips = page("/desk/people/", location="milan", q="m").select(".chip")
    assert [chip.b.get_text() for chip in chips] == ["2", "0", "2"]
    assert all("location=milan" in chip["href"] and "q=m" in chip["href"] for chip in chips)


def test_a_page_of_people_and_a_person_keep_within_their_budget(client: Client, network: Queue, wei: Employee) -> None:
    reader = make.make_agent(network)
    reader.groups.add(*make.make_administrator().groups.all())
    client.force_login(reader)
    for number in range(60):
        person = make.make_employee(
            manager=wei, department=make.make_department(f"D{number}"), location=make.make_location(f"L{number}")
        )  # fmt: skip
        make.make_photo(person)
        make.make_incident(network, by=wei)
        wei.groups.add(make.make_group(on=make.make_queue(), rights=("view_queue", "work_l1")))

    assert len(statements(client, "/desk/people/?q=person")) <= 12
    found = statements(client, "/desk/people/wei/")
    assert len(found) <= 15, "\n".join(found)
