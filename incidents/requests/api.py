"""Service requests and the catalogue in the API."""

from typing import Any, cast

from django.db.models import F, OrderBy
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.idempotency import idempotent
from directory.models import Employee
from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.rest.schema import IF_MATCH, PAGING, schema_of
from servicedesk.common.rest.views import ApiView
from servicedesk.tickets import typed_fields
from servicedesk.tickets.api import urls, views, work
from servicedesk.tickets.api.patching import FIELDS
from servicedesk.tickets.api.rows import TicketDetail, TicketRow
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import create

from ..models import CatalogueItem, ServiceRequest
from .asking import RequestForm
from .machine import request_machine

_ACTIONS = request_machine().actions
_BY_NAME = (OrderBy(F("section")), OrderBy(F("name")), OrderBy(F("pk")))


class RequestRow(TicketRow):
    """One service request in a list."""

    catalogue_item = serializers.CharField(source="request.catalogue_item.slug")


class RequestDetail(TicketDetail):
    """One service request. ``answers``: name → text, number, true or false, date, login."""

    catalogue_item = serializers.CharField(source="request.catalogue_item.slug")
    answers = serializers.SerializerMethodField()
    fulfilment_text = serializers.CharField(source="request.fulfilment_text", allow_blank=True)
    reopen_count = serializers.IntegerField(source="request.reopen_count")

    def get_answers(self, ticket: Ticket) -> dict[str, Any]:
        request = ticket.request
        return typed_fields.outward(request.form, request.answers)


REQUESTS = views.Collection("requests", Kind.REQUEST, RequestRow, RequestDetail)


class RequestList(views.TicketList):
    """Service requests that one may see, newest first; and asking for something."""

    nested = tuple(RequestForm.nested)

    def tickets(self) -> Any:
        return super().tickets().select_related("request__catalogue_item")

    @extend_schema(responses=paged(RequestRow, "Request"), parameters=views.LISTING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(
        request={"application/json": work.form_schema(RequestForm)}, responses={201: RequestDetail, 204: None}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for an item of the catalogue; for somebody else with ``requested_for``, where one may."""
        details = {**{name: {} for name in self.nested}, **self.body(request)}
        plain = {name: value for name, value in details.items() if name not in self.nested}
        check_types(plain, RequestForm.base_fields)
        made = create(ServiceRequest, by=self.employee, details=details).record
        return self.now_shown(made.pk, status=201)


@extend_schema_view(
    get=extend_schema(responses=RequestDetail),
    patch=extend_schema(
        request={"application/json": schema_of(FIELDS)}, responses={200: RequestDetail, 204: None},
        parameters=[IF_MATCH],
    ),
)  # fmt: skip
class RequestItem(work.WorkItem):
    """One service request."""

    def tickets(self) -> Any:
        return super().tickets().select_related("request__catalogue_item")


@extend_schema_view(
    post=extend_schema(
        request=work.payloads(_ACTIONS, moves=True), responses={200: RequestDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class RequestMove(work.Move):
    """One move of one service request."""

    @property
    def nested(self) -> tuple[str, ...]:
        """The objects that the form of this move takes."""
        action = _ACTIONS.get(self.kwargs.get("move", ""))
        return tuple(action.form.nested) if action and action.form else ()


@extend_schema_view(post=extend_schema(request=work.payloads(_ACTIONS, moves=False), responses=work.Outcome))
class RequestAct(work.Act):
    """One action on one service request."""


class CatalogueItemRow(serializers.Serializer):
    """Something that can be asked for. ``fields``: what ``answers`` of a request for it may hold."""

    slug = serializers.CharField()
    name = serializers.CharField()
    section = serializers.CharField()
    summary = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    queue = serializers.CharField(source="queue.slug")
    confidential = serializers.BooleanField()
    needs_approval = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField()

    def get_needs_approval(self, item: CatalogueItem) -> bool:
        return item.approval_rule_id is not None

    def get_answers(self, item: CatalogueItem) -> list[dict[str, Any]]:
        names = ("name", "label", "kind", "required", "help", "choices")
        return [{name: one[name] for name in names} for one in typed_fields.asked(item.form)]


class CatalogueItems(ApiView):
    """What the one who asks is offered, by section and name."""

    @extend_schema(responses=paged(CatalogueItemRow, "CatalogueItem"), parameters=PAGING)
    def get(self, request: Request) -> Response:
        found = CatalogueItem.objects.offered_to(cast(Employee, request.user)).select_related("queue")
        return views.shown_page(page_of(found, request, _BY_NAME), CatalogueItemRow)


class CatalogueItemView(ApiView):
    """One item that the one who asks is offered."""

    @extend_schema(responses=CatalogueItemRow)
    def get(self, request: Request, slug: str) -> Response:
        offered = CatalogueItem.objects.offered_to(cast(Employee, request.user))
        item = offered.select_related("queue").filter(slug=slug).first()
        if item is None:
            raise Http404
        return Response(CatalogueItemRow(item).data)


below = {
    **urls.BELOW,
    "transitions/<slug:move>/": RequestMove,
    "actions/": work.Actions,
    "actions/<slug:action>/": RequestAct,
    "messages/": work.WorkMessages,
    "attachments/": work.WorkAttachments,
    "tasks/": work.WorkTasks,
}
urlpatterns = [
    *urls.collection_urls(REQUESTS, items=RequestList, item=RequestItem, below=below),
    path("catalogue-items/", CatalogueItems.as_view()),
    path("catalogue-items/<slug:slug>/", CatalogueItemView.as_view()),
]
