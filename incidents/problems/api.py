"""Problems in the API: what all tickets have, and logging one, changing it and moving it."""

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
from servicedesk.workflow import create

from ..models import Problem
from .forms import ProblemForm
from .machine import problem_machine

_ACTIONS = problem_machine().actions


class ProblemRow(TicketRow):
    """One problem in a list."""


class ProblemDetail(TicketDetail):
    """One problem. The incidents it causes are among its inbound links of the kind ``caused_by``."""

    workaround = serializers.CharField(source="problem.workaround", allow_blank=True)
    root_cause = serializers.CharField(source="problem.root_cause", allow_blank=True)
    resolution_text = serializers.CharField(source="problem.resolution_text", allow_blank=True)


PROBLEMS = views.Collection("problems", Kind.PROBLEM, ProblemRow, ProblemDetail)


class ProblemList(views.TicketList):
    """Problems that one may see, newest first; and logging one."""

    @extend_schema(responses=paged(ProblemRow, "Problem"), parameters=views.LISTING)
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(
        request={"application/json": schema_of(ProblemForm.base_fields)}, responses={201: ProblemDetail, 204: None}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Log a problem, with ``incident`` for the first incident that it causes. For technicians."""
        details = self.body(request)
        check_types(details, ProblemForm.base_fields)
        made = create(Problem, by=self.employee, details=details).record
        return self.now_shown(made.pk, status=201)


@extend_schema_view(
    get=extend_schema(responses=ProblemDetail),
    patch=extend_schema(
        request={"application/json": schema_of(FIELDS)}, responses={200: ProblemDetail, 204: None},
        parameters=[IF_MATCH],
    ),
)  # fmt: skip
class ProblemItem(work.WorkItem):
    """One problem."""


@extend_schema_view(
    post=extend_schema(
        request=work.payloads(_ACTIONS, moves=True), responses={200: ProblemDetail, 204: None}, parameters=[IF_MATCH]
    )
)
class ProblemMove(work.Move):
    """One move of one problem."""


@extend_schema_view(post=extend_schema(request=work.payloads(_ACTIONS, moves=False), responses=work.Outcome))
class ProblemAct(work.Act):
    """One action on one problem."""


urlpatterns = list(
    urls.collection_urls(
        PROBLEMS,
        items=ProblemList,
        item=ProblemItem,
        below={
            **urls.BELOW,
            "transitions/<slug:move>/": ProblemMove,
            "actions/": work.Actions,
            "actions/<slug:action>/": ProblemAct,
            "messages/": work.WorkMessages,
            "attachments/": work.WorkAttachments,
            "tasks/": work.WorkTasks,
        },
    )
)
