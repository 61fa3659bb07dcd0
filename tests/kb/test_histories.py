"""Whatever people do to an article, in whatever order: what must hold, holds after every step (Hypothesis)."""

from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from directory.models import Employee
from kb.models import ArticleVersion, Writer
from kb.services import sweep
from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of
from servicedesk.audit.verify import verify
from servicedesk.common.errors import DomainError, InvalidPayload
from servicedesk.workflow import carry_out, machine_of
from tests import factories as make

PEOPLE = ("writer", "colleague", "publisher", "publishing writer", "second publisher", "trainee", "reader", "gone")
ACTIONS = sorted(machine_of(ArticleVersion).actions)
WORDS = st.sampled_from(("first", "second", "third"))


class ArticleLife(RuleBasedStateMachine):
    """One article, eight people, every action of the machine by any of them at any time."""

    @initialize()
    def begin(self) -> None:
        queue = make.make_queue()
        self.people: dict[str, Employee] = {
            "writer": make.make_agent(queue), "colleague": make.make_agent(queue, 2),
            "publisher": make.make_publisher(), "publishing writer": make.make_publisher(on=queue),
            "second publisher": make.make_publisher(on=queue), "trainee": make.make_trainee(queue),
            "reader": make.make_employee(), "gone": make.make_publisher(on=queue),
        }  # fmt: skip
        Employee.objects.filter(pk=self.people["gone"].pk).update(is_active=False)
        first = make.make_draft(self.people["writer"], body="text of first")
        self.article = first.article_id
        # Who wrote which text, kept by hand: the machine's own notes are what is tested.
        self.wrote: dict[int, set[int]] = {first.pk: {self.people["writer"].pk}}
        self.shown: set[str] = set()
        self.moves = 0

    def versions(self) -> list[ArticleVersion]:
        return list(ArticleVersion.objects.filter(article=self.article).order_by("ordinal"))

    def details(self, action: str, word: str) -> dict[str, Any]:
        return {
            "edit": {"body": f"text of {word}"}, "send_back": {"comment": word}, "archive": {"reason": word},
            "rate": {"helpful": "yes"},
        }.get(action, {})  # fmt: skip

    @precondition(lambda self: hasattr(self, "people"))
    @rule(who=st.sampled_from(PEOPLE), action=st.sampled_from(ACTIONS), place=st.integers(0, 3), word=WORDS)
    def act(self, who: str, action: str, place: int, word: str) -> None:
        several = self.versions()
        version, person = several[place % len(several)], self.people[who]
        decision = machine_of(ArticleVersion).decide(machine_of(ArticleVersion).facts(version, person), action)
        try:
            with transaction.atomic():
                passage = carry_out(version, action, by=person, details=self.details(action, word))
        except DomainError as error:
            assert not decision or isinstance(error, InvalidPayload), (who, action, version.state)
            return
        assert decision and who != "gone"
        self.moves += 1
        if action == "edit" and passage.details["fields"]:
            self.wrote[version.pk].add(person.pk)
        if action == "revise":
            self.wrote[passage.result.pk] = {person.pk}
        if action in ("publish", "renew"):
            assert person.pk not in self.wrote[version.pk], "published by one of its writers"

    @precondition(lambda self: hasattr(self, "people"))
    @rule()
    def the_day_of_review_comes(self) -> None:
        ArticleVersion.objects.filter(article=self.article, state="published").update(review_by="2020-01-01")
        sweep()

    @invariant()
    def at_most_one_is_open_and_one_is_shown(self) -> None:
        states = [version.state for version in self.versions()] if hasattr(self, "people") else []
        assert sum(state in ("draft", "in_review") for state in states) <= 1
        assert sum(state in ("published", "review_due") for state in states) <= 1

    @invariant()
    def what_is_shown_was_published_by_somebody_else(self) -> None:
        for version in self.versions() if hasattr(self, "people") else ():
            if version.state in ("published", "review_due"):
                assert version.publisher_id not in self.wrote[version.pk]
                verbs = Event.objects.filter(subject_type=subject_type_of(version), subject_id=version.pk)
                assert verbs.filter(verb="article.published", actor=version.publisher_id).exists()
            writers = set(Writer.objects.filter(version=version).values_list("employee", flat=True))
            assert writers == self.wrote[version.pk]

    @invariant()
    def readers_see_published_texts_only(self) -> None:
        if not hasattr(self, "people"):
            return
        for who in ("reader", "trainee"):
            seen = ArticleVersion.objects.visible_to(self.people[who]).filter(article=self.article)
            assert {version.state for version in seen} <= {"published", "review_due"}
        assert not ArticleVersion.objects.visible_to(self.people["gone"]).exists()

    @invariant()
    def every_state_is_the_last_one_of_its_log(self) -> None:
        for version in self.versions() if hasattr(self, "people") else ():
            events = Event.objects.filter(subject_type=subject_type_of(version), subject_id=version.pk)
            last = events.order_by("-sequence").first()
            assert last is not None and last.target == version.state

    def teardown(self) -> None:
        if hasattr(self, "people"):
            assert verify().ok


class TestArticleLives(TestCase):
    def test_no_order_of_actions_breaks_what_articles_promise(self) -> None:
        class Fresh(ArticleLife):
            """Each life in a transaction of its own, undone at its end."""

            def __init__(self) -> None:
                self._undone = transaction.atomic()
                self._undone.__enter__()
                super().__init__()

            def teardown(self) -> None:
                try:
                    super().teardown()
                finally:
                    transaction.set_rollback(True)
                    self._undone.__exit__(None, None, None)

        run_state_machine_as_test(
            Fresh,
            settings=settings(
                max_examples=25, stateful_step_count=25, deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            ),
        )  # fmt: skip
