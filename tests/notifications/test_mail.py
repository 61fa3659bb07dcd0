"""Mail: to whom, about what, and what is in no mail whatever happens."""

import email
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email import policy
from email.message import EmailMessage as Parsed
from typing import Any

import hypothesis
import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from directory.models import Employee
from directory.services import deactivate
from incidents.models import Incident
from incidents.services import report_incident
from servicedesk.audit.models import Event
from servicedesk.notifications import texts
from servicedesk.notifications.mail import compose
from servicedesk.outbox.models import Dispatch
from servicedesk.outbox.services import drain
from servicedesk.tickets.models import Queue, Ticket, Watch
from servicedesk.workflow import carry_out, perform
from tests import factories as make

pytestmark = pytest.mark.django_db

CANARY = "canary-5d1f"


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", is_default=True)


@pytest.fixture
def alice() -> Employee:
    return make.make_employee("alice")


@pytest.fixture
def luca(network: Queue) -> Employee:
    return make.make_technician(network, "view_queue", "work_l1", "work_l2", login="luca")


@pytest.fixture
def incident(network: Queue, alice: Employee) -> Incident:
    made = make.make_incident(network, by=alice)
    drain()
    mail.outbox.clear()
    return made


def addressees() -> list[str]:
    return sorted(address.split("@")[0].rsplit("<", 1)[-1] for message in mail.outbox for address in message.to)


def parsed(message: Any) -> Parsed:
    return email.message_from_bytes(message.message().as_bytes(), policy=policy.default)  # type: ignore[return-value]


def everything_sent() -> str:
    """All outbound MIME, decoded."""
    found = []
    for message in mail.outbox:
        whole = parsed(message)
        found += [str(value) for value in whole.values()]
        found += [part.get_content() for part in whole.walk() if not part.is_multipart()]
    return "\n".join(found)


def test_a_reply_reaches_those_who_take_part_and_not_its_author(
    incident: Incident, luca: Employee, alice: Employee
) -> None:
    Watch.objects.create(ticket_id=incident.pk, employee=make.make_employee("walter"))
    perform(incident, "assign", by=luca, assignee="luca")
    perform(incident, "reply", by=luca, body="Is the lamp green?")
    drain()

    assert addressees() == ["alice", "walter"]
    assert "Is the lamp green?" in everything_sent()


def test_a_report_for_a_caller_is_confirmed_to_the_caller(luca: Employee, alice: Employee, network: Queue) -> None:
    made = report_incident(by=luca, title="The lamp is dark", requested_for="alice")
    drain()

    [message] = mail.outbox
    assert addressees() == ["alice"] and message.subject == f"[{made.number}] The lamp is dark"


def test_what_colleagues_write_to_each_other_is_in_no_mail(
    incident: Incident, luca: Employee, alice: Employee, network: Queue
) -> None:
    """Each sentence of the desk carries the canary, and everybody around is to be told of everything."""
    lead = make.make_manager(network, "lead")
    trainee = make.make_trainee(network, "tim")
    for person in (luca, lead, trainee, make.make_employee("walter")):
        Watch.objects.create(ticket_id=incident.pk, employee=person)
    tomorrow = timezone.now() + timedelta(days=1)
    perform(incident, "assign", by=luca, assignee="luca")
    perform(incident, "note", by=luca, body=CANARY)
    perform(incident, "pend", by=luca, reason="vendor", follow_up_at=tomorrow, note=CANARY)
    perform(incident, "resume", by=luca)
    perform(incident, "escalate", by=luca, diagnosis=CANARY)
    perform(incident, "return_down", by=luca, reason=CANARY)
    perform(incident, "set_priority", by=luca, priority="P1", reason=CANARY)
    task = carry_out(incident, "add_task", by=luca, details={"title": CANARY}).result
    perform(incident, "skip_task", by=luca, task=task, reason=CANARY)
    perform(incident, "log_time", by=luca, minutes=5, note=CANARY)
    perform(incident, "set_priority", by=luca, impact="low", urgency="low")
    own = {"kind": "reply", "body": CANARY}
    proposal = carry_out(incident, "propose", by=trainee, details=own).result
    perform(incident, "discard", by=luca, proposal=proposal, reason=CANARY)
    perform(incident, "start", by=lead, override_reason=CANARY)
    perform(incident, "resolve", by=luca, code="fixed", text="A new cable.")
    perform(incident, "reopen", by=alice, reason="Still dark")
    perform(incident, "cancel", by=luca, reason="mistaken")
    drain()

    assert len(mail.outbox) > 5 and "A new cable." in everything_sent()
    assert CANARY not in everything_sent()
    assert not [d for d in Dispatch.objects.all() if CANARY in repr(d.payload)], "nor in what waits to be sent"


def test_a_note_has_no_words_to_be_sent_in() -> None:
    assert not {"ticket.noted", "incident.escalated", "incident.returned_down"} & set(texts.all_texts())
    quoted = {text.quotes for verb, text in texts.all_texts().items() if not verb.startswith("article.")}
    assert quoted == {"", "body", "comment", "text", "workaround", "reason"}


def leaves(employee: Employee, _incident: Incident) -> None:
    deactivate(employee)


def loses_sight(_employee: Employee, incident: Incident) -> None:
    Ticket.objects.filter(pk=incident.pk).update(confidential=True)


def loses_the_address(employee: Employee, _incident: Incident) -> None:
    Employee.objects.filter(pk=employee.pk).update(email="")


@pytest.mark.parametrize("meanwhile", [leaves, loses_sight, loses_the_address])
@pytest.mark.parametrize("when", ["before it is worked out who is told", "before it is sent"])
def test_who_may_no_longer_know_gets_nothing(
    incident: Incident, luca: Employee, meanwhile: Callable[[Employee, Incident], None], when: str
) -> None:
    walter = make.make_employee("walter")
    Watch.objects.create(ticket_id=incident.pk, employee=walter)
    perform(incident, "reply", by=luca, body="Is the lamp green?")
    if when == "before it is sent":
        drain(limit=1)  # one round: the rows of the recipients stand, nothing is sent
        assert Dispatch.objects.filter(kind="mail", payload__employee=walter.pk, state="pending").exists()
    meanwhile(walter, incident)
    drain()

    assert addressees() == ["alice"]


def test_the_same_event_to_the_same_person_always_has_the_same_id(
    incident: Incident, luca: Employee, alice: Employee, settings: Any
) -> None:
    settings.BASE_URL = "https://desk.example.com"
    perform(incident, "reply", by=luca, body="One")
    perform(incident, "reply", by=luca, body="Two")
    first, second = Event.objects.filter(verb="ticket.replied").order_by("pk")

    ids = [parsed(compose(event, incident, alice))["Message-ID"] for event in (first, first, second)]

    assert ids[0] == ids[1] != ids[2]
    assert parsed(compose(first, incident, luca))["Message-ID"] != ids[0]
    assert parsed(compose(first, incident, alice))["References"] == f"<ticket-{incident.pk}@desk.example.com>"


EXPECTED = {
    "subject", "from", "to", "date", "message-id", "references", "auto-submitted", "mime-version", "content-type",
    "content-transfer-encoding",
}  # fmt: skip


@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=200), name=st.text(max_size=200))
@example(title="Dark\r\nBcc: eve@evil.example", name="Alice\nBcc: eve@evil.example")
@example(title="Dark\r\n\r\n<html>", name='"eve@evil.example" <eve@evil.example>, Alice')
@example(title="Dark\x85Bcc: eve@evil.example", name="Alice\u2028Bcc: eve@evil.example")
@example(title="灯" * 200, name="Zoë, “the lamp” (Dr)")
def test_no_title_and_no_name_adds_a_header_or_an_addressee(
    incident: Incident, luca: Employee, alice: Employee, title: str, name: str
) -> None:
    event = Event.objects.filter(subject_id=incident.pk, verb="incident.created").get()
    incident.title, alice.name = title, name.encode("utf-8", "ignore").decode()

    message = compose(event, incident, alice)
    whole = parsed(message)

    assert {header.lower() for header in whole} == EXPECTED
    assert len(whole.keys()) == len(EXPECTED), "no header twice"
    assert [address.addr_spec for address in whole["To"].addresses] == ["alice@example.com"]
    assert message.recipients() == [message.to[0]] and "\n" not in message.to[0] + message.subject


def failing(error: Exception, *, at: str) -> type[EmailBackend]:
    """A mail server that breaks when the connection opens, or when the mail is handed over."""

    class Failing(EmailBackend):
        def open(self) -> None:
            if at == "open":
                raise error

        def send_messages(self, messages: Any) -> int:
            raise error

    return Failing


@pytest.mark.parametrize(
    ("error", "at", "state"),
    [
        (ConnectionRefusedError(111, "refused"), "open", "pending"),
        (TimeoutError("timed out"), "open", "pending"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "open", "pending"),
        (smtplib.SMTPRecipientsRefused({"alice@example.com": (450, b"later")}), "send", "pending"),
        (smtplib.SMTPSenderRefused(451, b"later", "us"), "send", "pending"),
        (smtplib.SMTPDataError(452, b"full"), "send", "pending"),
        (smtplib.SMTPServerDisconnected("gone"), "send", "uncertain"),
        (TimeoutError("timed out"), "send", "uncertain"),
        (ConnectionResetError(104, "reset"), "send", "uncertain"),
    ],
)
def test_what_was_certainly_not_taken_is_tried_again_and_the_rest_is_flagged(
    incident: Incident, luca: Employee, monkeypatch: pytest.MonkeyPatch, error: Exception, at: str, state: str
) -> None:
    perform(incident, "reply", by=luca, body="Is the lamp green?")
    monkeypatch.setattr(mail.backends.locmem, "EmailBackend", failing(error, at=at))

    drain()

    row = Dispatch.objects.get(kind="mail", state=state)
    assert row.last_error and "\n" not in row.last_error
    assert not mail.outbox


def test_who_reports_gets_a_receipt_with_the_number(network: Queue, alice: Employee) -> None:
    made = make.make_incident(network, by=alice)
    drain()

    assert addressees() == ["alice"]
    assert made.number in everything_sent()


def test_nobody_is_told_of_what_they_did_themselves(incident: Incident, alice: Employee, luca: Employee) -> None:
    perform(incident, "assign", by=luca, assignee=luca)
    perform(incident, "reply", by=alice, body="Any news?")
    drain()

    assert addressees() == ["luca"]
