"""What follows a move of a case, at once and in the same transaction."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from directory.services import block, unblock
from servicedesk.audit import services as audit
from servicedesk.calendars.working_days import shift_working_days
from servicedesk.common.errors import InvalidPayload, WrongState
from servicedesk.tickets.approvals import grant_outright
from servicedesk.tickets.models import Task
from servicedesk.tickets.roles import BY_APPROVAL
from servicedesk.workflow import Passage, carry_out

from . import predicate
from .guards import still_there

# The hour at which a task of a day is due, where the subject is.
DUE = time(17)


def after_create(passage: Passage) -> None:
    """Whoever joins or moves is approved by their line manager, or who stands in for one."""
    if passage.record.case_type == "leaver":
        return
    try:
        done = carry_out(
            passage.record, "ask_approvers", by=passage.by, on_behalf_of=passage.on_behalf_of, cause=BY_APPROVAL
        )
    except InvalidPayload:  # nobody in the company could be asked: the desk sees a case that waits
        return
    passage.record = done.record


def after_approve(passage: Passage) -> None:
    """Approved by its own button and not in the inbox: the asking is answered all the same."""
    if passage.cause != BY_APPROVAL:
        grant_outright(passage)


def make_template_tasks(passage: Passage) -> None:
    """The tasks of the template, each due on its working day; in one statement."""
    case = passage.record
    if case.template_id is None:
        return
    zone = ZoneInfo(case.subject.shown_time_zone)
    Task.objects.bulk_create(
        Task(
            ticket_id=case.pk, title=task.title, queue_id=task.queue_id, created_at=passage.now,
            due_at=due_at(case.on, task.offset, zone),
        )
        for task in case.template.tasks.order_by("position")
    )  # fmt: skip


def due_at(day: date, offset: int, zone: ZoneInfo) -> datetime:
    """The end of the working day that lies ``offset`` working days from ``day``."""
    return datetime.combine(shift_working_days(day, offset), DUE, tzinfo=zone)


def end_access(passage: Passage) -> None:
    """Sessions, tokens and groups end now, and nobody signs in as this person any more, whatever a directory says."""
    subject = block(passage.record.subject)
    audit.record(subject, "employee.blocked", actor=passage.by, at=passage.now)
    passage.record.subject = subject


def make_recovery_tasks(passage: Passage) -> None:
    """One task for each thing that is left; in as many statements for fifty of them as for one."""
    case = passage.record
    known = set(Task.objects.filter(ticket=case.pk, state=Task.State.OPEN).values_list("title", flat=True))
    titles = [one.task[:200] for one in predicate.left_by([case.subject_id], passage.now)]
    Task.objects.bulk_create(
        Task(ticket_id=case.pk, title=title, queue_id=case.queue_id, created_at=passage.now)
        for title in dict.fromkeys(titles)
        if title not in known
    )


def after_close(passage: Passage) -> None:
    """Nothing is left, also of what was given since the form was looked at; or it is written down what is."""
    case = passage.record
    if case.case_type != "leaver":
        return
    left = predicate.left_by([case.subject_id], passage.now)
    if left and not case.waiver.strip():
        raise WrongState(still_there(case.number, predicate.in_words(left)))
    case.waived = sorted(one.key for one in left)
    type(case)._base_manager.filter(pk=case.pk).update(waived=case.waived)


def after_cancel(passage: Passage) -> None:
    """They do not leave after all: they may sign in again. What they lost does not come back by itself."""
    case: Any = passage.record
    if case.revoked_at is None:
        return
    unblock(case.subject)
    audit.record(case.subject, "employee.unblocked", actor=passage.by, at=passage.now)
    passage.remarks.append(
        _("%(name)s may sign in again. Groups and tokens do not come back by themselves.") % {"name": case.subject.name}
    )
