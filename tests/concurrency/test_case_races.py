"""Cases on PostgreSQL: two pieces of news at once are one case, and of many who end access one does."""

from functools import partial
from types import SimpleNamespace

import pytest

from directory.news import News
from onboarding import opening
from onboarding.models import OnboardingCase
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError, WrongState
from servicedesk.workflow import perform
from tests.onboarding.making import make_case, make_world

from .racing import events_of, losers, race, winners

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    return make_world()


def test_the_same_news_at_once_is_one_case(world: SimpleNamespace) -> None:
    news = [News(employee=world.newbie, kind="changed", fields=frozenset({"department"}))]

    outcomes = race(*[partial(opening.on_news, news)] * 6)

    assert losers(outcomes) == [] and OnboardingCase.objects.count() == 1
    assert len(events_of(OnboardingCase.objects.get())) >= 1 and verify().ok


def test_of_those_who_open_a_case_at_once_one_does(world: SimpleNamespace) -> None:
    def enter() -> OnboardingCase:
        return opening.open_case(by=world.runner, case_type="leaver", subject="leo", on="2026-12-01")

    outcomes = race(*[enter] * 6)

    assert len(winners(outcomes)) == 1 and OnboardingCase.objects.count() == 1
    assert all(isinstance(error, DomainError) for error in losers(outcomes)), losers(outcomes)


def test_without_the_key_of_what_runs_there_are_several(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unique key is what keeps them apart: without it each finds that none is open."""
    build = opening.build_case
    monkeypatch.setattr(opening, "build_case", lambda **given: _without_key(build(**given)))
    news = [News(employee=world.newbie, kind="changed", fields=frozenset({"department"}))]

    race(*[partial(opening.on_news, news)] * 6)

    assert OnboardingCase.objects.count() > 1


def _without_key(case: OnboardingCase) -> OnboardingCase:
    case.running = None
    return case


def test_of_those_who_end_access_at_once_one_does(world: SimpleNamespace) -> None:
    case = make_case(world, "leaver", "scheduled")

    outcomes = race(*[partial(perform, case, "revoke", by=world.runner)] * 6)

    assert len(winners(outcomes)) == 1
    assert {type(error) for error in losers(outcomes)} == {WrongState}
    assert sum(event.verb == "case.access_revoked" for event in events_of(case)) == 1
    world.leaver.refresh_from_db()
    assert not world.leaver.is_active and verify().ok
