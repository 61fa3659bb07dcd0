"""The catalogue, a request's page, the inbox of approvals, and being away: as people meet them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.absences import go_away
from directory.models import Absence, Employee
from incidents.models import CatalogueItem, ServiceRequest
from incidents.requests.services import request_item
from servicedesk.tickets.models import Approval, Queue, Ticket
from servicedesk.workflow import perform
from tests import factories as make

from .conftest import signed_in

pytestmark = pytest.mark.django_db

FORM = [
    {"label": "Model", "kind": "choice", "choices": ["Big", "Small"], "required": True},
    {"label": "Until", "kind": "date"},
]


@pytest.fixture
def lead(alice: Employee) -> Employee:
    lead = make.make_employee("lead", name="Lena Lead")
    Employee.objects.filter(pk=alice.pk).update(manager=lead)
    alice.refresh_from_db()
    return lead


@pytest.fixture
def laptop(network: Queue, lead: Employee) -> CatalogueItem:
    return make.make_catalogue_item(network, "Laptop", rule=make.make_approval_rule("line_manager"), form=FORM)


@pytest.fixture
def asked(alice: Employee, laptop: CatalogueItem) -> ServiceRequest:
    return request_item(by=alice, catalogue_item=laptop.slug, answers={"model": "Big"})


def test_the_catalogue_shows_what_is_offered_and_nothing_else(
    as_alice: Client, laptop: CatalogueItem, network: Queue
) -> None:
    hidden = make.make_catalogue_item(network, "Company car")
    hidden.groups.add(make.make_group("drivers"))

    for path in ("/catalogue/", "/catalogue/?q=work", "/"):
        page = as_alice.get(path).content.decode()
        assert "Laptop" in page and "Company car" not in page
    assert as_alice.get("/catalogue/laptop/").status_code == 200
    assert as_alice.get("/catalogue/company-car/").status_code == 404
    assert as_alice.post("/catalogue/company-car/", {"field_model": "x"}).status_code == 404
    assert not Ticket.objects.exists()


def test_asking_from_the_page(as_alice: Client, alice: Employee, laptop: CatalogueItem) -> None:
    answer = as_alice.post("/catalogue/laptop/", {"field_model": "Small", "note": "Please hurry"})

    request = ServiceRequest.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/tickets/{request.number}/"
    assert (request.requester, request.answers, request.state) == (alice, {"model": "Small"}, "awaiting_approval")
    page = as_alice.get(answer["Location"]).content.decode()
    assert "Small" in page and "Lena Lead" in page and "Waiting for a decision" in page


def test_a_fault_stands_at_its_field_and_nothing_is_lost(as_alice: Client, laptop: CatalogueItem) -> None:
    answer = as_alice.post("/catalogue/laptop/", {"field_model": "", "field_until": "soon", "note": "kept text"})

    page = answer.content.decode()
    assert answer.status_code == 422 and "kept text" in page and "id_field_model" in page and "soon" in page
    assert not Ticket.objects.exists()


def test_nobody_asks_for_somebody_else_unless_they_may(
    as_alice: Client, alice: Employee, charlie: Employee, lead: Employee, laptop: CatalogueItem
) -> None:
    as_alice.post("/catalogue/laptop/", {"field_model": "Small", "requested_for": "charlie"})
    assert {request.requested_for for request in ServiceRequest.objects.all()} <= {alice}

    today = timezone.localdate()
    go_away(charlie, starts_on=today, ends_on=today + timedelta(days=2), delegate=alice)
    Employee.objects.filter(pk=charlie.pk).update(manager=lead)
    answer = as_alice.post("/catalogue/laptop/", {"field_model": "Small", "requested_for": "charlie"})
    newest = ServiceRequest.objects.order_by("-pk").first()
    assert answer.status_code == 302 and newest is not None
    assert (newest.requester, newest.requested_for) == (alice, charlie)


def test_a_technician_asks_for_a_caller(as_luca: Client, alice: Employee, laptop: CatalogueItem) -> None:
    laptop.groups.add(make.make_group("staff"))
    alice.groups.add(make.make_group("staff"))
    assert as_luca.get("/catalogue/laptop/").status_code == 404
    assert as_luca.get("/catalogue/laptop/?requested_for=alice").status_code == 200

    answer = as_luca.post("/catalogue/laptop/", {"field_model": "Small", "requested_for": "alice"})

    assert answer.status_code == 302
    assert ServiceRequest.objects.get().requester == alice


def test_the_inbox_and_the_decision(asked: ServiceRequest, lead: Employee, as_charlie: Client) -> None:
    client = signed_in(lead)
    assert "Laptop" in client.get("/approvals/").content.decode()
    assert "Laptop" not in as_charlie.get("/approvals/").content.decode()
    assert "waits for your decision" in client.get("/").content.decode()
    address = f"/tickets/{asked.number}/decide/"
    page = client.get(address).content.decode()
    assert "Big" in page and as_charlie.get(address).status_code == 404

    refused = client.post(address, {"version": asked.version, "verdict": "rejected", "comment": ""})
    assert refused.status_code == 422 and "Say why you reject it" in refused.content.decode()
    assert client.post(address, {"verdict": "approved"}).status_code == 422, "a decision names what it read"

    assert client.post(address, {"version": asked.version, "verdict": "approved"})["Location"] == "/approvals/"
    asked.refresh_from_db()
    assert asked.state == "fulfilment"
    page = client.get("/approvals/").content.decode()
    assert "Nothing waits for you" in page and asked.number in page


def test_what_was_edited_meanwhile_is_not_approved_unseen(
    asked: ServiceRequest, lead: Employee, luca: Employee
) -> None:
    perform(asked, "edit", by=luca, title="Ten laptops")

    answer = signed_in(lead).post(
        f"/tickets/{asked.number}/decide/", {"version": asked.version, "verdict": "approved", "comment": "my words"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409 and "my words" in page and "Ten laptops" in page
    assert Ticket.objects.get(pk=asked.pk).state == "awaiting_approval"


def test_a_delegate_finds_it_and_a_decided_secret_is_gone(
    alice: Employee, lead: Employee, charlie: Employee, network: Queue
) -> None:
    rule = make.make_approval_rule("line_manager")
    item = make.make_catalogue_item(network, "Advance on salary", rule=rule, confidential=True)
    today = timezone.localdate()
    go_away(lead, starts_on=today, ends_on=today, delegate=charlie)
    request = request_item(by=alice, catalogue_item=item.slug)
    client = signed_in(charlie)
    assert "In place of Lena Lead" in client.get("/approvals/").content.decode()

    sent = {"version": request.version, "verdict": "approved"}
    assert client.post(f"/tickets/{request.number}/decide/", sent).status_code == 302

    assert Approval.objects.get().decided_by == charlie
    assert "Advance on salary" not in client.get("/approvals/").content.decode()


def test_standing_in_gives_no_sight_of_what_is_about_oneself(
    alice: Employee, lead: Employee, charlie: Employee, network: Queue
) -> None:
    """A secret about Charlie waits for Lena, who then names Charlie as delegate."""
    rule = make.make_approval_rule("line_manager")
    item = make.make_catalogue_item(network, "Warning letter", rule=rule, confidential=True)
    Employee.objects.filter(pk=charlie.pk).update(manager=lead)
    agent = make.make_agent(network, 1)
    request = request_item(by=agent, catalogue_item=item.slug, requested_for=charlie)
    ServiceRequest.objects.filter(pk=request.pk).update(requester=alice)
    Approval.objects.update(requester=alice)
    today = timezone.localdate()
    go_away(lead, starts_on=today, ends_on=today, delegate=charlie)

    client = signed_in(charlie)
    assert "Warning letter" not in client.get("/approvals/").content.decode()
    for path in ("", "decide/"):
        assert client.get(f"/tickets/{request.number}/{path}").status_code == 404


def test_revise_confirm_and_reopen_from_the_page(
    as_alice: Client, asked: ServiceRequest, lead: Employee, luca: Employee
) -> None:
    perform(asked, "decide", by=lead, verdict="rejected", comment="Too big")
    page = as_alice.get(f"/tickets/{asked.number}/").content.decode()
    assert "Too big" in page and f"/tickets/{asked.number}/revise/" in page
    form = as_alice.get(f"/tickets/{asked.number}/revise/").content.decode()
    assert "field_model" in form
    asked.refresh_from_db()

    sent = {"version": asked.version, "field_model": "Small"}
    assert as_alice.post(f"/tickets/{asked.number}/revise/", sent).status_code == 302

    asked.refresh_from_db()
    assert (asked.state, asked.answers) == ("awaiting_approval", {"model": "Small"})
    request = perform(asked, "decide", by=lead, verdict="approved")
    request = perform(request, "fulfil", by=luca, text="It lies on **your desk**.")
    page = as_alice.get(f"/tickets/{asked.number}/").content.decode()
    assert "What was done" in page and "<strong>your desk</strong>" in page and "Yes, it is done" in page
    sent = {"version": request.version}
    assert as_alice.post(f"/tickets/{asked.number}/confirm/", sent).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "closed"


def test_actions_of_another_kind_are_refused(as_alice: Client, ticket: Ticket) -> None:
    for name in ("decide", "revise"):
        assert as_alice.get(f"/tickets/{ticket.number}/{name}/").status_code == 403
        assert as_alice.post(f"/tickets/{ticket.number}/{name}/", {"version": 1}).status_code == 403


def test_saying_changing_and_ending_an_absence(as_alice: Client, alice: Employee, charlie: Employee) -> None:
    today = timezone.localdate()
    later = today + timedelta(days=3)
    wrong = as_alice.post("/profile/away/", {"starts_on": later, "ends_on": today, "delegate": "alice"})
    assert wrong.status_code == 422 and "The last day is before the first one." in wrong.content.decode()

    sent = {"starts_on": today, "ends_on": later, "delegate": "Charlie Costa"}
    assert as_alice.post("/profile/away/", sent).status_code == 302
    assert Absence.objects.get().delegate == charlie
    assert "Charlie Costa decides for you" in as_alice.get("/profile/").content.decode()
    assert 'value="charlie"' in as_alice.get("/profile/away/").content.decode()
    assert "Alice Amato until" in signed_in(charlie).get("/profile/").content.decode()

    assert as_alice.post("/profile/away/end/").status_code == 302
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/tickets/{number}/", 15), ("/tickets/{number}/decide/", 15), ("/approvals/", 12), ("/catalogue/", 12),
        ("/catalogue/laptop/", 12), ("/", 12), ("/profile/", 12),
    ],
)  # fmt: skip
def test_each_page_has_its_budget(asked: ServiceRequest, lead: Employee, laptop: CatalogueItem, path: str, most: int):
    deputy = make.make_employee("deputy")
    go_away(lead, starts_on=timezone.localdate(), ends_on=timezone.localdate(), delegate=deputy)
    client = signed_in(lead)
    address = path.format(number=asked.number)
    client.get(address)

    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    # What middlewares ask of the session and of rights is not the page's.
    assert len(captured) <= most + 2, [query["sql"][:150] for query in captured]
