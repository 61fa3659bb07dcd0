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
from servicedesk.tickets.access import Access, can_view
from servicedesk.tickets.models import Ticket

from .texts import text_of

KIND = "mail"


def send(payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
    """Send one recipient's mail about one event, if they may still see the ticket."""
    employee = Employee.objects.filter(pk=payload["employee"]).first()
    event = Event.objects.select_related("actor", "personal_text").get(pk=payload["event"])
    ticket = Ticket.objects.select_related("queue").get(pk=payload["ticket"])
    if employee is None or not employee.is_active or not employee.email or not can_view(employee, ticket):
        return
    deliver(compose(event, ticket, employee), starting)


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


def compose(event: Event, ticket: Ticket, employee: Employee) -> EmailMessage:
    """The mail for one recipient, holding only what they may see."""
    text = text_of(event.verb)
    personal = getattr(event, "personal_text", None)
    quoted = personal.body.get(text.quotes, "") if personal is not None and text.quotes else ""
    with translation.override(employee.language or settings.LANGUAGE_CODE):
        sentence = text.sentence % {
            "title": ticket.title, "number": ticket.number, "actor": event.actor.name,
        }  # fmt: skip
        body = render_to_string(
            "notifications/mail.txt",
            {"sentence": sentence, "quoted": quoted, "employee": employee, "url": _address(ticket, employee)},
        )
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return EmailMessage(
        subject=without_controls(f"[{ticket.number}] {ticket.title}"),
        body=body,
        to=[formataddr((without_controls(employee.name), employee.email))],
        headers={
            # The same event to the same person always has the same id, so a mail server can see a repetition.
            "Message-ID": f"<event-{event.pk}-{employee.pk}@{host}>",
            "References": f"<ticket-{ticket.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _address(ticket: Ticket, employee: Employee) -> str:
    side = "/desk/tickets/" if Access.of(employee).on(ticket.queue_id) else "/tickets/"
    return f"{settings.BASE_URL}{side}{ticket.number}/"
