"""Changes in the API: what all tickets have, and planning one, editing its plan and moving it."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.idempotency import idempotent
from servicedesk.common.rest.paging import paged
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.rest.schema import IF_MATCH, schema_of
from servicedesk.tickets.api import urls, views, work
from servicedesk.tickets.api.patching import FIELDS
from servicedesk.tickets.api.rows import TicketDetail, TicketRow
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.states import Kind
from servicedesk.workflow import create

from .forms import AssessForm
from .machine import change_machine
from .models import ChangeRequest
from .planning import ChangeForm

_ACTIONS = change_machine().actions


class ChangeRow(TicketRow):
    """One change in a list."""

    change_type = serializers.CharField(source="change.change_type")
    planned_start = serializers.DateTimeField(source="change.planned_start", allow_null=True)
    planned_end = serializers.DateTimeField(source="change.planned_end", allow_null=True)
    implementer = serializers.CharField(source="change.implementer.login", allow_null=True, default=None)
    risk_level = serializers.CharField(source="change.risk_level", allow_blank=True)


class RiskAnswer(serializers.Serializer):
    """One question of the questionnaire as it was answered."""

    question = serializers.CharField()
    answer = serializers.CharField()
    points = serializers.IntegerField()


class ChangeDetail(TicketDetail):
    """One change. ``template``: the short name of the one it was made from. ``assets``: what it affects, by number."""

    change_type = serializers.CharField(source="change.change_type")
    template = serializers.CharField(source="change.template.slug", allow_null=True, default=None)
    author = serializers.CharField(source="change.author.login", allow_null=True, default=None)
    implementer = serializers.CharField(source="change.implementer.login", allow_null=True, default=None)
    planned_start = serializers.DateTimeField(source="change.planned_start", allow_null=True)
    planned_end = serializers.DateTimeField(source="change.planned_end", allow_null=True)
    outage = serializers.CharField(source="change.outage", allow_blank=True)
    plan = serializers.CharField(source="change.plan", allow_blank=True)
    back_out = serializers.CharField(source="change.back_out", allow_blank=True)
    test_plan = serializers.CharField(source="change.test_plan", allow_blank=True)
    risk_level = serializers.CharField(source="change.risk_level", allow_blank=True)
    risk_score = serializers.IntegerField(source="change.risk_score", allow_null=True)
    risk_answers = RiskAnswer(source="change.risk_answers", many=True)
    assessment = serializers.CharField(source="change.assessment", allow_blank=True)
    waiver = serializers.CharField(source="change.waiver", allow_blank=True)
    started_at = serializers.DateTimeField(source="change.started_at", allow_null=True)
    ended_at = serializers.DateTimeField(source="change.ended_at", allow_null=True)
    result = serializers.CharField(source="change.result", allow_blank=True)
    result_text = serializers.CharField(source="change.result_text", allow_blank=True)
    review_text = serializers.CharField(source="change.review_text", allow_blank=True)
    review_due_at = serializers.DateTimeField(source="change.review_due_at", allow_null=True)
    assets = serializers.SerializerMethodField()

    def get_assets(self, ticket: Ticket) -> list[str]:
        links = ticket.asset_links.select_related("asset").order_by("asset_id")
        return [link.asset.number for link in links]


CHANGES = views.Collection("changes", Kind.CHANGE, ChangeRow, ChangeDetail)


class ChangeList(views.TicketList):
    """Changes that one may see, newest first; and planning one."""

    def tickets(self) -> Any:
        return super().tickets().select_related("change__implementer")

    @extend_schema(responses=paged(ChangeRow, "Change"), parameters=views.LISTING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(
        request={"application/json": schema_of(ChangeForm.base_fields)}, responses={201: ChangeDetail, 204: None}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Plan a change. For technicians; ``assets`` names what it affects, with commas between the numbers."""
        details = self.body(request)
        check_types(details, ChangeForm.base_fields)
        made = create(ChangeRequest, by=self.employee, details=details).record
        return self.now_shown(made.pk, status=201)


@extend_schema_view(
    get=extend_schema(responses=ChangeDetail),
    patch=extend_schema(
        request={"application/json": schema_of(FIELDS)}, responses={200: ChangeDetail, 204: None},
        parameters=[IF_MATCH],
    ),
)  # fmt: skip
class ChangeItem(work.WorkItem):
    """One change. Its plan is edited by the action ``plan``."""


@extend_schema_view(
    post=extend_schema(
        request=work.payloads(_ACTIONS, moves=True), responses={200: ChangeDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class ChangeMove(work.Move):
    """One move of one change."""

    nested = tuple(AssessForm.nested)


@extend_schema_view(post=extend_schema(request=work.payloads(_ACTIONS, moves=False), responses=work.Outcome))
class ChangeAct(work.Act):
    """One action on one change."""


urlpatterns = list(
    urls.collection_urls(
        CHANGES,
        items=ChangeList,
        item=ChangeItem,
        below={
            **urls.BELOW,
            "transitions/<slug:move>/": ChangeMove,
            "actions/": work.Actions,
            "actions/<slug:action>/": ChangeAct,
            "messages/": work.WorkMessages,
            "attachments/": work.WorkAttachments,
            "tasks/": work.WorkTasks,
        },
    )
)
