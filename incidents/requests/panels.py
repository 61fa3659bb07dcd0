"""The parts of a page that are about service requests: what was asked for, and how its approval stands."""

from typing import Any

from directory.absences import now_away, stands_in
from directory.models import Employee
from servicedesk.tickets import typed_fields
from servicedesk.tickets.approvals import newest_approvals
from servicedesk.tickets.approvers import step_words
from servicedesk.tickets.models import Approval, Ticket

_TONES: dict[str, str] = {
    Approval.State.ASKED: "waiting", Approval.State.APPROVED: "done", Approval.State.REJECTED: "cancelled",
    Approval.State.HANDED_ON: "closed",
}  # fmt: skip


def answers_panel(ticket: Ticket, _reader: Employee) -> dict[str, Any]:
    """The answers in words, and the newest asking with its decisions: in two statements at most."""
    request: Any = ticket.specific
    approvals = newest_approvals(ticket)
    asked = [row for row in approvals if row.state == Approval.State.ASKED]
    return {
        "rows": typed_fields.rows(request.form, request.answers),
        "round": approvals[0].round if approvals else None,
        "steps": _steps(approvals, _acting_for(asked)) if approvals else [],
    }


def _acting_for(rows: list[Approval]) -> dict[int, str]:
    """Approver → who decides for them while they are away."""
    if not rows:
        return {}
    absences = now_away().filter(stands_in(), employee__in=[row.approver_id for row in rows])
    return {key: name for key, name in absences.values_list("employee", "delegate__name") if name}


def _steps(approvals: list[Approval], acting: dict[int, str]) -> list[dict[str, Any]]:
    rows = [row for row in approvals if row.state != Approval.State.NOT_NEEDED]
    return [
        {
            "words": step_words(step),
            "rows": [
                {"approval": row, "tone": _TONES[row.state], "acting": acting.get(row.approver_id, "")}
                for row in rows
                if row.step == position
            ],
        }
        for position, step in enumerate(approvals[0].round.steps)
    ]
