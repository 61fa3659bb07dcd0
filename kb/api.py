"""Articles in the API: the published text for readers, drafts and reviews for those who write and publish."""

from django.db.models import F, OrderBy
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.idempotency import idempotent
from servicedesk.common.errors import Hidden
from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.rest.preconditions import etag, required_version
from servicedesk.common.rest.schema import IF_MATCH, PAGING, schema_of
from servicedesk.tickets.api.options import option_rows
from servicedesk.tickets.api.rows import OptionRow
from servicedesk.tickets.api.views import LISTING
from servicedesk.tickets.api.work import payloads
from servicedesk.tickets.registers import api

from .forms import DraftForm, EditForm
from .machine import article_machine
from .models import ArticleVersion, with_its_articles_version
from .query import schema
from .reading import at_work, version_for, versions_of
from .states import Audience, DraftReaders, Language

_ACTIONS = article_machine().actions


class ArticleRow(serializers.Serializer):
    """One article in a list, by the version that its readers see, else by the one that is worked on."""

    number = serializers.CharField()
    ordinal = serializers.IntegerField()
    state = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField(allow_blank=True)
    category = serializers.CharField(source="category.slug")
    audience = serializers.ChoiceField(choices=Audience.choices)
    queue = serializers.CharField(source="queue.slug", allow_null=True)
    language = serializers.ChoiceField(choices=Language.choices)
    keywords = serializers.CharField(allow_blank=True)
    author = serializers.CharField(source="author.login")
    publisher = serializers.CharField(source="publisher.login", allow_null=True)
    review_by = serializers.DateField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()
    helpful = serializers.SerializerMethodField()
    unhelpful = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="article.version")

    def get_helpful(self, version: ArticleVersion) -> int:
        return getattr(version, "helpful", None) or 0

    def get_unhelpful(self, version: ArticleVersion) -> int:
        return getattr(version, "unhelpful", None) or 0


class ArticleDetail(ArticleRow):
    """One version of an article, whole. ``body`` is Markdown."""

    body = serializers.CharField()
    groups = serializers.SerializerMethodField()
    draft_readers = serializers.ChoiceField(choices=DraftReaders.choices)
    created_at = serializers.DateTimeField()

    def get_groups(self, version: ArticleVersion) -> list[str]:
        return sorted(version.groups.values_list("name", flat=True))


ARTICLES = api.Collection(
    name="articles",
    model=ArticleVersion,
    visible=lambda reader: ArticleVersion.objects.visible_to(reader).leading(reader).for_list().with_votes(),
    find=version_for,
    acting=at_work,
    row=ArticleRow,
    detail=ArticleDetail,
    order=(OrderBy(F("article_id"), descending=True), OrderBy(F("pk"))),
    schema=schema,
)


class ArticleList(api.RegisterList):
    """Articles that one may see, newest first; and beginning one."""

    @extend_schema(responses=paged(ArticleRow, "Article"), parameters=LISTING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(request={"application/json": schema_of(DraftForm.base_fields)}, responses={201: ArticleDetail})
    @idempotent
    def post(self, request: Request) -> Response:
        """Begin an article as a draft. Any technician may."""
        check_types(self.body(request), DraftForm.base_fields)
        return self.make(request)


class ArticleItem(api.RegisterItem):
    """One article: the open version for those who write or publish it, else what readers see."""

    @extend_schema(responses=ArticleDetail)
    def get(self, request: Request, number: str) -> Response:
        return super().get(request, number)

    @extend_schema(
        request={"application/json": schema_of(EditForm.base_fields)}, responses=ArticleDetail, parameters=[IF_MATCH]
    )
    def patch(self, request: Request, number: str) -> Response:
        """Change the draft. A published article is changed by its action ``revise`` first."""
        return self.change(request, number)


@extend_schema_view(
    post=extend_schema(
        request=payloads(_ACTIONS, moves=True), responses={200: ArticleDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class ArticleMove(api.RegisterMove):
    """One move of the version that it is possible for."""


@extend_schema_view(post=extend_schema(request=payloads(_ACTIONS, moves=False), responses=api.Outcome))
class ArticleAct(api.RegisterAct):
    """One action on the version that it is possible for."""


class ArticleVersions(api.RegisterView):
    """The versions of one article that one may see, newest first."""

    @extend_schema(responses=paged(ArticleRow, "ArticleVersion"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        found = versions_of(self.employee, self.found(number)).for_list().with_votes()
        page = page_of(found, request, (OrderBy(F("ordinal"), descending=True), OrderBy(F("pk"))))
        return page.response(list(ArticleRow(page.rows, many=True).data))


class _OneVersion(api.RegisterView):
    """Finds one version of one article, whichever of them is worked on."""

    def version(self, number: str, ordinal: int) -> ArticleVersion:
        found = versions_of(self.employee, self.found(number)).for_page().with_votes()
        version = found.filter(ordinal=min(ordinal, 32_767)).first()
        if version is None:
            raise Hidden(_("There is no such version, or you may not see it."))
        return version

    def answer(self, number: str, ordinal: int) -> Response:
        version = self.version(number, ordinal)
        return Response(ArticleDetail(version).data, headers={"ETag": etag(version.article.version)})


class ArticleVersionItem(_OneVersion):
    """One version of one article."""

    @extend_schema(responses=ArticleDetail)
    def get(self, request: Request, number: str, ordinal: int) -> Response:
        return self.answer(number, ordinal)


class ArticleVersionOptions(_OneVersion):
    """The moves of one version, with the reason where one is refused."""

    @extend_schema(responses=OptionRow(many=True))
    def get(self, request: Request, number: str, ordinal: int) -> Response:
        version = with_its_articles_version(self.version(number, ordinal))
        return Response(
            option_rows(version, self.employee, moves=True), headers={"ETag": etag(version.article.version)}
        )


@extend_schema_view(
    post=extend_schema(
        request=payloads(_ACTIONS, moves=True), responses={200: ArticleDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class ArticleVersionMove(_OneVersion):
    """One move of exactly this version: to restore an old text, say."""

    @idempotent
    def post(self, request: Request, number: str, ordinal: int, move: str) -> Response:
        version, action = self.version(number, ordinal), _ACTIONS.get(move)
        if action is None or not action.is_move:
            raise Http404
        record = with_its_articles_version(version)
        self.carry_out(record, move, self.body(request), version=required_version(request))
        try:
            return self.answer(number, ordinal)
        except Hidden:
            return Response(status=204)


urlpatterns = list(
    api.register_urls(
        ARTICLES, items=ArticleList, item=ArticleItem, move=ArticleMove, act=ArticleAct,
        below={
            "versions/": ArticleVersions,
            "versions/<int:ordinal>/": ArticleVersionItem,
            "versions/<int:ordinal>/transitions/": ArticleVersionOptions,
            "versions/<int:ordinal>/transitions/<slug:move>/": ArticleVersionMove,
        },
    )
)  # fmt: skip
