"""Conditions that a version itself must meet: each is pure, and says why not and what to do."""

from django.utils.translation import gettext as _

from servicedesk.workflow import Guard

from .facts import ArticleFacts


@Guard
def was_written_by_others(facts: ArticleFacts) -> str | None:
    """Nobody vouches for what they wrote themselves."""
    if not facts.is_writer:
        return None
    return _("You wrote in version %(ordinal)s of %(number)s: another knowledge manager must answer for it.") % {
        "ordinal": facts.ordinal, "number": facts.number,
    }  # fmt: skip


@Guard
def has_no_open_version(facts: ArticleFacts) -> str | None:
    if not facts.has_open_version:
        return None
    return _("%(number)s has a draft already: go on with that one.") % {"number": facts.number}


@Guard
def review_is_due(facts: ArticleFacts) -> str | None:
    if facts.review_by is not None and facts.review_by <= facts.today:
        return None
    return _("%(number)s is not to be reviewed yet: it stays as it is.") % {"number": facts.number}
