"""Making versions, what the actions on them do, and what the clock does."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Employee
from directory.services import system_employee
from servicedesk.common.errors import DomainError, Hidden
from servicedesk.common.time import now as present
from servicedesk.tickets.access import Access
from servicedesk.workflow import Decision, Passage, create, perform

from .models import Article, ArticleVersion, Feedback, Writer, with_its_articles_version
from .states import DRAFT, PUBLISHED, Audience

# What is written in a version, and goes with it into the next one.
TEXT = ("title", "summary", "body", "keywords")
FIELDS = (*TEXT, "category", "audience", "queue", "draft_readers", "language", "review_by")


def draft_article(*, by: Employee, **details: Any) -> ArticleVersion:
    """The first draft of a new article; ``details`` as in :class:`.forms.DraftForm`. Raises ``InvalidPayload``."""
    version: ArticleVersion = create(ArticleVersion, by=by, details=details).record
    return version


def may_draft(employee: Employee) -> Decision:
    """Any technician writes articles."""
    if Access.read(employee).is_technician:
        return Decision(True)
    return Decision(
        False, _("Articles are written by technicians: report what is missing to the service desk."), "right"
    )


def build_draft(*, by: Employee, now: datetime, groups: Any = (), **fields: Any) -> ArticleVersion:
    """The unsaved first version of a new article."""
    article = Article.objects.create(created_at=now, updated_at=now)
    return ArticleVersion(
        article=article, state=DRAFT, author=by, edited_by=by, created_at=now, updated_at=now, version=article.version,
        **fields,
    )  # fmt: skip


def after_draft(passage: Passage) -> None:
    """Who writes it and which groups read it; the version must be there first."""
    passage.record.groups.set(passage.payload.get("groups") or [])
    Writer.objects.create(version=passage.record, employee=passage.by)


def lock_version(pk: int) -> ArticleVersion:
    """The version, fresh; nobody else changes any version of its article until the transaction ends."""
    article = Article.objects.filter(versions=pk).values_list("pk", flat=True).first()
    if article is None:
        raise Hidden(_("There is no such article, or you may not see it."))
    Article.objects.select_for_update(no_key=True).get(pk=article)
    # Read after the lock: what was changed while we waited is seen.
    locked = ArticleVersion.objects.select_for_update(of=("self",), no_key=True).select_related("article")
    version: ArticleVersion = with_its_articles_version(locked.get(pk=pk))
    return version


def settle(version: ArticleVersion, now: datetime) -> None:
    """A change of a version is a change of its article."""
    if version.pk is not None:
        Article.objects.filter(pk=version.article_id).update(version=version.version + 1, updated_at=now)


def edit(passage: Passage, *, groups: Any = (), **fields: Any) -> None:
    """Take the fields that were given. Whoever changes something is one of its writers from now on."""
    version = passage.record
    changed = []
    # A queue and groups follow from the audience, so they count as given with it.
    given = passage.given | ({"queue", "groups"} if "audience" in passage.given else set())
    for name in FIELDS:
        if name in given and getattr(version, name) != fields[name]:
            changed.append(name)
            if name in TEXT:
                passage.text[f"{name}_before"] = getattr(version, name)
            setattr(version, name, fields[name])
    if "groups" in given and {group.pk for group in groups} != set(version.groups.values_list("pk", flat=True)):
        changed.append("groups")
        version.groups.set(groups)
    passage.details = {"fields": changed, "groups": _names(groups)} if "groups" in changed else {"fields": changed}
    if changed:
        version.edited_by = passage.by
        Writer.objects.get_or_create(version=version, employee=passage.by)


def _names(groups: Any) -> list[str]:
    return sorted(group.name for group in groups)


def revise(passage: Passage) -> ArticleVersion:
    """The text of this version becomes the draft of the next one."""
    origin = passage.record
    details: dict[str, Any] = {name: getattr(origin, name) for name in FIELDS if name not in ("category", "queue")}
    # A day that has passed is named anew when the draft is published.
    if origin.review_by is not None and origin.review_by <= timezone.localdate(passage.now):
        details["review_by"] = None
    details |= {
        "category": origin.category.slug,
        "queue": origin.queue.slug if origin.queue else None,
        "groups": list(origin.groups.values_list("name", flat=True)) if origin.audience == Audience.GROUPS else [],
    }
    made: ArticleVersion = create(
        ArticleVersion, by=passage.by, details=details, build=partial(_next_of, origin)
    ).record
    passage.details["made"] = made.ordinal
    return made


def _next_of(origin: ArticleVersion, *, by: Employee, now: datetime, groups: Any = (), **fields: Any) -> ArticleVersion:
    last = ArticleVersion.objects.filter(article=origin.article_id).aggregate(last=Max("ordinal"))["last"]
    return ArticleVersion(
        article_id=origin.article_id, ordinal=last + 1, state=DRAFT, author=by, edited_by=by, created_at=now,
        updated_at=now, version=origin.version + 1, **fields,
    )  # fmt: skip


def rate(passage: Passage, *, helpful: str, comment: str = "") -> Feedback:
    """One answer of one person about one version; another one takes its place."""
    feedback, _new = Feedback.objects.update_or_create(
        version=passage.record, employee=passage.by,
        defaults={"helpful": helpful == "yes", "comment": comment, "at": passage.now},
    )  # fmt: skip
    return feedback


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """What the clock does: mark published versions whose day of review has come.

    Safe to repeat and to run twice at once: the door decides each move under the article's lock.
    """
    today = timezone.localdate(now or present())
    clock, done = system_employee("clock"), 0
    due = ArticleVersion.objects.filter(state=PUBLISHED, review_by__lte=today)
    for version in due.order_by("review_by", "pk").iterator(chunk_size=200):
        try:
            perform(version, "flag_review", by=clock)
            done += 1
        except DomainError:
            continue  # archived or replaced meanwhile
    return {"flag_review": done}
