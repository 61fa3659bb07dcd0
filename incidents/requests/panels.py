"""The parts of a page that are about service requests: what was asked for, and how its approval stands."""

from typing import Any

from directory.absences import now_away, stands_in
from directory.models import Employee
from servicedesk.tickets import typed_fields
from servicedesk.tickets.approvers import step_words
from servicedesk.tickets.models import Approval, ApprovalRound, Ticket

_TONES: dict[str, str] = {
    Approval.State.ASKED: "waiting", Approval.State.APPROVED: "done", Approval.State.REJECTED: "cancelled",
    Approval.State.HANDED_ON: "closed",
}  # fmt: skip


def answers_panel(ticket: Ticket, _reader: Employee) -> dict[str, Any]:
    """The answers in words, and the newest asking with its decisions: in five statements at most."""
    rounds = ApprovalRound.objects.filter(ticket=ticket.pk).order_by("-pk")
    newest = rounds.prefetch_related("approvals__approver", "approvals__decided_by", "approvals__instead_of").first()
    request = ticket.specific
    asked = [row for row in newest.approvals.all() if row.state == Approval.State.ASKED] if newest else []
    return {
        "rows": typed_fields.rows(request.form, request.answers),  # type: ignore[attr-defined]
        "round": newest,
        "steps": _steps(newest, _acting_for(asked)) if newest else [],
    }


def _acting_for(rows: list[Approval]) -> dict[int, str]:
    """Approver → who decides for them while they are away."""
    if not rows:
        return {}
    absences = now_away().filter(stands_in(), employee__in=[row.approver_id for row in rows])
    return {key: name for key, name in absences.values_list("employee", "delegate__name") if name}


def _steps(round_: ApprovalRound, acting: dict[int, str]) -> list[dict[str, Any]]:
    rows = [row for row in round_.approvals.all() if row.state != Approval.State.NOT_NEEDED]
    return [
        {
            "words": step_words(step),
            "rows": [
                {"approval": row, "tone": _TONES[row.state], "acting": acting.get(row.approver_id, "")}
                for row in rows
                if row.step == position
            ],
        }
        for position, step in enumerate(round_.steps)
    ]
