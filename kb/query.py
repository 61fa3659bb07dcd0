"""What a query may say about an article. It narrows ``visible_to`` and lets nobody see more."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise
from servicedesk.query import Choice, Date, Instant, Integer, Person, RecordNumber, Reference, Schema, Text

from .models import ArticleVersion
from .states import VOCABULARY, Audience, Language


def _states() -> Iterator[tuple[str, StrOrPromise]]:
    for state in VOCABULARY.states:
        yield state.name, state.label


schema = Schema(
    ArticleVersion,
    [
        RecordNumber(
            "number", path="article_id", prefixes=lambda: [VOCABULARY.prefix], label=_("Number"), sortable=True
        ),
        Integer("ordinal", label=_("Version")),
        Choice("state", options=_states),
        Text("title"),
        Text("summary"),
        Text("keywords"),
        Text("body"),
        Text("text", paths=("title", "summary", "keywords", "body"), label=_("Any of its words")),
        Reference("category", collection="categories"),
        Choice("audience", options=Audience.choices),
        Reference("queue", collection="queues"),
        Choice("language", options=Language.choices),
        Person("author"),
        Person("publisher"),
        Date("review_by"),
        Instant("published_at", sortable=True),
        Instant("updated_at", sortable=True),
    ],
    name="article",
)
