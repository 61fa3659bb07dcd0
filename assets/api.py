"""Assets in the API: the register for those who may read it, for everybody what they have themselves."""

from typing import Any

from django.db.models import F, OrderBy
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.idempotency import idempotent
from directory.models import Employee
from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.rest.schema import IF_MATCH, PAGING, schema_of
from servicedesk.tickets import typed_fields
from servicedesk.tickets.api.rows import PersonRow
from servicedesk.tickets.api.views import LISTING
from servicedesk.tickets.api.work import payloads
from servicedesk.tickets.registers import api

from . import impact
from .access import manages_assets, reads_register
from .machine import asset_machine
from .models import Asset, Custody
from .query import schema
from .register_forms import EditForm, NewAssetForm
from .states import VOCABULARY, Condition, Wiped

_ACTIONS = asset_machine().actions
# What it cost, and what asset managers note for each other.
FOR_MANAGERS = ("cost", "currency", "supplier", "order_number", "purchased_on", "notes")


def _fields_of(form: type[Any]) -> dict[str, Any]:
    """The schema of a form whose further fields, ``field_<name>``, the type of the asset names."""
    return {**schema_of(form.base_fields), "additionalProperties": {"type": "string", "nullable": True}}


class AssetRow(serializers.Serializer):
    """One asset in a list. People are named by login, types, models and places by their short name."""

    number = serializers.CharField()
    tag = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    serial = serializers.CharField(allow_blank=True)
    type = serializers.CharField(source="type.slug")
    model = serializers.CharField(source="model.slug", allow_null=True)
    state = serializers.ChoiceField(choices=VOCABULARY.choices)
    condition = serializers.ChoiceField(choices=Condition.choices, allow_blank=True)
    holder = serializers.CharField(source="holder.login", allow_null=True)
    location = serializers.CharField(source="location.slug", allow_null=True)
    department = serializers.CharField(source="department.slug", allow_null=True)
    warranty_until = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class AssetDetail(AssetRow):
    """One asset. ``cost`` and what follows it are given to asset managers only."""

    fields_of_type = serializers.SerializerMethodField()
    reserved_for = serializers.CharField(source="reserved_for.login", allow_null=True)
    needs_wiping = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    cost = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True, required=False)
    currency = serializers.CharField(required=False)
    supplier = serializers.CharField(allow_blank=True, required=False)
    order_number = serializers.CharField(allow_blank=True, required=False)
    purchased_on = serializers.DateField(allow_null=True, required=False)
    notes = serializers.CharField(allow_blank=True, required=False)

    @extend_schema_field(serializers.DictField())
    def get_fields_of_type(self, asset: Asset) -> dict[str, Any]:
        return typed_fields.outward(asset.type.fields, asset.answers)

    def to_representation(self, instance: Asset) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context["manages"]:
            for name in FOR_MANAGERS:
                del shown[name]
        if not self.context["reads_all"]:
            del shown["reserved_for"]
        return shown


class CustodyRow(serializers.Serializer):
    """One person had it, or has it while ``ended_at`` is null."""

    employee = PersonRow()
    given_by = PersonRow()
    given_at = serializers.DateTimeField()
    terms = serializers.CharField(allow_blank=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    signature = serializers.CharField(allow_blank=True)
    due_back_on = serializers.DateField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_how = serializers.ChoiceField(choices=Custody.End.choices, allow_blank=True)
    decline_reason = serializers.CharField(allow_blank=True)
    condition = serializers.ChoiceField(choices=Condition.choices, allow_blank=True)
    wiped = serializers.ChoiceField(choices=Wiped.choices, allow_blank=True)


class AffectedRow(serializers.Serializer):
    """An asset that fails too, ``depth`` steps away."""

    number = serializers.CharField()
    depth = serializers.IntegerField()
    holder = serializers.CharField(allow_null=True)


def _find(reader: Employee, number: str) -> Asset:
    return Asset.objects.visible_to(reader).for_list().get_by_number(number)


ASSETS = api.Collection(
    name="assets",
    model=Asset,
    visible=lambda reader: Asset.objects.visible_to(reader).for_list(),
    find=_find,
    row=AssetRow,
    detail=AssetDetail,
    order=(OrderBy(F("pk"), descending=True),),
    schema=schema,
    context=lambda reader: {
        "reader": reader, "manages": manages_assets(reader), "reads_all": reads_register(reader),
    },
)  # fmt: skip


class AssetList(api.RegisterList):
    """Assets that one may see, newest first; and adding one."""

    @extend_schema(responses=paged(AssetRow, "Asset"), parameters=LISTING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(request={"application/json": _fields_of(NewAssetForm)}, responses={201: AssetDetail})
    @idempotent
    def post(self, request: Request) -> Response:
        """Add an asset. For asset managers. Fields of its type are named ``field_<name>``."""
        check_types(self.body(request), NewAssetForm.base_fields)
        return self.make(request)


class AssetItem(api.RegisterItem):
    """One asset."""

    @extend_schema(responses=AssetDetail)
    def get(self, request: Request, number: str) -> Response:
        return super().get(request, number)

    @extend_schema(request={"application/json": _fields_of(EditForm)}, responses=AssetDetail, parameters=[IF_MATCH])
    def patch(self, request: Request, number: str) -> Response:
        """Change the facts that are named. For asset managers."""
        return self.change(request, number)


@extend_schema_view(
    post=extend_schema(
        request=payloads(_ACTIONS, moves=True), responses={200: AssetDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class AssetMove(api.RegisterMove):
    """One move of one asset."""


@extend_schema_view(post=extend_schema(request=payloads(_ACTIONS, moves=False), responses=api.Outcome))
class AssetAct(api.RegisterAct):
    """One action on one asset."""


class AssetCustodies(api.RegisterView):
    """Who had the asset, newest first; those who do not read the register see their own custodies of it."""

    @extend_schema(responses=paged(CustodyRow, "Custody"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        found = self.found(number).custodies.select_related("employee", "given_by")
        if not reads_register(self.employee):
            found = found.filter(employee=self.employee)
        page = page_of(found, request, (OrderBy(F("given_at"), descending=True), OrderBy(F("pk"), descending=True)))
        return page.response(list(CustodyRow(page.rows, many=True).data))


class AssetImpact(api.RegisterView):
    """What fails when the asset fails, nearest first, among what the reader may see."""

    @extend_schema(responses=AffectedRow(many=True))
    def get(self, request: Request, number: str) -> Response:
        depths = {one.asset: one.depth for one in impact.closure(self.found(number).pk)}
        found = Asset.objects.visible_to(self.employee).select_related("holder").filter(pk__in=depths)
        rows = [
            {"number": asset.number, "depth": depths[asset.pk], "holder": asset.holder.login if asset.holder else None}
            for asset in found.order_by("pk")
        ]
        return Response(sorted(rows, key=lambda row: (row["depth"], row["number"])))


urlpatterns = list(
    api.register_urls(
        ASSETS, items=AssetList, item=AssetItem, move=AssetMove, act=AssetAct,
        below={"custodies/": AssetCustodies, "impact/": AssetImpact},
    )
)  # fmt: skip
