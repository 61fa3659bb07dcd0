"""Finding the version of an article that somebody means: to read it, or to do something to it."""

from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.errors import Hidden
from servicedesk.workflow import machine_of

from .models import ArticleVersion, with_its_articles_version
from .querysets import ArticleVersionQuerySet
from .states import LIVE, OPEN


def versions_of(reader: Employee, version: ArticleVersion) -> ArticleVersionQuerySet:
    """The versions of the same article that ``reader`` may see, newest first."""
    found: ArticleVersionQuerySet = ArticleVersion.objects.visible_to(reader).filter(article=version.article_id)
    return found.order_by("-ordinal")


def version_for(reader: Employee, number: str) -> ArticleVersion:
    """The version of the article of ``number`` that ``reader`` works with, or ``Hidden``.

    The open one, if they may see it; else the one that readers see; else the last one.
    """
    found = ArticleVersion.objects.visible_to(reader).for_page().with_votes().numbered(number).order_by("-ordinal")
    return chosen(list(found))


def published_for(reader: Employee, number: str) -> ArticleVersion:
    """What readers see of the article of ``number``, or ``Hidden``."""
    found = ArticleVersion.objects.visible_to(reader).live().for_page().with_votes()
    version: ArticleVersion = with_its_articles_version(found.get_by_number(number))
    return version


def chosen(versions: list[ArticleVersion], ordinal: int | None = None) -> ArticleVersion:
    """Of ``versions``, newest first: the one counted ``ordinal``, else the open, the live or the last one."""
    ways = (
        [lambda v: v.ordinal == ordinal]
        if ordinal is not None
        else [lambda v: v.state in OPEN, lambda v: v.state in LIVE, lambda v: True]
    )
    for way in ways:
        for version in versions:
            if way(version):
                found: ArticleVersion = with_its_articles_version(version)
                return found
    raise Hidden(_("There is no such article, or you may not see it."))


def at_work(version: ArticleVersion, action: str, reader: Employee) -> ArticleVersion:
    """The version of the same article that ``action`` is possible for: of two, a publication moves the draft.

    ``version`` itself when there is none.
    """
    row = machine_of(ArticleVersion).actions.get(action)
    if row is None or not row.sources or version.state in row.sources:
        return version
    found = versions_of(reader, version).for_page().filter(state__in=list(row.sources)).first()
    return with_its_articles_version(found) if found is not None else version
