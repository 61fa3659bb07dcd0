"""The pages' forms: hidden keys, foreign uploads, fields of others, two tabs (SECURITY, rows 7, 8, 13, 31)."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from servicedesk.audit.models import Event
from servicedesk.tickets.models import Attachment, Message, Proposal, Task, Ticket
from servicedesk.workflow import carry_out, perform
from tests import factories as make
from tests.routes.world import World


@pytest.fixture
def elsewhere(world: World) -> Ticket:
    """A ticket of another queue, with things on it that the agent may not see."""
    ticket = make.make_incident(world.elsewhere, by=world.people["stranger"], title="A lamp")
    sam = world.people["stranger at a desk"]
    perform(ticket, "add_task", by=sam, title="A ladder")
    perform(ticket, "reply", by=sam, body="We come")
    Proposal.objects.create(ticket=ticket, author=world.people["trainee"], kind="reply", body="x")
    return ticket


def post(world: World, role: str, action: str, **details):
    world.ticket.refresh_from_db()
    return world.client(role).post(
        f"/desk/tickets/{world.ticket.number}/{action}/", {"version": world.ticket.version, **details}
    )


@pytest.mark.parametrize(
    ("action", "field", "model", "more"),
    [
        ("complete_task", "task", Task, {}),
        ("skip_task", "task", Task, {"reason": "x"}),
        ("release", "proposal", Proposal, {}),
        ("discard", "proposal", Proposal, {"reason": "x"}),
        ("split", "message", Message, {"title": "x"}),
    ],
)
def test_what_hangs_on_another_ticket_cannot_be_named(world, elsewhere, action, field, model, more) -> None:
    """A known key of something hidden and a made-up one are refused alike, and nothing is touched."""
    hidden = model.objects.filter(ticket=elsewhere).get()
    before, events = model.objects.filter(pk=hidden.pk).values().get(), Event.objects.count()

    answers = [post(world, "agent", action, **{field: str(key)}, **more) for key in (hidden.uuid, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert model.objects.filter(pk=hidden.pk).values().get() == before
    assert Event.objects.count() == events


def test_a_note_cannot_be_split_into_what_its_requester_reads(world: World) -> None:
    note = Message.objects.get(ticket=world.ticket, internal=True)

    assert post(world, "agent", "split", title="x", message=str(note.uuid)).status_code == 422


@pytest.mark.parametrize("role", ["stranger", "stranger at a desk", "administrator", "engineer"])
def test_only_who_works_the_tier_can_be_assigned(world: World, role: str) -> None:
    assert post(world, "agent", "assign", assignee=world.people[role].login).status_code == 422
    world.ticket.refresh_from_db()
    assert world.ticket.assignee is None


@pytest.mark.parametrize("face", ["desk", "portal"])
def test_an_upload_of_somebody_else_cannot_hang_on_ones_own_message(world: World, face: str) -> None:
    theirs = SimpleUploadedFile("theirs.txt", b"x")
    loose = carry_out(world.ticket, "attach", by=world.people["watcher"], files={"file": theirs}).result
    number = world.ticket.number
    address = f"/desk/tickets/{number}/" if face == "desk" else f"/tickets/{number}/reply/"
    world.ticket.refresh_from_db()

    answer = world.client("agent").post(
        address,
        {"kind": "reply", "body": "See here", "attachments": [str(loose.uuid)], "version": world.ticket.version},
    )

    assert answer.status_code == 422
    assert Attachment.objects.get(pk=loose.pk).message is None


def test_uploads_have_ids_that_cannot_be_guessed() -> None:
    assert Attachment._meta.get_field("uuid").default is uuid.uuid4  # 122 random bits


def test_fields_that_are_not_of_the_form_change_nothing(world: World) -> None:
    """Every column of the ticket beside an honest edit: only the title is new."""
    others = [f.attname for f in (*Ticket._meta.concrete_fields, *type(world.ticket)._meta.local_fields)]
    extra = {name: "1" for name in others if name not in ("title", "description", "version")}
    before = type(world.ticket).objects.filter(pk=world.ticket.pk).values().get()

    assert post(world, "agent", "edit", title="A better title", description="It hums", **extra).status_code == 302

    after = type(world.ticket).objects.filter(pk=world.ticket.pk).values().get()
    assert {name for name in after if after[name] != before[name]} == {"title", "version", "updated_at"}


@pytest.mark.parametrize("face", ["report", "settings"])
def test_making_something_takes_only_what_its_form_names(world: World, face: str) -> None:
    extra = {"id": "999", "pk": "999", "state": "closed", "priority": "P1", "tier": "3", "version": "77",
             "assignee": "ada", "requester": "ada", "is_major": "on", "slug": "taken", "is_active": ""}  # fmt: skip
    if face == "report":
        done = world.client("requester").post("/report/", {"title": "A small thing", "impact": "low", **extra})
        made = Ticket.objects.get(title="A small thing")
        assert (made.state, made.tier, made.version, made.assignee) == ("new", 1, 1, None)
        assert made.requester == world.people["requester"] and made.priority != "P1"
    else:
        done = world.client("administrator").post("/settings/queues/new/", {"name": "Payroll", "tiers": "1", **extra})
        made = type(world.queue).objects.get(name="Payroll")
        assert (made.slug, made.version, made.is_active) == ("payroll", 1, True)
    assert done.status_code == 302 and made.pk != 999


def test_a_value_given_twice_is_never_two_values(world: World) -> None:
    assert post(world, "agent", "edit", title=["One", "Two"], description="It hums").status_code == 302
    world.ticket.refresh_from_db()
    assert world.ticket.title == "Two"  # as browsers and Django read it, and never a list


def test_of_two_tabs_the_second_is_told_whichever_face_it_is(world: World) -> None:
    world.ticket.refresh_from_db()
    number, version = world.ticket.number, world.ticket.version
    client = world.client("agent")
    desk, api = f"/desk/tickets/{number}/edit/", f"/api/v1/incidents/{number}/"

    first = client.post(desk, {"version": version, "title": "From a page", "description": "It hums"})
    by_page = client.post(desk, {"version": version, "title": "From an old page", "description": "It hums"})
    by_api = client.patch(
        api, {"title": "From a script"}, content_type="application/json", headers={"If-Match": f'"{version}"'}
    )
    by_rescue = world.client("working administrator").post(
        "/admin/tickets/ticket/",
        {"action": "start", "_selected_action": world.ticket.pk, "apply": "yes", "version": version},
    )

    assert [a.status_code for a in (first, by_page, by_api, by_rescue)] == [302, 409, 409, 409]
    assert "From an old page" in by_page.content.decode()
    world.ticket.refresh_from_db()
    assert (world.ticket.title, world.ticket.state) == ("From a page", "new")


def test_two_administrators_do_not_overwrite_each_other(world: World) -> None:
    client, address = world.client("administrator"), f"/settings/queues/{world.elsewhere.slug}/"
    version = world.elsewhere.version
    given = {"tiers": "3", "is_active": "on", "version": version}

    first = client.post(address, {"name": "Buildings", **given})
    second = client.post(address, {"name": "Grounds", **given})

    assert (first.status_code, second.status_code) == (302, 409)
    world.elsewhere.refresh_from_db()
    assert world.elsewhere.name == "Buildings"
