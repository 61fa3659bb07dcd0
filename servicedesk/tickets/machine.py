"""How a kind of ticket is put behind the door."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.errors import Hidden, WrongState
from servicedesk.workflow import Action, Decision, Machine
from servicedesk.workflow.moves import moves_of

from .access import Access
from .actions import shared_actions
from .facts import TicketFacts, facts_of
from .models import Ticket
from .roles import MANAGER_OVERRIDE
from .states import VOCABULARY

TRACKED = (
    "queue", "tier", "assignee", "impact", "urgency", "priority", "category", "confidential", "requester",
    "requested_for", "pending_reason", "follow_up_at", "merged_into",
)  # fmt: skip


def ticket_machine(
    model: type[Ticket], *, extra: tuple[Action, ...] = (), creation: Action, build: Callable[..., Any],
    tracked: tuple[str, ...] = (), facts: Callable[..., TicketFacts] = facts_of,
    may_create: Callable[[Employee], Decision] | None = None,
) -> Machine:  # fmt: skip
    """The machine of one kind: its own moves, the shared actions, and ``extra`` ones."""

    def lock(pk: int) -> Ticket:
        # Everyone locks the base row first; locking the child alone would let a second writer pass. A
        # statement that waited for a lock reads anew only what it locks, so the child is locked as well.
        locked = (
            model._base_manager.select_for_update(of=("ticket_ptr", "self"), no_key=True)
            .select_related("queue")
            .filter(pk=pk)
        )
        # Routed while we waited, the ticket no longer joins the queue of before: it is found by asking again.
        found = locked.first() or locked.first()
        if found is None and Ticket._base_manager.filter(pk=pk).exists():
            raise WrongState(_("This ticket became one of another kind meanwhile. Open it again."))
        if found is None:
            raise Hidden(_("There is no such record, or you may not see it."))
        return found

    return Machine(
        model=model,
        actions={**moves_of(model), **shared_actions(model.KIND), **{action.name: action for action in extra}},
        lock=lock,
        facts=facts,
        verb_prefix=model.KIND,
        tracked=TRACKED + tracked,
        override=MANAGER_OVERRIDE,
        settle=settle,
        creation=creation,
        may_create=may_create or anybody_active,
        made_for=caller_of,
        build=build,
    )


def anybody_active(employee: Employee) -> Decision:
    """Whoever is here may ask: an account that was deactivated may not, even if its session still runs."""
    if Access.read(employee).active:
        return Decision(True)
    return Decision(False, _("This account is no longer active: ask the service desk to report for you."), "right")


def caller_of(ticket: Ticket, actor: Employee) -> Employee | None:
    """The requester, when somebody else typed."""
    return ticket.requester if ticket.requester_id != actor.pk else None


def settle(ticket: Ticket, now: datetime) -> None:
    """Fields that follow from the state: open or not, since when resolved and closed, what it waits for."""
    state = VOCABULARY[ticket.kind][ticket.state]
    ticket.is_open = state.is_open
    # A merged ticket keeps what it waits for: undoing the merge gives it back as it was.
    if ticket.state != "pending" and ticket.merged_into_id is None:
        ticket.pending_reason, ticket.follow_up_at = "", None
    if state.is_open:
        ticket.resolved_at = ticket.closed_at = None
    elif state.is_resolved:
        ticket.resolved_at, ticket.closed_at = ticket.resolved_at or now, None
    else:
        ticket.closed_at = ticket.closed_at or now
