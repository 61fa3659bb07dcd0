"""``manage.py benchmark``: figures with their floor, on generated data in a throwaway database."""

import json
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from servicedesk.benchmark.scenarios import SCENARIOS, run
from servicedesk.benchmark.surroundings import CannotMeasure

MOST_ROWS = 2_000_000


class Command(BaseCommand):
    help = "Measures the desk on generated data, in a throwaway database of the configured kind, over real HTTP."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scenario", choices=SCENARIOS)
        parser.add_argument("--rows", type=int, default=10_000, metavar="N", help="tickets, events, people or lines")
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = options["rows"]
        if not 100 <= rows <= MOST_ROWS:
            raise CommandError(f"--rows must be from 100 to {MOST_ROWS:,}, not {rows}.", returncode=2)
        before = signal.signal(signal.SIGTERM, _stop)  # so that the throwaway database is thrown away then too
        try:
            found = run(options["scenario"], rows, tell=self._tell)
        except CannotMeasure as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was left behind.", returncode=130) from None
        finally:
            signal.signal(signal.SIGTERM, before)
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            self._print(found)

    def _print(self, found: dict[str, Any]) -> None:
        self.stdout.write(f"{found['scenario']}, {found['rows']:,} rows, {found['database']}")
        for crew, figures in found["clients"].items():
            self.stdout.write(
                f"  {crew} clients: median {figures['median_ms']} ms, 95 % within {figures['p95_ms']} ms, "
                f"{figures['rps']} a second"
            )
        self.stdout.write(
            f"  {found['sql']} statements, {found['bytes']:,} bytes; "
            f"floor {found['floor_ms']} ms, ratio {found['ratio']}"
        )

    def _tell(self, text: str) -> None:
        self.stderr.write(text)
        self.stderr.flush()


def _stop(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
