"""The rights inspector: it answers as the door decides, shows who left nowhere, and only looks."""

from collections.abc import Callable
from itertools import product

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from directory.models import DirectoryGroup, Employee
from directory.services import deactivate
from incidents.models import Incident
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.tickets.supposing import Stands, suppose
from servicedesk.workflow import machine_of, options, options_of
from tests import factories as make

from .test_budgets import statements

pytestmark = pytest.mark.django_db
Page = Callable[..., BeautifulSoup]


def words(soup: BeautifulSoup) -> str:
    return " ".join(soup.select_one("main").get_text(" ").split())


def names(soup: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in soup.select("tbody th a.title")]


def answers(soup: BeautifulSoup) -> dict[str, tuple[str, str]]:
    """Action → (answer, why not)."""
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in soup.select(".answers tbody tr")
    ]
    return {label: (answer, why) for label, answer, why in rows}


@pytest.fixture
def staff(network: Queue) -> dict[str, Employee]:
    return {
        "luca": make.make_agent(network, 1, "luca"),
        "wei": make.make_agent(network, 2, "wei"),
        "mara": make.make_manager(network, "mara"),
        "tina": make.make_trainee(network, "tina"),
        "quinn": make.make_analyst(network, "quinn"),
        "hana": make.make_technician(network, "view_queue", "work_l1", "view_confidential", login="hana"),
        "nobody": make.make_employee("nobody"),
    }


ADDRESSES = ("/settings/rights/", "/settings/rights/people/", "/settings/rights/people/luca/")


def test_only_administrators_inspect_rights(desk: Client) -> None:
    assert [desk.get(address).status_code for address in ADDRESSES] == [403, 403, 403]


def test_nothing_is_written_by_asking(settings_desk: Client, staff: dict[str, Employee]) -> None:
    assert [settings_desk.post(address).status_code for address in ADDRESSES] == [405, 405, 405]


def test_a_queue_shows_who_may_do_what_through_which_group(
    settings_desk: Client, network: Queue, staff: dict[str, Employee], page: Page
) -> None:
    group = make.make_group("net-eng", on=network, rights=("work_l2",))
    DirectoryGroup.objects.create(group=group, source="dc=example,dc=com", source_key="x")
    staff["luca"].groups.add(group)
    Employee.objects.filter(login="luca").update(source="dc=example,dc=com", source_key="luca")

    soup = page("/settings/rights/", queue="network")

    assert set(names(soup)) == {"Luca", "Wei", "Mara", "Tina", "Quinn", "Hana"}
    luca = next(row for row in soup.select("tbody tr") if "Luca" in row.get_text())
    cell = luca.select_one("td[data-label=L2]").get_text(" ", strip=True)
    assert cell == "net-eng"
    assert "net-eng directory dc=example,dc=com" in words(soup)
    assert not luca.select("td[data-label=Management]")
    counted = {chip.contents[0].strip(): chip.b.get_text() for chip in soup.select(".chip") if chip.b}
    assert counted["L2"] == "2" and counted["L1"] == "2" and counted["Sight"] == "5" and "L3" not in counted
    assert set(names(page("/settings/rights/", queue="network", right="work_l2"))) == {"Luca", "Wei"}
    assert names(page("/settings/rights/", queue="network", q="WE")) == ["Wei"]


def test_somebody_put_by_hand_into_a_group_of_the_directory_is_told(
    settings_desk: Client, network: Queue, staff: dict[str, Employee], page: Page
) -> None:
    DirectoryGroup.objects.create(group=staff["wei"].groups.get(), source="dc=example,dc=com", source_key="x")

    cell = page("/settings/rights/", q="wei").select_one("td[data-label=L2]")

    assert cell.get_text(" ", strip=True).endswith("by hand")


def test_who_left_is_in_no_table(settings_desk: Client, staff: dict[str, Employee], page: Page) -> None:
    Employee.objects.filter(login="luca").update(is_active=False)
    deactivate(staff["wei"])

    shown = {*names(page("/settings/rights/")), *names(page("/settings/rights/people/")),
             *names(page("/settings/rights/people/", q="luca"))}  # fmt: skip

    assert not {"Luca", "Wei"} & shown and "Mara" in shown
    assert "has left" in words(page("/settings/rights/people/luca/"))


@pytest.mark.parametrize(
    "query", [{"queue": "zzz"}, {"right": "zzz"}, {"page": "zzz"}, {"q": "\x00"}, {"page": "99999"}]
)
def test_odd_wishes_are_met_with_a_page(
    settings_desk: Client, staff: dict[str, Employee], page: Page, query: dict[str, str]
) -> None:
    assert page("/settings/rights/", **query) and page("/settings/rights/people/", **query)


def test_a_desk_without_queues_says_so(settings_desk: Client, page: Page) -> None:
    assert "No queue yet" in words(page("/settings/rights/"))
    assert "without rights" in words(page(f"/settings/rights/people/{make.make_employee().login}/"))


def test_people_without_rights_are_found_by_searching(
    settings_desk: Client, staff: dict[str, Employee], page: Page
) -> None:
    assert "Nobody" not in names(page("/settings/rights/people/"))
    assert names(page("/settings/rights/people/", q="nobody")) == ["Nobody"]


def test_a_hundred_people_are_a_page(settings_desk: Client, network: Queue, page: Page) -> None:
    group = make.make_group("crowd", on=network, rights=("view_queue",))
    for number in range(103):
        make.make_employee(f"crowd{number:03}", groups=(group,))

    first, second = page("/settings/rights/"), page("/settings/rights/", page="2")

    assert (len(names(first)), len(names(second))) == (100, 3)
    assert first.select_one(".pagination a[href*='page=2']")


STATES = ("new", "assigned", "in_progress", "pending", "resolved", "closed", "cancelled")


def test_a_ticket_that_is_supposed_is_decided_as_a_real_one(network: Queue, staff: dict[str, Employee]) -> None:
    """Law: the same looks, the same answers to every action, for everybody and however they are tied to it."""
    machine = machine_of(Incident)
    compared = 0
    real = make.make_incident(network, by=make.make_employee("asker"))
    for state, tier, impact, confidential in product(STATES, (1, 3), ("low", "high"), (False, True)):
        Ticket.objects.filter(pk=real.pk).update(
            state=state, is_open=state in STATES[:4], tier=tier, impact=impact, confidential=confidential
        )
        for stands, person in product(("", "concerned"), staff.values()):
            Ticket.objects.filter(pk=real.pk).update(requested_for=person if stands else real.requester)
            ticket = Incident.objects.select_related("queue").get(pk=real.pk)
            supposed = suppose(
                person, network, kind="incident", state=state, tier=tier, impact=impact, confidential=confidential,
                stands=stands,
            )  # fmt: skip
            by_thought = {o.name: (o.allowed, o.kind, o.needs_override) for o in options_of(machine, supposed)}
            assert by_thought == {o.name: (o.allowed, o.kind, o.needs_override) for o in options(ticket, person)}, (
                state,
                tier,
                impact,
                confidential,
                stands,
                person.login,
            )
            compared += 1
    assert compared == 7 * 2 * 2 * 2 * 2 * 7


@pytest.mark.parametrize("stands", Stands.values)
def test_how_somebody_is_tied_to_a_ticket_counts(
    settings_desk: Client, network: Queue, staff: dict[str, Employee], page: Page, stands: str
) -> None:
    soup = page("/settings/rights/people/nobody/", queue="network", stands=stands)

    if not stands:
        assert "does not exist for this person" in words(soup)
    else:
        assert answers(soup)["Follow"][0] == "Allowed"
        assert (answers(soup)["Cancel the ticket"][0] == "Allowed") == (stands == "requester")


def test_every_action_is_answered_in_words(settings_desk: Client, staff: dict[str, Employee], page: Page) -> None:
    soup = page("/settings/rights/people/luca/", tier="2", state="in_progress")
    told = answers(soup)

    chosen = {select["name"]: select.select_one("[selected]") for select in soup.select("form select")}
    shown = {name: option["value"] for name, option in chosen.items() if option}
    assert shown == {"queue": "network", "state": "in_progress", "tier": "2", "impact": "medium"} | (
        {"stands": ""} if "stands" in shown else {}
    )

    assert told["Internal note"] == ("Allowed", "")
    assert told["Resolve"] == (
        "Refused",
        "“Resolve” on this ticket is for people who work tier 2 of Network. Ask one of them.",
    )
    told = answers(page("/settings/rights/people/wei/", queue="network", tier="2", state="resolved"))
    assert told["Resolve"] == ("Refused", "This ticket is “Resolved”: “Resolve” is not possible in this state.")
    told = answers(page("/settings/rights/people/mara/", queue="network", state="in_progress"))
    assert told["Resolve"] == ("With a reason", "As a manager, giving a reason in writing.")
    assert len(told) == len(machine_of(Incident).actions)


def test_a_real_ticket_is_answered_as_its_own_page_does(
    client: Client, network: Queue, staff: dict[str, Employee], page: Page
) -> None:
    reader = make.make_administrator("ada")
    reader.groups.add(make.make_group(on=network, rights=("view_queue",)))
    client.force_login(reader)
    ticket = make.make_incident(network, by=staff["nobody"])
    for person in staff.values():
        told = answers(page(f"/settings/rights/people/{person.login}/", ticket=ticket.number.lower()))

        offered = {o.label: o for o in options(ticket, person)}
        if not any(o.kind != "hidden" for o in offered.values()):
            assert told == {}
            continue
        assert {label: answer in ("Allowed", "With a reason") for label, (answer, _why) in told.items()} == {
            label: o.allowed for label, o in offered.items()
        }


@pytest.mark.parametrize("which", ["confidential", "of another desk", "not there", "no number"])
def test_a_ticket_that_the_administrator_may_not_see_is_not_told_from_none(
    client: Client, network: Queue, staff: dict[str, Employee], which: str
) -> None:
    reader = make.make_administrator("ada")
    reader.groups.add(make.make_group(on=network, rights=("view_queue",)))
    client.force_login(reader)
    number = {
        "confidential": make.make_incident(network, confidential=True).number,
        "of another desk": make.make_incident(make.make_queue("hr")).number,
        "not there": "INC-999999",
        "no number": "a printer",
    }[which]

    answer = client.get("/settings/rights/people/hana/", {"ticket": number})

    soup = BeautifulSoup(answer.content, "html.parser")
    assert answer.status_code == 422 and not soup.select(".answers")
    assert (
        soup.select_one(".error-summary")
        .get_text(" ", strip=True)
        .endswith("There is no such ticket, or you may not see it.")
    )


def test_a_tier_that_the_queue_has_not_is_refused(settings_desk: Client, page: Page) -> None:
    make.make_queue("hr", tiers=1, name="HR")
    make.make_employee("luca")

    told = words(page("/settings/rights/people/luca/", 422, queue="hr", tier="2"))

    assert "HR has no tier 2: its highest is 1. Choose that one or a lower one." in told


def test_the_inspector_keeps_within_its_budget(settings_desk: Client, network: Queue, page: Page) -> None:
    ticket = make.make_incident(network, by=make.make_employee("asker"))
    reader = Employee.objects.get(login="ada")
    reader.groups.add(make.make_group(on=network, rights=("view_queue",)))
    for number in range(12):
        group = make.make_group(on=network, rights=("view_queue", "work_l1", "work_l2"))
        for _member in range(3):
            person = make.make_employee(groups=(group,), department=make.make_department(f"D{number}"))
            make.make_photo(person)
        person.groups.add(make.make_group(on=make.make_queue(), rights=("view_queue",)))

    one = f"people/{person.login}/"
    budget = {"": 12, "?right=work_l2&q=person": 12, "people/": 12, "people/?q=person": 12, one: 12,
              f"{one}?queue=network&tier=2": 12, f"{one}?ticket={ticket.number}": 15}  # fmt: skip
    for address, most in budget.items():
        assert len(statements(settings_desk, f"/settings/rights/{address}")) <= most, address
