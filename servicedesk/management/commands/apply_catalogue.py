"""``manage.py apply_catalogue``: bring approval rules and catalogue items to what a readable table says."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.requests import table as catalogue
from servicedesk.audit.origin import channel_is
from servicedesk.tickets.administration import operator
from servicedesk.tickets.tables import TableFault


class Command(BaseCommand):
    help = "Brings approval rules and what can be asked for to what a table says. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", metavar="FILE", help=f"a TOML file ({catalogue.SHIPPED.name} is shipped)"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")
        parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        dry_run = options["dry_run"]
        try:
            table = catalogue.read(Path(options["file"] or catalogue.SHIPPED))
            with channel_is("task"), transaction.atomic():
                outcome = catalogue.apply(table, by=operator())
                if dry_run:
                    transaction.set_rollback(True)
        except TableFault as fault:
            raise CommandError(str(fault), returncode=1) from fault
        if options["json"]:
            self.stdout.write(
                json.dumps({"changes": outcome.changes, "unchanged": outcome.unchanged, "dry_run": dry_run})
            )
            return
        for sentence in outcome.changes:
            self.stderr.write(sentence)
        text = _("{changes} changes, {unchanged} entries were right already.")
        if dry_run:
            text = _("{changes} changes would be made, {unchanged} entries are right already. Nothing was written.")
        self.stdout.write(text.format(changes=len(outcome.changes), unchanged=outcome.unchanged))
