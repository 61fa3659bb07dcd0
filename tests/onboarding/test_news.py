"""News of the directory opens cases, each once; and a blocked person stays out whatever a directory says."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from directory.ldap import sync
from directory.ldap.ldif import LdifSource
from directory.models import Employee, SyncRun
from directory.news import News
from directory.services import deactivate
from onboarding import opening
from onboarding.models import OnboardingCase
from servicedesk.common.time import now
from servicedesk.tickets.models import QueueGroupObjectPermission
from servicedesk.workflow import perform
from tests import factories as make

from .making import make_case

ENTRY = """dn: uid={login},ou=People,dc=example,dc=com
objectClass: inetOrgPerson
entryUUID: {login}-0000
uid: {login}
cn: {login}
sn: {login}
mail: {login}@example.com
departmentNumber: {department}

"""


@pytest.fixture
def run(tmp_path: Any) -> Any:
    """One full run over people given as login → department."""

    def made(**people: str) -> SyncRun:
        path = tmp_path / "people.ldif"
        rows = "".join(ENTRY.format(login=login, department=where) for login, where in people.items())
        path.write_text("dn: dc=example,dc=com\nobjectClass: domain\ndc: example\n\n" + rows, encoding="utf-8")
        report = sync.run(LdifSource(str(path)), confirmed=True)
        assert not report.refused, report.refused
        return SyncRun.objects.latest("pk")

    return made


def cases() -> list[tuple[str, str]]:
    return list(OnboardingCase.objects.order_by("pk").values_list("case_type", "subject__login"))


def test_who_comes_in_with_the_first_run_was_here_before(world: SimpleNamespace, run: Any) -> None:
    run(anna="Lab", bert="Lab")

    assert cases() == []


def test_joining_moving_and_leaving_open_a_case_once(world: SimpleNamespace, run: Any) -> None:
    run(anna="Lab", bert="Lab")
    run(anna="Lab", bert="Lab", carl="Lab")
    assert cases() == [("joiner", "carl")]
    run(anna="Lab", bert="Lab", carl="Lab")
    run(anna="Sales", bert="Lab", carl="Lab")
    assert cases()[1:] == [("mover", "anna")]
    run(anna="Sales", carl="Lab")

    assert cases()[2:] == [("leaver", "bert")]
    case = OnboardingCase.objects.get(case_type="leaver")
    assert (case.state, case.confidential, case.requester.login) == ("notified", True, "system.onboarding")


def test_a_reorganisation_opens_no_case_for_everybody(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_AT_ONCE", 2)
    people = [make.make_employee() for _number in range(3)]

    opening.on_news([News(employee=one, kind="changed", fields=frozenset({"department"})) for one in people])
    assert cases() == []
    opening.on_news([News(employee=one, kind="changed", fields=frozenset({"department"})) for one in people[:2]])

    assert len(cases()) == 2


def test_another_title_or_manager_is_no_move(world: SimpleNamespace) -> None:
    opening.on_news([News(employee=world.newbie, kind="changed", fields=frozenset({"title", "manager"}))])

    assert cases() == []


def test_without_a_desk_nothing_is_opened(db: None) -> None:
    deactivate(make.make_employee("early"))

    assert cases() == []


def test_a_run_does_not_fail_where_nobody_could_read_the_case(world: SimpleNamespace) -> None:
    QueueGroupObjectPermission.objects.filter(permission__codename="view_confidential").delete()

    deactivate(world.newbie)

    assert cases() == []


def test_who_is_deactivated_by_hand_leaves(world: SimpleNamespace) -> None:
    deactivate(world.newbie)
    deactivate(world.newbie)

    assert cases() == [("leaver", "nina")]


def test_no_run_lets_in_who_is_blocked_and_cancelling_does(world: SimpleNamespace, run: Any) -> None:
    run(anna="Lab")
    case = make_case(world, "leaver", "access_revoked", subject="anna")
    run(anna="Lab", bert="Lab")
    anna = Employee.objects.get(login="anna")
    assert (anna.is_active, anna.blocked_at is not None) == (False, True)
    assert "blocked here" in str(SyncRun.objects.latest("pk").warnings)

    run(bert="Lab")  # the directory says that she left, and then lists her again
    run(anna="Lab", bert="Lab")
    assert not Employee.objects.get(login="anna").is_active

    perform(OnboardingCase.objects.get(pk=case.pk), "cancel", by=world.runner, reason="She stays")
    run(anna="Lab", bert="Lab")
    assert Employee.objects.get(login="anna").is_active


def test_the_database_knows_no_blocked_person_who_is_active(world: SimpleNamespace) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Employee.objects.filter(pk=world.newbie.pk).update(blocked_at=now())
