"""Who hears that something waits for approval: who is asked now, and who acts for them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from directory.absences import go_away
from directory.services import deactivate
from incidents.requests.services import request_item
from servicedesk.audit.models import Event
from servicedesk.outbox.services import drain
from servicedesk.workflow import perform
from tests import factories as make

pytestmark = pytest.mark.django_db


def told(verb: str) -> set[str]:
    """Who got a mail whose text only such an event brings."""
    words = {"asked": "waits for your approval", "handed on": "now waits for your approval"}
    return {message.to[0] for message in mail.outbox if words[verb] in message.body}


def test_whoever_is_asked_hears_of_it_and_whoever_acts_for_them() -> None:
    queue, boss = make.make_queue("it", is_default=True), make.make_employee("boss")
    lead, deputy = make.make_employee("lead", manager=boss), make.make_employee("deputy")
    make.make_employee("onlooker")
    alice = make.make_employee("alice", manager=lead)
    item = make.make_catalogue_item(queue, "Laptop", rule=make.make_approval_rule("line_manager"))
    today = timezone.localdate()
    go_away(lead, starts_on=today, ends_on=today + timedelta(days=1), delegate=deputy)

    request = request_item(by=alice, catalogue_item=item.slug)
    drain()

    assert told("asked") == {"Lead <lead@example.com>", "Deputy <deputy@example.com>"}
    mail.outbox.clear()
    deactivate(lead)
    drain()
    assert told("handed on") == {"Boss <boss@example.com>"}
    mail.outbox.clear()
    perform(request, "decide", by=boss, verdict="rejected", comment="Not this year.")
    drain()
    assert [message.to for message in mail.outbox] == [["Alice <alice@example.com>"]]
    assert "Not this year." in mail.outbox[0].body


def test_who_has_decided_meanwhile_is_not_told_any_more() -> None:
    queue, lead = make.make_queue("it", is_default=True), make.make_employee("lead")
    item = make.make_catalogue_item(queue, "Laptop", rule=make.make_approval_rule("line_manager"))
    request = request_item(by=make.make_employee("alice", manager=lead), catalogue_item=item.slug)
    perform(request, "decide", by=lead, verdict="approved")
    drain()

    assert Event.objects.filter(verb="ticket.approval_asked").exists() and not told("asked")
