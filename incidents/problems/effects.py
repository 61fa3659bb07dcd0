"""What follows a move of a problem, in the same transaction."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicedesk.common.errors import DomainError
from servicedesk.tickets.models import Link
from servicedesk.tickets.states import ResolutionCode
from servicedesk.workflow import Passage, carry_out

from .linked import open_incidents_of

NAMED = 5


def link_first_incident(passage: Passage) -> None:
    """The incident that the problem was logged for is caused by it."""
    incident = passage.payload.get("incident")
    if incident is not None:
        carry_out(
            incident.specific, "link", by=passage.by, cause="problem",
            details={"other": passage.record.number, "kind": Link.Kind.CAUSED_BY},
        )  # fmt: skip


def resolve_incidents(passage: Passage) -> None:
    """Resolve what the problem caused, each through the door: whatever one refuses stays open, and is told."""
    if not passage.payload.get("resolve_incidents"):
        return
    details = {"code": ResolutionCode.FIXED, "text": passage.payload["message"]}
    left: list[str] = []
    for incident in open_incidents_of(passage.record, passage.by).order_by("pk"):
        try:
            with transaction.atomic():
                carry_out(incident.specific, "resolve", by=passage.by, cause="problem", details=details)
        except DomainError as error:
            left.append(f"{incident.number}: {error.sentence}")
    if left:
        words = ngettext(
            "%(n)s incident stays open. %(why)s", "%(n)s incidents stay open. %(why)s", len(left)
        ) % {"n": len(left), "why": " ".join(left[:NAMED])}  # fmt: skip
        more = len(left) - NAMED
        passage.remarks.append(words + (_(" And %(n)s more.") % {"n": more} if more > 0 else ""))
