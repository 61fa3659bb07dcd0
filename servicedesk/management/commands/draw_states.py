"""Draw ``docs/states/*.svg`` from the machines."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from servicedesk.tickets.registers.register import vocabularies
from servicedesk.tickets.states import VOCABULARY
from servicedesk.workflow import all_machines
from servicedesk.workflow.diagrams import GraphvizMissing, dot_source, is_fresh, svg


class Command(BaseCommand):
    """One drawing for each machine. ``--check`` draws nothing and fails when one is stale."""

    help = "Draw docs/states/*.svg from the state machines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether the drawings are up to date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs" / "states"
        stale = []
        vocabulary = {**VOCABULARY, **vocabularies()}
        for machine in all_machines():
            if not any(action.is_move for action in machine.actions.values()):
                continue  # what has no states, such as an item of stock
            words = vocabulary[machine.verb_prefix]
            states = [(state.name, state.name.replace("_", " ")) for state in words.states]
            source = dot_source(machine, states, words.states[0].name)
            path = folder / f"{machine.verb_prefix}.svg"
            drawn = path.read_text(encoding="utf-8") if path.exists() else ""
            if is_fresh(drawn, source):
                continue
            if check:
                stale.append(path.name)
                continue
            try:
                drawing = svg(source, f"States of an {machine.verb_prefix}")
            except GraphvizMissing as error:
                raise CommandError(str(error)) from error
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(drawing, encoding="utf-8")
            self.stdout.write(f"drawn: {path}")
        if stale:
            raise CommandError(f"Out of date: {', '.join(stale)}. Run manage.py draw_states and commit the result.")
