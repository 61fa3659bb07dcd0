"""An article from its first draft to its end, and what the database refuses on its own."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from directory.models import Employee
from directory.services import system_employee
from kb.models import Article, ArticleVersion, Feedback, Writer
from kb.services import draft_article, sweep
from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of
from servicedesk.audit.verify import verify
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted, StaleVersion, WrongState
from servicedesk.workflow import carry_out, perform
from tests import factories as make


def verbs(version: ArticleVersion) -> list[str]:
    events = Event.objects.filter(subject_type=subject_type_of(version), subject_id=version.pk)
    return list(events.order_by("sequence").values_list("verb", flat=True))


def shown(version: ArticleVersion) -> ArticleVersion | None:
    return ArticleVersion.objects.filter(article=version.article_id).live().first()


def revised(version: ArticleVersion, by: Employee) -> ArticleVersion:
    return carry_out(version, "revise", by=by).result


def test_a_draft_becomes_what_readers_see_by_two_pairs_of_hands(luca: Employee, nora: Employee) -> None:
    draft = make.make_draft(luca)
    assert draft.number == f"KB-{draft.article_id:06d}"
    version = perform(draft, "submit", by=luca)
    version = perform(version, "publish", by=nora)

    assert (version.state, version.publisher, version.author) == ("published", nora, luca)
    assert version.review_by == timezone.localdate() + timedelta(days=365)
    assert verbs(version) == ["article.drafted", "article.submitted", "article.published"]
    assert verify().ok


def test_nobody_publishes_what_they_wrote(luca: Employee, kim: Employee, nora: Employee) -> None:
    mine = perform(make.make_draft(kim), "submit", by=kim)
    with pytest.raises(WrongState, match="You wrote in version 1"):
        perform(mine, "publish", by=kim)
    touched = perform(make.make_draft(luca), "edit", by=kim, title="Connect to the VPN from a hotel")
    touched = perform(touched, "edit", by=luca, title="Connect to the VPN from anywhere")
    touched = perform(touched, "submit", by=luca)
    with pytest.raises(WrongState, match="You wrote in version 1"):
        perform(touched, "publish", by=kim)

    assert perform(touched, "publish", by=nora).state == "published"


def test_nobody_renews_what_they_wrote(kim: Employee, nora: Employee) -> None:
    version = make.make_article(kim, nora)
    ArticleVersion.objects.filter(pk=version.pk).update(review_by=timezone.localdate())
    assert sweep() == {"flag_review": 1} and sweep() == {"flag_review": 0}

    with pytest.raises(WrongState, match="You wrote"):
        perform(version, "renew", by=kim)
    day = timezone.localdate() + timedelta(days=90)
    renewed = perform(version, "renew", by=nora, review_by=day.isoformat())

    assert (renewed.state, renewed.review_by) == ("published", day)


def test_the_clock_flags_nothing_before_its_day_and_nobody_else_flags(luca: Employee, nora: Employee) -> None:
    version = make.make_article(luca, nora)

    assert sweep() == {"flag_review": 0}
    with pytest.raises(NotPermitted):
        perform(version, "flag_review", by=nora)
    assert sweep(now=timezone.now() + timedelta(days=364)) == {"flag_review": 0}


def test_the_clock_is_told_by_the_guard_when_it_is_too_early(luca: Employee, nora: Employee) -> None:
    with pytest.raises(WrongState, match="not to be reviewed yet"):
        perform(make.make_article(luca, nora), "flag_review", by=system_employee("clock"))


def test_a_published_article_is_edited_as_a_new_draft_that_takes_its_place(
    luca: Employee, wei: Employee, nora: Employee
) -> None:
    first = make.make_article(luca, nora, keywords="vpn, remote", audience="technicians")
    second = revised(first, wei)
    assert (second.ordinal, second.state, second.title, second.keywords) == (2, "draft", first.title, "vpn, remote")
    assert (second.author, second.audience) == (wei, "technicians")
    assert set(second.writers.values_list("employee__login", flat=True)) == {"wei"}
    second = perform(second, "edit", by=wei, body="1. Open the new client")
    assert shown(first) == first
    with pytest.raises(WrongState, match="has a draft already"):
        revised(first, luca)

    second = perform(perform(second, "submit", by=wei), "publish", by=nora)

    first.refresh_from_db()
    assert (first.state, second.state, shown(first)) == ("archived", "published", second)
    assert verbs(first)[-1] == "article.archived"
    last = Event.objects.filter(subject_id=first.pk, verb="article.archived").get()
    assert last.details["cause"] == "publish" and "Version 2" in last.personal_text.body["reason"]


def test_what_comes_back_from_review_says_why_and_goes_on(luca: Employee, nora: Employee) -> None:
    version = perform(make.make_draft(luca), "submit", by=luca)
    with pytest.raises(WrongState):
        perform(version, "edit", by=luca, title="Another title")
    with pytest.raises(InvalidPayload, match="Say what should change"):
        perform(version, "send_back", by=nora, comment=" ")

    version = perform(version, "send_back", by=nora, comment="Name the client.")

    assert version.state == "draft"
    assert Event.objects.get(verb="article.sent_back").personal_text.body == {"comment": "Name the client."}
    assert perform(perform(version, "submit", by=luca), "send_back", by=luca, comment="A typo").state == "draft"


def test_an_archived_article_is_restored_as_a_draft(luca: Employee, nora: Employee) -> None:
    version = make.make_article(luca, nora)
    version = perform(version, "archive", by=nora, reason="The client is gone")
    assert shown(version) is None
    with pytest.raises(NotPermitted):
        perform(version, "restore", by=luca)

    version = perform(version, "restore", by=nora)

    assert (version.state, version.publisher, version.published_at) == ("draft", None, None)


def test_a_draft_that_nobody_needs_is_discarded_and_makes_room(luca: Employee, wei: Employee, nora: Employee) -> None:
    version = make.make_article(luca, nora)
    draft = revised(version, luca)
    with pytest.raises(NotPermitted):
        perform(draft, "discard", by=wei)

    draft = perform(draft, "discard", by=luca, reason="It was right as it stood")

    assert (draft.state, shown(version), verbs(draft)[-1]) == ("archived", version, "article.discarded")
    assert Event.objects.get(verb="article.discarded").personal_text.body["reason"] == "It was right as it stood"
    assert revised(version, wei).state == "draft", "there is room for another one"
    with pytest.raises(WrongState):
        perform(draft, "discard", by=luca)


def test_a_discarded_draft_is_restored_by_who_publishes(luca: Employee, nora: Employee) -> None:
    draft = perform(make.make_draft(luca), "discard", by=nora)
    with pytest.raises(NotPermitted):
        perform(draft, "restore", by=luca)

    assert perform(draft, "restore", by=nora).state == "draft"


def test_a_former_version_is_not_restored_beside_a_draft(luca: Employee, nora: Employee) -> None:
    first = make.make_article(luca, nora)
    second = perform(perform(revised(first, luca), "submit", by=luca), "publish", by=nora)
    third = revised(second, luca)
    with pytest.raises(WrongState, match="has a draft already"):
        perform(first, "restore", by=nora)
    perform(perform(third, "submit", by=luca), "publish", by=nora)

    assert perform(first, "restore", by=nora).state == "draft"


def test_a_change_of_any_version_is_a_change_of_the_article(luca: Employee, nora: Employee) -> None:
    version = make.make_article(luca, nora)
    seen = Article.objects.get(pk=version.article_id).version
    assert version.version == seen
    draft = revised(version, luca)
    assert Article.objects.get(pk=version.article_id).version == draft.version == seen + 1

    with pytest.raises(StaleVersion):
        perform(version, "archive", by=nora, expected_version=seen, reason="Old")
    perform(version, "archive", by=nora, expected_version=seen + 1, reason="Old")


def test_a_refused_change_leaves_nothing(luca: Employee, alice: Employee) -> None:
    before = (Article.objects.count(), ArticleVersion.objects.count(), Writer.objects.count(), Event.objects.count())
    with pytest.raises(NotPermitted, match="written by technicians"):
        make.make_draft(alice)
    with pytest.raises(InvalidPayload):
        draft_article(by=luca, title="No text", category=make.make_category().slug)

    assert before == (
        Article.objects.count(), ArticleVersion.objects.count(), Writer.objects.count(), Event.objects.count(),
    )  # fmt: skip


def test_the_text_before_an_edit_hangs_beside_the_log(luca: Employee) -> None:
    draft = make.make_draft(luca, title="Old title", body="Old text")
    perform(draft, "edit", by=luca, title="New title", body="New text")

    event = Event.objects.get(verb="article.edited")
    assert event.details["fields"] == ["title", "body"]
    assert event.personal_text.body == {"title_before": "Old title", "body_before": "Old text"}
    assert "Old text" not in str(event.details)


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"audience": "queue"}, "queue"),
        ({"audience": "groups"}, "groups"),
        ({"title": "a\nb"}, "title"),
        ({"body": "a\x00b"}, "body"),
        ({"category": "nothing"}, "category"),
        ({"review_by": "2001-01-01"}, "review_by"),
        ({"review_by": "2099-01-01"}, "review_by"),
        ({"keywords": ", ".join(f"w{n}" for n in range(21))}, "keywords"),
        ({"language": "xx"}, "language"),
        ({"state": "published"}, "state"),
        ({"publisher": "nora"}, "publisher"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_draft_that_does_not_fit_is_refused_at_its_field(luca: Employee, details: dict, field: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        make.make_draft(luca, **details)

    assert field in refused.value.errors


def test_an_edit_keeps_what_it_does_not_name(luca: Employee, network) -> None:
    draft = make.make_draft(luca, audience="queue", queue="network", keywords="vpn")
    draft = perform(draft, "edit", by=luca, title="Another")
    assert (draft.audience, draft.queue, draft.keywords) == ("queue", network, "vpn")
    draft = perform(draft, "edit", by=luca, audience="everybody")
    assert (draft.audience, draft.queue) == ("everybody", None)
    group = make.make_group("staff")
    draft = perform(draft, "edit", by=luca, audience="groups", groups=["staff"])
    assert list(draft.groups.all()) == [group]
    draft = perform(draft, "edit", by=luca, audience="technicians")
    assert list(draft.groups.all()) == []
    with pytest.raises(InvalidPayload, match="needs a text"):
        perform(draft, "edit", by=luca, body="")


def test_one_answer_for_each_person_and_version_that_may_be_changed(luca, nora, alice) -> None:
    version = make.make_article(luca, nora)
    carry_out(version, "rate", by=alice, details={"helpful": "yes"})
    carry_out(version, "rate", by=alice, details={"helpful": "no", "comment": "Step 2 is gone"})
    carry_out(version, "rate", by=luca, details={"helpful": "yes"})

    assert list(Feedback.objects.order_by("employee__login").values_list("employee__login", "helpful")) == [
        ("alice", False), ("luca", True),
    ]  # fmt: skip
    counted = ArticleVersion.objects.with_votes().get(pk=version.pk)
    assert (counted.helpful, counted.unhelpful) == (1, 1)
    assert Event.objects.filter(verb="article.rated").count() == 3
    assert Event.objects.filter(verb="article.rated", details__helpful="no").get().personal_text.body == {
        "comment": "Step 2 is gone"
    }


def test_readers_do_not_rate_what_they_do_not_read(luca, nora, alice) -> None:
    with pytest.raises(Hidden):
        carry_out(make.make_draft(luca), "rate", by=alice, details={"helpful": "yes"})
    with pytest.raises(WrongState):
        carry_out(make.make_draft(luca), "rate", by=luca, details={"helpful": "yes"})


BROKEN = {
    "published by its author": {"state": "published", "publisher": "luca", "published_at": timezone.now()},
    "live without a publisher": {"state": "published"},
    "an unknown state": {"state": "forgotten"},
    "a queue that is not its audience": {"queue": "network"},
    "an unknown audience": {"audience": "nobody"},
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses_it_too(luca: Employee, network, name: str) -> None:
    values = dict(BROKEN[name])
    if "publisher" in values:
        values["publisher"] = luca
    if "queue" in values:
        values["queue"] = network
    draft = make.make_draft(luca)
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleVersion.objects.filter(pk=draft.pk).update(**values)


def test_the_database_refuses_two_open_and_two_live_versions(luca: Employee, nora: Employee) -> None:
    first = make.make_article(luca, nora)
    second = revised(first, luca)
    for values in ({"state": "draft", "publisher": None, "published_at": None},):
        with pytest.raises(IntegrityError), transaction.atomic():
            ArticleVersion.objects.filter(pk=first.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleVersion.objects.filter(pk=second.pk).update(
            state="published", publisher=nora, published_at=timezone.now()
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleVersion.objects.filter(pk=second.pk).update(ordinal=1)
