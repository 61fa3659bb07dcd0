"""``manage.py verify_audit_log``: prove that the log is what was written, or name the place where it is not."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from servicedesk.audit.verify import Fault, verify


class Command(BaseCommand):
    help = "Checks every chain, seal and trigger of the log. Exit code 1 and the place, when it was touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify()
        for fault in report.faults:
            self.stderr.write(_sentence(fault))
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self.stdout.write(
                _("Checked {events} events and {seals} seals: {faults} faults.").format(
                    events=report.events, seals=report.seals, faults=len(report.faults)
                )
            )
        if not report.ok:
            raise CommandError(
                _("The log was touched. Keep the database as it is and compare it with a backup."), returncode=1
            )


def _sentence(fault: Fault) -> str:
    if fault.sequence is None:
        return _("{subject}: {kind}").format(subject=fault.subject, kind=fault.kind)
    return _("{subject}, event {sequence}: {kind}").format(
        subject=fault.subject, sequence=fault.sequence, kind=fault.kind
    )
