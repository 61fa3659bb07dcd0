"""Articles on tickets: two actions and one mention that every kind has, and the part of a page that shows them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.tickets import roles
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import VOCABULARY
from servicedesk.workflow import Action, Passage
from servicedesk.workflow.payload import PayloadForm

from .models import ArticleLink, ArticleVersion

MOST_SHOWN = 8


class ArticleField(forms.Field):
    """A published article that the actor may read, by number. The form must carry ``by``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "placeholder": "KB-000012"}))
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        self.by = form.by  # type: ignore[attr-defined]
        return super().get_bound_field(form, field_name)

    def to_python(self, value: Any) -> ArticleVersion | None:
        if value in self.empty_values:
            return None
        found = ArticleVersion.objects.visible_to(self.by).live().numbered(value).select_related("article").first()
        if found is None:
            raise ValidationError(_("There is no published article of this number, or you may not see it."))
        return found


class LinkArticleForm(PayloadForm):
    unlogged = ("article",)
    article = ArticleField(label=gettext_lazy("Article"))


class UnlinkArticleForm(PayloadForm):
    """``article``: linked here. It may be archived by now, so it is looked for among the links that one may see."""

    unlogged = ("article",)
    article = forms.CharField(label=gettext_lazy("Article"), max_length=20)

    def clean_article(self) -> ArticleVersion:
        linked = ArticleLink.objects.filter(ticket=self.record.pk).values("article")
        found = ArticleVersion.objects.visible_to(self.by).filter(article__in=linked)
        version = found.numbered(self.cleaned_data["article"]).first()
        if version is None:
            raise ValidationError(_("This article is not linked to the ticket."))
        return version


def link_article(passage: Passage, *, article: ArticleVersion) -> None:
    """The article helped here, or shall help."""
    _link(passage, article, ArticleLink.Kind.USED)


def cite_article(passage: Passage, *, article: ArticleVersion) -> None:
    """Whoever asks has read the article already; a link that the desk made stays one."""
    _link(passage, article, ArticleLink.Kind.READ)


def _link(passage: Passage, article: ArticleVersion, kind: ArticleLink.Kind) -> None:
    link, is_new = ArticleLink.objects.get_or_create(
        ticket_id=passage.record.pk, article_id=article.article_id,
        defaults={"kind": kind, "by": passage.by, "at": passage.now},
    )  # fmt: skip
    if not is_new and kind == ArticleLink.Kind.USED and link.kind != kind:
        link.kind = kind
        link.save(update_fields=["kind"])
    passage.details |= {"article": article.article_id, "ordinal": article.ordinal}


def unlink_article(passage: Passage, *, article: ArticleVersion) -> None:
    gone, _by_model = ArticleLink.objects.filter(ticket=passage.record.pk, article=article.article_id).delete()
    if not gone:
        raise InvalidPayload({"article": [_("%(number)s is not linked to this ticket.") % {"number": article.number}]})
    passage.details["article"] = article.article_id


def ticket_actions() -> list[Any]:
    """Makers of the rows that every kind of ticket gets; each is called with the kind."""

    def row(name: str, label: Any, permission: Any, verb: str, form: Any, effect: Any) -> Any:
        def make(kind: str) -> Action:
            return Action(
                name=name, label=label, permission=permission, verb=f"ticket.{verb}", form=form, effect=effect,
                sources={state.name: state.name for state in VOCABULARY[kind].states}, raises_version=False, order=100,
                icon="book",
            )  # fmt: skip

        return make

    works = roles.works_or_coordinates
    return [
        row("link_article", gettext_lazy("Link an article"), works, "article_linked", LinkArticleForm, link_article),
        row("unlink_article", gettext_lazy("Remove an article"), works, "article_unlinked", UnlinkArticleForm,
            unlink_article),
        row("cite_article", gettext_lazy("Name an article that was read"), roles.takes_part, "article_cited",
            LinkArticleForm, cite_article),
    ]  # fmt: skip


def desk_panel(ticket: Ticket, reader: Employee) -> dict[str, Any]:
    """The linked articles, and published ones of the ticket's category that may help; in one statement."""
    link = ArticleLink.objects.filter(ticket=ticket.pk, article=OuterRef("article")).order_by("pk")
    found = (
        ArticleVersion.objects.visible_to(reader)
        .leading(reader)
        .annotate(link_kind=Subquery(link.values("kind")[:1], output_field=CharField()))
        .filter(Q(link_kind__isnull=False) | Q(category=ticket.category_id, state__in=("published", "review_due")))
        .annotate(first=Case(When(link_kind__isnull=False, then=Value(0)), default=Value(1)))
        .order_by("first", F("published_at").desc(nulls_last=True), "pk")
        .defer("body")
    )
    rows = list(found[: MOST_SHOWN + 1])
    return {
        "linked": [{"article": row, "words": ArticleLink.Kind(row.link_kind).label} for row in rows if row.link_kind],
        "others": [row for row in rows[:MOST_SHOWN] if not row.link_kind],
    }


def portal_panel(ticket: Ticket, reader: Employee) -> dict[str, Any] | None:
    """The linked articles that ``reader`` may read; nothing when there are none."""
    linked = ArticleLink.objects.filter(ticket=ticket.pk, article=OuterRef("article"))
    found = ArticleVersion.objects.visible_to(reader).live().filter(Exists(linked)).defer("body")
    rows = list(found.order_by("title", "pk")[:MOST_SHOWN])
    return {"articles": rows} if rows else None


def numbers(keys: set[int], reader: Employee) -> dict[int, str]:
    """Key → number of those articles that ``reader`` may see."""
    found = ArticleVersion.objects.visible_to(reader).filter(article__in=keys).only("article_id")
    return {version.article_id: version.number for version in found}
