"""Incidents in the API: what all tickets have, and reporting one, changing it and moving it."""

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
from servicedesk.tickets.states import Kind, ResolutionCode
from servicedesk.workflow import create

from .forms import ReportForm
from .machine import incident_machine
from .models import Incident

_ACTIONS = incident_machine().actions


class IncidentRow(TicketRow):
    """One incident in a list."""

    is_major = serializers.BooleanField(source="incident.is_major")


class IncidentDetail(TicketDetail):
    """One incident."""

    is_major = serializers.BooleanField(source="incident.is_major")
    resolution_code = serializers.ChoiceField(
        source="incident.resolution_code", choices=ResolutionCode.choices, allow_blank=True
    )
    resolution_text = serializers.CharField(source="incident.resolution_text", allow_blank=True)
    reopen_count = serializers.IntegerField(source="incident.reopen_count")


INCIDENTS = views.Collection("incidents", Kind.INCIDENT, IncidentRow, IncidentDetail)


class IncidentList(views.TicketList):
    """Incidents that one may see, newest first; and reporting one."""

    @extend_schema(responses=paged(IncidentRow, "Incident"), parameters=views.LISTING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(
        request={"application/json": schema_of(ReportForm.base_fields)}, responses={201: IncidentDetail, 204: None}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Report an incident; a technician may report for a caller with ``requested_for``."""
        details = self.body(request)
        check_types(details, ReportForm.base_fields)
        made = create(Incident, by=self.employee, details=details).record
        return self.now_shown(made.pk, status=201)


@extend_schema_view(
    get=extend_schema(responses=IncidentDetail),
    patch=extend_schema(
        request={"application/json": schema_of(FIELDS)}, responses={200: IncidentDetail, 204: None},
        parameters=[IF_MATCH],
    ),
)  # fmt: skip
class IncidentItem(work.WorkItem):
    """One incident."""


@extend_schema_view(
    post=extend_schema(
        request=work.payloads(_ACTIONS, moves=True), responses={200: IncidentDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class IncidentMove(work.Move):
    """One move of one incident."""


@extend_schema_view(post=extend_schema(request=work.payloads(_ACTIONS, moves=False), responses=work.Outcome))
class IncidentAct(work.Act):
    """One action on one incident."""


urlpatterns = list(
    urls.collection_urls(
        INCIDENTS,
        items=IncidentList,
        item=IncidentItem,
        below={
            **urls.BELOW,
            "transitions/<slug:move>/": IncidentMove,
            "actions/": work.Actions,
            "actions/<slug:action>/": IncidentAct,
            "messages/": work.WorkMessages,
            "attachments/": work.WorkAttachments,
            "tasks/": work.WorkTasks,
        },
    )
)
