"""The words of articles: states of a version, who reads it, in which language it is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from servicedesk.tickets.states import State, Vocabulary

DRAFT, IN_REVIEW, PUBLISHED = "draft", "in_review", "published"
REVIEW_DUE, ARCHIVED = "review_due", "archived"
# At most one version of an article is on its way, and at most one is what readers see.
OPEN = (DRAFT, IN_REVIEW)
LIVE = (PUBLISHED, REVIEW_DUE)

VOCABULARY = Vocabulary(
    "KB",
    (
        State(DRAFT, _("Draft"), _("Draft"), True, "new"),
        State(IN_REVIEW, _("In review"), _("In review"), True, "waiting"),
        State(PUBLISHED, _("Published"), _("Published"), False, "resolved"),
        State(REVIEW_DUE, _("Review due"), _("Published"), False, "progress"),
        State(ARCHIVED, _("Archived"), _("Archived"), False, "closed"),
    ),
)


class Audience(models.TextChoices):
    """Who reads a published version."""

    EVERYBODY = "everybody", _("Everybody")
    TECHNICIANS = "technicians", _("People who work at a desk")
    QUEUE = "queue", _("The people of one queue")
    GROUPS = "groups", _("Named groups")


class DraftReaders(models.TextChoices):
    """Who reads a version while it is not published, besides its writers and the knowledge managers."""

    TECHNICIANS = "technicians", _("Every technician of its audience")
    WRITERS = "writers", _("Nobody else: it is confidential")


class Language(models.TextChoices):
    """The language of a text, as HTML names it."""

    ENGLISH = "en", _("English")
    ITALIAN = "it", _("Italian")
    CHINESE = "zh-Hans", _("Chinese (simplified)")
    CHINESE_TRADITIONAL = "zh-Hant", _("Chinese (traditional)")
    MALAY = "ms", _("Malay")
    GERMAN = "de", _("German")
    FRENCH = "fr", _("French")
    SPANISH = "es", _("Spanish")
