"""Plain mail. Rights are checked again when it is sent; an uncertain send is flagged, not repeated."""

import smtplib
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.common.text import without_controls
from servicedesk.outbox.services import TryLater, Uncertain
from servicedesk.tickets.models import Ticket

from .subjects import found, subject_of
from .texts import text_of

KIND = "mail"


def send(payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
    """Send one recipient's mail about one event, if they may still see what it is about."""
    employee = Employee.objects.filter(pk=payload["employee"]).first()
    event = Event.objects.select_related("actor", "personal_text").get(pk=payload["event"])
    record = found(payload)
    subject = subject_of(record)
    if employee is None or not employee.is_active or not employee.email or subject is None:
        return
    if subject.can_view(employee, record):
        deliver(compose(event, record, employee), starting)


def deliver(message: EmailMessage, starting: Callable[[], None]) -> None:
    """Hand one mail over, as a handler of the outbox does."""
    message.message()  # what no mail can be made of fails here, before it counts as on its way
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        raise TryLater(f"The mail server does not answer: {error}") from error
    try:
        starting()
        _hand_over(connection, message)
    finally:
        with suppress(OSError):  # the mail is settled by now, however the farewell goes
            connection.close()


def _hand_over(connection: BaseEmailBackend, message: EmailMessage) -> None:
    try:
        connection.send_messages([message])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise TryLater(f"The mail server refused: {error}") from error
    except OSError as error:
        raise Uncertain(f"The connection broke while sending: {error}") from error


def compose(event: Event, record: Any, employee: Employee) -> EmailMessage:
    """The mail about a ticket or another record to one recipient, holding only what they may see."""
    text, subject = text_of(event.verb), subject_of(record)
    assert subject is not None, "only records that people are told of get here"  # noqa: S101 - for the types
    personal = getattr(event, "personal_text", None)
    quoted = personal.body.get(text.quotes, "") if personal is not None and text.quotes else ""
    with translation.override(employee.language or settings.LANGUAGE_CODE):
        sentence = text.sentence % {
            "title": record.title, "number": record.number, "actor": event.actor.name,
        }  # fmt: skip
        body = render_to_string(
            "notifications/mail.txt",
            {"sentence": sentence, "quoted": quoted, "employee": employee, "url": subject.address(record, employee)},
        )
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return EmailMessage(
        subject=without_controls(f"[{record.number}] {record.title}"),
        body=body,
        to=[formataddr((without_controls(employee.name), employee.email))],
        headers={
            # The same event to the same person always has the same id, so a mail server can see a repetition.
            "Message-ID": f"<event-{event.pk}-{employee.pk}@{host}>",
            "References": f"<{thread_of(record)}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def thread_of(record: Any) -> str:
    """What the mails about one record have in common, so that a mail program keeps them together."""
    return f"ticket-{record.pk}" if isinstance(record, Ticket) else record.number
