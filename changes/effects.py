"""What follows a move of a change, at once and in the same transaction."""

from typing import Any

from django.utils.translation import gettext as _

from servicedesk.common.errors import WrongState
from servicedesk.tickets.models import Task
from servicedesk.tickets.roles import BY_APPROVAL
from servicedesk.workflow import Passage, carry_out

from . import conflicts, guards

# What approvers agree to, beside title, description and affected assets. Any of it changing voids what they said.
PLAN = ("planned_start", "planned_end", "implementer", "outage", "plan", "back_out", "test_plan")


def after_create(passage: Passage) -> None:
    """The tasks of its template, and what it affects."""
    change = passage.record
    if change.template_id is not None:
        Task.objects.bulk_create(
            Task(ticket_id=change.pk, title=task.title, queue_id=task.queue_id, created_at=passage.now)
            for task in change.template.tasks.order_by("position")
        )
    for asset in passage.payload.get("assets") or ():
        carry_out(change, "link_asset", by=passage.by, cause="create", details={"asset": asset.number})


def after_submit(passage: Passage) -> None:
    if passage.record.state == "authorisation":
        ask_approvers(passage)
    elif passage.record.state == "scheduled":
        take_window(passage)


def ask_approvers(passage: Passage) -> None:
    done = carry_out(
        passage.record, "ask_approvers", by=passage.by, on_behalf_of=passage.on_behalf_of, cause=BY_APPROVAL
    )
    passage.record = done.record


def take_window(passage: Passage) -> None:
    """The window is this change's now; of two that take it at once, the second finds the first.

    Raises ``WrongState``: then nothing of the move was written.
    """
    conflicts.hold_assets(passage.record)
    others = conflicts.conflicting(passage.record, passage.now)
    if others:
        raise WrongState(guards.in_the_way(passage.record.number, conflicts.named(others, passage.by)))


def edit_plan(passage: Passage, **given: Any) -> None:
    """Change what is given; the log keeps what was changed, and texts as they were."""
    change = passage.record
    changed = [name for name in PLAN if name in passage.given and getattr(change, name) != given[name]]
    for name in changed:
        setattr(change, name, given[name])
    passage.details = {"fields": changed}
    passage.text = {name: str(getattr(change, name) or "") for name in changed if name in _TEXTS}
    passage.result = changed


_TEXTS = frozenset({"outage", "plan", "back_out", "test_plan"})


def after_plan(passage: Passage) -> None:
    if passage.details["fields"]:
        _back_to_its_author(passage)


def after_link(passage: Passage) -> None:
    """An asset was linked, unless it had been before."""
    if passage.result.at == passage.now:
        _back_to_its_author(passage)


def after_unlink(passage: Passage) -> None:
    _back_to_its_author(passage)


def _back_to_its_author(passage: Passage) -> None:
    """What was submitted is no longer what was assessed and authorised."""
    if passage.record.state in ("assessment", "authorisation", "scheduled"):
        details = {"reason": _("The plan was changed.")}
        passage.record = carry_out(
            passage.record, "send_back", by=passage.by, cause=BY_APPROVAL, details=details
        ).record


def waive(passage: Passage, *, reason: str) -> None:
    """What is in its way now may stay there; what comes later may not."""
    change = passage.record
    change.waiver = reason
    change.waived = sorted(conflicts.overlapping(change, passage.now).values_list("pk", flat=True))
    passage.details["changes"] = change.waived


def miss_review(passage: Passage) -> None:
    passage.record.review_missed_at = passage.now
