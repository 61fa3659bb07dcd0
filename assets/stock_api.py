"""Stock in the API: consumables and their movements, for people of a desk and asset managers."""

from typing import Any

from django.db.models import F, OrderBy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.idempotency import idempotent
from directory.models import Employee
from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.rest.preconditions import required_version
from servicedesk.common.rest.schema import IF_MATCH, PAGING, schema_of
from servicedesk.tickets.api.work import payloads
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.registers import api

from .machine import stock_machine
from .models import StockItem, StockMovement
from .register_forms import StockEditForm, StockFactsForm

_ACTIONS = stock_machine().actions


class StockRow(serializers.Serializer):
    """One item of stock. ``is_low``: no more are left than the number at which to order again."""

    number = serializers.CharField()
    name = serializers.CharField()
    location = serializers.CharField(source="location.slug", allow_null=True)
    shelf = serializers.CharField(allow_blank=True)
    unit = serializers.CharField()
    quantity = serializers.IntegerField()
    reorder_at = serializers.IntegerField()
    is_low = serializers.BooleanField()
    is_active = serializers.BooleanField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class MovementRow(serializers.Serializer):
    """One change of a quantity. ``ticket`` is null, too, where the reader may not see it."""

    kind = serializers.ChoiceField(choices=StockMovement.Kind.choices)
    change = serializers.IntegerField()
    left = serializers.IntegerField()
    employee = serializers.CharField(source="employee.login", allow_null=True)
    ticket = serializers.SerializerMethodField()
    by = serializers.CharField(source="by.login")
    note = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()

    def get_ticket(self, movement: StockMovement) -> str | None:
        number: str | None = self.context["numbers"].get(movement.ticket_id)
        return number


def _find(reader: Employee, number: str) -> StockItem:
    return StockItem.objects.visible_to(reader).select_related("location").get_by_number(number)


def _as_it_is(item: StockItem) -> dict[str, Any]:
    """What a page's form would send of an item that nobody changed."""
    return {
        "name": item.name, "location": item.location.slug if item.location else None, "shelf": item.shelf,
        "unit": item.unit, "reorder_at": item.reorder_at, "is_active": item.is_active,
    }  # fmt: skip


STOCK = api.Collection(
    name="stock-items",
    model=StockItem,
    visible=lambda reader: StockItem.objects.visible_to(reader).select_related("location"),
    find=_find,
    row=StockRow,
    detail=StockRow,
    order=(OrderBy(F("name")), OrderBy(F("pk"))),
)


class StockList(api.RegisterList):
    """Items of stock by name; and adding one."""

    @extend_schema(responses=paged(StockRow, "StockItem"), parameters=PAGING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(request={"application/json": schema_of(StockFactsForm.base_fields)}, responses={201: StockRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Add an item, of which nothing lies in stock yet. For asset managers."""
        check_types(self.body(request), StockFactsForm.base_fields)
        return self.make(request)


class StockOne(api.RegisterItem):
    """One item of stock."""

    @extend_schema(responses=StockRow)
    def get(self, request: Request, number: str) -> Response:
        return super().get(request, number)

    @extend_schema(
        request={"application/json": schema_of(StockEditForm.base_fields)}, responses=StockRow, parameters=[IF_MATCH]
    )
    def patch(self, request: Request, number: str) -> Response:
        """Change the facts that are named; the quantity changes by its actions alone. For asset managers."""
        row, body = self.found(number), self.body(request)
        self.carry_out(row, "edit", {**_as_it_is(row), **body}, version=required_version(request))
        return self.shown(row.number)


@extend_schema_view(post=extend_schema(request=payloads(_ACTIONS, moves=False), responses=api.Outcome))
class StockAct(api.RegisterAct):
    """Issue, receive or count."""


class StockMovements(api.RegisterView):
    """What came in and went out, newest first."""

    @extend_schema(responses=paged(MovementRow, "StockMovement"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        found = self.found(number).movements.select_related("employee", "by")
        page = page_of(found, request, (OrderBy(F("pk"), descending=True),))
        named = Ticket.objects.visible_to(self.employee).filter(pk__in={move.ticket_id for move in page.rows})
        context = {"numbers": {ticket.pk: ticket.number for ticket in named.order_by()}}
        return page.response(list(MovementRow(page.rows, many=True, context=context).data))


urlpatterns = list(
    api.register_urls(
        STOCK, items=StockList, item=StockOne, act=StockAct, below={"movements/": StockMovements},
    )
)  # fmt: skip
