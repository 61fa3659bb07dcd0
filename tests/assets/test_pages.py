"""The pages of assets: who gets in, what they show, what they ask of the database, and what is refused how."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assets.models import Asset, AssetType, ImportFile, StockItem
from directory.models import Employee
from directory.services import deactivate
from incidents.models import Incident
from servicedesk.outbox import services as outbox
from servicedesk.tickets import sweeps
from servicedesk.tickets.models import Ticket
from servicedesk.workflow import carry_out, perform
from tests import factories as make

from . import making

pytestmark = pytest.mark.django_db

LIST, RECORD = 12, 15


@pytest.fixture
def agent(db: None) -> Employee:
    return make.make_agent(make.make_queue("service", is_default=True), 1, "ada")


@pytest.fixture
def as_person(db: None) -> Callable[[Employee], Client]:
    def signed_in(person: Employee) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


def statements(client: Client, address: str) -> list[str]:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return [one["sql"] for one in captured]


def busy(keeper: Employee, second: Employee, alice: Employee, laptop: AssetType, number: int) -> Asset:
    """An asset with a long life and a lot around it."""
    asset = making.make_asset(keeper, laptop, tag=f"LT-{number}")
    for _round in range(number):
        asset = making.bring(asset, "pending_return", keeper=keeper, holder=alice, second=second)
        asset = perform(asset, "take_back", by=second, condition="good", wiped="yes")
        place = make.make_location(f"Site {number} {_round}")
        asset = perform(asset, "edit", by=keeper, location=place.slug, condition="worn")
        other = making.make_asset(keeper, laptop)
        perform(asset, "relate", by=keeper, kind="depends_on", other=other.number)
        perform(other, "relate", by=keeper, kind="depends_on", other=asset.number)
        ticket = make.make_incident(make.make_queue(), by=alice)
        carry_out(ticket, "link_asset", by=make.make_agent(ticket.queue), details={"asset": asset.number})
    return making.bring(asset, "in_use", keeper=keeper, holder=alice, second=second)


def test_a_record_and_a_list_ask_the_same_however_much_there_is(
    keeper: Employee, second: Employee, alice: Employee, laptop: AssetType, agent: Employee, as_person: Any
) -> None:
    small, large = (busy(keeper, second, alice, laptop, number) for number in (1, 4))
    for person in (keeper, agent):
        client = as_person(person)
        few, many = (statements(client, f"/desk/assets/{asset.number}/") for asset in (small, large))
        assert len(many) <= len(few) and len(many) <= RECORD, (person, many)
        before = len(statements(client, "/desk/assets/"))
        for _number in range(3):
            making.make_asset(keeper, laptop, location=make.make_location().slug)
        for query in ("", "?q=lapt", "?show=held&type=laptop&sort=person", "?location=milan"):
            found = statements(client, f"/desk/assets/{query}")
            assert len(found) <= LIST, (query, found)
        assert len(statements(client, "/desk/assets/")) <= before
    making.make_item(keeper, quantity=4)
    for address in ("/desk/assets/stock/", "/settings/assets/", "/desk/assets/new/?type=laptop"):
        assert len(statements(as_person(keeper), address)) <= LIST, address
    assert len(statements(as_person(keeper), f"/desk/assets/stock/{StockItem.objects.get().number}/")) <= RECORD
    assert len(statements(as_person(alice), "/equipment/")) <= LIST


def test_an_employee_sees_what_they_have_and_nothing_else(
    asset: Asset, keeper: Employee, alice: Employee, laptop: AssetType, as_person: Any
) -> None:
    theirs = making.make_asset(keeper, laptop, tag="LT-9001", notes="zanzibar", cost="1234.00")
    perform(theirs, "hand_over", by=keeper, employee=make.make_employee("bob").login, terms="zanzibar terms")
    perform(asset, "hand_over", by=keeper, employee=alice.login, terms="Look after it.")
    client = as_person(alice)

    page = client.get("/equipment/").content.decode()

    assert "LT-0382" in page and "Look after it." in page
    assert "LT-9001" not in page and "zanzibar" not in page
    for number, expected in ((asset.number, 200), (theirs.number, 404), ("AST-999999", 404)):
        for move in ("accept", "decline"):
            assert client.get(f"/equipment/{number}/{move}/").status_code == expected
    assert client.post(f"/equipment/{theirs.number}/decline/", {"version": 2, "reason": "x"}).status_code == 404
    assert client.get(f"/equipment/{asset.number}/retire/").status_code == 404
    for address in (
        "/desk/assets/", f"/desk/assets/{asset.number}/", "/desk/assets/export/", "/desk/assets/stock/",
        "/desk/assets/import/", "/settings/assets/", f"/desk/assets/labels/?number={theirs.number}",
    ):  # fmt: skip
        assert client.get(address).status_code == 403, address


def test_somebody_signs_on_the_page(asset: Asset, keeper: Employee, alice: Employee, as_person: Any) -> None:
    asset = perform(asset, "hand_over", by=keeper, employee=alice.login, terms="Look after it.")
    client, address = as_person(alice), f"/equipment/{asset.number}/accept/"

    wrong = client.post(address, {"version": asset.version, "signature": "Somebody Else"})
    stale = client.post(address, {"version": asset.version - 1, "signature": alice.name})
    done = client.post(address, {"version": asset.version, "signature": alice.name}, follow=True)

    assert (wrong.status_code, stale.status_code) == (422, 409)
    assert "Somebody Else" in wrong.content.decode() and "was changed since you opened it" in stale.content.decode()
    assert "You have signed for LT-0382" in done.content.decode()
    asset.refresh_from_db()
    assert asset.state == "in_use"
    again = client.post(address, {"version": asset.version, "signature": alice.name}, follow=True)
    assert "not possible in this state" in again.content.decode()


def test_a_problem_is_reported_with_ones_own_equipment(
    asset: Asset, keeper: Employee, second: Employee, alice: Employee, agent: Employee, as_person: Any
) -> None:
    making.bring(asset, "in_use", keeper=keeper, holder=alice, second=second)
    theirs = making.make_asset(keeper)
    client = as_person(alice)
    assert f'value="{asset.number}" selected' in client.get(f"/report/?asset={asset.number}").content.decode()

    foreign = client.post("/report/", {"title": "It is broken", "asset": theirs.number})
    done = client.post("/report/", {"title": "It is broken", "asset": asset.number}, follow=True)

    assert foreign.status_code == 422 and Ticket.objects.count() == 1
    assert "LT-0382" in done.content.decode()
    ticket = Incident.objects.get()
    assert [link.asset for link in ticket.asset_links.all()] == [asset]
    desk = as_person(agent).get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert f"/desk/assets/{asset.number}/" in desk
    assert "asset" not in as_person(agent).get("/report/").content.decode().split("<main")[1].split("</main")[0]


def test_workers_link_what_is_theirs_to_see_and_take_it_off(
    asset: Asset, agent: Employee, alice: Employee, as_person: Any
) -> None:
    ticket = make.make_incident(agent.groups.get().queuegroupobjectpermission_set.first().content_object, by=alice)
    client, page = as_person(agent), f"/desk/tickets/{ticket.number}"

    missing = client.post(f"{page}/link_asset/", {"version": ticket.version, "asset": "LT-0000"})
    done = client.post(f"{page}/link_asset/", {"version": ticket.version, "asset": "lt-0382"}, follow=True)

    assert missing.status_code == 422 and "no such asset" in missing.content.decode()
    assert "LT-0382" in done.content.decode()
    assert ticket.number in client.get(f"/desk/assets/{asset.number}/").content.decode()
    client.post(f"{page}/unlink_asset/", {"version": ticket.version, "asset": asset.number})
    assert not asset.ticket_links.exists()


def test_a_confidential_ticket_is_absent_from_the_assets_page(
    asset: Asset, agent: Employee, alice: Employee, as_person: Any
) -> None:
    queue = make.make_queue("hr")
    hana = make.make_technician(queue, "view_queue", "work_l1", "view_confidential", login="hana")
    before = as_person(agent).get(f"/desk/assets/{asset.number}/").content.decode().split("<main")[1]
    secret = make.make_incident(queue, by=alice, title="A zanzibar-title matter", confidential=True)
    carry_out(secret, "link_asset", by=hana, details={"asset": asset.number})

    after = as_person(agent).get(f"/desk/assets/{asset.number}/").content.decode().split("<main")[1]

    assert "zanzibar" not in after and secret.number not in after
    strip = lambda text: [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line]  # noqa: E731
    assert strip(after) == strip(before)
    assert secret.number in as_person(hana).get(f"/desk/assets/{asset.number}/").content.decode()


def test_what_it_cost_is_for_those_who_manage_it(keeper: Employee, agent: Employee, as_person: Any) -> None:
    asset = making.make_asset(keeper, tag="LT-1", cost="1234.50", supplier="Zanzibar Ltd", notes="zanzibar-note")
    for person, expected in ((keeper, True), (agent, False)):
        page = as_person(person).get(f"/desk/assets/{asset.number}/").content.decode()
        file = b"".join(as_person(person).get("/desk/assets/export/").streaming_content).decode()
        assert ("1234.50" in page, "zanzibar-note" in page.split("What happened")[0]) == (expected, expected)
        assert ("1234.50" in file, "Zanzibar Ltd" in file) == (expected, expected)


def test_a_form_of_an_action_keeps_what_was_written(
    asset: Asset, keeper: Employee, alice: Employee, as_person: Any
) -> None:
    client, address = as_person(keeper), f"/desk/assets/{asset.number}/hand_over/"
    assert "You look after it" in client.get(address).content.decode()

    wrong = client.post(address, {"version": asset.version, "employee": "nobody", "terms": "Mind the screen"})
    perform(asset, "edit", by=keeper, name="Loan")
    stale = client.post(address, {"version": asset.version, "employee": "alice", "terms": "Mind the screen"})
    done = client.post(address, {"version": asset.version + 1, "employee": "alice", "terms": "Mind the screen"})

    assert (wrong.status_code, stale.status_code, done.status_code) == (422, 409, 302)
    assert "Mind the screen" in wrong.content.decode() and "Mind the screen" in stale.content.decode()
    asset.refresh_from_db()
    assert asset.state == "pending_acceptance" and asset.holder == alice


def test_an_asset_is_added_with_the_fields_of_its_type(keeper: Employee, as_person: Any) -> None:
    fields = [
        {"label": "Memory", "kind": "choice", "choices": ["16 GB", "32 GB"], "required": True},
        {"label": "Screen", "kind": "number"}, {"label": "Prepared by", "kind": "person"},
    ]  # fmt: skip
    kind = making.configure(keeper, fields)
    client = as_person(keeper)
    assert "Choose the type first" in client.get("/desk/assets/new/").content.decode()
    assert "Memory" in client.get(f"/desk/assets/new/?type={kind.slug}").content.decode()

    wrong = client.post("/desk/assets/new/", {"type": kind.slug, "tag": "LT-5", "field_screen": "large"})
    done = client.post(
        "/desk/assets/new/",
        {"type": kind.slug, "tag": "LT-5", "field_memory": "32 GB", "field_screen": "13.5", "field_prepared_by": "kim"},
        follow=True,
    )

    assert wrong.status_code == 422 and "LT-5" in wrong.content.decode()
    page = done.content.decode()
    assert "32 GB" in page and "13.5" in page and "Kim" in page
    asset = Asset.objects.get()
    assert asset.answers == {"memory": "32 GB", "screen": "13.5", "prepared_by": keeper.pk}
    edited = client.post(
        f"/desk/assets/{asset.number}/edit/", {"version": 1, "tag": "LT-5", "field_memory": "16 GB"}, follow=True
    )
    assert "16 GB" in edited.content.decode() and "13.5" in edited.content.decode()


def test_a_changed_type_loses_no_answer(keeper: Employee, as_person: Any) -> None:
    kind = making.configure(keeper, [{"label": "Memory", "kind": "choice", "choices": ["16 GB"]}])
    asset = making.make_asset(keeper, kind, field_memory="16 GB")
    client = as_person(keeper)
    rows = {
        "fields-TOTAL_FORMS": "2", "fields-INITIAL_FORMS": "1", "fields-0-name": "memory", "fields-0-label": "RAM",
        "fields-0-kind": "choice", "fields-0-choices": "32 GB", "fields-0-retired": "on", "fields-1-label": "Colour",
        "fields-1-kind": "text",
    }  # fmt: skip

    done = client.post(
        f"/settings/assets/types/{kind.slug}/",
        {"version": kind.version, "name": "Laptop", "icon": "device-laptop", "is_active": "on", **rows},
    )

    assert done.status_code == 302, done.content.decode()
    page = client.get(f"/desk/assets/{asset.number}/").content.decode()
    assert "RAM" in page and "16 GB" in page
    form = client.get(f"/desk/assets/{asset.number}/edit/").content.decode()
    assert "Colour" in form and "RAM" not in form
    stale = client.post(
        f"/settings/assets/types/{kind.slug}/", {"version": kind.version, "name": "X", "icon": "phone", **rows}
    )
    assert stale.status_code == 409


def test_makers_and_models_are_there_once(keeper: Employee, laptop: AssetType, as_person: Any) -> None:
    client = as_person(keeper)
    assert client.post("/settings/assets/makers/new/", {"name": "Lenovo"}).status_code == 302
    assert client.post("/settings/assets/makers/new/", {"name": "LENOVO"}).status_code == 422
    model = {"type": "laptop", "maker": "lenovo", "name": "T14", "model_number": "21", "is_active": "on"}
    assert client.post("/settings/assets/models/new/", model).status_code == 302
    assert client.post("/settings/assets/models/new/", model).status_code == 422
    assert "Lenovo T14" in client.get("/settings/assets/").content.decode()


def test_stock_is_issued_on_its_page(keeper: Employee, alice: Employee, agent: Employee, as_person: Any) -> None:
    item = making.make_item(keeper, "Mouse", 1)
    client, page = as_person(keeper), f"/desk/assets/stock/{item.number}"
    assert "Issue" in client.get(f"{page}/").content.decode()

    done = client.post(f"{page}/issue/", {"version": item.version, "quantity": "1", "employee": "alice"}, follow=True)
    gone = client.post(f"{page}/issue/", {"version": item.version + 1, "quantity": "1", "employee": "alice"})

    assert "Alice Rossi" in done.content.decode() and gone.status_code == 409
    assert "Nothing is left" in gone.content.decode()
    assert as_person(agent).get(f"{page}/").status_code == 200
    assert as_person(agent).post(f"{page}/receive/", {"version": item.version + 1, "quantity": "5"}).status_code == 403
    assert "Mouse" in as_person(agent).get("/desk/people/alice/").content.decode()


def test_a_person_page_shows_their_equipment(
    asset: Asset, keeper: Employee, alice: Employee, agent: Employee, as_person: Any
) -> None:
    perform(asset, "hand_over", by=keeper, employee=alice.login, terms="x")

    assert asset.number in as_person(agent).get("/desk/people/alice/").content.decode()


def test_a_label_leads_to_the_asset(asset: Asset, agent: Employee, as_person: Any) -> None:
    page = as_person(agent).get(f"/desk/assets/labels/?number={asset.number}&number=AST-999999").content.decode()

    assert page.count("data:image/svg+xml;base64,") == 1 and "LT-0382" in page


def test_a_search_for_one_tag_opens_it(asset: Asset, agent: Employee, as_person: Any) -> None:
    for text in ("lt-0382", asset.number.lower(), "pf3kq7"):
        answer = as_person(agent).get(f"/desk/assets/?q={text}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/assets/{asset.number}/")


def test_those_concerned_hear_of_it_and_nobody_of_their_own_deed(
    asset: Asset, keeper: Employee, alice: Employee, settings: Any
) -> None:
    settings.BASE_URL = "https://desk.example.com"
    asset = perform(asset, "hand_over", by=keeper, employee=alice.login, terms="Look after it.")
    outbox.drain()
    asset = perform(asset, "decline", by=alice, reason="Scratched.")
    outbox.drain()

    first, last = mail.outbox
    assert first.to == ["Alice Rossi <alice@example.com>"] and "Look after it." in first.body
    assert "https://desk.example.com/equipment/" in first.body
    assert last.to == ["Kim <kim@example.com>"] and "Scratched." in last.body
    perform(asset, "hand_over", by=keeper, employee=keeper.login, terms="Mine")
    outbox.drain()
    assert len(mail.outbox) == 2


def test_who_lost_the_asset_meanwhile_is_not_told(asset: Asset, keeper: Employee, alice: Employee) -> None:
    asset = perform(asset, "hand_over", by=keeper, employee=alice.login, terms="Look after it.")
    perform(asset, "decline", by=alice, reason="No.")
    outbox.drain()

    assert [message.to[0] for message in mail.outbox] == ["Kim <kim@example.com>"]


def test_the_clock_takes_back_what_waits_for_who_left(asset: Asset, keeper: Employee, alice: Employee) -> None:
    perform(asset, "hand_over", by=keeper, employee=alice.login, terms="x")
    assert sweeps.run()["assets"]["decline"] == 0
    deactivate(alice)

    assert sweeps.run()["assets"]["decline"] == 1
    asset.refresh_from_db()
    assert asset.state == "in_stock"


CSV = (
    "Asset Tag,Serial,Category,Manufacturer,Model Name,Status,Checked Out To: Username\n"
    "LT-1,S1,Laptop,Lenovo,T14,Ready to Deploy,\nLT-2,S2,Laptop,Lenovo,T14,Deployed,alice\nLT-3,S3,Laptop,,,Gone,\n"
)


def test_a_list_is_looked_at_before_it_is_imported(
    keeper: Employee, second: Employee, alice: Employee, as_person: Any
) -> None:
    client = as_person(keeper)
    file = BytesIO(CSV.encode())
    file.name = "list.csv"

    looked = client.post("/desk/assets/import/", {"file": file}, follow=True)

    page, kept = looked.content.decode(), ImportFile.objects.get()
    assert "Line" in page and "Gone" in page and not Asset.objects.exists()
    address = f"/desk/assets/import/{kept.uuid}/"
    assert as_person(second).get(address).status_code == 404
    assert as_person(second).post(f"{address}run/").status_code == 404
    assert client.get(f"{address}run/").status_code == 405
    done = client.post(f"{address}run/")
    assert "The list is taken over" in done.content.decode()
    assert Asset.objects.count() == 2 and not ImportFile.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"one,two\n1,2\n", b"Asset Tag\x00\n"])
def test_what_is_no_list_is_refused_in_a_sentence(keeper: Employee, as_person: Any, content: bytes) -> None:
    file = BytesIO(content)
    file.name = "list.csv"

    answer = as_person(keeper).post("/desk/assets/import/", {"file": file})

    assert answer.status_code == 422 and not ImportFile.objects.exists()


def test_what_fails_with_an_asset_is_drawn_and_told_in_a_table(client: Client, keeper: Employee, asset: Asset) -> None:
    switch, server, app = asset, *(making.make_asset(keeper, name=name) for name in ("Server <b>", "Payroll"))
    perform(server, "relate", by=keeper, kind="depends_on", other=switch.number)
    perform(app, "relate", by=keeper, kind="depends_on", other=server.number)
    client.force_login(keeper)

    page = BeautifulSoup(client.get(f"/desk/assets/{switch.number}/").content, "html.parser")

    boxes = page.select(".impact-map .node")
    assert [box.text for box in page.select(".impact-map text:not(.under)")] == [switch.what, "Server <b>", "Payroll"]
    assert len(page.select(".impact-map path")) == 2 and boxes[0]["class"] == ["node", "first"]
    (table,) = [one for one in page.select("table") if one.caption.text == "What fails with it"]
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in table.select("tbody tr")]
    assert rows == [["at once", switch.label, ""], ["over 2 steps", server.label, ""]]


def test_a_large_impact_is_drawn_in_part_and_says_so(client: Client, keeper: Employee, asset: Asset) -> None:
    for number in range(40):
        perform(
            making.make_asset(keeper, name=f"N{number}"), "relate", by=keeper, kind="depends_on", other=asset.number
        )
    client.force_login(keeper)

    page = BeautifulSoup(client.get(f"/desk/assets/{asset.number}/").content, "html.parser")

    assert len(page.select(".impact-map .node")) == 31
    assert "10 more are not drawn." in page.text and "40 assets fail with it." in page.text
