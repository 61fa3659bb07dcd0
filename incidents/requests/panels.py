"""The parts of a page that are about service requests: what was asked for, and how its approval stands."""

from typing import Any

from directory.models import Employee
from servicedesk.tickets import typed_fields
from servicedesk.tickets.approvers import step_words
from servicedesk.tickets.models import Approval, ApprovalRound, Ticket


def answers_panel(ticket: Ticket, _reader: Employee) -> dict[str, Any]:
    """The answers in words, and the newest asking with its decisions: in three statements at most."""
    rounds = ApprovalRound.objects.filter(ticket=ticket.pk).order_by("-pk")
    newest = rounds.prefetch_related("approvals__approver", "approvals__decided_by", "approvals__instead_of").first()
    request = ticket.specific
    return {
        "rows": typed_fields.rows(request.form, request.answers),  # type: ignore[attr-defined]
        "round": newest,
        "steps": _steps(newest) if newest else [],
    }


def _steps(round_: ApprovalRound) -> list[dict[str, Any]]:
    rows = [row for row in round_.approvals.all() if row.state != Approval.State.NOT_NEEDED]
    return [
        {"words": step_words(step), "rows": [row for row in rows if row.step == position]}
        for position, step in enumerate(round_.steps)
    ]
