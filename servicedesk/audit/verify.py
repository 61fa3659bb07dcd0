"""Proof that the log was not touched: every chain, every head, every seal, every trigger."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction
from django.db.models import Exists, F, OuterRef, Q

from . import triggers
from .chain import hash_of, seal_hash, text_digest, told
from .models import Event, Head, Seal, SealEntry

_COLUMNS = (
    "subject_type_id", "subject_id", "sequence", "verb", "actor_id", "on_behalf_of_id", "source", "target", "details",
    "text_digest", "at", "recorded_at", "channel", "previous_hash", "hash",
    "personal_text__salt", "personal_text__body",
)  # fmt: skip
_SEQUENCE, _DIGEST, _PREVIOUS, _HASH, _SALT, _BODY = 2, 9, 13, 14, 15, 16
_decode = json.JSONDecoder().decode

LONGEST_GAP = 1000  # numbers of lost events that are listed one by one

Row = tuple[Any, ...]
Subject = tuple[int, int]


@dataclass
class Fault:
    """One place where the log is not what was written. ``kind``: edited, deleted, reordered, truncated, …"""

    subject: str
    sequence: int | None
    kind: str

    def as_json(self) -> dict[str, Any]:
        return {"subject": self.subject, "sequence": self.sequence, "kind": self.kind}


@dataclass
class Report:
    events: int = 0
    seals: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok, "events": self.events, "seals": self.seals,
            "faults": [fault.as_json() for fault in self.faults],
        }  # fmt: skip


def verify() -> Report:
    """Check the whole log and name every faulty place. Memory stays flat; time is one ordered read."""
    report = Report()
    report.faults += [Fault(name, None, "trigger_missing") for name in triggers.missing()]
    labels = {t.pk: f"{t.app_label}.{t.model}" for t in ContentType.objects.all()}
    _verify_chains(report, labels)
    _verify_seals(report, labels)
    return report


def _verify_chains(report: Report, labels: dict[int, str]) -> None:
    """Every chain against its head. A doubtful one is looked at again, alone and locked.

    Between reading events and heads a colleague may have written: only what is still wrong when
    nobody can write to the chain is a fault.
    """
    heads = _heads()
    head = next(heads, None)
    doubtful: list[Subject] = []
    for subject, chain in groupby(_rows(), key=lambda row: row[:2]):
        while head is not None and head[:2] < subject:
            doubtful.append(head[:2])
            head = next(heads, None)
        events = list(chain)
        report.events += len(events)
        found = head if head is not None and head[:2] == subject else None
        if found is not None:
            head = next(heads, None)
        if _faults_of_chain(subject, labels, events, found):
            doubtful.append(subject)
    while head is not None:
        doubtful.append(head[:2])
        head = next(heads, None)
    for subject in doubtful:
        report.faults += _second_look(subject, labels)


def _second_look(subject: Subject, labels: dict[int, str]) -> list[Fault]:
    where = {"subject_type_id": subject[0], "subject_id": subject[1]}
    with transaction.atomic():
        list(Head.objects.select_for_update(no_key=True).filter(**where).values_list("pk"))
        return _faults_of_chain(subject, labels, list(_rows(**where)), next(_heads(**where), None))


def _rows(**where: int) -> Iterator[Row]:
    """Events with their personal text, by subject and sequence, as the database gives them.

    Read past the ORM's converters, which took half of the time: JSON is text here, an instant is
    without a zone on SQLite.
    """
    events = Event.objects.filter(**where).order_by("subject_type", "subject_id", "sequence")
    sql, parameters = events.values_list(*_COLUMNS).query.sql_with_params()
    with connections[events.db].chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(2000):
            yield from rows


def _heads(**where: int) -> Iterator[tuple[int, int, int, str]]:
    return iter(
        Head.objects.filter(sequence__gt=0, **where)
        .order_by("subject_type", "subject_id")
        .values_list("subject_type_id", "subject_id", "sequence", "hash")
        .iterator(chunk_size=5000)
    )


def _faults_of_chain(
    subject: Subject, labels: dict[int, str], events: list[Row], head: tuple[int, int, int, str] | None
) -> list[Fault]:
    """What is wrong with one subject's events, and with the head that should hold the last one."""
    label = labels.get(subject[0], str(subject[0]))
    name = f"{label}:{subject[1]}"
    if not events:
        return [Fault(name, 1, "truncated")] if head is not None else []
    faults = _faults_of_events(name, label, events)
    last, last_hash = events[-1][_SEQUENCE], events[-1][_HASH]
    if head is None:
        faults.append(Fault(name, last, "head_missing"))
    elif head[2] > last:
        faults.append(Fault(name, last + 1, "truncated"))
    elif head[2] < last:
        faults.append(Fault(name, head[2] + 1, "added"))
    elif head[3] != last_hash:
        faults.append(Fault(name, last, "head_differs"))
    return faults


def _faults_of_events(name: str, label: str, events: list[Row]) -> list[Fault]:
    faults = []
    expected, previous = 1, ""
    for row in events:
        sequence = row[_SEQUENCE]
        if expected < sequence:
            # A number that somebody set to two thousand million must not cost as many lines.
            absent = range(expected, min(sequence, expected + LONGEST_GAP))
            faults += [Fault(name, number, "deleted") for number in absent]
            previous = row[_PREVIOUS]
        if _hash(label, row, sequence) != row[_HASH]:
            moved = any(_hash(label, row, other[_SEQUENCE]) == row[_HASH] for other in events)
            faults.append(Fault(name, sequence, "reordered" if moved else "edited"))
        elif row[_PREVIOUS] != previous:
            faults.append(Fault(name, sequence, "unlinked"))
        if row[_SALT] is not None and not _is_its_text(row):
            faults.append(Fault(name, sequence, "text_edited"))
        expected, previous = sequence + 1, row[_HASH]
    return faults


def _hash(label: str, row: Row, sequence: int) -> str:
    """The hash that this row should have at ``sequence``; the parts are those of ``chain.event_hash``.

    Empty for a row whose columns no longer hold what they should (no JSON, no instant).
    """
    (
        _type, subject_id, _sequence, verb, actor, behalf, source, target, details, digest, at, recorded_at, channel,
    ) = row[:_PREVIOUS]  # fmt: skip
    try:
        return hash_of(
            [
                row[_PREVIOUS], label, subject_id, sequence, verb, actor, behalf, source, target, _decode(details),
                digest, _told(at), _told(recorded_at), channel,
            ]
        )  # fmt: skip
    except (ValueError, AttributeError):
        return ""


def _is_its_text(row: Row) -> bool:
    try:
        return text_digest(bytes(row[_SALT]), _decode(row[_BODY])) == row[_DIGEST]
    except ValueError:  # no longer JSON
        return False


def _told(value: datetime) -> str:
    return value.isoformat(timespec="microseconds") + "+00:00" if value.tzinfo is None else told(value)


def _verify_seals(report: Report, labels: dict[int, str]) -> None:
    previous, expected = "", 1
    for seal in Seal.objects.order_by("number").iterator(chunk_size=200):
        report.seals += 1
        while expected < seal.number:
            report.faults.append(Fault(f"seal:{expected}", None, "seal_deleted"))
            expected += 1
            previous = seal.previous_hash
        heads = [
            (labels.get(type_id, ""), subject_id, sequence, digest)
            for type_id, subject_id, sequence, digest in seal.heads.values_list(
                "subject_type_id", "subject_id", "sequence", "hash"
            )
        ]
        real = seal_hash(number=seal.number, at=seal.at, previous_hash=seal.previous_hash, heads=heads)
        if real != seal.hash or len(heads) != seal.entries:
            report.faults.append(Fault(f"seal:{seal.number}", None, "seal_edited"))
        elif seal.previous_hash != previous:
            report.faults.append(Fault(f"seal:{seal.number}", None, "seal_unlinked"))
        expected, previous = seal.number + 1, seal.hash
    known = {(fault.subject, fault.sequence) for fault in report.faults}
    same_event = Event.objects.filter(
        subject_type=OuterRef("subject_type"), subject_id=OuterRef("subject_id"), sequence=OuterRef("sequence"),
        hash=OuterRef("hash"),
    )  # fmt: skip
    torn = SealEntry.objects.filter(~Q(Exists(same_event))).annotate(number=F("seal__number"))
    for entry in torn.iterator(chunk_size=1000):
        name = f"{labels.get(entry.subject_type_id, entry.subject_type_id)}:{entry.subject_id}"
        if (name, entry.sequence) not in known:
            known.add((name, entry.sequence))
            report.faults.append(Fault(name, entry.sequence, "differs_from_seal"))
