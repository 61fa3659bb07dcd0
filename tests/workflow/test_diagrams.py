"""The drawings of the machines are made from the machines, and are up to date."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from incidents.models import Incident
from servicedesk.workflow import machine_of
from servicedesk.workflow.diagrams import digest, dot_source, is_fresh

STATES = [("new", "new"), ("assigned", "assigned")]


def test_the_committed_drawings_are_fresh() -> None:
    call_command("draw_states", check=True, stdout=StringIO())


def test_a_stale_drawing_is_named(settings: object, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]

    with pytest.raises(CommandError, match=r"incident\.svg"):
        call_command("draw_states", check=True, stdout=StringIO())


def test_every_move_of_the_machine_is_drawn() -> None:
    drawing = (Path(settings.BASE_DIR) / "docs/states/incident.svg").read_text(encoding="utf-8")

    for action in machine_of(Incident).actions.values():
        if action.is_move:
            assert f">{action.name}<" in drawing


def test_another_machine_has_another_digest() -> None:
    source = dot_source(machine_of(Incident), STATES, "new")

    assert not is_fresh(f"<!-- source sha256: {digest(source)} -->", source.replace("assigned", "taken"))
