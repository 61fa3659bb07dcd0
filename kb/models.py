"""An article is what its versions have in common; the state belongs to the version, and so does all that is read."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from servicedesk.common.ids import format_number
from servicedesk.common.text import validate_block, validate_line
from servicedesk.tickets.models import Category, Queue, Ticket
from servicedesk.tickets.models.ticket import RereadsState, StateField
from servicedesk.workflow import carry_out, move

from . import forms, guards
from . import roles as may
from .querysets import ArticleVersionQuerySet
from .states import (
    ARCHIVED,
    DRAFT,
    IN_REVIEW,
    LIVE,
    OPEN,
    PUBLISHED,
    REVIEW_DUE,
    VOCABULARY,
    Audience,
    DraftReaders,
    Language,
)

if TYPE_CHECKING:
    from servicedesk.workflow import Passage

    from .facts import ArticleFacts

Person = settings.AUTH_USER_MODEL
LONGEST_BODY = 50_000
REVIEWED_AFTER = timedelta(days=365)


class Article(models.Model):
    """The number under which a text is known, whatever version of it is read.

    ``version`` counts every change of any of its versions: who changes one names the version of the article.
    """

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()
        permissions = [("publish_article", "Review, publish and archive articles")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """``KB-000012``."""
        return format_number(VOCABULARY.prefix, self.pk or 0)


class ArticleVersion(RereadsState, models.Model):
    """One text of an article. ``state`` is protected: only ``workflow.perform`` moves it.

    ``author`` began it, ``edited_by`` changed it last; whoever wrote in it at all is among its writers.
    """

    # Set by the door for the transition that is running.
    facts: "ArticleFacts"
    passage: "Passage"

    article = models.ForeignKey(Article, models.PROTECT, related_name="versions")
    ordinal = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    state = StateField(_("status"), max_length=30, protected=True)
    title = models.CharField(_("title"), max_length=200, validators=[validate_line])
    summary = models.CharField(_("summary"), max_length=300, blank=True, validators=[validate_line])
    body = models.TextField(_("text"), max_length=LONGEST_BODY, validators=[validate_block])
    category = models.ForeignKey(Category, models.PROTECT, related_name="articles", verbose_name=_("category"))
    audience = models.CharField(_("audience"), max_length=12, choices=Audience, default=Audience.EVERYBODY)
    queue = models.ForeignKey(
        Queue, models.PROTECT, null=True, blank=True, related_name="articles", verbose_name=_("queue")
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="articles", verbose_name=_("groups"))
    draft_readers = models.CharField(
        _("readers of the draft"), max_length=12, choices=DraftReaders, default=DraftReaders.TECHNICIANS
    )
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ENGLISH)
    keywords = models.CharField(_("keywords"), max_length=300, blank=True, validators=[validate_line])
    review_by = models.DateField(_("review by"), null=True, blank=True)
    author = models.ForeignKey(Person, models.PROTECT, related_name="articles", verbose_name=_("author"))
    edited_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("last edited by"))
    publisher = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("published by")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ArticleVersionQuerySet.as_manager()

    class Meta:
        ordering = ("article", "-ordinal")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["article", "ordinal"], name="article_version_counted_once"),
            models.UniqueConstraint(fields=["article"], condition=Q(state__in=OPEN), name="article_one_open_version"),
            models.UniqueConstraint(fields=["article"], condition=Q(state__in=LIVE), name="article_one_live_version"),
            models.CheckConstraint(condition=Q(state__in=VOCABULARY.names), name="article_state_known"),
            models.CheckConstraint(
                condition=Q(publisher=None) | (~Q(publisher=F("author")) & ~Q(publisher=F("edited_by"))),
                name="article_published_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=LIVE) | Q(publisher__isnull=False, published_at__isnull=False),
                name="article_live_was_published",
            ),
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="article_audience_known"),
            models.CheckConstraint(
                condition=Q(audience=Audience.QUEUE, queue__isnull=False)
                | (~Q(audience=Audience.QUEUE) & Q(queue=None)),
                name="article_queue_of_its_audience",
            ),
            models.CheckConstraint(
                condition=Q(draft_readers__in=DraftReaders.values), name="article_draft_readers_known"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["review_by"], name="article_to_review", condition=Q(state=PUBLISHED))]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        return format_number(VOCABULARY.prefix, self.article_id or 0)

    @property
    def state_label(self) -> str:
        return str(VOCABULARY[self.state].label)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def keyword_list(self) -> list[str]:
        return [word for word in self.keywords.split(", ") if word]

    @move(source=DRAFT, target=IN_REVIEW, permission=may.writes, label=_("Submit for review"), verb="submitted",
          order=10, icon="send")  # fmt: skip
    def submit(self) -> None: ...

    @move(source=IN_REVIEW, target=PUBLISHED, permission=may.publishes, conditions=[guards.was_written_by_others],
          payload=forms.PublishForm, label=_("Publish"), verb="published", order=12, icon="circle-check")  # fmt: skip
    def publish(self, *, review_by: date | None = None) -> None:
        # The one that readers saw steps down first: the database holds one at a time.
        former = ArticleVersion.objects.filter(article=self.article_id, state__in=LIVE).first()
        if former is not None:
            reason = _t("Version %(ordinal)s took its place.") % {"ordinal": self.ordinal}
            carry_out(former, "archive", by=self.passage.by, cause="publish", details={"reason": reason})
        self.publisher, self.published_at = self.passage.by, self.passage.now
        self._look_again(review_by)

    @move(source=IN_REVIEW, target=DRAFT, permission=may.publishes | may.wrote, payload=forms.SendBackForm,
          label=_("Send back"), verb="sent_back", order=20, icon="arrow-back-up")  # fmt: skip
    def send_back(self, *, comment: str) -> None: ...

    @move(source=PUBLISHED, target=REVIEW_DUE, permission=may.keeps_time, conditions=[guards.review_is_due],
          label=_("Ask for a review"), verb="review_due", offered=False, order=30, icon="calendar-time")  # fmt: skip
    def flag_review(self) -> None: ...

    @move(source=REVIEW_DUE, target=PUBLISHED, permission=may.publishes, conditions=[guards.was_written_by_others],
          payload=forms.PublishForm, label=_("Confirm that it still holds"), verb="renewed", order=14,
          icon="circle-check")  # fmt: skip
    def renew(self, *, review_by: date | None = None) -> None:
        self._look_again(review_by)

    @move(source=LIVE, target=ARCHIVED, permission=may.publishes, payload=forms.ArchiveForm, label=_("Archive"),
          verb="archived", order=40, danger=True, icon="archive")  # fmt: skip
    def archive(self, *, reason: str) -> None: ...

    @move(source=DRAFT, target=ARCHIVED, permission=may.publishes | may.wrote, payload=forms.DiscardForm,
          label=_("Discard the draft"), verb="discarded", order=42, danger=True, icon="trash")  # fmt: skip
    def discard(self, *, reason: str = "") -> None: ...

    @move(source=ARCHIVED, target=DRAFT, permission=may.publishes, conditions=[guards.has_no_open_version],
          label=_("Restore as a draft"), verb="restored", order=50, icon="rotate-clockwise")  # fmt: skip
    def restore(self) -> None:
        self.publisher, self.published_at = None, None

    def _look_again(self, on: date | None) -> None:
        """On the day that was named; else on the one that it had, while that is to come; else after a year."""
        today = timezone.localdate(self.passage.now)
        kept = self.review_by if self.review_by is not None and self.review_by > today else None
        self.review_by = on or kept or today + REVIEWED_AFTER


class Writer(models.Model):
    """Somebody wrote in a version: they read it, and do not publish it."""

    version = models.ForeignKey(ArticleVersion, models.CASCADE, related_name="writers")
    employee = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["version", "employee"], name="article_writer_once")]

    def __str__(self) -> str:
        return f"{self.employee_id} wrote in {self.version_id}"


class Feedback(models.Model):
    """Whether one reader found one version helpful, and what they said. They may change it."""

    version = models.ForeignKey(ArticleVersion, models.PROTECT, related_name="feedback")
    employee = models.ForeignKey(Person, models.PROTECT, related_name="+")
    helpful = models.BooleanField(_("helpful"))
    comment = models.CharField(_("comment"), max_length=2000, blank=True, validators=[validate_block])
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")
        default_permissions = ()
        verbose_name_plural = "feedback"
        constraints = [models.UniqueConstraint(fields=["version", "employee"], name="article_feedback_once")]

    def __str__(self) -> str:
        return f"{self.employee_id} on {self.version_id}: {'helpful' if self.helpful else 'not helpful'}"


class ArticleLink(models.Model):
    """An article belongs to a ticket. Shown only to those who may see both."""

    class Kind(models.TextChoices):
        USED = "used", _("used on it")
        READ = "read", _("read before it was reported")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="articles")
    article = models.ForeignKey(Article, models.PROTECT, related_name="links")
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.USED)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("at", "pk")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["ticket", "article"], name="article_link_once")]

    def __str__(self) -> str:
        return f"{self.article_id} on {self.ticket_id}"


def with_its_articles_version(version: Any) -> Any:
    """``version`` as forms and the API name it: by the change counter of its article, which was read with it."""
    version.version = version.article.version
    return version
