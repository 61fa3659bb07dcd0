"""The demo company: whole or not at all, the same for the same seed, and nobody is mailed."""

import json
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import RequestFactory

from directory.models import Employee
from incidents.models import Incident, Problem
from servicedesk.audit.models import Event, Seal
from servicedesk.audit.verify import verify
from servicedesk.common import time
from servicedesk.demo import company
from servicedesk.outbox.models import Dispatch
from servicedesk.tickets.models import Attachment, Message, Queue, Ticket
from servicedesk.tickets.states import VOCABULARY
from tests import factories

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.DATA_DIR = tmp_path
    yield tmp_path


def demo(*options: str, at: datetime = FRIDAY) -> str:
    told = StringIO()
    with time.at(at):
        call_command("demo", *options, stdout=StringIO(), stderr=told)
    return told.getvalue()


def history() -> list[tuple[Any, ...]]:
    return list(
        Ticket.objects.order_by("pk").values_list(
            "title", "description", "state", "tier", "requester__login", "assignee__login", "opened_at", "updated_at"
        )
    )


def test_the_company_works_for_ninety_days(folder: Path) -> None:
    told = demo("--tickets", "90")

    assert Employee.objects.people().count() == 250
    assert Ticket.objects.count() >= 90  # what is split off comes on top
    assert set(Ticket.objects.values_list("queue__slug", flat=True)) == set(
        Queue.objects.values_list("slug", flat=True)
    )
    assert len(set(Ticket.objects.values_list("state", flat=True))) >= 6
    assert set(Ticket.objects.values_list("tier", flat=True)) == {1, 2, 3}
    assert Message.objects.filter(internal=True).exists()
    assert Attachment.objects.exists()
    verbs = Counter(Event.objects.values_list("verb", flat=True))
    assert min(verbs[f"incident.{verb}"] for verb in ("escalated", "pended", "resumed", "resolved", "closed")) > 0
    assert "The demo company has moved in." in told
    assert set(Problem.objects.values_list("state", flat=True)) == set(VOCABULARY["problem"].names)
    linked = Ticket.objects.filter(kind="incident", links__kind="caused_by")
    assert linked.filter(links__other__state="known_error").exists()


def test_everything_happened_at_its_time_and_in_its_order(folder: Path) -> None:
    demo("--tickets", "40")

    ninety_days = timedelta(days=90)
    for ticket in Ticket.objects.all():
        assert FRIDAY - ninety_days <= ticket.opened_at <= ticket.updated_at <= FRIDAY
        told = list(Event.objects.filter(subject_id=ticket.pk, verb__contains="ticket.").order_by("sequence"))
        assert [event.at for event in told] == sorted(event.at for event in told)
    opened = list(Ticket.objects.order_by("pk").values_list("opened_at", flat=True))
    assert opened == sorted(opened)


def test_the_log_verifies_and_nobody_is_mailed(folder: Path) -> None:
    demo("--tickets", "30")

    assert verify().ok
    assert Seal.objects.exists()
    assert not Dispatch.objects.exists()


def test_there_is_one_login_for_each_role_that_only_we_may_read(folder: Path) -> None:
    demo("--tickets", "15")

    path = folder / "demo-logins.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    logins = json.loads(path.read_text())
    assert [row["role"] for row in logins] == list(company.ROLES)
    assert len({row["login"] for row in logins}) == len({row["password"] for row in logins}) == len(logins)
    request = RequestFactory().post("/login/")
    for row in logins:
        assert authenticate(request, username=row["login"], password=row["password"]) is not None
    rest = Employee.objects.people().exclude(login__in=[row["login"] for row in logins])
    assert not any(person.has_usable_password() and person.check_password("") for person in rest[:3])


def test_roles_can_do_what_they_are_called(folder: Path) -> None:
    demo("--tickets", "15")

    logins = {row["role"]: row["login"] for row in json.loads((folder / "demo-logins.json").read_text())}
    administrator = Employee.objects.get(login=logins["administrator"])
    analyst = Employee.objects.get(login=logins["QA analyst"])
    employee = Employee.objects.get(login=logins["employee"])
    assert administrator.has_perm("tickets.configure_desk")
    assert Ticket.objects.visible_to(analyst).filter(confidential=False).count() == (
        Ticket.objects.filter(confidential=False).count()
    )
    assert not Ticket.objects.on_desk_of(employee).exists()


def test_the_same_seed_makes_the_same_history_and_another_one_another(folder: Path) -> None:
    lived = []
    for seed in ("7", "7", "8"):
        with transaction.atomic():
            demo("--tickets", "12", "--seed", seed)
            lived.append(history())
            transaction.set_rollback(True)

    assert lived[0] == lived[1]
    assert lived[0] != lived[2]


@pytest.mark.parametrize("employees", ["90", "300"])
def test_the_company_has_the_size_that_is_asked_for(folder: Path, employees: str) -> None:
    demo("--tickets", "3", "--employees", employees)

    people = Employee.objects.people()
    assert people.count() == int(employees)
    assert people.filter(manager=None).count() == 1
    assert people.filter(groups__name="everyone").count() == int(employees)


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


def test_when_something_breaks_nothing_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(company, "_write_logins", full)
    with pytest.raises(OSError, match="No space left"):
        demo("--tickets", "3")

    assert not Employee.objects.people().exists()
    assert not Ticket.objects.exists()
    assert not Queue.objects.exists()


def test_production_takes_no_demo_company(folder: Path, settings: Any) -> None:
    settings.ENV = type("Production", (), {"is_production": True})()

    with pytest.raises(CommandError, match="production installation"):
        demo()
