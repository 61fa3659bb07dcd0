"""The settings: what can be changed, what is refused at its field, and two administrators at once."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.test import Client

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.tickets import grants
from servicedesk.tickets.models import Category, Queue, Tag
from tests import factories as make

pytestmark = pytest.mark.django_db
Page = Callable[..., BeautifulSoup]


def fields_of(soup: BeautifulSoup) -> dict[str, str]:
    """What the form of the page would send as it stands."""
    sent = {}
    for tag in soup.select("main form [name]"):
        if tag.get("type") == "checkbox" and not tag.has_attr("checked"):
            continue
        chosen = tag.select_one("option[selected]")
        usual = "on" if tag.get("type") == "checkbox" else ""
        sent[tag["name"]] = chosen["value"] if chosen else tag.get("value", usual)
    return sent


def errors_of(content: bytes) -> str:
    soup = BeautifulSoup(content, "html.parser")
    return " ".join(tag.get_text(" ") for tag in soup.select(".error-summary, .field .error"))


def test_only_administrators_open_the_settings(desk: Client, network: Queue) -> None:
    for address in ("", "queues/", "queues/new/", "queues/network/", "categories/", "tags/", "roles/"):
        assert desk.get(f"/settings/{address}").status_code == 403
    assert desk.post("/settings/queues/new/", {"name": "Mine", "tiers": 1}).status_code == 403
    assert not Queue.objects.filter(name="Mine").exists()


def test_an_administrator_without_a_desk_is_led_to_pages_that_open(settings_desk: Client, page: Page) -> None:
    soup = page("/settings/")

    for link in soup.select("header a[href^='/'], nav a[href^='/'], main a[href^='/']"):
        assert settings_desk.get(link["href"]).status_code == 200, link["href"]


def test_a_queue_is_made_named_and_made_the_default(settings_desk: Client, network: Queue, page: Page) -> None:
    made = settings_desk.post("/settings/queues/new/", {"name": "Payroll", "tiers": 2, "is_default": "on"})

    queue = Queue.objects.get(slug="payroll")
    network.refresh_from_db()
    assert made.status_code == 302 and queue.is_default and queue.tiers == 2 and not network.is_default
    sent = fields_of(page("/settings/queues/payroll/")) | {"name": "Pay and leave"}
    assert settings_desk.post("/settings/queues/payroll/", sent).status_code == 302
    queue.refresh_from_db()
    assert queue.name == "Pay and leave" and queue.is_default


@pytest.mark.parametrize("place", ["queues", "tags"])
def test_a_list_with_counts_names_its_order(settings_desk: Client, place: str) -> None:
    """A counting statement forgets the order of the model, and the plan of the day decides."""
    assert settings_desk.get(f"/settings/{place}/").context[place].ordered


@pytest.mark.parametrize("name", ["New", "new!", "NEW"])
def test_a_queue_called_new_has_an_address_of_its_own(settings_desk: Client, page: Page, name: str) -> None:
    settings_desk.post("/settings/queues/new/", {"name": name, "tiers": 1})
    settings_desk.post("/settings/categories/new/", {"name": name})

    for model, place in ((Queue, "queues"), (Category, "categories")):
        made = model.objects.get(name=name)
        assert made.slug != "new"
        assert page(f"/settings/{place}/{made.slug}/").select_one("input[name=name]")["value"] == name


def test_the_default_queue_can_neither_step_down_nor_close(settings_desk: Client, network: Queue, page: Page) -> None:
    sent = fields_of(page("/settings/queues/network/"))

    stepped = settings_desk.post("/settings/queues/network/", {k: v for k, v in sent.items() if k != "is_default"})
    closed = settings_desk.post("/settings/queues/network/", {k: v for k, v in sent.items() if k != "is_active"})

    assert stepped.status_code == closed.status_code == 422
    assert "needs a default queue" in errors_of(stepped.content)
    assert "is the default queue" in errors_of(closed.content)


def test_tiers_with_open_tickets_stay(settings_desk: Client, network: Queue, alice: Employee, page: Page) -> None:
    ticket = make.make_incident(network, by=alice)
    type(ticket).objects.filter(pk=ticket.pk).update(tier=3)

    answer = settings_desk.post(
        "/settings/queues/network/", fields_of(page("/settings/queues/network/")) | {"tiers": "2"}
    )

    network.refresh_from_db()
    assert answer.status_code == 422 and network.tiers == 3
    assert "1 ticket of Network is open or just resolved above tier 2" in errors_of(answer.content)


def test_a_category_moves_with_all_below_it_and_never_under_itself(settings_desk: Client, page: Page) -> None:
    for name, parent in (("Hardware", ""), ("Printers", "hardware"), ("Toner", "printers"), ("Supplies", "")):
        assert settings_desk.post("/settings/categories/new/", {"name": name, "parent": parent}).status_code == 302

    moved = settings_desk.post(
        "/settings/categories/printers/", fields_of(page("/settings/categories/printers/")) | {"parent": "supplies"}
    )
    circle = settings_desk.post(
        "/settings/categories/supplies/", fields_of(page("/settings/categories/supplies/")) | {"parent": "toner"}
    )

    assert moved.status_code == 302
    assert Category.objects.get(slug="toner").path == "Supplies › Printers › Toner"
    assert circle.status_code == 422 and "itself or below it" in errors_of(circle.content)
    depths = {row.a.get_text(): row["class"][-1] for row in page("/settings/categories/").select(".depth")}
    assert depths == {"Hardware": "depth-0", "Supplies": "depth-0", "Printers": "depth-1", "Toner": "depth-2"}


@pytest.mark.parametrize("name", ["printers", "Printers ", "PRINTERS", "Printer's", "Printer"])
def test_near_duplicates_are_refused_everywhere(settings_desk: Client, name: str) -> None:
    for address in ("queues/new/", "categories/new/", "tags/"):
        assert settings_desk.post(f"/settings/{address}", {"name": "Printers", "tiers": "1"}).status_code == 302
        answer = settings_desk.post(f"/settings/{address}", {"name": name, "tiers": "1"})
        assert answer.status_code == 422 and "already: use that one" in errors_of(answer.content), address
        # what was typed is still there
        assert BeautifulSoup(answer.content, "html.parser").select_one("input[name=name]")["value"] == name
    assert Queue.objects.count() == Category.objects.count() == Tag.objects.count() == 1


def test_a_tag_is_respelled_and_kept(settings_desk: Client, network: Queue, alice: Employee) -> None:
    settings_desk.post("/settings/tags/", {"name": "wifi"})
    make.make_incident(network, by=alice).tags.add(Tag.objects.get())

    assert settings_desk.post("/settings/tags/wifi/", {"name": "Wi-Fi"}).status_code == 302
    soup = BeautifulSoup(settings_desk.get("/settings/tags/").content, "html.parser")
    assert "Wi-Fi" in soup.get_text() and "on 1 ticket" in soup.get_text()


def test_two_administrators_at_once_see_what_the_other_saved(settings_desk: Client, network: Queue, page: Page) -> None:
    mine = fields_of(page("/settings/queues/network/")) | {"description": "My long description"}
    other = Client()
    other.force_login(make.make_administrator("olga"))
    other.post("/settings/queues/network/", mine | {"description": "Cables", "tiers": "2"})

    refused = settings_desk.post("/settings/queues/network/", mine)

    text = BeautifulSoup(refused.content, "html.parser")
    assert refused.status_code == 409
    news = text.select_one("[role=alert]").get_text(" ")
    assert "Olga changed it" in news and "Description: Cables" in news and "Tiers: 2" in news
    assert "My long description" in str(text.select_one("input[name=description]"))
    network.refresh_from_db()
    assert network.description == "Cables"
    again = settings_desk.post("/settings/queues/network/", fields_of(text))
    network.refresh_from_db()
    assert again.status_code == 302 and (network.description, network.tiers) == ("My long description", 3)


def test_a_form_without_a_version_saves_nothing(settings_desk: Client, network: Queue) -> None:
    answer = settings_desk.post("/settings/queues/network/", {"name": "Other", "tiers": 3, "is_active": "on"})

    network.refresh_from_db()
    assert answer.status_code == 422 and network.name == "Network"


def test_rights_on_a_queue_are_given_and_taken(settings_desk: Client, network: Queue, page: Page) -> None:
    group = make.make_group("helpers")
    address = f"/settings/roles/{group.pk}/network/"

    assert settings_desk.post(address, {"rights": ["view_queue", "work_l1"]}).status_code == 302
    assert grants.rights_of(group, network) == {"view_queue", "work_l1"}
    assert "Work tier 1" in page("/settings/roles/").get_text()
    blind = settings_desk.post(address, {"rights": ["work_l1"]})
    assert blind.status_code == 422 and "has no effect" in errors_of(blind.content)
    assert settings_desk.post(address, {}).status_code == 302
    assert grants.rights_of(group, network) == frozenset()
    assert Event.objects.filter(verb="queue.rights_changed").count() == 2


def test_the_right_to_configure_can_be_given_and_the_last_one_not_taken(settings_desk: Client, page: Page) -> None:
    mine, group = Group.objects.get(name="administrators of the test"), make.make_group("more administrators")
    make.make_employee("olga", groups=(group,))
    everywhere = f"/settings/roles/{group.pk}/"

    last = settings_desk.post(f"/settings/roles/{mine.pk}/", {})
    given = settings_desk.post(everywhere, {"rights": ["tickets.configure_desk"]})

    assert last.status_code == 409 and "give another group the right" in last.content.decode()
    assert given.status_code == 302
    assert grants.register_rights_of(group) == {"tickets.configure_desk"}
    assert page(everywhere).select_one("input[value='tickets.configure_desk']").has_attr("checked")
    assert settings_desk.post(f"/settings/roles/{mine.pk}/", {}).status_code == 302
    # Who takes their own right signs in again without it.
    assert settings_desk.get("/settings/")["Location"].startswith("/login/")
    settings_desk.force_login(mine.members.get())
    assert settings_desk.get("/settings/").status_code == 403
