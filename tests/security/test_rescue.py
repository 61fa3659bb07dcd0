"""The rescue pages: for administrators only, nothing confidential, and no way around the door."""

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from directory import tokens
from directory.models import ApiToken, Employee, SyncRun
from directory.services import system_employee
from servicedesk.audit import services as audit
from servicedesk.audit.models import Event
from servicedesk.common.time import now
from servicedesk.outbox.models import Dispatch
from servicedesk.tickets.models import Ticket
from servicedesk.ui.rescue import site
from tests import factories as make

pytestmark = pytest.mark.django_db
INCIDENTS = "/admin/incidents/incident/"


@pytest.fixture
def queue():
    return make.make_queue("network", is_default=True)


@pytest.fixture
def admin(client: Client) -> Employee:
    """An administrator who sees no queue."""
    person = make.make_administrator("adam")
    client.force_login(person)
    return person


@pytest.fixture
def working_admin(client: Client, queue) -> Employee:
    """An administrator who also works tier 1 of the queue."""
    person = make.make_administrator("wanda")
    person.groups.add(make.make_group(on=queue, rights=("view_queue", "work_l1")))
    client.force_login(person)
    return person


def tables() -> list:
    """Every model with a page. They are registered when the addresses are read."""
    get_resolver().url_patterns  # noqa: B018 - reads them
    assert len(site._registry) >= 14
    return list(site._registry)


def changelist(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def act(client: Client, address: str, action: str, *rows, **more):
    return client.post(address, {"action": action, "_selected_action": [row.pk for row in rows], **more})


def one_of_each(queue) -> dict[str, object]:
    """A row in every table that has a page."""
    person = make.make_employee("tess", department=make.make_department(), location=make.make_location())
    incident = make.make_incident(queue, by=person)
    tokens.issue(person, by=system_employee("console"))
    make.make_category(queue=queue)
    make.make_tag()
    audit.seal()
    SyncRun.objects.create(source="ldif:people.ldif", started_at=now(), finished_at=now(), complete=True)
    return {"incident": incident}


def test_every_page_opens_for_an_administrator_and_for_nobody_else(client: Client, queue, working_admin) -> None:
    one_of_each(queue)
    addresses = ["/admin/", "/admin/tickets/"]
    for model in tables():
        rows = site._registry[model].get_queryset(_request_of(working_admin))
        assert rows.exists(), f"nothing to show of {model.__name__}"
        addresses += [changelist(model), f"{changelist(model)}{rows.first().pk}/change/"]

    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
    client.force_login(make.make_manager(queue))
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 403)
    client.logout()
    for address in addresses:
        assert client.get(address).headers["Location"] == f"/login/?next={address}"


def _request_of(employee: Employee):
    request = RequestFactory().get("/admin/")
    request.user = employee
    return request


def test_nothing_can_be_added_edited_or_deleted(client: Client, queue, working_admin) -> None:
    one_of_each(queue)
    for model in tables():
        row = site._registry[model].get_queryset(_request_of(working_admin)).first()
        before = model.objects.filter(pk=row.pk).values().get()
        for tail in ("add/", f"{row.pk}/delete/", f"{row.pk}/history/"):
            assert client.post(changelist(model) + tail, {"post": "yes"}).status_code in (302, 404)
            assert client.get(changelist(model) + tail, follow=True).status_code == 404
        assert client.post(f"{changelist(model)}{row.pk}/change/", {"title": "x", "name": "x"}).status_code == 403
        act(client, changelist(model), "delete_selected", row, post="yes")
        assert model.objects.filter(pk=row.pk).values().get() == before


def test_an_administrator_sees_no_tickets_by_that_role(client: Client, queue, admin) -> None:
    incident = make.make_incident(queue, title="CANARY of the network")
    dispatch = Dispatch.objects.create(kind="mail", key="about-the-canary", payload={"ticket": incident.pk})
    event = Event.objects.get(subject_id=incident.pk, verb="incident.created")

    for address in (INCIDENTS, "/admin/tickets/ticket/", "/admin/audit/event/", "/admin/outbox/dispatch/"):
        page = client.get(address).content.decode()
        assert "CANARY" not in page and "incident.created" not in page and "about-the-canary" not in page
    for address in (f"{INCIDENTS}{incident.pk}/", f"/admin/tickets/ticket/{incident.pk}/",
                    f"/admin/audit/event/{event.pk}/", f"/admin/outbox/dispatch/{dispatch.pk}/"):  # fmt: skip
        assert client.get(f"{address}change/", follow=True).status_code == 200  # back to the index
        assert "CANARY" not in client.get(f"{address}change/", follow=True).content.decode()


def test_confidential_tickets_are_not_here_even_for_those_who_may_read_them(client: Client, queue, admin) -> None:
    admin.groups.add(make.make_group(on=queue, rights=("view_queue", "work_l1", "view_confidential")))
    incident = make.make_incident(queue, title="CANARY of the board", confidential=True)
    events = Event.objects.filter(subject_id=incident.pk, verb="incident.created")

    page = client.get("/admin/audit/event/").content.decode()
    assert f"/admin/audit/event/{events.get().pk}/" not in page
    assert "CANARY" not in client.get(INCIDENTS).content.decode()
    assert act(client, INCIDENTS, "start", incident, apply="yes", version=incident.version).status_code == 404
    incident.refresh_from_db()
    assert incident.state == "new"


def test_a_move_goes_through_the_door_with_the_administrator_as_actor(client: Client, queue, working_admin) -> None:
    incident = make.make_incident(queue)

    form = act(client, INCIDENTS, "resolve", incident)
    missing = act(client, INCIDENTS, "resolve", incident, apply="yes", version=incident.version, code="fixed")
    done = act(
        client, INCIDENTS, "resolve", incident, apply="yes", version=incident.version, code="fixed", text="Replaced"
    )

    assert (form.status_code, missing.status_code, done.status_code) == (200, 422, 302)
    incident.refresh_from_db()
    event = Event.objects.filter(subject_id=incident.pk).latest("sequence")
    assert incident.state == "resolved"
    assert (event.verb, event.actor, event.channel) == ("incident.resolved", working_admin, "admin")


def test_a_move_without_the_right_is_refused_with_the_sentence(client: Client, queue, admin) -> None:
    admin.groups.add(make.make_group(on=queue, rights=("view_queue",)))
    incident = make.make_incident(queue)

    refused = act(client, INCIDENTS, "start", incident, apply="yes", version=incident.version)

    assert refused.status_code == 403
    assert "is for people who work tier 1 of Network" in refused.content.decode()
    incident.refresh_from_db()
    assert incident.state == "new"


def test_a_move_on_a_page_that_is_too_old_is_refused(client: Client, queue, working_admin) -> None:
    incident = make.make_incident(queue)

    assert act(client, INCIDENTS, "start", incident, apply="yes", version=incident.version + 1).status_code == 409
    assert act(client, INCIDENTS, "start", incident, apply="yes").status_code == 422
    assert act(client, INCIDENTS, "start", incident, make.make_incident(queue), apply="yes").status_code == 302
    assert not Ticket.objects.exclude(state="new").exists()


def test_ending_access_ends_all_of_it_and_is_an_event(client: Client, queue, admin) -> None:
    leaver, service = make.make_agent(queue, login="lea"), system_employee("clock")
    tokens.issue(leaver, by=system_employee("console"))

    answer = client.post(
        "/admin/directory/employee/",
        {"action": "deactivate", "_selected_action": [leaver.pk, admin.pk, service.pk]},
        follow=True,
    )

    text = answer.content.decode()
    assert "You cannot deactivate yourself" in text and "it stays active" in text and "1 of 3" in text
    leaver.refresh_from_db()
    assert not leaver.is_active and not leaver.groups.exists() and not ApiToken.objects.exists()
    event = Event.objects.get(verb="employee.deactivated")
    assert (event.subject_id, event.actor) == (leaver.pk, admin)
    assert Employee.objects.get(pk=admin.pk).is_active and Employee.objects.get(pk=service.pk).is_active


def test_a_token_is_revoked_at_once(client: Client, admin) -> None:
    script = make.make_employee("sven")
    token, text = tokens.issue(script, by=system_employee("console"))

    page = client.get(f"/admin/directory/apitoken/{token.pk}/change/").content.decode()
    act(client, "/admin/directory/apitoken/", "revoke", token)

    assert token.digest not in page and text not in page
    assert tokens.holder_of(text) is None
    assert Event.objects.get(verb="employee.token_revoked").actor == admin


@pytest.mark.parametrize(("state", "after"), [("dead", "pending"), ("uncertain", "uncertain"), ("sent", "sent")])
def test_only_what_certainly_was_not_sent_is_sent_again(client: Client, admin, state: str, after: str) -> None:
    dispatch = Dispatch.objects.create(kind="mail", key="one", state=state, attempts=8)

    act(client, "/admin/outbox/dispatch/", "send_dead_again", dispatch)

    dispatch.refresh_from_db()
    assert dispatch.state == after
    assert Event.objects.filter(verb="dispatch.requeued").exists() == (state != after)


@pytest.mark.parametrize(
    "lookup",
    ["directory/employee/?password__startswith=md5", "directory/apitoken/?digest__startswith=0",
     "tickets/ticket/?requester__password__startswith=m", "audit/event/?personal_text__body__icontains=a"],
)  # fmt: skip
def test_columns_that_are_not_shown_cannot_be_guessed_by_filters(client: Client, admin, lookup: str) -> None:
    assert client.get(f"/admin/{lookup}").status_code == 400
