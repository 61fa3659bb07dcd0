"""``manage.py sync_directory``: bring people in from the company's directory."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from directory.ldap import sync
from directory.ldap.address import InvalidAddress
from directory.ldap.mapping_file import InvalidMapping
from directory.ldap.sources import Configured, UnknownSource, configured, named_source


class Command(BaseCommand):
    help = "Brings people, departments, locations and groups in from a directory."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--source",
            metavar="URI|NAME",
            help="ldaps://HOST/BASE, ldap://HOST/BASE, ldif:PATH (a file or a folder), or the name of a configured "
            "source; without it every configured source is read",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")
        parser.add_argument("--confirm", action="store_true", help="let more people leave at once than the fuse allows")
        parser.add_argument("--check", action="store_true", help="read mapping and source, report what is odd in them")
        extent = parser.add_mutually_exclusive_group()
        extent.add_argument("--full", action="store_true", help="read everything (what happens without --changes too)")
        extent.add_argument("--changes", action="store_true", help="read only what changed since the last run")
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        total = sync.Report(complete=True)
        try:
            sources = self._sources(options["source"])
        except InvalidMapping as error:
            # A mapping at fault is a fault found, and told like one of a source.
            total.warnings = [{"person": "", "reason": fault} for fault in error.faults]
            total.refused = _("The mapping has {count} faults: mend them first.").format(count=len(error.faults))
            sources = []
        for one in sources:
            if options["check"]:
                report = sync.check(one.source, mapping=one.mapping)
            else:
                report = sync.run_configured(
                    one, full=not options["changes"], dry_run=options["dry_run"], confirmed=options["confirm"]
                )
            total.add(report)
        if options["json"]:
            self.stdout.write(json.dumps(total.as_json()))
        else:
            self._print(total, planned=options["dry_run"], checked=options["check"])
        if total.refused is not None:
            raise CommandError(total.refused, returncode=1)

    def _sources(self, named: str | None) -> list[Configured]:
        try:
            sources = configured() if named is None else [named_source(named)]
        except (UnknownSource, InvalidAddress) as error:
            raise CommandError(str(error), returncode=2) from None
        if not sources:
            raise CommandError(
                _("No source is configured: name one with --source, or set DIRECTORY_URI."), returncode=2
            )
        return sources

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
