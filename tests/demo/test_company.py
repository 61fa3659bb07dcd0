"""One demo company, and what is true of it: its history, its log, its people and their logins."""

import json
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import Q
from django.test import RequestFactory, override_settings

from directory.models import Employee
from incidents.models import Problem
from servicedesk.audit.models import Event, Seal
from servicedesk.audit.verify import verify
from servicedesk.demo import company
from servicedesk.outbox.models import Dispatch
from servicedesk.tickets.models import AccessGrant, Attachment, Message, Queue, Ticket
from servicedesk.tickets.states import VOCABULARY

from .moving_in import FRIDAY, demo

# One company for all of them, in one worker.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo company")]


@dataclass
class Lived:
    told: str
    folder: Path

    @property
    def logins(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads((self.folder / "demo-logins.json").read_text())
        return found


@pytest.fixture(scope="module")
def lived(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lived]:
    """Moved in once; each test works in a savepoint above it."""
    folder = tmp_path_factory.mktemp("company")
    with django_db_blocker.unblock(), override_settings(DATA_DIR=folder), transaction.atomic():
        yield Lived(demo("--tickets", "90"), folder)
        transaction.set_rollback(True)


def test_the_company_works_for_ninety_days(lived: Lived) -> None:
    people = Employee.objects.people()
    assert people.count() == 250
    assert people.filter(manager=None).count() == 1
    assert set(people.exclude(groups__name="everyone")) == set(people.exclude(blocked_at=None)), "who left"
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
    assert "The demo company has moved in." in lived.told
    assert set(Problem.objects.values_list("state", flat=True)) == set(VOCABULARY["problem"].names)
    linked = Ticket.objects.filter(kind="incident", links__kind="caused_by")
    assert linked.filter(links__other__state="known_error").exists()
    assert verbs["ticket.reclassified"] > 0
    let_in = AccessGrant.objects.get()
    assert let_in.ticket.confidential and let_in.ends_at > FRIDAY


def test_everything_happened_at_its_time_and_in_its_order(lived: Lived) -> None:
    ninety_days = timedelta(days=90)
    for ticket in Ticket.objects.all():
        assert FRIDAY - ninety_days <= ticket.opened_at <= ticket.updated_at <= FRIDAY
        own = Q(verb__startswith="ticket.") | Q(verb__startswith=f"{ticket.kind}.")
        told = list(Event.objects.filter(own, subject_id=ticket.pk).order_by("sequence"))
        assert told and [event.at for event in told] == sorted(event.at for event in told)
    # Who joins, moves and leaves is told last, when everybody has their equipment.
    opened = list(Ticket.objects.exclude(kind="case").order_by("pk").values_list("opened_at", flat=True))
    assert opened == sorted(opened)


def test_the_log_verifies_and_nobody_is_mailed(lived: Lived) -> None:
    assert verify().ok
    assert Seal.objects.exists()
    assert not Dispatch.objects.exists()


def test_there_is_one_login_for_each_role_that_only_we_may_read(lived: Lived) -> None:
    path = lived.folder / "demo-logins.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    logins = lived.logins
    assert [row["role"] for row in logins] == list(company.ROLES)
    assert len({row["login"] for row in logins}) == len({row["password"] for row in logins}) == len(logins)
    request = RequestFactory().post("/login/")
    for row in logins:
        assert authenticate(request, username=row["login"], password=row["password"]) is not None
    rest = Employee.objects.people().exclude(login__in=[row["login"] for row in logins])
    assert not any(person.has_usable_password() and person.check_password("") for person in rest[:3])


def test_roles_can_do_what_they_are_called(lived: Lived) -> None:
    logins = {row["role"]: row["login"] for row in lived.logins}
    administrator = Employee.objects.get(login=logins["administrator"])
    analyst = Employee.objects.get(login=logins["QA analyst"])
    employee = Employee.objects.get(login=logins["employee"])
    assert administrator.has_perm("tickets.configure_desk")
    assert Ticket.objects.visible_to(analyst).filter(confidential=False).count() == (
        Ticket.objects.filter(confidential=False).count()
    )
    assert not Ticket.objects.on_desk_of(employee).exists()
