"""Queues and categories: read by everybody who may report something."""

from django.db.models import F, OrderBy
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.schema import PAGING
from servicedesk.common.rest.views import ApiView

from ..models import Category, Queue
from .rows import CategoryRow, QueueRow
from .views import shown_page

_BY_NAME = (OrderBy(F("name")), OrderBy(F("pk")))
_BY_PATH = (OrderBy(F("path")), OrderBy(F("pk")))


class QueueList(ApiView):
    """Queues, by name."""

    @extend_schema(responses=paged(QueueRow, "Queue"), parameters=PAGING)
    def get(self, request: Request) -> Response:
        return shown_page(page_of(Queue.objects.all(), request, _BY_NAME), QueueRow)


class QueueItem(ApiView):
    """One queue."""

    @extend_schema(responses=QueueRow)
    def get(self, request: Request, slug: str) -> Response:
        queue = Queue.objects.filter(slug=slug).first()
        if queue is None:
            raise Http404
        return Response(QueueRow(queue).data)


class CategoryList(ApiView):
    """The category tree, each node after its parent."""

    @extend_schema(responses=paged(CategoryRow, "Category"), parameters=PAGING)
    def get(self, request: Request) -> Response:
        found = Category.objects.select_related("parent", "queue")
        return shown_page(page_of(found, request, _BY_PATH), CategoryRow)


class CategoryItem(ApiView):
    """One category."""

    @extend_schema(responses=CategoryRow)
    def get(self, request: Request, slug: str) -> Response:
        category = Category.objects.select_related("parent", "queue").filter(slug=slug).first()
        if category is None:
            raise Http404
        return Response(CategoryRow(category).data)
