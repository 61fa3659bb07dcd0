"""What an employee does on a ticket's page: reply, confirm, reopen, cancel, follow; and what a refusal keeps."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from directory.models import Employee
from incidents.models import Incident
from servicedesk.audit.models import Event
from servicedesk.tickets.models import Attachment, Message, Queue
from servicedesk.workflow import carry_out, options, perform
from tests import factories as make

from .conftest import signed_in
from .reading import page, parsed, resolve, version_of, words

pytestmark = pytest.mark.django_db
ADDRESSES = {
    "reply": "reply", "confirm": "confirm", "reopen": "reopen", "cancel": "cancel", "watch": "follow",
    "unwatch": "unfollow",
}  # fmt: skip


def post(client: Client, ticket: Incident, action: str, **data):
    return client.post(f"/tickets/{ticket.number}/{action}/", {"version": ticket.version, **data})


def fresh(ticket: Incident) -> Incident:
    return Incident.objects.get(pk=ticket.pk)


def test_a_reply_with_files_joins_the_conversation(as_alice: Client, ticket: Incident):
    files = [SimpleUploadedFile("one.txt", b"1"), SimpleUploadedFile("two.txt", b"2")]

    response = post(as_alice, ticket, "reply", body="It is the left socket.", files=files)

    assert (response.status_code, response["Location"]) == (302, f"/tickets/{ticket.number}/")
    message = Message.objects.get(ticket=ticket)
    assert (message.body, message.internal, message.attachments.count()) == ("It is the left socket.", False, 2)
    text = words(page(as_alice, f"/tickets/{ticket.number}/"))
    assert "It is the left socket." in text and "two.txt" in text and "Your message was sent." in text


def test_a_reply_wakes_a_ticket_that_waits_for_me(as_alice: Client, ticket: Incident, luca: Employee):
    perform(ticket, "start", by=luca)
    perform(ticket, "pend", by=luca, reason="requester", follow_up_at=timezone.now() + timedelta(days=2))
    assert "We need an answer from you" in words(page(as_alice, f"/tickets/{ticket.number}/"))

    as_alice.post(f"/tickets/{ticket.number}/reply/", {"version": version_of(as_alice, ticket), "body": "Here it is."})

    assert fresh(ticket).state == "in_progress"


def test_an_empty_reply_is_refused_at_the_field(as_alice: Client, ticket: Incident):
    soup = parsed(post(as_alice, ticket, "reply", body="   "), 422)

    assert "Write the message first." in words(soup) and soup.select("textarea[name=body][aria-invalid=true]")
    assert not Message.objects.exists()


def test_a_refused_reply_keeps_what_was_written(as_alice: Client, ticket: Incident, settings):
    settings.ATTACHMENT_MAX_BYTES = 1024
    big = SimpleUploadedFile("big.bin", b"x" * 2000)

    soup = parsed(post(as_alice, ticket, "reply", body="My long text", files=[big]), 422)

    assert soup.select_one("textarea[name=body]").text.strip() == "My long text"
    assert "big.bin is larger than" in words(soup)
    assert not Message.objects.exists() and not Attachment.objects.exists()


@pytest.mark.parametrize("body", ["a" * 20_001, "bell \x07 rings"])
def test_text_that_cannot_be_kept_is_refused_with_a_sentence(as_alice: Client, ticket: Incident, body: str):
    soup = parsed(post(as_alice, ticket, "reply", body=body), 422)

    assert soup.select("#id_body_error")
    assert not Message.objects.exists()


def test_an_upload_of_somebody_else_cannot_be_attached(as_alice: Client, ticket: Incident, luca: Employee):
    loose = uploaded(ticket, luca)

    soup = parsed(post(as_alice, ticket, "reply", body="Mine?", attachments=str(loose.uuid)), 422)

    assert "Check what you entered" in words(soup)
    loose.refresh_from_db()
    assert loose.message_id is None


def uploaded(ticket: Incident, by: Employee) -> Attachment:
    found: Attachment = carry_out(
        ticket, "attach", by=by, files=MultiValueDict({"file": [SimpleUploadedFile("a.txt", b"a")]})
    ).result
    return found


def test_the_requester_confirms_a_resolved_ticket(as_alice: Client, ticket: Incident, luca: Employee):
    resolved = resolve(ticket, luca)
    form = page(as_alice, f"/tickets/{ticket.number}/").select_one("form[action$='/confirm/']")
    assert form is not None

    response = post(as_alice, resolved, "confirm")

    assert response.status_code == 302 and fresh(ticket).state == "closed"
    event = Event.objects.filter(verb="incident.confirmed").get()
    assert event.channel == "portal"


def test_the_requester_reopens_with_a_reason(as_alice: Client, alice: Employee, ticket: Incident, luca: Employee):
    resolved = resolve(ticket, luca)
    page(as_alice, f"/tickets/{ticket.number}/reopen/")

    assert parsed(post(as_alice, resolved, "reopen", reason=""), 422).select("[aria-invalid=true]")
    post(as_alice, resolved, "reopen", reason="It fails again")

    assert fresh(ticket).state == "in_progress"
    assert "It fails again" in words(page(as_alice, f"/tickets/{ticket.number}/"))


def test_when_the_time_to_reopen_is_over_the_page_says_what_to_do(
    alice: Employee, ticket: Incident, luca: Employee, time_machine
):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    resolved = resolve(ticket, luca)
    time_machine.move_to("2026-11-20T10:00:00Z", tick=False)
    client = signed_in(alice)

    soup = page(client, f"/tickets/{ticket.number}/")

    assert "The time to reopen" in words(soup) and not soup.select("a[href$='/reopen/']")
    assert post(client, resolved, "reopen", reason="Still").status_code == 409


def test_the_requester_withdraws_and_nothing_else(as_alice: Client, ticket: Incident):
    choices = page(as_alice, f"/tickets/{ticket.number}/cancel/").select("select[name=reason] option")
    assert [choice["value"] for choice in choices] == ["withdrawn"]

    parsed(post(as_alice, ticket, "cancel", reason="mistaken"), 422)
    parsed(post(as_alice, ticket, "cancel", reason="withdrawn", duplicate_of=ticket.number), 422)
    assert fresh(ticket).state == "new"
    post(as_alice, ticket, "cancel", reason="withdrawn")

    assert fresh(ticket).state == "cancelled"


def test_a_follower_who_stops_and_sees_the_ticket_no_more_is_led_away(
    ticket: Incident, luca: Employee, charlie: Employee
):
    perform(ticket, "watch", by=luca, employee=charlie)
    client = signed_in(charlie)
    assert page(client, f"/tickets/{ticket.number}/").select("form[action$='/unfollow/']")

    assert post(client, ticket, "unfollow")["Location"] == "/tickets/"
    page(client, f"/tickets/{ticket.number}/", 404)


def test_following_is_one_button(as_luca: Client, ticket: Incident, luca: Employee):
    post(as_luca, ticket, "follow")

    assert ticket.watches.filter(employee=luca).exists()
    assert page(as_luca, f"/tickets/{ticket.number}/").select("form[action$='/unfollow/']")


@pytest.mark.parametrize("action", ["reply", "confirm", "watch", "unwatch"])
def test_the_address_of_a_form_leads_back_to_the_ticket(as_alice: Client, ticket: Incident, action: str):
    response = as_alice.get(f"/tickets/{ticket.number}/{ADDRESSES[action]}/")

    assert response["Location"] == f"/tickets/{ticket.number}/"


def test_every_form_needs_its_token(alice: Employee, ticket: Incident):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    before = Event.objects.count()

    for address in [f"/tickets/{ticket.number}/{name}/" for name in ADDRESSES.values()] + ["/report/", "/logout/"]:
        assert strict.post(address, {"version": 1, "body": "x", "reason": "withdrawn", "title": "x"}).status_code == 403
    assert Event.objects.count() == before


# A button is shown if and only if its POST is allowed.


def state_of_things(name: str, ticket: Incident, luca: Employee) -> None:
    if name in ("in_progress", "pending", "resolved", "closed"):
        perform(ticket, "start", by=luca)
    if name == "pending":
        perform(ticket, "pend", by=luca, reason="vendor", follow_up_at=timezone.now() + timedelta(days=2))
    if name in ("resolved", "closed"):
        resolve(ticket, luca)
    if name == "closed":
        perform(ticket, "confirm", by=ticket.requester)
    if name == "cancelled":
        perform(ticket, "cancel", by=ticket.requester, reason="withdrawn")
    if name == "second_tier":
        perform(ticket, "escalate", by=luca, diagnosis="Needs the second tier.")


@pytest.mark.parametrize("state", ["new", "in_progress", "pending", "resolved", "closed", "cancelled", "second_tier"])
@pytest.mark.parametrize("who", ["alice", "luca", "tan", "manager", "trainee", "analyst", "watcher"])
def test_a_button_is_shown_exactly_when_its_post_is_allowed(
    ticket: Incident, luca: Employee, alice: Employee, network: Queue, state: str, who: str
):
    people = {
        "alice": alice, "luca": luca, "tan": make.make_agent(network, 2, "tan"),
        "manager": make.make_manager(network, "manager"), "trainee": make.make_trainee(network, "trainee"),
        "analyst": make.make_analyst(network, "analyst"), "watcher": make.make_employee("watcher"),
    }  # fmt: skip
    state_of_things(state, ticket, luca)
    perform(ticket, "watch", by=alice, employee=people["watcher"])
    person, client = people[who], signed_in(people[who])
    soup = page(client, f"/tickets/{ticket.number}/")
    shown = {
        action
        for action, address in ADDRESSES.items()
        if soup.select(
            f"form[action='/tickets/{ticket.number}/{address}/'], a[href='/tickets/{ticket.number}/{address}/']"
        )
    }
    allowed = {o.name for o in options(fresh(ticket), person) if o.name in ADDRESSES and o.allowed}
    follows = ticket.watches.filter(employee=person).exists()
    assert shown == allowed - {"watch" if follows else "unwatch"}

    # Moves that are not shown are refused without a trace.
    before = Event.objects.count()
    for action in ("confirm", "reopen", "cancel", "reply"):
        if action not in allowed:
            response = post(client, fresh(ticket), ADDRESSES[action], reason="withdrawn", body="x")
            assert response.status_code in (403, 409), action
    assert Event.objects.count() == before
    # And one that is shown is carried out.
    for action in ("reopen", "confirm"):
        if action in allowed:
            extra = {"override_reason": "The team is away."} if who == "manager" else {}
            assert post(client, fresh(ticket), action, reason="Still broken", **extra).status_code == 302
            break


# Two people at once


def test_a_stale_form_shows_what_changed_and_keeps_the_text(as_alice: Client, ticket: Incident, luca: Employee):
    resolved = resolve(ticket, luca)
    again = perform(resolved, "reopen", by=luca, reason="Not quite")
    resolve(again, luca, "Now for good.")

    soup = parsed(post(as_alice, resolved, "reopen", reason="It fails again"), 409)

    text = words(soup)
    assert "The ticket changed meanwhile" in text and luca.name in text and "Resolved → In progress" in text
    assert soup.select_one("textarea[name=reason]").text.strip() == "It fails again"
    assert fresh(ticket).state == "resolved"

    form = {field["name"]: field["value"] for field in soup.select("form[action$='/reopen/'] input[type=hidden]")}
    as_alice.post(f"/tickets/{ticket.number}/reopen/", {**form, "reason": "It fails again"})
    assert fresh(ticket).state == "in_progress"


def test_a_stale_form_whose_action_became_impossible_gives_the_text_back(
    as_alice: Client, alice: Employee, ticket: Incident, luca: Employee
):
    resolved = resolve(ticket, luca)
    perform(resolved, "confirm", by=alice)

    soup = parsed(post(as_alice, resolved, "reopen", reason="It fails again"), 409)

    assert soup.select_one("textarea[readonly]").text.strip() == "It fails again"
    assert not soup.select("form[action$='/reopen/']")


def test_a_reply_is_held_back_only_when_the_status_changed(as_alice: Client, ticket: Incident, luca: Employee):
    perform(ticket, "set_priority", by=luca, impact="low", urgency="low")
    assert post(as_alice, ticket, "reply", body="One").status_code == 302

    resolve(ticket, luca)
    soup = parsed(post(as_alice, ticket, "reply", body="Two"), 409)
    assert soup.select_one("textarea[name=body]").text.strip() == "Two"
    assert Message.objects.count() == 1

    form = {field["name"]: field["value"] for field in soup.select("form[action$='/reply/'] input[type=hidden]")}
    as_alice.post(f"/tickets/{ticket.number}/reply/", {**form, "body": "Two"})
    assert Message.objects.count() == 2


@pytest.mark.parametrize("version", ["", "x", "-1", "1" * 30, "²"])
def test_a_move_without_a_version_is_refused(as_alice: Client, ticket: Incident, version: str):
    response = as_alice.post(f"/tickets/{ticket.number}/cancel/", {"version": version, "reason": "withdrawn"})

    assert response.status_code == 422 and fresh(ticket).state == "new"


def test_htmx_gets_dialogs_and_is_sent_on_afterwards(as_alice: Client, ticket: Incident, luca: Employee):
    resolved = resolve(ticket, luca)
    address, htmx = f"/tickets/{ticket.number}/reopen/", {"HX-Request": "true"}

    dialog = as_alice.get(address, headers=htmx)
    assert b"<html" not in dialog.content and b'name="reason"' in dialog.content
    refused = as_alice.post(address, {"version": resolved.version, "reason": ""}, headers=htmx)
    assert refused.status_code == 422 and b"<html" not in refused.content
    stale = as_alice.post(address, {"version": 1, "reason": "Still"}, headers=htmx)
    assert stale.status_code == 409 and b"<html" not in stale.content and b"Still" in stale.content
    done = as_alice.post(address, {"version": resolved.version, "reason": "Still"}, headers=htmx)
    assert done["HX-Redirect"] == f"/tickets/{ticket.number}/"
