"""The command that lets the demo company move in: whole or not at all, and the same for the same seed."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import transaction

from directory.models import Employee
from incidents.models import Incident
from servicedesk.demo import company
from servicedesk.demo.history import World, openings
from servicedesk.tickets.models import Queue, Ticket
from tests import factories

from .moving_in import demo

pytestmark = pytest.mark.django_db
SMALL = ("--tickets", "6", "--employees", "90")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.DATA_DIR = tmp_path
    yield tmp_path


def history() -> list[tuple[Any, ...]]:
    return list(
        Ticket.objects.order_by("pk").values_list(
            "title", "description", "state", "tier", "requester__login", "assignee__login", "opened_at", "updated_at"
        )
    )


def test_the_same_seed_makes_the_same_history_and_when_something_breaks_nothing_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction.atomic():
        demo(*SMALL, "--seed", "7")
        lived = history()
        assert Employee.objects.people().count() == 90
        transaction.set_rollback(True)
    broken = []

    def full(*_args: Any) -> None:
        broken.append(history())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(company, "_write_logins", full)
    with pytest.raises(OSError, match="No space left"):
        demo(*SMALL, "--seed", "7")

    assert broken == [lived] and len(lived) > 6
    assert not Employee.objects.people().exists()
    assert not Ticket.objects.exists()
    assert not Queue.objects.exists()


def test_another_seed_makes_another_history(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong for whom and when is chosen first; the long part is living it, which is left out."""
    told: list[list[tuple[datetime, str, str]]] = []

    def begin_only(world: World, tickets: int) -> None:
        told.append([(at, scene.story.titles[0], scene.requester.login) for at, scene, _ in openings(world, tickets)])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(company, "openings", begin_only)
    for seed in ("7", "7", "8"):
        with pytest.raises(OSError, match="No space left"):
            demo(*SMALL, "--seed", seed)

    assert told[0] == told[1] and len(told[0]) == 6
    assert not set(told[0]) & set(told[2])


def test_a_company_smaller_than_its_desk_is_wrong_use(folder: Path) -> None:
    with pytest.raises(CommandError, match=r"The desk alone needs \d+ people") as fault:
        demo("--employees", "5")

    assert fault.value.returncode == 2
    assert not Employee.objects.people().exists()


@pytest.mark.parametrize("held", ["employee", "queue"])
def test_a_database_that_holds_something_is_left_alone(folder: Path, held: str) -> None:
    factories.make_employee() if held == "employee" else factories.make_queue()

    with pytest.raises(CommandError, match="The database is not empty") as fault:
        demo()

    assert fault.value.returncode == 1
    assert not (folder / "demo-logins.json").exists()
    assert Incident.objects.count() == 0


def test_production_takes_no_demo_company(folder: Path, settings: Any) -> None:
    settings.ENV = type("Production", (), {"is_production": True})()

    with pytest.raises(CommandError, match="production installation"):
        demo()
