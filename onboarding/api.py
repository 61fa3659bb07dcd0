"""Cases in the API: what all tickets have, and opening one and moving it."""

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
from servicedesk.tickets.states import Kind

from .machine import case_machine
from .opening import CaseForm, open_case

_ACTIONS = case_machine().actions


class CaseRow(TicketRow):
    """One case in a list."""

    case_type = serializers.CharField(source="case.case_type")
    subject = serializers.CharField(source="case.subject.login")
    on = serializers.DateField(source="case.on")


class CaseDetail(TicketDetail):
    """One case. ``template``: the short name of the one that its tasks come from."""

    case_type = serializers.CharField(source="case.case_type")
    subject = serializers.CharField(source="case.subject.login")
    on = serializers.DateField(source="case.on")
    template = serializers.CharField(source="case.template.slug", allow_null=True, default=None)
    revoke_at = serializers.DateTimeField(source="case.revoke_at", allow_null=True)
    revoked_at = serializers.DateTimeField(source="case.revoked_at", allow_null=True)
    waiver = serializers.CharField(source="case.waiver", allow_blank=True)


CASES = views.Collection("onboarding-cases", Kind.CASE, CaseRow, CaseDetail)


class CaseList(views.TicketList):
    """Cases that one may see, newest first; and opening one."""

    def tickets(self) -> Any:
        return super().tickets().select_related("case__subject")

    @extend_schema(responses=paged(CaseRow, "Case"), parameters=views.LISTING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(
        request={"application/json": schema_of(CaseForm.base_fields)}, responses={201: CaseDetail, 204: None}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a case. For people who run cases."""
        details = self.body(request)
        check_types(details, CaseForm.base_fields)
        made = open_case(by=self.employee, **details)
        return self.now_shown(made.pk, status=201)


@extend_schema_view(
    get=extend_schema(responses=CaseDetail),
    patch=extend_schema(
        request={"application/json": schema_of(FIELDS)}, responses={200: CaseDetail, 204: None}, parameters=[IF_MATCH]
    ),
)
class CaseItem(work.WorkItem):
    """One case."""


@extend_schema_view(
    post=extend_schema(
        request=work.payloads(_ACTIONS, moves=True), responses={200: CaseDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class CaseMove(work.Move):
    """One move of one case."""


@extend_schema_view(post=extend_schema(request=work.payloads(_ACTIONS, moves=False), responses=work.Outcome))
class CaseAct(work.Act):
    """One action on one case."""


urlpatterns = list(
    urls.collection_urls(
        CASES,
        items=CaseList,
        item=CaseItem,
        below={
            **urls.BELOW,
            "transitions/<slug:move>/": CaseMove,
            "actions/": work.Actions,
            "actions/<slug:action>/": CaseAct,
            "messages/": work.WorkMessages,
            "attachments/": work.WorkAttachments,
            "tasks/": work.WorkTasks,
        },
    )
)
