"""What waits for one's decision, and what one has to do: collections over the tickets of all kinds, by UUID."""

from typing import Any, cast
from uuid import UUID

from django.db.models import F, OrderBy, QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from directory.idempotency import idempotent
from directory.models import Employee
from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.rest.permissions import SAFE
from servicedesk.common.rest.preconditions import etag, required_version
from servicedesk.common.rest.schema import IF_MATCH, PAGING, schema_of
from servicedesk.common.rest.views import ApiView
from servicedesk.workflow import carry_out, machine_of

from ..access import asked_of
from ..approval_actions import DecideForm
from ..forms import SkipTaskForm
from ..models import Approval, Task, Ticket
from ..reading import note_opening
from .rows import ApprovalRow, NumberedTaskRow, OptionRow
from .views import shown_page

_BY_KEY = (OrderBy(F("pk")),)
_NEWEST = (OrderBy(F("pk"), descending=True),)
_VERDICTS = {"approve": "approved", "reject": "rejected"}
_COMMENT = {"comment": DecideForm.base_fields["comment"]}
_REASON = {"reason": SkipTaskForm.base_fields["reason"]}
_STATE = OpenApiParameter("state", str, description="Only those in this state.")


class OfTickets(ApiView):
    """Finds what hangs on tickets for the one who asks. What they may not see does not exist."""

    @property
    def employee(self) -> Employee:
        return cast(Employee, self.request.user)

    def found(self) -> QuerySet[Any]:
        raise NotImplementedError

    def one(self, uuid: UUID) -> Any:
        row = self.found().filter(uuid=uuid).first()
        if row is None:
            raise Http404
        if self.request.method in SAFE:
            note_opening(row.ticket, self.employee)
        return row

    def in_state(self) -> QuerySet[Any]:
        state = self.request.query_params.get("state")
        return self.found().filter(state=state) if state else self.found()

    def option(self, row: Any, name: str, action: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
        """One transition as ``transitions/`` of a ticket lists them."""
        record = row.ticket.specific
        machine = machine_of(type(record))
        decision = machine.decide(machine.facts(record, self.employee), action)
        label = machine.actions[action].label if action in machine.actions else name
        return {
            "name": name, "label": str(label), "allowed": decision.allowed, "reason": decision.sentence,
            "fields": fields,
        }  # fmt: skip


def _field(name: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name, "label": name, "type": "text", "many": False, "required": required, "help": "", "choices": []
    }  # fmt: skip


class Approvals(OfTickets):
    """Approvals: what waits for one's decision (also in place of others), and what one decided."""

    def found(self) -> QuerySet[Approval]:
        decided = Approval.objects.filter(
            decided_by=self.employee, ticket__in=Ticket.objects.visible_to(self.employee).values("pk")
        )
        found = Approval.objects.filter(pk__in=asked_of(self.employee).values("pk")) | decided
        return found.select_related("ticket", "approver", "instead_of", "requester", "requested_for", "decided_by")


class ApprovalList(Approvals):
    @extend_schema(responses=paged(ApprovalRow, "Approval"), parameters=[_STATE, *PAGING])
    def get(self, request: Request) -> Response:
        """Newest first."""
        return shown_page(page_of(self.in_state(), request, _NEWEST), ApprovalRow)


class ApprovalItem(Approvals):
    @extend_schema(responses=ApprovalRow)
    def get(self, request: Request, uuid: UUID) -> Response:
        """One approval; the ETag is the version of its ticket."""
        row = self.one(uuid)
        return Response(ApprovalRow(row).data, headers={"ETag": etag(row.ticket.version)})


class ApprovalMoves(Approvals):
    @extend_schema(responses=OptionRow(many=True))
    def get(self, request: Request, uuid: UUID) -> Response:
        """Approving and rejecting, and whether they are possible now."""
        row = self.one(uuid)
        rows = [self.option(row, name, "decide", [_field("comment", required=name == "reject")]) for name in _VERDICTS]
        if row.state != Approval.State.ASKED:
            rows = [{**one, "allowed": False, "reason": one["reason"] or str(row.get_state_display())} for one in rows]
        return Response(rows, headers={"ETag": etag(row.ticket.version)})


class ApprovalMove(Approvals):
    @extend_schema(
        request={"application/json": schema_of(_COMMENT)}, responses={200: ApprovalRow, 204: None},
        parameters=[IF_MATCH],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, uuid: UUID, move: str) -> Response:
        """Decide on the ticket as it was read; 204 when it left the sight of the one who decided."""
        if move not in _VERDICTS:
            raise Http404
        row, details = self.one(uuid), self.body(request)
        check_types(details, _COMMENT)
        carry_out(
            row.ticket.specific, "decide", by=self.employee, expected_version=required_version(request),
            details={**details, "approval": str(row.uuid), "verdict": _VERDICTS[move]},
        )  # fmt: skip
        after = self.found().filter(pk=row.pk).first()
        if after is None:
            return Response(status=204)
        return Response(ApprovalRow(after).data, headers={"ETag": etag(after.ticket.version)})


class Tasks(OfTickets):
    """The tasks that one has to do: one's own, and those of the queues in which one works."""

    def found(self) -> QuerySet[Task]:
        found = Task.objects.of_technician(self.employee)
        return found.select_related("ticket", "queue", "assignee", "done_by").prefetch_related("after")


class TaskList(Tasks):
    @extend_schema(responses=paged(NumberedTaskRow, "NumberedTask"), parameters=[_STATE, *PAGING])
    def get(self, request: Request) -> Response:
        """Oldest first."""
        return shown_page(page_of(self.in_state(), request, _BY_KEY), NumberedTaskRow)


class TaskItem(Tasks):
    @extend_schema(responses=NumberedTaskRow)
    def get(self, request: Request, uuid: UUID) -> Response:
        """One task."""
        row = self.one(uuid)
        return Response(NumberedTaskRow(row).data, headers={"ETag": etag(row.ticket.version)})


class TaskMoves(Tasks):
    @extend_schema(responses=OptionRow(many=True))
    def get(self, request: Request, uuid: UUID) -> Response:
        """Completing and skipping, and whether they are possible now."""
        row = self.one(uuid)
        rows = [
            self.option(row, "complete", "complete_task", []),
            self.option(row, "skip", "skip_task", [_field("reason", required=True)]),
        ]
        if row.state != Task.State.OPEN:
            rows = [{**one, "allowed": False, "reason": str(row.get_state_display())} for one in rows]
        return Response(rows, headers={"ETag": etag(row.ticket.version)})


class TaskMove(Tasks):
    @extend_schema(
        request={"application/json": schema_of(_REASON)}, responses={200: NumberedTaskRow, 204: None},
        parameters=[IF_MATCH],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, uuid: UUID, move: str) -> Response:
        """``complete``, or ``skip`` with a reason. ``If-Match`` names the version of the ticket."""
        if move not in ("complete", "skip"):
            raise Http404
        row, details = self.one(uuid), self.body(request)
        check_types(details, _REASON)
        carry_out(
            row.ticket.specific, f"{move}_task", by=self.employee, expected_version=required_version(request),
            details={**details, "task": str(row.uuid)},
        )  # fmt: skip
        after = self.found().filter(pk=row.pk).first()
        return Response(NumberedTaskRow(after).data) if after is not None else Response(status=204)
