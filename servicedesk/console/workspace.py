"""What the workspace shows of one ticket to one reader, in a fixed handful of statements."""

from itertools import groupby
from typing import Any

from django.db.models import CharField, F, FilteredRelation, Q, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.tickets.faces import face_of, panels_of
from servicedesk.tickets.facts import TicketFacts
from servicedesk.tickets.models import Attachment, Link, Message, Proposal, Task, Ticket
from servicedesk.tickets.querysets import reads_notes
from servicedesk.tickets.timeline import timeline
from servicedesk.workflow import Option, PayloadForm, machine_of, options

from .rows import status_of

MOVES_SHOWN = 2
# So many events in a row are folded into one line.
FOLDED_FROM = 3
SAID_BY_MESSAGES = ("ticket.replied", "ticket.noted")
MERGES = ("absorbed", "merged")


def workspace(ticket: Ticket, reader: Employee) -> dict[str, Any]:
    """The context of ``console/ticket.html``."""
    facts: TicketFacts = machine_of(type(ticket)).facts(ticket, reader)
    offered = {option.name: option for option in options(ticket, reader, facts=facts)}
    label, tone = status_of(ticket)
    tags, watchers, waits = _small_things(ticket)
    entries, report_files = stream(ticket, reader)
    merges = any(not e["is_message"] and e["item"].verb.rpartition(".")[2] in MERGES for e in entries)
    return {
        "ticket": ticket, "status": label, "tone": tone, "can": {name: o.allowed for name, o in offered.items()},
        **_buttons(ticket, offered),
        "stream": folded(entries),
        "report_files": report_files,
        "composer": _composer(offered),
        "tasks": _tasks(ticket, reader, waits),
        "proposals": list(_proposals(ticket)) if facts.open_proposals and reads_notes(reader, ticket) else [],
        "watchers": list(watchers.values()), "is_watching": reader.pk in watchers,
        "links": _links(ticket, reader, with_merged=merges),
        "tags": tags,
        "panels": panels_of(ticket, reader, "desk"),
        "reader": reader,
    }  # fmt: skip


def _buttons(ticket: Ticket, offered: dict[str, Option]) -> dict[str, Any]:
    """The primary move, the next few, and the rest with the reason where one is refused in this state."""
    # What a kind names among the next things to do may be no move: deciding on an approval.
    named = {name for group in face_of(ticket.kind).next_moves.get(ticket.state, ()) for name in group}
    moves = [option for option in offered.values() if option.action.is_move or option.name in named]
    allowed = sorted((o for o in moves if o.allowed), key=lambda o: (o.needs_override, o.action.order))
    plain = {o.name: o for o in allowed if not o.needs_override}
    first, beside = face_of(ticket.kind).next_moves.get(ticket.state, ((), ()))
    primary = next((plain[name] for name in first if name in plain), None)
    shown = [plain[name] for name in beside if name in plain and plain[name] is not primary][:MOVES_SHOWN]
    rest = [o for o in allowed if o is not primary and o not in shown]
    refused = [
        o
        for o in moves
        if o.action.is_move and o.action.offered and not o.allowed and o.kind in ("guard", "right")
        and ticket.state in o.action.sources
    ]  # fmt: skip
    return {
        "primary": primary and _button(primary),
        "moves": [_button(o) for o in shown],
        "more_moves": [_button(o) for o in rest if not o.action.danger],
        "danger_moves": [_button(o) for o in rest if o.action.danger],
        "refused": refused,
    }


def _button(option: Option) -> dict[str, Any]:
    return {"option": option, "icon": option.action.icon}


def _composer(offered: dict[str, Option]) -> dict[str, Any] | None:
    kinds = [name for name in ("reply", "note") if offered[name].allowed]
    return {"kinds": kinds, "kind": kinds[0], "form": None} if kinds else None


def refused_composer(
    composer: dict[str, Any] | None, form: PayloadForm, kind: str, *, files_lost: bool
) -> dict[str, Any]:
    """The composer as it was sent, with what is wrong with it."""
    kinds = composer["kinds"] if composer else [kind]
    form.auto_id = "composer-%s"
    chosen = kind if kind in kinds else kinds[0]
    return {"kinds": kinds, "kind": chosen, "form": form, "files_lost": files_lost}


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


def folded(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same stream with long runs of events under one line each; what people wrote and the end stay in sight."""
    result: list[dict[str, Any]] = []
    for quiet, run in groupby(entries, key=lambda entry: not entry["is_message"] and not entry["item"].quotes):
        several = list(run)
        if not quiet or len(several) < FOLDED_FROM or several[-1] is entries[-1]:
            result += several
            continue
        items = [entry["item"] for entry in several]
        who = list(dict.fromkeys(item.actor for item in items))
        result.append({"is_run": True, "items": items, "who": who[:2], "others": len(who) - 2})
    return result


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
    """Linked and merged tickets that the reader may see, with how they belong to this one; in one statement."""
    found = Ticket.objects.visible_to(reader).alias(
        there=FilteredRelation("links", condition=Q(links__other=ticket.pk)),
        here=FilteredRelation("links_here", condition=Q(links_here__ticket=ticket.pk)),
    )
    wanted = Q(there__pk__isnull=False) | Q(here__pk__isnull=False)
    if with_merged:
        wanted |= Q(merged_into=ticket.pk) | Q(pk=ticket.merged_into_id)
    found = found.filter(wanted).annotate(out=F("here__kind"), back=F("there__kind"))
    # Two links in each direction meet in the join as four rows.
    shown: dict[tuple[str, str, int], dict[str, Any]] = {}
    for other in found.order_by("pk"):
        for kind, way in ((other.out, "%(kind)s"), (other.back, _("%(kind)s this ticket"))):
            if kind:
                words = way % {"kind": Link.Kind(kind).label}
                shown[way, kind, other.pk] = _link(other, words, removable=kind != Link.Kind.SPLIT_FROM)
        if other.merged_into_id == ticket.pk:
            shown["in", "", other.pk] = _link(other, _("merged into this ticket"))
        if ticket.merged_into_id == other.pk:
            shown["into", "", other.pk] = _link(other, _("holds this ticket since the merge"))
    return list(shown.values())


def _link(other: Ticket, words: str, *, removable: bool = False) -> dict[str, Any]:
    label, tone = status_of(other)
    return {"ticket": other, "words": words, "status": label, "tone": tone, "removable": removable}


def _small_things(ticket: Ticket) -> tuple[list[str], dict[int, str], dict[int, set[int]]]:
    """The names of tags, who follows (key → name), and which task waits for which open ones; in one statement."""
    parts = (
        ticket.tags.through.objects.filter(ticket=ticket.pk).values_list("pk", F("tag__name")),
        ticket.watches.values_list("employee", "employee__name"),
        Task.after.through.objects.filter(from_task__ticket=ticket.pk, to_task__state=Task.State.OPEN).values_list(
            "from_task", Cast("to_task", CharField())
        ),
    )
    united = [part.order_by().annotate(part=Value(n)) for n, part in enumerate(parts)]
    found: tuple[list[tuple[Any, str]], ...] = ([], [], [])
    for key, text, part in united[0].union(*united[1:], all=True):
        found[part].append((key, text))
    waits: dict[int, set[int]] = {}
    for task, before in found[2]:
        waits.setdefault(task, set()).add(int(before))
    return sorted(name for _key, name in found[0]), dict(sorted(found[1])), waits


def _tasks(ticket: Ticket, reader: Employee, waits: dict[int, set[int]]) -> list[dict[str, Any]]:
    """Each task that the reader may know of, whether it must wait, and for which of the others that they may know."""
    found = Task.objects.readable_by(reader, ticket).select_related("queue", "assignee", "done_by").order_by("pk")
    tasks = {task.pk: task for task in found}
    return [
        {"task": task, "must_wait": key in waits,
         "waits_for": [tasks[other] for other in sorted(waits.get(key, ())) if other in tasks]}
        for key, task in tasks.items()
    ]  # fmt: skip


def _proposals(ticket: Ticket) -> Any:
    return Proposal.objects.filter(ticket=ticket.pk, state=Proposal.State.OPEN).select_related("author")
