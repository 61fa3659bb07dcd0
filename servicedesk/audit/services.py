"""Writing the log: ``record`` one event, ``append_history`` many, ``seal`` the heads."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from servicedesk.common.bulk import insert_rows
from servicedesk.common.time import now as present

from .chain import check_primitive, event_hash, seal_hash, text_digest
from .models import Event, Head, PersonalText, Seal, SealEntry
from .origin import current_channel

SEAL_BATCH = 20_000


@dataclass(slots=True)
class Entry:
    """One event to be written. ``details`` are JSON primitives without floats; ``text`` is personal text."""

    subject: models.Model
    verb: str
    actor_id: int
    at: datetime
    source: str = ""
    target: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    on_behalf_of_id: int | None = None


def subject_type_of(record: models.Model) -> ContentType:
    """The content type under which ``record`` is logged: its base table, so a kind may change."""
    model = type(record)
    while model._meta.parents:
        model = next(iter(model._meta.parents))
    return ContentType.objects.get_for_model(model, for_concrete_model=True)


def record(
    subject: models.Model,
    verb: str,
    *,
    actor: models.Model,
    on_behalf_of: models.Model | None = None,
    source: str = "",
    target: str = "",
    details: Mapping[str, Any] | None = None,
    text: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> Event:
    """Append one event to ``subject``'s chain; call it inside the transaction of the change it tells of."""
    with transaction.atomic(savepoint=False):
        kind = subject_type_of(subject)
        head = _locked_head(kind, subject.pk)
        entry = Entry(
            subject=subject, verb=verb, actor_id=actor.pk, at=at or present(), source=source, target=target,
            details=details or {}, text=text or {}, on_behalf_of_id=on_behalf_of.pk if on_behalf_of else None,
        )  # fmt: skip
        values, personal = _link(entry, kind, head, recorded_at=timezone.now(), channel=current_channel())
        event = Event(**values)
        event.save(force_insert=True)
        if personal:
            personal.event_id = event.pk
            personal.save(force_insert=True)
        Head.objects.filter(pk=head.pk).update(sequence=head.sequence, hash=head.hash)
    return event


@transaction.atomic
def append_history(entries: Iterable[Entry]) -> int:
    """Append many events, in the order given for each subject, in few statements; gives their number. For imports."""
    entries = list(entries)
    types = {type(e.subject): subject_type_of(e.subject) for e in entries}
    kinds = {kind.pk for kind in types.values()}
    ids = {e.subject.pk for e in entries}
    heads = {
        (head.subject_type_id, head.subject_id): head
        for head in Head.objects.select_for_update(no_key=True)
        .filter(subject_type__in=kinds, subject_id__in=ids)
        .order_by("pk")
    }
    recorded_at, channel = timezone.now(), current_channel()
    known = list(heads.values())
    rows: list[dict[str, Any]] = []
    texts: dict[tuple[int, int, int], PersonalText] = {}
    for entry in entries:
        kind = types[type(entry.subject)]
        key = (kind.pk, entry.subject.pk)
        if key not in heads:
            heads[key] = Head(subject_type=kind, subject_id=entry.subject.pk)
        values, personal = _link(entry, kind, heads[key], recorded_at=recorded_at, channel=channel)
        rows.append(values)
        if personal:
            texts[kind.pk, entry.subject.pk, values["sequence"]] = personal
    last_before = Event.objects.aggregate(last=models.Max("pk"))["last"] or 0
    if rows:
        insert_rows(Event, list(rows[0]), (tuple(row.values()) for row in rows))
    _hang_texts(texts, last_before)
    new = [head for head in heads.values() if head.pk is None]
    names = ("subject_type_id", "subject_id", "sequence", "hash", "sealed_sequence")
    insert_rows(Head, names, ([getattr(head, name) for name in names] for head in new))
    Head.objects.bulk_update(known, ["sequence", "hash"], batch_size=300)
    return len(rows)


def _hang_texts(texts: dict[tuple[int, int, int], PersonalText], last_before: int) -> None:
    """Give each text the key of its event; other writers' events after ``last_before`` are passed over."""
    if not texts:
        return
    found = Event.objects.filter(pk__gt=last_before).exclude(text_digest="")
    for pk, *key in found.values_list("pk", "subject_type_id", "subject_id", "sequence").iterator(chunk_size=5000):
        personal = texts.get((key[0], key[1], key[2]))
        if personal is not None:
            personal.event_id = pk
    insert_rows(
        PersonalText, ("event_id", "salt", "body"), ((text.event_id, text.salt, text.body) for text in texts.values())
    )


def _locked_head(kind: ContentType, subject_id: int) -> Head:
    heads = Head.objects.select_for_update(no_key=True).filter(subject_type=kind, subject_id=subject_id)
    head = heads.first()
    if head is None:
        # Two writers of a first event: the second one waits here for the first, then reads its row.
        Head.objects.bulk_create([Head(subject_type=kind, subject_id=subject_id)], ignore_conflicts=True)
        head = heads.get()
    return head


def _link(
    entry: Entry, kind: ContentType, head: Head, *, recorded_at: datetime, channel: str
) -> tuple[dict[str, Any], PersonalText | None]:
    """The values of the next event of the chain that ends in ``head``; moves ``head`` on, in memory."""
    check_primitive(entry.details)
    personal, digest = None, ""
    if entry.text:
        salt = secrets.token_bytes(16)
        digest = text_digest(salt, entry.text)
        personal = PersonalText(salt=salt, body=dict(entry.text))
    head.sequence += 1
    new_hash = event_hash(
        subject_type=_label(kind), subject_id=head.subject_id, sequence=head.sequence, verb=entry.verb,
        actor_id=entry.actor_id, on_behalf_of_id=entry.on_behalf_of_id, source=entry.source, target=entry.target,
        details=entry.details, text_digest=digest, at=entry.at, recorded_at=recorded_at, channel=channel,
        previous_hash=head.hash,
    )  # fmt: skip
    values = {
        "subject_type_id": kind.pk, "subject_id": head.subject_id, "sequence": head.sequence, "verb": entry.verb,
        "actor_id": entry.actor_id, "on_behalf_of_id": entry.on_behalf_of_id, "source": entry.source,
        "target": entry.target, "details": dict(entry.details), "text_digest": digest, "at": entry.at,
        "recorded_at": recorded_at, "channel": channel, "previous_hash": head.hash, "hash": new_hash,
    }  # fmt: skip
    head.hash = new_hash
    return values, personal


def _label(kind: ContentType) -> str:
    return f"{kind.app_label}.{kind.model}"


def seal(*, at: datetime | None = None) -> Seal | None:
    """Chain a checkpoint over the heads that moved since their last seal; None when nothing did.

    Two sealers at once: the number is unique, the slower one gives way. A crash before the heads
    are marked only means that they are sealed once more.
    """
    with transaction.atomic():
        heads = list(
            Head.objects.filter(sequence__gt=models.F("sealed_sequence"))
            .select_related("subject_type")
            .order_by("pk")[:SEAL_BATCH]
        )
        if not heads:
            return None
        last = Seal.objects.order_by("-number").first()
        number, previous = (last.number + 1, last.hash) if last else (1, "")
        now = at or timezone.now()
        made = Seal(
            number=number,
            at=now,
            entries=len(heads),
            previous_hash=previous,
            hash=seal_hash(
                number=number,
                at=now,
                previous_hash=previous,
                heads=[(_label(h.subject_type), h.subject_id, h.sequence, h.hash) for h in heads],
            ),
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            return None
        SealEntry.objects.bulk_create(
            [
                SealEntry(
                    seal=made, subject_type_id=h.subject_type_id, subject_id=h.subject_id, sequence=h.sequence,
                    hash=h.hash,
                )
                for h in heads
            ],
            batch_size=2000,
        )  # fmt: skip
    _mark_sealed(heads)
    return made


def _mark_sealed(heads: list[Head]) -> None:
    """Note on each head how far it is sealed. A head in use by a writer is passed over, and sealed again later."""
    for start in range(0, len(heads), 500):
        chunk = {head.pk: head.sequence for head in heads[start : start + 500]}
        with transaction.atomic():
            free = list(
                Head.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=chunk).order_by("pk")
            )
            for head in free:
                head.sealed_sequence = max(head.sealed_sequence, chunk[head.pk])
            Head.objects.bulk_update(free, ["sealed_sequence"], batch_size=300)
