"""Articles in words: how their events are told and sent, and what somebody most likely does next."""

from collections.abc import Iterable
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from directory.models import Employee
from servicedesk.common.types import StrOrPromise
from servicedesk.notifications.texts import Text, to
from servicedesk.tickets.models import Category, Queue
from servicedesk.tickets.registers.register import Register
from servicedesk.tickets.timeline import Telling

from .models import ArticleVersion
from .readers import Reader
from .states import VOCABULARY, Audience, DraftReaders, Language

TELLINGS: dict[str, Telling] = {
    "article.drafted": Telling(_("%(actor)s began a draft"), "edit"),
    "article.edited": Telling(_("%(actor)s edited the draft"), "edit", desk_quotes=("title_before",)),
    "article.revised": Telling(_("%(actor)s began a new version"), "edit"),
    "article.submitted": Telling(_("%(actor)s asked for a review"), "send"),
    "article.sent_back": Telling(_("%(actor)s sent it back"), "arrow-back-up", desk_quotes=("comment",)),
    "article.published": Telling(_("%(actor)s published it"), "circle-check", public=True),
    "article.review_due": Telling(_("The day of its review has come"), "calendar-time"),
    "article.renewed": Telling(_("%(actor)s confirmed that it still holds"), "circle-check", public=True),
    "article.archived": Telling(_("%(actor)s archived it"), "archive", desk_quotes=("reason",)),
    "article.discarded": Telling(_("%(actor)s discarded the draft"), "trash", desk_quotes=("reason",)),
    "article.restored": Telling(_("%(actor)s restored it as a draft"), "rotate-clockwise"),
    "article.rated": Telling(_("%(actor)s said whether it helped"), "thumb-up", desk_quotes=("comment",)),
    "ticket.article_linked": Telling(_("%(actor)s linked an article"), "book"),
    "ticket.article_unlinked": Telling(_("%(actor)s removed an article"), "book"),
    "ticket.article_cited": Telling(_("%(actor)s read an article before"), "book"),
}

TEXTS: dict[str, Text] = {
    "article.submitted": Text(to("publishers"), _("%(actor)s asks for a review of “%(title)s”.")),
    "article.sent_back": Text(to("writers"), _("“%(title)s” came back from its review:"), quotes="comment"),
    "article.published": Text(to("writers"), _("“%(title)s” is published.")),
    "article.review_due": Text(
        to("writers", "publishers"), _("The day has come to look at “%(title)s” again: does it still hold?")
    ),
    "article.discarded": Text(to("writers"), _("The draft of “%(title)s” is discarded."), quotes="reason"),
    "article.archived": Text(to("writers"), _("“%(title)s” is archived:"), quotes="reason"),
}

LABELS: dict[str, StrOrPromise] = {
    "category": _("Category"),
    "audience": _("Who reads it"),
    "queue": _("Queue"),
    "draft_readers": _("Readers of the draft"),
    "language": _("Language"),
    "review_by": _("Look at it again on"),
}

# State → (the first of these that one may make is the primary button, a few of those stand beside it).
NEXT_MOVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "draft": (("submit",), ()),
    "in_review": (("publish",), ("send_back",)),
    "published": ((), ()),
    "review_due": (("renew",), ()),
    "archived": ((), ("restore",)),
}


def _day(value: Any) -> str:
    day = parse_date(str(value))
    return date_format(day, "j M Y") if day else str(value)


def reads_all(version: ArticleVersion, reader: Employee) -> bool:
    """Who writes and who publishes read how an article came about; others read when it was published."""
    who = Reader.of(reader)
    return who.is_technician or who.is_publisher


def chains(version: ArticleVersion, reader: Employee) -> Iterable[int]:
    """The versions of the article that ``reader`` may see: their logs are one timeline."""
    found = ArticleVersion.objects.visible_to(reader).filter(article=version.article_id)
    return found.order_by("ordinal").values_list("pk", flat=True)


REGISTER = Register(
    name="article",
    model=ArticleVersion,
    vocabulary=VOCABULARY,
    reads_all=reads_all,
    tellings=TELLINGS,
    chains=chains,
    labels=LABELS,
    names={"category": (Category, "path"), "queue": (Queue, "name")},
    values={
        "audience": lambda value: str(Audience(value).label),
        "draft_readers": lambda value: str(DraftReaders(value).label),
        "language": lambda value: str(Language(value).label),
        "review_by": _day,
    },
)
