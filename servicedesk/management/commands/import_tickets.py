"""``manage.py import_tickets``: bring the history of another desk in, with its original times."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.imports import loader
from incidents.imports.mapping import read_mapping
from incidents.imports.report import CannotImport, Report

BAR = 40
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Imports tickets with their history. Safe to repeat: what is here already is not written again, "
        "and a run that was stopped is finished by the next one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the log, plain or packed with gzip")
        parser.add_argument("--format", required=True, choices=["servicenow-csv"], help="what kind of log FILE is")
        parser.add_argument("--mapping", metavar="FILE", type=Path, help="TOML: queues, tiers, states, time zone…")
        parser.add_argument("--dry-run", action="store_true", help="count what would be written and write nothing")
        parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        self._shown = -1
        try:
            translation = read_mapping(options["mapping"])
            report = loader.run(options["file"], translation, dry=options["dry_run"], progress=self._progress)
        except CannotImport as error:
            raise CommandError(error.sentence, returncode=1) from error
        except KeyboardInterrupt:
            raise CommandError(
                _("Stopped. What was written stays; run the same command again to go on."), returncode=130
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self._print(report, planned=options["dry_run"])

    def _progress(self, done: int, total: int) -> None:
        """A bar on a terminal, a line each ten percent elsewhere; always on standard error."""
        percent = 100 * done // total if total else 100
        if self.stderr.isatty():
            filled = BAR * percent // 100
            end = "\n" if done >= total else ""
            self.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {percent:3d} %", ending=end)
        elif percent // 10 > self._shown:
            self._shown = percent // 10
            self.stderr.write(f"{percent} %")

    def _print(self, report: Report, *, planned: bool) -> None:
        for line, reason in sorted(report.rejected)[:SHOWN]:
            self.stderr.write(_("Line {line}: {reason}").format(line=line, reason=reason))
        if len(report.rejected) > SHOWN:
            more = len(report.rejected) - SHOWN
            self.stderr.write(
                ngettext("{n} more line was rejected.", "{n} more lines were rejected.", more).format(n=more)
            )
        for kind, number in sorted(report.warnings.items()):
            self.stderr.write(f"{kind}: {number}")
        sentence = (
            _(
                "Read {rows} lines of {tickets} tickets. A run would write {events} events: {created} tickets new, "
                "{updated} with new lines, {unchanged} unchanged; {rejected} lines rejected. Nothing was written."
            )
            if planned
            else _(
                "Read {rows} lines of {tickets} tickets and wrote {events} events: {created} tickets new, {updated} "
                "with new lines, {unchanged} unchanged; {rejected} lines rejected."
            )
        )
        counts = report.as_json() | {"rejected": len(report.rejected)}
        self.stdout.write(sentence.format(**counts))
