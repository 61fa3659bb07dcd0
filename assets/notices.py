"""Mail about assets: to whom something is handed over or asked back from, and to whoever handed over what was declined.

One row is written with the event. Who may still see the asset is asked again when it is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.common.text import without_controls
from servicedesk.common.types import StrOrPromise
from servicedesk.notifications.mail import deliver
from servicedesk.outbox import services as outbox
from servicedesk.workflow import Passage

from .models import Asset, Custody

KIND = "asset-mail"


@dataclass(frozen=True)
class Notice:
    """``to``: the field of the custody that names who is told; ``quotes``: the text of the event that they read."""

    to: str
    sentence: StrOrPromise
    page: str
    quotes: str = ""


NOTICES: dict[str, Notice] = {
    "asset.handed_over": Notice(
        "employee_id",
        _("%(actor)s handed %(asset)s over to you. Please sign for it, or say why you do not accept it:"),
        "/equipment/",
        quotes="terms",
    ),
    "asset.asked_back": Notice(
        "employee_id", _("%(actor)s asks you to give back %(asset)s by %(day)s."), "/equipment/"
    ),
    "asset.declined": Notice(
        "given_by_id", _("%(actor)s did not accept %(asset)s:"), "/desk/assets/%(number)s/", quotes="reason"
    ),
}


def on_passage(passage: Passage) -> None:
    """Inside the transaction of an event that somebody is told of: leave one row. Nobody is told of their own deed."""
    if passage.event is None or passage.event.verb not in NOTICES or not isinstance(passage.record, Asset):
        return
    custody = passage.record.custodies.order_by("-pk").first()
    told = getattr(custody, NOTICES[passage.event.verb].to, None)
    if custody is not None and told is not None and told != passage.by.pk:
        outbox.enqueue(
            KIND, key=f"event:{passage.event.pk}:employee:{told}:mail",
            payload={"event": passage.event.pk, "employee": told, "custody": custody.pk},
        )  # fmt: skip


def send(payload: Mapping[str, Any], starting: Callable[[], None]) -> None:
    """Tell one person, if they are still here and may still see it."""
    employee = Employee.objects.active().people().filter(pk=payload["employee"]).exclude(email="").first()
    event = Event.objects.select_related("actor", "personal_text").get(pk=payload["event"])
    custody = Custody.objects.select_related("asset__type", "asset__model__maker").get(pk=payload["custody"])
    if employee is None or not Asset.objects.visible_to(employee).filter(pk=custody.asset_id).exists():
        return
    deliver(compose(event, custody, employee), starting)


def compose(event: Event, custody: Custody, employee: Employee) -> EmailMessage:
    """The mail for one recipient."""
    notice, asset = NOTICES[event.verb], custody.asset
    personal = getattr(event, "personal_text", None)
    quoted = personal.body.get(notice.quotes, "") if personal is not None and notice.quotes else ""
    with translation.override(employee.language or settings.LANGUAGE_CODE):
        day = date_format(custody.due_back_on, "j M Y") if custody.due_back_on else ""
        sentence = notice.sentence % {"actor": event.actor.name, "asset": asset.label, "day": day}
        url = f"{settings.BASE_URL}{notice.page % {'number': asset.number}}"
        body = render_to_string(
            "notifications/mail.txt", {"sentence": sentence, "quoted": quoted, "employee": employee, "url": url}
        )
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return EmailMessage(
        subject=without_controls(f"[{asset.number}] {asset.label}"),
        body=body,
        to=[formataddr((without_controls(employee.name), employee.email))],
        headers={
            "Message-ID": f"<event-{event.pk}-{employee.pk}@{host}>",
            "References": f"<asset-{asset.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
