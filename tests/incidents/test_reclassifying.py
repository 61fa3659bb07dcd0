"""An incident becomes a service request and the other way round, with everything that hangs on it."""

from typing import Any

import pytest

from directory.models import Employee
from incidents.models import CatalogueItem, Incident, ServiceRequest
from incidents.requests.services import request_item
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.common.errors import InvalidPayload, NotPermitted, StaleVersion, WrongState
from servicedesk.outbox.models import Dispatch
from servicedesk.tickets.models import Approval, ApprovalRound, Message, Queue, Task, Ticket
from servicedesk.workflow import perform
from tests import factories as make

pytestmark = pytest.mark.django_db


FORM = [
    {"name": "size", "label": "Size", "kind": "choice", "required": True, "help": "", "choices": ["small", "large"]},
    {"name": "who", "label": "For the desk of", "kind": "person", "required": False, "help": "", "choices": []},
]


@pytest.fixture
def mouse(queue: Queue) -> CatalogueItem:
    return make.make_catalogue_item(queue, "Mouse")


@pytest.fixture
def laptop(queue: Queue) -> CatalogueItem:
    return make.make_catalogue_item(queue, "Laptop", rule=make.make_approval_rule("line_manager"), form=FORM)


@pytest.fixture
def incident(queue: Queue, alice: Employee) -> Incident:
    return make.make_incident(queue, by=alice, title="I have no mouse")


def to_request(incident: Ticket, by: Employee, item: CatalogueItem, **details: Any) -> Any:
    return perform(incident.specific, "reclassify", by=by, kind="request", catalogue_item=item.slug, **details)


def to_incident(request: Ticket, by: Employee) -> Any:
    return perform(request.specific, "reclassify", by=by, kind="incident")


def events(ticket: Ticket) -> list[str]:
    return list(Event.objects.filter(subject_id=ticket.pk).order_by("sequence").values_list("verb", flat=True))


def test_an_incident_goes_on_as_a_request(incident: Incident, agent: Employee, mouse: CatalogueItem) -> None:
    perform(incident, "note", by=agent, body="They only want one.")

    request = to_request(incident, agent, mouse)

    assert type(request) is ServiceRequest and request.pk == incident.pk
    assert request.number == incident.number.replace("INC", "REQ")
    assert request.state == "fulfilment" and request.catalogue_item == mouse and request.title == "I have no mouse"
    assert events(request)[-3:] == ["ticket.noted", "ticket.reclassified", "request.begun"]
    told = Event.objects.get(subject_id=request.pk, verb="ticket.reclassified")
    assert (told.source, told.target) == ("new", "submitted")
    assert told.details["kind_before"] == "incident" and told.details["catalogue_item"] == mouse.slug
    assert Message.objects.get(ticket=request.pk).body == "They only want one."
    assert not Incident.objects.filter(pk=request.pk).exists()
    assert Ticket.objects.get(pk=request.pk).specific == request
    assert perform(request, "fulfil", by=agent, text="It lies on your desk.").state == "fulfilled"
    assert verify().ok


def test_the_item_asks_and_its_rule_is_kept(incident: Incident, agent: Employee, lead: Employee, laptop: Any) -> None:
    with pytest.raises(InvalidPayload) as refused:
        to_request(incident, agent, laptop, answers={})
    assert "answers.size" in refused.value.errors
    assert Ticket.objects.get(pk=incident.pk).kind == "incident"

    request = to_request(incident, agent, laptop, answers={"size": "large", "who": "lead"})

    assert request.state == "awaiting_approval" and request.answers == {"size": "large", "who": lead.pk}
    assert list(Approval.objects.filter(ticket=request.pk).values_list("approver", flat=True)) == [lead.pk]
    assert perform(request, "decide", by=lead, verdict="approved").state == "fulfilment"


def test_the_tasks_of_the_item_come_beside_those_that_are_there(
    incident: Incident, agent: Employee, mouse: Any
) -> None:
    perform(incident, "add_task", by=agent, title="Ask which one")
    mouse.tasks.create(position=1, title="Fetch it", queue=mouse.queue)

    request = to_request(incident, agent, mouse)

    assert set(Task.objects.filter(ticket=request.pk).values_list("title", flat=True)) == {"Ask which one", "Fetch it"}


def test_what_is_not_offered_to_the_employee_is_refused(incident: Incident, agent: Employee, mouse: Any) -> None:
    mouse.departments.add(make.make_department("Legal"))

    with pytest.raises(InvalidPayload, match="not offered") as refused:
        to_request(incident, agent, mouse)

    assert list(refused.value.errors) == ["catalogue_item"]


def test_it_goes_to_the_desk_of_the_item(incident: Incident, agent: Employee) -> None:
    hr = make.make_queue("hr", tiers=1)
    perform(incident, "escalate", by=agent, diagnosis="Not ours.")
    item = make.make_catalogue_item(hr, "Badge")
    worker = make.make_agent(incident.queue, 2)

    request = to_request(incident, worker, item)

    assert (request.queue, request.tier, request.assignee) == (hr, 1, None)
    assert not Ticket.objects.visible_to(agent).filter(pk=request.pk).exists()


def test_a_request_goes_on_as_an_incident(agent: Employee, alice: Employee, lead: Employee, laptop: Any) -> None:
    request = request_item(
        by=alice, catalogue_item=laptop.slug, note="The old one smokes.", answers={"size": "small", "who": "lead"}
    )

    incident = to_incident(request, agent)

    assert type(incident) is Incident and incident.state == "new" and incident.number.startswith("INC")
    assert incident.description == f"The old one smokes.\n\nSize: small\nFor the desk of: {lead.name}"
    assert not Approval.objects.filter(ticket=request.pk, state="asked").exists()
    assert ApprovalRound.objects.get(ticket=request.pk).state == "withdrawn"
    assert not Ticket.objects.visible_to(lead).filter(pk=request.pk).exists()
    personal = Event.objects.get(subject_id=request.pk, verb="ticket.reclassified").personal_text.body
    assert "Size: small" in personal["answers_before"]
    assert perform(incident, "resolve", by=agent, code="fixed", text="Put out.").state == "resolved"
    assert verify().ok


def test_there_and_back_again(incident: Incident, agent: Employee, mouse: CatalogueItem) -> None:
    number = incident.number

    back = to_incident(to_request(incident, agent, mouse), agent)

    assert back.number == number and back.state == "new" and back.version > incident.version
    assert events(back).count("ticket.reclassified") == 2


def test_the_requester_and_other_technicians_may_not(incident: Incident, alice: Employee, mouse: Any) -> None:
    for stranger in (alice, make.make_agent(incident.queue, 2)):
        with pytest.raises(NotPermitted):
            to_request(incident, stranger, mouse)
    assert to_request(incident, make.make_coordinator(incident.queue), mouse).kind == "request"


def test_what_is_settled_stays_what_it_is(incident: Incident, agent: Employee, mouse: CatalogueItem) -> None:
    resolved = perform(incident, "resolve", by=agent, code="fixed", text="Here.")

    with pytest.raises(WrongState):
        to_request(resolved, agent, mouse)


def test_an_open_proposal_is_answered_first(queue: Queue, incident: Incident, agent: Employee, mouse: Any) -> None:
    coordinator = make.make_coordinator(queue)
    perform(incident, "set_priority", by=coordinator, impact="low", urgency="low")
    trainee = make.make_trainee(queue)
    perform(incident, "propose", by=trainee, kind="reply", body="Buy one.")

    with pytest.raises(WrongState, match="proposed"):
        to_request(incident, agent, mouse)


def test_a_confidential_one_stays_so(queue: Queue, alice: Employee, mouse: CatalogueItem) -> None:
    keeper = make.make_technician(queue, "view_queue", "work_l1", "view_confidential")
    incident = make.make_incident(queue, by=alice, confidential=True)
    hr = make.make_queue("hr", tiers=1)
    open_desk = make.make_catalogue_item(hr, "Badge")

    with pytest.raises(InvalidPayload, match="confidential"):
        to_request(incident, keeper, open_desk)

    assert to_request(incident, keeper, mouse).confidential


def test_an_old_page_is_told_that_it_is_old(incident: Incident, agent: Employee, mouse: CatalogueItem) -> None:
    version = incident.version
    perform(incident, "edit", by=agent, title="No mouse at all")

    with pytest.raises(StaleVersion):
        perform(incident, "reclassify", by=agent, expected_version=version, kind="request", catalogue_item=mouse.slug)


def test_whoever_acts_on_what_it_was_is_told(incident: Incident, agent: Employee, mouse: CatalogueItem) -> None:
    to_request(incident, agent, mouse)

    with pytest.raises(WrongState, match="another kind"):
        perform(incident, "start", by=agent)


def test_people_hear_of_it(incident: Incident, agent: Employee, mouse: CatalogueItem) -> None:
    request = to_request(incident, agent, mouse)

    told = Event.objects.get(subject_id=request.pk, verb="ticket.reclassified")
    assert Dispatch.objects.filter(key=f"event:{told.pk}:fan-out").exists()


def test_the_former_number_leads_on(client: Any, incident: Incident, agent: Employee, mouse: Any) -> None:
    number = incident.number
    request = to_request(incident, agent, mouse)

    client.force_login(agent)
    assert client.get(f"/desk/tickets/{number}/").url == f"/desk/tickets/{request.number}/"
    client.force_login(incident.requester)
    assert client.get(f"/tickets/{number}/").url == f"/tickets/{request.number}/"


def test_the_form_asks_what_the_chosen_item_asks(client: Any, incident: Incident, agent: Any, laptop: Any) -> None:
    client.force_login(agent)
    address = f"/desk/tickets/{incident.number}/reclassify/"

    plain = client.get(address).content.decode()
    asking = client.get(address, {"catalogue_item": laptop.slug}, HTTP_HX_REQUEST="true").content.decode()
    assert "field_size" not in plain and "field_size" in asking
    assert 'hx-trigger="change"' in asking and "hx-trigger" not in plain

    sent = {"version": incident.version, "kind": "request", "catalogue_item": laptop.slug}
    unanswered = client.post(address, sent)  # as a page without scripts sends it
    assert unanswered.status_code == 422 and "field_size" in unanswered.content.decode()
    made = client.post(address, {**sent, "field_size": "large"})

    request = ServiceRequest.objects.get(pk=incident.pk)
    assert made.status_code == 302 and made.url == f"/desk/tickets/{request.number}/"
    assert request.answers == {"size": "large"}
