"""The snapshot that ``decide`` looks at: one version of an article as one actor meets it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils import timezone

from directory.models import Employee
from servicedesk.common.time import now as present

from . import roles
from .readers import Reader
from .states import LIVE, OPEN, VOCABULARY, Audience, DraftReaders

if TYPE_CHECKING:
    from .models import ArticleVersion


@dataclass(frozen=True)
class ArticleFacts:
    """Plain values only; ``decide`` and the guards are pure over it. ``in_groups``: in a named group of the version."""

    number: str
    ordinal: int
    state: str
    audience: str
    draft_readers: str
    queue_id: int | None
    reader: Reader
    in_groups: bool
    is_writer: bool
    has_open_version: bool
    review_by: date | None
    today: date
    cause: str = ""

    @property
    def state_label(self) -> str:
        return str(VOCABULARY[self.state].label)

    @property
    def within_audience(self) -> bool:
        if self.audience == Audience.TECHNICIANS:
            return self.reader.has_desk
        if self.audience == Audience.QUEUE:
            return self.queue_id in self.reader.queues
        if self.audience == Audience.GROUPS:
            return self.in_groups
        return True

    @property
    def visible(self) -> bool:
        """The read rule over plain values; the same law as ``ArticleVersionQuerySet.visible_to``."""
        if not self.reader.active:
            return False
        if self.reader.is_publisher or self.reader.is_clock or self.is_writer:
            return True
        if not self.within_audience:
            return False
        return self.state in LIVE or (self.reader.is_technician and self.draft_readers == DraftReaders.TECHNICIANS)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role the actor has on this version."""
        if not self.visible:
            return frozenset()
        if self.reader.is_clock:
            return frozenset({roles.CLOCK})
        found = {roles.READER}
        if self.reader.is_technician:
            found.add(roles.TECHNICIAN)
            if self.is_writer:
                found.add(roles.WRITER)
        if self.reader.is_publisher:
            found.add(roles.PUBLISHER)
        return frozenset(found)

    def role_words(self, wanted: frozenset[str]) -> str:
        return "; ".join(str(words) for role, words in roles.WORDS.items() if role in wanted)


def facts_of(version: "ArticleVersion", actor: Employee, *, cause: str = "", anew: bool = False) -> ArticleFacts:
    """Read the snapshot in three statements at most: the actor's rights, and what stands around the version.

    ``anew``: never trust rights remembered for this request; the door decides on what is true now.
    """
    around = type(version)._base_manager.order_by()
    ties = (
        around.filter(pk=version.pk)
        .annotate(
            in_groups=Exists(
                version.groups.through._base_manager.filter(articleversion=OuterRef("pk"), group__members=actor.pk)
            ),
            is_writer=Exists(version.writers.model._base_manager.filter(version=OuterRef("pk"), employee=actor.pk)),
            has_open=Exists(around.filter(article=version.article_id, state__in=OPEN)),
        )
        .values_list("in_groups", "is_writer", "has_open")
        .get()
    )
    return ArticleFacts(
        number=version.number,
        ordinal=version.ordinal,
        state=version.state,
        audience=version.audience,
        draft_readers=version.draft_readers,
        queue_id=version.queue_id,
        reader=Reader.of(actor, anew=anew),
        in_groups=ties[0],
        is_writer=ties[1],
        has_open_version=ties[2],
        review_by=version.review_by,
        today=timezone.localdate(present()),
        cause=cause,
    )
