"""What follows a move of a service request, at once and in the same transaction."""

from datetime import datetime

from servicedesk.calendars.working_days import add_working_days
from servicedesk.tickets.models import Task
from servicedesk.tickets.roles import BY_APPROVAL
from servicedesk.workflow import Passage, carry_out


def go_on(passage: Passage) -> None:
    """Just submitted: ask for approval where the item has a rule, else begin."""
    rule = passage.record.catalogue_item.approval_rule_id
    _move(passage, "begin" if rule is None else "ask_approval")


def ask_approvers(passage: Passage) -> None:
    _move(passage, "ask_approvers")


def begin(passage: Passage) -> None:
    _move(passage, "begin")


def create_tasks(passage: Passage) -> None:
    """The item's tasks, each waiting for those it comes after."""
    request = passage.record
    templates = list(request.catalogue_item.tasks.prefetch_related("after").order_by("position"))
    made: dict[int, Task] = {}
    for template in templates:
        made[template.pk] = Task.objects.create(
            ticket_id=request.pk, title=template.title, queue_id=template.queue_id, created_at=passage.now,
            due_at=_due(passage.now, template.due_in),
        )  # fmt: skip
    for template in templates:
        before = [made[task.pk] for task in template.after.all() if task.pk in made]
        if before:
            made[template.pk].after.set(before)


def _due(start: datetime, days: int | None) -> datetime | None:
    return add_working_days(start, days) if days is not None else None


def _move(passage: Passage, action: str) -> None:
    done = carry_out(passage.record, action, by=passage.by, on_behalf_of=passage.on_behalf_of, cause=BY_APPROVAL)
    passage.record = done.record
