"""``manage.py import_assets``: take over a list of assets with the columns that Snipe-IT exports."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assets.imports.services import Report, import_assets
from servicedesk.common.errors import DomainError
from servicedesk.tickets.administration import operator

SHOWN = 20


class Command(BaseCommand):
    help = "Imports assets from a CSV file. Safe to repeat: what is here already is changed to the list, never doubled."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV in UTF-8, the first line names the columns")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                report = import_assets(opened, by=operator(), dry_run=dry_run)
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be read: %(why)s.") % {"file": file, "why": error.strerror}
            ) from error
        except DomainError as error:
            raise CommandError(error.sentence, returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self._print(report, planned=dry_run)

    def _print(self, report: Report, *, planned: bool) -> None:
        for line, reason in report.rejected[:SHOWN]:
            self.stderr.write(_("Line %(line)s: %(reason)s") % {"line": line, "reason": reason})
        for kind, number in sorted(report.warnings.items()):
            self.stderr.write(f"{kind}: {number}")
        sentence = (
            _("Read %(rows)s lines. A run would add %(created)s assets and change %(updated)s; %(unchanged)s are as "
              "the list says, %(rejected)s lines do not fit. Nothing was written.")
            if planned
            else _("Read %(rows)s lines: %(created)s assets added, %(updated)s changed, %(unchanged)s as the list "
                   "says; %(rejected)s lines do not fit.")
        )  # fmt: skip
        self.stdout.write(sentence % {**report.as_json(), "rejected": report.rejected_count})
