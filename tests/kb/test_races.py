"""Many at once on PostgreSQL: one publication, one draft, one event. Each race is also run without its lock."""

from functools import partial
from threading import Barrier

import pytest

from directory.models import Employee
from kb.models import ArticleVersion, Feedback, with_its_articles_version
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.common.errors import StaleVersion, WrongState
from servicedesk.workflow import carry_out, machine_of, perform
from servicedesk.workflow import machine as machines
from tests import factories as make
from tests.concurrency.racing import losers, race, winners

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]
RACERS = 12


@pytest.fixture
def publishers() -> list[Employee]:
    return [make.make_publisher() for _number in range(RACERS)]


def events(verb: str) -> int:
    return Event.objects.filter(verb=verb).count()


def test_of_many_who_publish_at_once_one_does(luca: Employee, publishers: list[Employee]) -> None:
    version = perform(make.make_draft(luca), "submit", by=luca)

    outcomes = race(*[partial(perform, version, "publish", by=person) for person in publishers])

    assert len(winners(outcomes)) == 1 and {type(error) for error in losers(outcomes)} == {WrongState}
    version.refresh_from_db()
    assert (version.state, events("article.published")) == ("published", 1)
    assert verify().ok


def test_without_the_lock_several_publish(luca, publishers, monkeypatch: pytest.MonkeyPatch) -> None:
    version, meeting = perform(make.make_draft(luca), "submit", by=luca), Barrier(4)
    machine = machine_of(ArticleVersion)

    def plain_get(pk: int) -> ArticleVersion:
        found = with_its_articles_version(ArticleVersion.objects.select_related("article").get(pk=pk))
        meeting.wait(60)
        return found

    monkeypatch.setitem(machines._machines, ArticleVersion, type(machine)(**{**vars(machine), "lock": plain_get}))
    outcomes = race(*[partial(perform, version, "publish", by=person) for person in publishers[:4]])

    # At least two: a statement that fails for another reason may take one of the four out.
    assert len(winners(outcomes)) > 1 and events("article.published") == len(winners(outcomes))


def test_of_many_who_begin_the_next_version_one_does(luca: Employee, publishers: list[Employee], network) -> None:
    version = make.make_article(luca, publishers[0])
    writers = [make.make_agent(network) for _number in range(RACERS)]

    outcomes = race(*[partial(carry_out, version, "revise", by=person) for person in writers])

    assert len(winners(outcomes)) == 1 and {type(error) for error in losers(outcomes)} == {WrongState}
    assert ArticleVersion.objects.filter(article=version.article_id).count() == 2


def test_publishing_while_it_is_edited_never_shows_what_nobody_reviewed(luca: Employee, nora: Employee, wei) -> None:
    """An edit of a draft and its submission name one version: either the edit comes first, or it is refused."""
    for _round in range(5):
        draft = make.make_draft(luca, body="reviewed")
        seen = with_its_articles_version(ArticleVersion.objects.select_related("article").get(pk=draft.pk)).version
        outcomes = race(
            partial(perform, draft, "submit", by=luca, expected_version=seen),
            partial(perform, draft, "edit", by=wei, expected_version=seen, body="slipped in"),
        )
        assert len(winners(outcomes)) == 1
        assert {type(error) for error in losers(outcomes)} <= {StaleVersion, WrongState}
        draft.refresh_from_db()
        assert (draft.state, draft.body) in {("in_review", "reviewed"), ("draft", "slipped in")}


def test_a_publication_and_the_archiving_of_the_former_version_agree(luca: Employee, nora: Employee) -> None:
    first = make.make_article(luca, nora)
    second = carry_out(first, "revise", by=luca).result
    second = perform(second, "submit", by=luca)

    race(
        partial(perform, second, "publish", by=nora),
        partial(perform, first, "archive", by=nora, reason="Out of date"),
    )

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("archived", "published")
    assert Event.objects.filter(verb="article.archived", subject_id=first.pk).count() == 1
    assert verify().ok


def test_one_person_who_answers_twice_at_once_has_one_answer(luca: Employee, nora: Employee, alice: Employee) -> None:
    version = make.make_article(luca, nora)

    outcomes = race(*[partial(carry_out, version, "rate", by=alice, details={"helpful": "yes"})] * 6)

    assert len(winners(outcomes)) == 6 and Feedback.objects.count() == 1
