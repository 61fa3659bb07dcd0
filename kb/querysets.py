"""Ways to find articles. ``visible_to`` is the only read rule."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.utils.translation import gettext as _

from servicedesk.common.errors import Hidden
from servicedesk.common.ids import parse_number
from servicedesk.common.text import without_controls
from servicedesk.query.folding import fold

from .readers import Reader
from .states import LIVE, OPEN, VOCABULARY, Audience, DraftReaders

if TYPE_CHECKING:
    from directory.models import Employee

    from .models import ArticleVersion

MOST_WORDS = 8
LONGEST_SEARCH = 200


class ArticleVersionQuerySet(models.QuerySet["ArticleVersion"]):
    """Versions of articles. Everything that a person sees starts from :meth:`visible_to`."""

    def visible_to(self, employee: "Employee") -> Self:
        """What ``employee`` may know of.

        Published texts within their audience; drafts, reviews and archived texts for technicians of the audience
        unless they are confidential; one's own always; all of them for who publishes.
        """
        reader = Reader.of(employee)
        if not reader.active:
            return self.none()
        if reader.is_publisher or reader.is_clock:
            return self.all()
        within = _within(reader)
        seen = Q(state__in=LIVE) & within
        if reader.is_technician:
            seen |= Q(draft_readers=DraftReaders.TECHNICIANS) & within
        writers = apps.get_model("kb", "Writer")._base_manager.order_by()
        return self.filter(seen | Q(pk__in=writers.filter(employee=employee).values("version")))

    def live(self) -> Self:
        """What readers see: at most one version of each article."""
        return self.filter(state__in=LIVE)

    def leading(self, employee: "Employee") -> Self:
        """One version for each article that ``employee`` may see: the published one, else the open one, else the last.

        Apply it to :meth:`visible_to` of the same employee.
        """
        seen = type(self)(self.model).visible_to(employee).order_by().filter(article=OuterRef("article"))
        return self.filter(
            Q(state__in=LIVE)
            | (Q(state__in=OPEN) & ~Exists(seen.filter(state__in=LIVE)))
            | ~Exists(seen.filter(Q(state__in=(*LIVE, *OPEN)) | Q(ordinal__gt=OuterRef("ordinal"))))
        )

    def for_list(self) -> Self:
        """With what a row of a list shows, from one statement."""
        return self.select_related("article", "category", "queue", "author", "publisher").defer("body")

    def for_page(self) -> Self:
        """With what a page shows, from one statement."""
        return self.select_related("article", "category", "queue", "author", "edited_by", "publisher")

    def with_votes(self) -> Self:
        """``helpful`` and ``unhelpful``: how many found it so."""
        feedback = apps.get_model("kb", "Feedback")._base_manager.order_by().filter(version=OuterRef("pk"))

        def votes(helpful: bool) -> models.Subquery:
            counted = feedback.filter(helpful=helpful).values("version").annotate(n=Count("pk")).values("n")
            return models.Subquery(counted, output_field=IntegerField())

        return self.annotate(helpful=votes(True), unhelpful=votes(False))

    def numbered(self, text: str) -> Self:
        """The versions of the article of a number as people type it; none if it is no number of an article."""
        parsed = parse_number(text)
        if parsed is None or parsed[0] != VOCABULARY.prefix:
            return self.none()
        return self.filter(article=parsed[1])

    def get_by_number(self, text: str) -> "ArticleVersion":
        """The first version of the article of a number within this queryset, or ``Hidden``."""
        found = self.numbered(text).first()
        if found is None:
            raise Hidden(_("There is no such article, or you may not see it."))
        return found

    def holding(self, text: str) -> Self:
        """Those that hold every word of ``text`` in title, summary, keywords or body, or whose number it is."""
        found = self
        for word in without_controls(text)[:LONGEST_SEARCH].split()[:MOST_WORDS]:
            folded = fold(word)
            holds = Q(pk__in=[])
            for name in ("title", "summary", "keywords", "body"):
                holds |= Q(**{f"{name}__folded__contains": folded})
            parsed = parse_number(word)
            if parsed is not None and parsed[0] == VOCABULARY.prefix:
                holds |= Q(article=parsed[1])
            found = found.filter(holds)
        return found

    def best_first(self, text: str) -> Self:
        """Those with the words of ``text`` in their title before others, newer before older."""
        words = without_controls(text)[:LONGEST_SEARCH].split()[:MOST_WORDS]
        places = [
            Case(When(**{f"{name}__folded__contains": fold(word)}, then=Value(worth)), default=Value(0))
            for word in words
            for name, worth in (("title", 4), ("keywords", 2), ("summary", 1))
        ]
        rank = sum(places[1:], places[0]) if places else Value(0, output_field=IntegerField())
        return self.annotate(rank=rank).order_by("-rank", F("published_at").desc(nulls_last=True), "-pk")


def _within(reader: Reader) -> Q:
    """The audiences that ``reader`` belongs to."""
    within = Q(audience=Audience.EVERYBODY)
    if reader.has_desk:
        within |= Q(audience=Audience.TECHNICIANS)
    if reader.queues:
        within |= Q(audience=Audience.QUEUE, queue__in=sorted(reader.queues))
    groups = apps.get_model("kb", "ArticleVersion").groups.through._base_manager.order_by()
    mine = groups.filter(group__members=reader.employee_id).values("articleversion")
    return within | Q(audience=Audience.GROUPS, pk__in=mine)
