"""What the actions that are not moves do. Each runs inside the door and gives what it made."""

from typing import Any

from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.audit.origin import current_channel
from servicedesk.common.errors import InvalidPayload, WrongState
from servicedesk.workflow import Passage, carry_out

from . import guards
from .files import store
from .models import Attachment, Link, Message, Proposal, Queue, Task, Ticket, TimeEntry, Watch
from .states import priority_of


def reply(passage: Passage, *, body: str, attachments: Any, files: Any) -> Message:
    """A public message; a requester's reply wakes a ticket that waits for them."""
    return _message(passage, body=body, attachments=attachments, files=files, internal=False)


def note(passage: Passage, *, body: str, attachments: Any, files: Any) -> Message:
    """A message that only people who see the queue read."""
    return _message(passage, body=body, attachments=attachments, files=files, internal=True)


def _message(passage: Passage, *, body: str, attachments: Any, files: Any, internal: bool) -> Message:
    message = Message.objects.create(
        ticket_id=passage.record.pk, author=passage.by, body=body, internal=internal, at=passage.now,
        channel=current_channel(),
    )  # fmt: skip
    if attachments:
        attachments.update(message=message, internal=internal)
    for file in files or ():
        store(file, ticket=passage.record, by=passage.by, message=message, internal=internal, at=passage.now)
    passage.details["message"] = str(message.uuid)
    passage.text["body"] = body
    return message


def resume_on_reply(passage: Passage) -> None:
    """After a requester's reply: what waited for them goes on."""
    ticket = passage.record
    if ticket.state == "pending" and ticket.requester_id == passage.by.pk:
        passage.record = carry_out(ticket, "resume", by=passage.by, cause="reply").record


def attach(passage: Passage, *, file: Any, internal: bool = False) -> Attachment:
    attachment = store(file[0], ticket=passage.record, by=passage.by, message=None, internal=internal, at=passage.now)
    passage.details["attachment"] = str(attachment.uuid)
    passage.text["name"] = attachment.name
    return attachment


def edit(passage: Passage, *, title: str = "", description: str = "") -> None:
    ticket = passage.record
    passage.details["fields"] = []
    for name, value in (("title", title), ("description", description)):
        if name in passage.given and getattr(ticket, name) != value:
            passage.details["fields"].append(name)
            passage.text[f"{name}_before"] = getattr(ticket, name)
            passage.text[name] = value
            setattr(ticket, name, value)


def set_priority(passage: Passage, *, impact: str, urgency: str, priority: str = "", reason: str = "") -> None:
    ticket = passage.record
    computed = priority_of(impact, urgency)
    ticket.impact, ticket.urgency = impact, urgency
    ticket.priority = priority or computed
    ticket.priority_by_hand = bool(priority) and priority != computed


def tag(passage: Passage, *, tags: Any) -> None:
    ticket = passage.record
    before = set(ticket.tags.values_list("slug", flat=True))
    ticket.tags.set(tags)
    after = {tag.slug for tag in tags}
    passage.details["added"], passage.details["removed"] = sorted(after - before), sorted(before - after)


def categorise(passage: Passage, *, category: Any) -> None:
    passage.record.category = category


def link(passage: Passage, *, other: Ticket, kind: str) -> Link:
    made, _new = Link.objects.get_or_create(
        ticket_id=passage.record.pk, other_id=other.pk, kind=kind, defaults={"by": passage.by, "at": passage.now}
    )
    return made


def unlink(passage: Passage, *, other: Ticket) -> None:
    here = Link.objects.filter(ticket=passage.record.pk, other=other.pk).exclude(kind=Link.Kind.SPLIT_FROM)
    there = Link.objects.filter(ticket=other.pk, other=passage.record.pk).exclude(kind=Link.Kind.SPLIT_FROM)
    if not here.delete()[0] + there.delete()[0]:
        raise InvalidPayload({"other": [_("%(number)s is not linked to this ticket.") % {"number": other.number}]})


def add_task(
    passage: Passage, *, title: str, queue: Queue | None = None, assignee: Employee | None = None, due_at: Any = None
) -> Task:
    task = Task.objects.create(
        ticket_id=passage.record.pk, title=title, queue=queue or passage.record.queue, assignee=assignee, due_at=due_at,
        created_at=passage.now,
    )  # fmt: skip
    passage.details["task"] = str(task.uuid)
    passage.text["title"] = title
    return task


def complete_task(passage: Passage, *, task: Task) -> Task:
    task.state, task.done_by, task.done_at = Task.State.DONE, passage.by, passage.now
    task.save(update_fields=["state", "done_by", "done_at"])
    passage.details["task"] = str(task.uuid)
    return task


def skip_task(passage: Passage, *, task: Task, reason: str) -> Task:
    task.state, task.done_by, task.done_at, task.skip_reason = Task.State.SKIPPED, passage.by, passage.now, reason
    task.save(update_fields=["state", "done_by", "done_at", "skip_reason"])
    passage.details["task"] = str(task.uuid)
    return task


def log_time(passage: Passage, *, minutes: int, note: str = "") -> TimeEntry:
    return TimeEntry.objects.create(
        ticket_id=passage.record.pk, employee=passage.by, minutes=minutes, note=note, at=passage.now
    )


def watch(passage: Passage, *, employee: Employee) -> None:
    Watch.objects.get_or_create(ticket_id=passage.record.pk, employee=employee, defaults={"at": passage.now})
    passage.details["employee"] = employee.pk


def unwatch(passage: Passage, *, employee: Employee) -> None:
    Watch.objects.filter(ticket_id=passage.record.pk, employee=employee).delete()
    passage.details["employee"] = employee.pk


def propose(passage: Passage, *, kind: str, body: str, code: str = "") -> Proposal:
    proposal = Proposal.objects.create(
        ticket_id=passage.record.pk, author=passage.by, kind=kind, body=body, code=code, at=passage.now
    )
    passage.details["proposal"] = str(proposal.uuid)
    passage.text["body"] = body
    return proposal


def release(passage: Passage, *, proposal: Proposal) -> Proposal:
    """The proposal counts now: the reply goes out, or the ticket is resolved, by the one who released it."""
    _settle(passage, proposal, Proposal.State.RELEASED)
    return proposal


def after_release(passage: Passage) -> None:
    proposal: Proposal = passage.result
    if proposal.kind == Proposal.Kind.REPLY:
        done = carry_out(
            passage.record, "reply", by=passage.by, on_behalf_of=proposal.author, cause="release",
            details={"body": proposal.body},
        )  # fmt: skip
    else:
        done = carry_out(
            passage.record, "resolve", by=passage.by, on_behalf_of=proposal.author, cause="release",
            details={"code": proposal.code, "text": proposal.body},
        )  # fmt: skip
    passage.record = done.record


def discard(passage: Passage, *, proposal: Proposal, reason: str) -> Proposal:
    _settle(passage, proposal, Proposal.State.DISCARDED)
    return proposal


def _settle(passage: Passage, proposal: Proposal, state: str) -> None:
    proposal.state, proposal.decided_by = state, passage.by
    proposal.save(update_fields=["state", "decided_by"])
    passage.details["proposal"] = str(proposal.uuid)
    passage.details["author"] = proposal.author_id


def after_merge(passage: Passage) -> None:
    """The other ticket's log says what came in; both are held until the transaction ends."""
    into = _held(passage.payload["into"].pk)
    if not into.is_open:
        raise InvalidPayload(
            {"into": [_("%(number)s is no longer open: merge into an open ticket.") % {"number": into.number}]}
        )
    _tell_the_other(passage, into, "absorbed")


def after_unmerge(passage: Passage) -> None:
    """The other ticket gives back what came in, unless somebody wrote on it while we waited for it."""
    other = _held(passage.before["merged_into_id"])
    if Message.objects.filter(ticket=other.pk, at__gt=passage.before["closed_at"]).exists():
        raise WrongState(guards.torn_apart(passage.record.number))
    _tell_the_other(passage, other, "gave_back")


def _held(pk: int) -> Ticket:
    """A second ticket, read once nobody else may change it until the transaction ends."""
    return Ticket.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)


def _tell_the_other(passage: Passage, other: Ticket, verb: str) -> None:
    audit.record(
        other, f"{other.kind}.{verb}", actor=passage.by, source=other.state, target=other.state, at=passage.now,
        details={"ticket": passage.record.pk},
    )  # fmt: skip


def after_pend(passage: Passage) -> None:
    note_text = passage.payload.get("note")
    if note_text:
        carry_out(passage.record, "note", by=passage.by, cause="pend", details={"body": note_text})
