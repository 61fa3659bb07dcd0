"""One run of an import: spool the file, compare each ticket with what is here, replay what is new."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from servicedesk.audit.origin import channel_is
from servicedesk.workflow.replay import chain_lengths, replay, standing

from ..models import ImportedTicket, Incident
from . import servicenow
from .mapping import Translation
from .places import SOURCE
from .report import CannotImport, Report
from .spool import Bundle, Spool
from .tickets import Understanding
from .writing import Plan, Writer

BATCH_ROWS = 2_000
VERB = "imported"
_DIGEST = 8

Progress = Callable[[int, int], None]


def _silent(_done: int, _all: int) -> None:
    """No progress is shown."""


def run(path: Path, translation: Translation, *, dry: bool = False, progress: Progress = _silent) -> Report:
    """Import the log at ``path``; raises ``CannotImport`` before anything is written, when the file is no log.

    Each batch of tickets is one transaction: a run that was killed is finished by the next one.
    """
    report = Report()
    with Spool() as spool:
        with servicenow.opened(path, translation.encoding) as stream:
            reader = servicenow.Reader(stream, translation.zone, report)
            spool.fill(reader, reader.header.names.index("number"))
        report.tickets, rows = spool.count()
        importer = Importer(Understanding(reader.header, translation), translation, report, dry=dry)
        done = 0
        for batch in spool.batches(BATCH_ROWS):
            importer.take(batch)
            done += sum(len(bundle.rows) for bundle in batch)
            progress(done, rows)
    return report


class Importer:
    """Takes batches of whole tickets, and counts into the report what became of them."""

    def __init__(self, understanding: Understanding, translation: Translation, report: Report, *, dry: bool) -> None:
        self.understanding = understanding
        self.report = report
        self.dry = dry
        self.writer = Writer(translation, report, dry=dry)

    def take(self, batch: Sequence[Bundle]) -> None:
        keys = [bundle.key for bundle in batch]
        known = {
            imported.key: imported for imported in ImportedTicket.objects.filter(source=SOURCE, key__in=keys)
        }  # fmt: skip
        plans = []
        for bundle in batch:
            plan = self._plan(bundle, known.get(bundle.key))
            if plan is None:
                self.report.unchanged += 1
            else:
                plans.append(plan)
        if self.dry:
            self._rehearse(plans)
        elif plans:
            self._write(plans)

    def _plan(self, bundle: Bundle, known: ImportedTicket | None) -> Plan | None:
        """What is new of a ticket; None when nothing is. Lines that came too late are rejected."""
        digests = [self.understanding.digest(cells) for _line, cells in bundle.rows]
        start, late = 0, frozenset[int]()
        if known is not None:
            start, late = _new_from(digests, bytes(known.row_digests))
            self._reject(bundle, late, start)
            if start in (0, len(digests)):
                self._compare_final_values(bundle, known)
                return None
        warnings = self.report.warnings
        before, lines = None, []
        for index, (number, cells) in enumerate(bundle.rows):
            if index in late:
                continue
            line = self.understanding.line(number, cells, before, warnings if index >= start else Counter())
            if index >= start:
                lines.append(line)
            before = line
            if index == start - 1:
                last = line
        return Plan(
            key=bundle.key, lines=lines, before=last if start else None, digests=b"".join(digests[start:]), known=known
        )

    def _reject(self, bundle: Bundle, late: frozenset[int], start: int) -> None:
        reason = (
            _("Later lines of %(key)s were imported before this one: what the log holds is not rewritten.")
            if start
            else _("%(key)s was imported before from other lines: what the log holds is not rewritten.")
        )
        self.report.rejected += [(bundle.rows[index][0], reason % {"key": bundle.key}) for index in late]

    def _compare_final_values(self, bundle: Bundle, known: ImportedTicket) -> None:
        """Columns that say how a ticket ended may change although no line was added; that is told, not done."""
        cells = bundle.rows[-1][1]
        for name in servicenow.FINAL - set(servicenow.PEOPLE):
            if len(bundle.rows) * _DIGEST == len(known.row_digests) and (
                self.understanding.value(cells, name) != (known.columns.get(name) or "")
            ):
                self.report.warnings["final_value_differs"] += 1

    def _rehearse(self, plans: list[Plan]) -> None:
        lengths = chain_lengths(Incident, [plan.known.ticket_id for plan in plans if plan.known])
        for plan in plans:
            if plan.known and lengths.get(plan.known.ticket_id) != plan.known.events:
                self._moved_on(plan, plan.known)
                continue
            self.writer.resolve(plan)
            self._count(plan)

    def _write(self, plans: list[Plan]) -> None:
        """One transaction: the records, their events, and what is remembered of their lines."""
        written = []
        try:
            with transaction.atomic(), channel_is("import"):
                standings = standing(Incident, [plan.known.ticket_id for plan in plans if plan.known])
                self.writer.ensure_people(plans)
                histories = []
                for plan in plans:
                    found = standings.get(plan.known.ticket_id) if plan.known else None
                    if plan.known and (found is None or found.events != plan.known.events):
                        self._moved_on(plan, plan.known)
                        continue
                    histories.append(self.writer.history(plan, found))
                    written.append(plan)
                replay(histories, verb=VERB)
                self.writer.remember(written, histories)
        except IntegrityError as error:
            raise CannotImport(
                _("Another import writes the same tickets. Wait for its end, then import again: nothing is doubled.")
            ) from error
        for plan in written:
            self._count(plan)

    def _moved_on(self, plan: Plan, known: ImportedTicket) -> None:
        number = known.ticket.number
        reason = _("%(number)s (%(key)s) was worked on here since its import: later lines no longer fit.")
        self.report.rejected += [(line.number, reason % {"number": number, "key": plan.key}) for line in plan.lines]
        self.report.unchanged += 1

    def _count(self, plan: Plan) -> None:
        self.report.events += len(plan.lines)
        if plan.known:
            self.report.updated += 1
        else:
            self.report.created += 1


def _new_from(digests: Sequence[bytes], known: bytes) -> tuple[int, frozenset[int]]:
    """Where the new lines begin (0: the file shares no line with what is here), and which older lines are late."""
    have = Counter(known[start : start + _DIGEST] for start in range(0, len(known), _DIGEST))
    unmatched, start = [], 0
    for index, digest in enumerate(digests):
        if have[digest]:
            have[digest] -= 1
            start = index + 1
        else:
            unmatched.append(index)
    return start, frozenset(index for index in unmatched if index < start or not start)
