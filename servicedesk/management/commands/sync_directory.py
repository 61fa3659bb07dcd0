"""``manage.py sync_directory``: bring people in from the company's directory."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from directory.ldap import sync
from directory.ldap.ldif import LdifSource


class Command(BaseCommand):
    help = "Brings people, departments, locations and groups in from a directory."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--source", required=True, metavar="URI", help="ldif:PATH, a file or a folder of .ldif files"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")
        parser.add_argument("--confirm", action="store_true", help="let more people leave at once than the fuse allows")
        parser.add_argument("--check", action="store_true", help="read the source and report what is odd in it")
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        source = self._source(options["source"])
        if options["check"]:
            report = sync.check(source)
        else:
            report = sync.run(source, dry_run=options["dry_run"], confirmed=options["confirm"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self._print(report, planned=options["dry_run"], checked=options["check"])
        if report.refused is not None:
            raise CommandError(report.refused, returncode=1)

    def _source(self, uri: str) -> LdifSource:
        scheme, colon, path = uri.partition(":")
        if scheme.lower() != "ldif" or not colon or not path:
            raise CommandError(
                _("{uri} cannot be read: this version reads ldif:PATH, a file or a folder of .ldif files.").format(
                    uri=uri
                ),
                returncode=2,
            )
        return LdifSource(path)

    def _print(self, report: sync.Report, *, planned: bool, checked: bool) -> None:
        for warning in report.warnings:
            self.stderr.write(f"{warning['person']}: {warning['reason']}" if warning["person"] else warning["reason"])
        counts = {
            "seen": report.seen, "skipped": report.skipped, "groups": report.groups, "warnings": len(report.warnings),
        }  # fmt: skip
        sentence = _("Seen {seen} people and {groups} groups; {skipped} people skipped, {warnings} warnings.")
        self.stdout.write(sentence.format(**counts))
        if checked or (report.refused is not None and not planned):
            return
        sentence = (
            _("A run would create {created} people, change {changed}, deactivate {deactivated}. Nothing was written.")
            if planned
            else _("Created {created} people, changed {changed}, deactivated {deactivated}.")
        )
        self.stdout.write(
            sentence.format(created=report.created, changed=report.changed, deactivated=report.deactivated)
        )
