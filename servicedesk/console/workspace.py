"""What the workspace shows of one ticket to one reader, in a fixed handful of statements."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.tickets.facts import TicketFacts
from servicedesk.tickets.models import Attachment, Link, Message, Proposal, Ticket
from servicedesk.tickets.querysets import reads_notes
from servicedesk.tickets.timeline import timeline
from servicedesk.workflow import Option, PayloadForm, machine_of, options

from .rows import status_of

# The move that most likely comes next stands as the one primary button.
NEXT_MOVE = {"new": "start", "assigned": "start", "in_progress": "resolve", "pending": "resume", "resolved": "close"}
MOVES_SHOWN = 3
SAID_BY_MESSAGES = ("ticket.replied", "ticket.noted")
MERGE_VERBS = ("incident.absorbed", "incident.merged")


def workspace(ticket: Ticket, reader: Employee) -> dict[str, Any]:
    """The context of ``console/ticket.html``."""
    facts: TicketFacts = machine_of(type(ticket)).facts(ticket, reader)
    offered = {option.name: option for option in options(ticket, reader, facts=facts)}
    label, tone = status_of(ticket)
    watchers = list(ticket.watches.select_related("employee").order_by("pk"))
    entries, report_files = stream(ticket, reader)
    merges = any(not e["is_message"] and e["item"].verb in MERGE_VERBS for e in entries)
    return {
        "ticket": ticket, "status": label, "tone": tone, "can": {name: o.allowed for name, o in offered.items()},
        **_buttons(ticket, offered),
        "stream": entries,
        "report_files": report_files,
        "composer": _composer(offered),
        "tasks": list(ticket.tasks.select_related("queue", "assignee", "done_by")),
        "proposals": list(_proposals(ticket)) if facts.open_proposals else [],
        "watchers": watchers, "is_watching": any(w.employee_id == reader.pk for w in watchers),
        "links": _links(ticket, reader, with_merged=merges),
        "tags": list(ticket.tags.all()),
        "reader": reader,
    }  # fmt: skip


def _buttons(ticket: Ticket, offered: dict[str, Option]) -> dict[str, Any]:
    """The primary move, the next few, and the rest with the reason where one is refused."""
    moves = [option for option in offered.values() if option.action.is_move]
    allowed = sorted((o for o in moves if o.allowed), key=lambda o: (o.needs_override, o.action.order))
    wanted = NEXT_MOVE.get(ticket.state)
    primary = next((o for o in allowed if o.name == wanted and not o.needs_override), None)
    rest = [option for option in allowed if option is not primary]
    shown = [o for o in rest if not o.action.danger and not o.needs_override][: MOVES_SHOWN - bool(primary)]
    return {
        "primary": primary,
        "moves": shown,
        "more_moves": [o for o in rest if o not in shown],
        "refused": [o for o in moves if not o.allowed and o.kind in ("guard", "right")],
    }


def _composer(offered: dict[str, Option]) -> dict[str, Any] | None:
    kinds = [name for name in ("reply", "note") if offered[name].allowed]
    return {"kinds": kinds, "kind": kinds[0], "form": None} if kinds else None


def conversation_form(form: PayloadForm, kind: str) -> dict[str, Any]:
    """The composer as it was sent, with what is wrong with it."""
    return {"kinds": ["reply", "note"], "kind": kind, "form": form}


def stream(ticket: Ticket, reader: Employee) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Messages and events in the order they happened, and the files of the report.

    Messages of merged tickets are among them, for those who may see those tickets.
    """
    on_desk = reads_notes(reader, ticket)
    with_merged = Q(ticket=ticket.pk)
    if on_desk:
        with_merged |= Q(ticket__merged_into=ticket.pk, ticket__in=Ticket.objects.on_desk_of(reader).values("pk"))
    found = Message.objects.filter(with_merged).select_related("author", "ticket").order_by("at", "pk")
    if not on_desk:
        found = found.filter(internal=False)
    files = files_by_message(ticket, [message.ticket for message in found], internal_too=on_desk)
    entries: list[dict[str, Any]] = [
        {
            "is_message": True, "at": message.at, "author": message.author.name, "text": message.body,
            "internal": message.internal, "mine": message.author_id == reader.pk, "anchor": f"message-{message.pk}",
            "kind": _kind(message, ticket),
            "files": files.get(message.pk, []),
        }
        for message in found
    ]  # fmt: skip
    entries += [
        {"is_message": False, "at": item.at, "item": item}
        for item in timeline(ticket, reader)
        if item.verb not in SAID_BY_MESSAGES
    ]
    return sorted(entries, key=lambda entry: entry["at"]), files.get(None, [])


def files_by_message(
    ticket: Ticket, others: list[Ticket], *, internal_too: bool
) -> dict[int | None, list[dict[str, Any]]]:
    """The files of the ticket and of those merged into it, under the message they hang on (None: the report)."""
    numbers = {ticket.pk: ticket.number} | {other.pk: other.number for other in others}
    found = Attachment.objects.filter(Q(ticket=ticket.pk) | Q(ticket__in=numbers, message__isnull=False))
    files: dict[int | None, list[dict[str, Any]]] = {}
    for file in found if internal_too else found.filter(internal=False):
        url = reverse("console:file", args=[numbers[file.ticket_id], file.uuid])
        files.setdefault(file.message_id, []).append({"name": file.name, "size": file.size, "url": url})
    return files


def _kind(message: Message, ticket: Ticket) -> str:
    if message.ticket_id != ticket.pk:
        return _("Merged from %(number)s") % {"number": message.ticket.number}
    if message.internal:
        return ""
    return _("From the employee") if message.author_id == ticket.requester_id else _("Reply to the employee")


def _links(ticket: Ticket, reader: Employee, *, with_merged: bool) -> list[dict[str, Any]]:
    """Linked and merged tickets that the reader may see, with how they belong to this one."""
    visible = Ticket.objects.visible_to(reader).order_by()
    here = Q(ticket=ticket.pk, other__in=visible.values("pk"))
    there = Q(other=ticket.pk, ticket__in=visible.values("pk"))
    shown = []
    for link in Link.objects.filter(here | there).select_related("ticket", "other").order_by("pk"):
        removable = link.kind != Link.Kind.SPLIT_FROM
        if link.ticket_id == ticket.pk:
            shown.append(_link(link.other, link.get_kind_display(), removable=removable))
        else:
            words = _("%(kind)s this ticket") % {"kind": link.get_kind_display()}
            shown.append(_link(link.ticket, words, removable=removable))
    if with_merged:
        for other in visible.filter(Q(merged_into=ticket.pk) | Q(merged=ticket.pk)).order_by("pk"):
            inside = other.merged_into_id == ticket.pk
            shown.append(
                _link(other, _("merged into this ticket") if inside else _("holds this ticket since the merge"))
            )
    return shown


def _link(other: Ticket, words: str, *, removable: bool = False) -> dict[str, Any]:
    label, tone = status_of(other)
    return {"ticket": other, "words": words, "status": label, "tone": tone, "removable": removable}


def _proposals(ticket: Ticket) -> Any:
    return Proposal.objects.filter(ticket=ticket.pk, state=Proposal.State.OPEN).select_related("author")
