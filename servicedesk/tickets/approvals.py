"""The one mechanism of approval: asks when a machine asks, counts, and makes the move when its rule is met.

A kind says with :func:`register_approvable` what its approvers agree to and which moves follow. All of it runs inside
the door, under the ticket's lock, so of fifty decisions at once each counts once.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Subquery
from django.utils.translation import gettext as _

from directory.models import Employee
from directory.news import News
from servicedesk.common.errors import WrongState
from servicedesk.workflow import Passage, carry_out, machine_of

from .access import asked_of
from .approvers import Approvers, Asked
from .models import Approval, ApprovalRound, ApprovalRule, Ticket
from .roles import BY_APPROVAL

State, Round = Approval.State, ApprovalRound


@dataclass(frozen=True)
class Approvable:
    """One kind that needs approval.

    ``waiting``: the state in which it waits. ``rule`` gives the rule for a ticket, or None when nobody is asked.
    ``content`` is what is agreed to, as JSON primitives: when it changes, everybody is asked anew.
    ``implementer`` and ``author`` are the keys of whoever will do it and wrote it, who may not approve it. ``granted``
    and ``refused`` are the moves; ``why`` is what ``refused`` calls the comment of the one who refused.
    """

    waiting: str
    rule: Callable[[Any], ApprovalRule | None]
    content: Callable[[Any], Mapping[str, Any]]
    granted: str
    refused: str
    why: str = "comment"
    implementer: Callable[[Any], int | None] = lambda _ticket: None
    author: Callable[[Any], int | None] = lambda _ticket: None

    def excluded(self, ticket: Any) -> set[int]:
        """Keys of those who may not decide on ``ticket``."""
        concerned = (ticket.requester_id, ticket.requested_for_id, self.implementer(ticket), self.author(ticket))
        return {key for key in concerned if key is not None}


_approvable: dict[str, Approvable] = {}


def register_approvable(kind: str, approvable: Approvable) -> None:
    _approvable[kind] = approvable


def approvable(kind: str) -> Approvable:
    return _approvable[kind]


def subject_hash(ticket: Ticket) -> str:
    """SHA-256 over what approvers of ``ticket`` agree to."""
    content = approvable(ticket.kind).content(ticket)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def open_round(ticket: Ticket) -> ApprovalRound | None:
    return Round.objects.filter(ticket=ticket.pk, state=Round.State.OPEN).first()


def newest_approvals(ticket: Ticket) -> list[Approval]:
    """Who was asked in the newest round of ``ticket``, with their round, step by step; in one statement."""
    newest = Round.objects.filter(ticket=ticket.pk).order_by("-pk").values("pk")[:1]
    rows = Approval.objects.filter(round=Subquery(newest))
    return list(rows.select_related("round", "approver", "decided_by", "instead_of").order_by("step", "pk"))


def decided_by(employee: Employee) -> QuerySet[Approval]:
    return Approval.objects.filter(decided_by=employee)


# What the actions of the machine do (tickets.approval_actions).


def ask(passage: Passage) -> list[Approval]:
    """Open a round, or go to its next step, and ask whoever must decide now. Gives who was asked."""
    ticket = passage.record
    round_ = open_round(ticket)
    if round_ is None:
        rule = approvable(ticket.kind).rule(ticket)
        if rule is None:
            raise WrongState(_("%(number)s needs no approval.") % {"number": ticket.number})
        round_ = _opened(ticket, rule, passage)
    rows = _ask_what_is_next(ticket, round_, passage)
    passage.details["rule"] = round_.rule_name
    passage.details["approvers"] = [row.approver_id for row in rows if row.state == State.ASKED]
    return rows


def _opened(ticket: Ticket, rule: ApprovalRule, passage: Passage) -> ApprovalRound:
    steps = [
        {"who": step.who, "group": step.group_id, "group_name": step.group.name if step.group else "",
         "quorum": step.quorum}
        for step in rule.steps.select_related("group").order_by("position")
    ]  # fmt: skip
    return Round.objects.create(
        ticket_id=ticket.pk, rule_name=rule.name, is_sequential=rule.is_sequential, steps=steps,
        subject_hash=subject_hash(ticket), opened_at=passage.now,
    )  # fmt: skip


def _ask_what_is_next(ticket: Ticket, round_: ApprovalRound, passage: Passage) -> list[Approval]:
    """In sequence the first step that is not met; all at once when they stand side by side."""
    rows: list[Approval] = []
    begun = set(round_.approvals.values_list("step", flat=True))
    for position, step in enumerate(round_.steps):
        if position in begun:
            continue
        made = _ask_step(ticket, round_, position, step, passage)
        rows += made
        if round_.is_sequential and not _is_met(made, step):
            break
    return rows


def _ask_step(
    ticket: Ticket, round_: ApprovalRound, position: int, step: dict[str, Any], passage: Passage
) -> list[Approval]:
    excluded = approvable(ticket.kind).excluded(ticket)
    # Whoever agreed to an earlier step of the same asking is not asked a second time.
    agreed = {row.approver_id: row for row in round_.approvals.filter(state=State.APPROVED)}
    rows = []
    for asked in Approvers(ticket, excluded).of(step):
        row = _row(ticket, round_, position, asked, passage)
        before = agreed.get(asked.approver.pk)
        if before is not None:
            row.state, row.decided_by_id = State.APPROVED, before.decided_by_id
            row.decided_at, row.comment = before.decided_at, before.comment
        rows.append(row)
    return Approval.objects.bulk_create(rows)


def _row(ticket: Ticket, round_: ApprovalRound, position: int, asked: Asked, passage: Passage) -> Approval:
    kind = approvable(ticket.kind)
    return Approval(
        ticket_id=ticket.pk, round=round_, step=position, approver=asked.approver, instead_of=asked.instead_of,
        requester_id=ticket.requester_id, requested_for_id=ticket.requested_for_id,
        implementer_id=kind.implementer(ticket), author_id=kind.author(ticket), asked_at=passage.now,
    )  # fmt: skip


def grant_if_met(passage: Passage) -> None:
    """After an asking that asked nobody, because all had agreed before: go on."""
    round_ = open_round(passage.record)
    if round_ is not None and _all_met(round_):
        _end(round_, Round.State.GRANTED, passage)
        _move(passage, approvable(passage.record.kind).granted, {})


def decide(passage: Passage, *, approval: Approval, verdict: str, comment: str = "") -> Approval:
    """Write down one decision, on every step at which the same approver is asked."""
    ticket = passage.record
    if approval.round.subject_hash != subject_hash(ticket):
        raise WrongState(
            _("%(number)s is no longer what you were asked about. Open it again.") % {"number": ticket.number}
        )
    if approval.approver_id != passage.by.pk:
        passage.on_behalf_of = approval.approver
    rows = Approval.objects.filter(round=approval.round, approver=approval.approver, state=State.ASKED)
    if not rows.update(state=verdict, decided_by=passage.by, decided_at=passage.now, comment=comment):
        raise WrongState(_("%(number)s was decided meanwhile. Open it again.") % {"number": ticket.number})
    passage.details["approval"] = str(approval.uuid)
    approval.refresh_from_db()
    return approval


def after_decision(passage: Passage) -> None:
    """When the rule is met, or somebody refused: the move that follows, or the next step of the rule."""
    approval: Approval = passage.result
    round_, kind = approval.round, approvable(passage.record.kind)
    if approval.state == State.REJECTED:
        _end(round_, Round.State.REFUSED, passage)
        _move(passage, kind.refused, {kind.why: approval.comment})
        return
    rows = list(round_.approvals.all())
    for position, step in enumerate(round_.steps):
        of_step = [row for row in rows if row.step == position]
        if of_step and _is_met(of_step, step):
            round_.approvals.filter(step=position, state=State.ASKED).update(state=State.NOT_NEEDED)
    if _all_met(round_):
        _end(round_, Round.State.GRANTED, passage)
        _move(passage, kind.granted, {})
    elif round_.is_sequential and not round_.approvals.filter(state=State.ASKED).exists():
        _move(passage, "ask_approvers", {})


def grant_outright(passage: Passage) -> None:
    """The ticket was approved by its own button: what that person was asked is answered, and nobody else has to."""
    round_ = open_round(passage.record)
    if round_ is not None:
        asked = asked_of(passage.by).filter(round=round_)
        asked.update(state=State.APPROVED, decided_by=passage.by, decided_at=passage.now)
        _end(round_, Round.State.GRANTED, passage)


def _move(passage: Passage, action: str, details: dict[str, Any]) -> None:
    done = carry_out(
        passage.record, action, by=passage.by, on_behalf_of=passage.on_behalf_of, cause=BY_APPROVAL, details=details
    )
    passage.record = done.record


def _is_met(rows: Iterable[Approval], step: Mapping[str, Any]) -> bool:
    return sum(row.state == State.APPROVED for row in rows) >= step["quorum"]


def _all_met(round_: ApprovalRound) -> bool:
    rows = list(round_.approvals.all())
    return all(
        _is_met([row for row in rows if row.step == position], step) for position, step in enumerate(round_.steps)
    )


def _end(round_: ApprovalRound, state: str, passage: Passage) -> None:
    round_.approvals.filter(state=State.ASKED).update(state=State.NOT_NEEDED)
    round_.state, round_.ended_at = state, passage.now
    round_.save(update_fields=["state", "ended_at"])


def withdraw(ticket: Ticket, passage: Passage) -> None:
    """Nobody is asked about ``ticket`` any more, whatever its state says."""
    round_ = open_round(ticket)
    if round_ is not None:
        _end(round_, Round.State.WITHDRAWN, passage)


def hand_on(passage: Passage, *, employee: Employee) -> list[Approval]:
    """``employee`` can no longer decide: who stands above them is asked instead."""
    ticket = passage.record
    excluded = approvable(ticket.kind).excluded(ticket) | {employee.pk}
    made: list[Approval] = []
    waiting = Approval.objects.filter(ticket=ticket.pk, approver=employee, state=State.ASKED).select_related("round")
    for row in waiting.order_by("pk"):
        others = set(row.round.approvals.filter(step=row.step).values_list("approver", flat=True))
        found = Approvers(ticket, excluded | others).instead(employee)
        made += Approval.objects.bulk_create([_row(ticket, row.round, row.step, one, passage) for one in found])
        if found or _can_do_without(row):
            Approval.objects.filter(pk=row.pk).update(state=State.HANDED_ON)
    passage.details["employee"] = employee.pk
    passage.details["approvers"] = [row.approver_id for row in made]
    return made


def _can_do_without(row: Approval) -> bool:
    """Whether enough others are still asked, or agreed, for the step's quorum."""
    able = row.round.approvals.filter(step=row.step, state__in=[State.ASKED, State.APPROVED]).exclude(pk=row.pk)
    return able.count() >= row.round.steps[row.step]["quorum"]


# What follows from other events.


def on_passage(passage: Passage) -> None:
    """Inside the transaction of every event: an asking ends with its state, and begins anew with another text."""
    ticket = passage.record
    kind = _approvable.get(getattr(ticket, "kind", ""))
    if kind is None or passage.cause == BY_APPROVAL or passage.action.name in ("decide", "create"):
        return
    round_ = open_round(ticket)
    if round_ is None:
        return
    if ticket.state != kind.waiting:
        _end(round_, Round.State.WITHDRAWN, passage)
    elif round_.subject_hash != subject_hash(ticket):
        _end(round_, Round.State.WITHDRAWN, passage)
        _move(passage, "ask_approvers", {})


def on_news(news: list[News]) -> None:
    """Whoever left hands on what waits for them."""
    left = {item.employee.pk: item.employee for item in news if item.kind == "left"}
    if not left:
        return
    waiting = Approval.objects.filter(approver__in=left, state=State.ASKED).order_by("pk")
    pairs = dict.fromkeys(waiting.values_list("ticket", "approver"))
    for ticket_id, employee_id in pairs:
        ticket = Ticket.objects.get(pk=ticket_id).specific
        if "hand_on_approval" in machine_of(type(ticket)).actions:
            employee = left[employee_id]
            carry_out(ticket, "hand_on_approval", by=employee, cause=BY_APPROVAL, details={"employee": employee.login})
