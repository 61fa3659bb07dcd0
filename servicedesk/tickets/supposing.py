"""What somebody could do to a ticket that nobody made: the snapshot that ``decide`` would look at."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.common.time import now as present

from .access import Access
from .facts import TicketFacts
from .models import Queue
from .states import Level, PendingReason


class Stands(models.TextChoices):
    """How the person is tied to the ticket, besides their rights on its queue."""

    NOT = "", gettext_lazy("Not tied to it")
    REQUESTER = "requester", gettext_lazy("Asked for it")
    CONCERNED = "concerned", gettext_lazy("It is for them")
    ASSIGNEE = "assignee", gettext_lazy("It is assigned to them")
    WATCHER = "watcher", gettext_lazy("Follows it")


def suppose(
    actor: Employee, queue: Queue, *, kind: str, state: str, tier: int = 1, impact: str = Level.MEDIUM,
    confidential: bool = False, stands: str = Stands.NOT,
) -> TicketFacts:  # fmt: skip
    """A ticket of ``queue`` as ``actor`` would meet it, fresh in its state, with no task, proposal or merge.

    Their rights are read now, in one statement. Law: a real ticket of the same looks is decided alike.
    """
    access, now = Access.read(actor), present()
    return TicketFacts(
        number=_("this ticket"),
        kind=kind,
        state=state,
        queue_name=queue.name,
        tier=tier,
        tiers=queue.tiers,
        impact=impact,
        confidential=confidential,
        has_assignee=stands == Stands.ASSIGNEE,
        pending_reason=PendingReason.REQUESTER if state == "pending" else "",
        is_merged=False,
        resolved_at=now if state == "resolved" else None,
        follow_up_at=now if state == "pending" else None,
        actor_active=access.active,
        actor_is_clock=False,
        held=access.on(queue.pk),
        is_requester=stands == Stands.REQUESTER,
        is_concerned=stands == Stands.CONCERNED,
        is_assignee=stands == Stands.ASSIGNEE,
        is_watcher=stands == Stands.WATCHER,
        open_tasks=0,
        open_proposals=0,
        written_since_merge=False,
        now=now,
    )
