"""Whose access a case ended comes in by no door until the case is cancelled (SECURITY, row 17)."""

from types import SimpleNamespace
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.test import Client

from directory import tokens
from directory.models import ApiToken
from directory.services import system_employee
from directory.signin import second_step
from incidents.services import report_incident
from onboarding.models import OnboardingCase
from servicedesk.common.errors import DomainError, InvalidPayload
from servicedesk.workflow import perform
from tests import factories as make
from tests.assets.making import make_asset
from tests.signin.conftest import SECRET, code_now, is_in, sign_in

from .making import make_case


def revoke(world: SimpleNamespace) -> OnboardingCase:
    return make_case(world, "leaver", "access_revoked")


def test_sessions_and_tokens_end_with_the_move(world: SimpleNamespace) -> None:
    _token, text = tokens.issue(world.leaver, by=system_employee("console"))
    client, by_token = sign_in(world.leaver), Client(headers={"Authorization": f"Bearer {text}"})
    assert is_in(client) and by_token.get("/api/v1/tickets/").status_code == 200

    revoke(world)

    assert not is_in(client) and not UserSession.objects.exists()
    assert by_token.get("/api/v1/tickets/").status_code == 401
    assert not ApiToken.objects.exists() and not world.leaver.groups.exists()


def test_the_right_password_lets_nobody_in(world: SimpleNamespace) -> None:
    case = revoke(world)
    assert not is_in(sign_in(world.leaver))

    perform(case, "cancel", by=world.runner, reason="They stay")

    assert is_in(sign_in(world.leaver))


def test_a_sign_in_that_waits_for_its_second_step_ends_there(world: SimpleNamespace) -> None:
    second_step.add_app(world.leaver, SECRET)
    client = sign_in(world.leaver)
    assert not is_in(client)

    revoke(world)

    client.post("/login/second-step/", {"code": code_now()})
    assert not is_in(client)


def test_nobody_gets_a_token_or_a_session_for_them(world: SimpleNamespace) -> None:
    revoke(world)
    world.leaver.refresh_from_db()

    with pytest.raises(DomainError, match="cannot act here"):
        tokens.issue(world.leaver, by=system_employee("console"))
    client = Client()
    client.force_login(world.leaver)  # as any way in would end
    assert not is_in(client)


def test_a_way_in_that_only_made_them_active_is_refused_by_the_database(world: SimpleNamespace) -> None:
    revoke(world)
    world.leaver.refresh_from_db()
    world.leaver.is_active = True

    with pytest.raises(IntegrityError), transaction.atomic():
        world.leaver.save()


def test_the_door_takes_nothing_from_them(world: SimpleNamespace) -> None:
    revoke(world)

    with pytest.raises(DomainError):
        report_incident(by=world.leaver, title="Still here")


def test_their_proposal_to_be_chosen_is_gone(world: SimpleNamespace) -> None:
    """Nobody can give them work or things any more: forms offer active people."""
    revoke(world)
    asset = make_asset(world.keepers[0])
    for record, action, details in (
        (asset, "hand_over", {"employee": world.leaver.login, "terms": "x"}),
        (make.make_incident(world.it), "assign", {"assignee": world.leaver.login}),
    ):
        by: Any = world.keepers[0] if record is asset else make.make_agent(world.it)
        with pytest.raises(InvalidPayload):
            perform(record, action, by=by, **details)
