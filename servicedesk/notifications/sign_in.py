"""Mail about signing in: to whoever's second step changed, and to administrators about the break-glass account.

It names what happened, when and from where, and holds no secret and no link that signs anybody in.
"""

from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from directory.signin import notices
from servicedesk.audit.models import Event
from servicedesk.common.text import without_controls
from servicedesk.common.types import StrOrPromise
from servicedesk.tickets.sign_in import administrators

from .mail import deliver

TEXTS: dict[str, StrOrPromise] = {
    "employee.second_step_added": gettext_lazy("A second step was added to how you sign in."),
    "employee.second_step_removed": gettext_lazy("A second step was removed from how you sign in."),
    "employee.second_step_reset": gettext_lazy(
        "%(actor)s removed your second steps. Set up a new one when you sign in."
    ),
    "employee.recovery_codes_renewed": gettext_lazy("You have new recovery codes; the old ones are void."),
    "employee.recovery_code_used": gettext_lazy("Somebody signed in as you with one of your recovery codes."),
    "employee.single_sign_on_connected": gettext_lazy("Single sign-on now opens your account."),
    "employee.single_sign_on_removed": gettext_lazy("Single sign-on does not open your account any more."),
    "employee.break_glass_armed": gettext_lazy("The break-glass account %(subject)s has a new password."),
    "employee.break_glass_used": gettext_lazy("Somebody signed in with the break-glass account %(subject)s."),
}


def fan_out(payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
    """One row for each administrator."""
    event = Event.objects.get(pk=payload["event"])
    for employee in administrators().exclude(email="").order_by("pk"):
        notices.enqueue(event, to=employee)


def send(payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
    """Tell one person of one event, if they are still here to read it."""
    employee = Employee.objects.active().filter(pk=payload["employee"]).exclude(email="").first()
    event = Event.objects.select_related("actor", "personal_text").get(pk=payload["event"])
    subject = Employee.objects.get(pk=event.subject_id)
    if employee is None:
        return
    if subject.pk != employee.pk and not administrators().filter(pk=employee.pk).exists():
        return
    deliver(compose(event, subject, employee), starting)


def compose(event: Event, subject: Employee, employee: Employee) -> EmailMessage:
    """The mail to ``employee`` about something that happened to the account of ``subject``."""
    personal = getattr(event, "personal_text", None)
    with translation.override(employee.language or settings.LANGUAGE_CODE):
        sentence = str(TEXTS[event.verb]) % {"actor": event.actor.name, "subject": subject.login}
        details = [_("When: %(at)s UTC") % {"at": f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M}"}]
        if personal is not None and personal.body.get("address"):
            details.append(_("From: %(address)s") % {"address": personal.body["address"]})
        details.append(_("If you do not expect this, tell the service desk at once."))
        body = render_to_string(
            "notifications/mail.txt",
            {"sentence": sentence, "quoted": "\n".join(details), "employee": employee,
             "url": f"{settings.BASE_URL}/profile/security/"},
        )  # fmt: skip
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return EmailMessage(
        subject=without_controls(sentence),
        body=body,
        to=[formataddr((without_controls(employee.name), employee.email))],
        headers={
            "Message-ID": f"<event-{event.pk}-{employee.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
