"""The addresses under ``/api/v1/`` that tickets of all kinds have, and those of the desk."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, path
from rest_framework.views import APIView

from . import decisions, desk, views
from .views import ALL_TICKETS, Collection, places

# Below one ticket. A kind that may be worked on replaces some of these by views that also write.
BELOW: Mapping[str, type[APIView]] = {
    "transitions/": views.Options,
    "events/": views.Events,
    "messages/": views.Messages,
    "attachments/": views.Attachments,
    "attachments/<uuid:uuid>/": views.Download,
    "tasks/": views.Tasks,
    "tasks/<uuid:uuid>/": views.TaskItem,
}


def collection_urls(
    collection: Collection, *, items: type[APIView], item: type[APIView], below: Mapping[str, type[APIView]]
) -> Iterator[URLPattern]:
    """The addresses of one collection: its list, one ticket, and what lies below a ticket."""
    at: dict[str, Any] = {"collection": collection}
    if collection.kind is not None:
        places[collection.kind] = collection
    yield path(f"{collection}/", items.as_view(**at))
    yield path(f"{collection}/<str:number>/", item.as_view(**at))
    for tail, view in below.items():
        yield path(f"{collection}/<str:number>/{tail}", view.as_view(**at))


urlpatterns = [
    *collection_urls(ALL_TICKETS, items=views.TicketList, item=views.TicketItem, below=BELOW),
    path("approvals/", decisions.ApprovalList.as_view()),
    path("approvals/<uuid:uuid>/", decisions.ApprovalItem.as_view()),
    path("approvals/<uuid:uuid>/transitions/", decisions.ApprovalMoves.as_view()),
    path("approvals/<uuid:uuid>/transitions/<slug:move>/", decisions.ApprovalMove.as_view()),
    path("tasks/", decisions.TaskList.as_view()),
    path("tasks/<uuid:uuid>/", decisions.TaskItem.as_view()),
    path("tasks/<uuid:uuid>/transitions/", decisions.TaskMoves.as_view()),
    path("tasks/<uuid:uuid>/transitions/<slug:move>/", decisions.TaskMove.as_view()),
    path("queues/", desk.QueueList.as_view()),
    path("queues/<slug:slug>/", desk.QueueItem.as_view()),
    path("categories/", desk.CategoryList.as_view()),
    path("categories/<slug:slug>/", desk.CategoryItem.as_view()),
]
