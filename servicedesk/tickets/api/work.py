"""The same addresses where a kind may be worked on: moves, actions, messages, files and tasks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from directory.idempotency import idempotent
from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.rest.preconditions import etag, required_version, stated_version
from servicedesk.common.rest.problems import TooLarge
from servicedesk.common.rest.schema import IF_MATCH, schema_of
from servicedesk.workflow import Action, Passage, PayloadForm, carry_out, machine_of
from servicedesk.workflow.payload import TextField

from ..forms import AddTaskForm, AttachForm, NoteForm
from ..models import Attachment, Message, Task
from .options import ELSEWHERE
from .patching import FIELDS, patch
from .rows import AttachmentRow, MessageRow, TaskRow, TicketDetail
from .views import Attachments, Messages, Options, Tasks, TicketItem, TicketView

_UPLOADS = ("files",)  # a JSON body brings no bytes

MESSAGE_FIELDS = {name: field for name, field in NoteForm.base_fields.items() if name not in _UPLOADS}
MESSAGE_SCHEMA = schema_of(MESSAGE_FIELDS)
MESSAGE_SCHEMA["properties"]["internal"] = {"type": "boolean", "description": "A note that only the desk reads."}
UPLOAD_SCHEMA = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "internal": {"type": "boolean", "description": "Only the desk may fetch it."},
    },
    "required": ["file"],
}


def form_schema(form_class: type[PayloadForm], *, title: str = "", override: bool = False) -> dict[str, Any]:
    """What a form takes. Inside its objects stands what one record only knows, so any names."""
    extra = {"override_reason": TextField(required=False)} if override else {}
    schema = schema_of({**form_class.base_fields, **extra}, title=title)
    schema["properties"] |= {name: {"type": "object", "additionalProperties": {}} for name in form_class.nested}
    return schema


def payloads(actions: Mapping[str, Action], *, moves: bool) -> dict[str, Any]:
    """What the moves (or the other actions) of a kind take, as one schema of alternatives."""
    return {
        "application/json": {
            "anyOf": [
                form_schema(action.form or PayloadForm, title=name, override=True)
                for name, action in sorted(actions.items())
                if action.is_move == moves and name not in ELSEWHERE
            ]
        }
    }  # fmt: skip


class CarriesOut:
    """Carries actions out, for a view that has an ``employee``."""

    employee: Employee

    def carry_out(
        self, record: models.Model, action: str, details: Mapping[str, Any], *, version: int | None = None,
        files: Any = None,
    ) -> Passage:  # fmt: skip
        """Through the door, with the types of JSON checked first: forms would take 5 for a title."""
        form_class = machine_of(type(record)).actions[action].form or PayloadForm
        check_types(details, {**form_class.base_fields, "override_reason": TextField()})
        # A fault inside an object that was left out is told at its place.
        details = {**{name: {} for name in form_class.nested}, **details}
        return carry_out(record, action, by=self.employee, expected_version=version, details=details, files=files)


class WorkView(CarriesOut, TicketView):
    """Carries actions out on tickets."""


class WorkItem(TicketItem):
    """One ticket, to read and to change."""

    @extend_schema(
        request={"application/json": schema_of(FIELDS)}, responses={200: TicketDetail, 204: None}, parameters=[IF_MATCH]
    )
    def patch(self, request: Request, number: str) -> Response:
        """Change some fields at once: all of them, or none."""
        ticket = self.ticket(number)
        patch(ticket.specific, self.body(request), by=self.employee, expected_version=required_version(request))
        return self.now_shown(ticket.pk)


class Move(WorkView):
    """One move of one ticket."""

    @extend_schema(responses={200: TicketDetail, 204: None}, parameters=[IF_MATCH])
    @idempotent
    def post(self, request: Request, number: str, move: str) -> Response:
        """Make the move, and answer with the ticket after it; 204 when it left the sight of the one who moved it."""
        ticket = self.ticket(number)
        record = ticket.specific
        action = machine_of(type(record)).actions.get(move)
        if action is None or not action.is_move:
            raise Http404
        self.carry_out(record, move, self.body(request), version=required_version(request))
        return self.now_shown(ticket.pk)


class Actions(Options):
    """What else may be done to one ticket, apart from moves, messages and files."""

    moves = False


class Outcome(serializers.Serializer):
    """What an action made, by number or uuid, and the version of the ticket after it."""

    result = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class Act(WorkView):
    """One action on one ticket. Those that change what others edit need ``If-Match``, as moves do."""

    @extend_schema(responses=Outcome)
    @idempotent
    def post(self, request: Request, number: str, action: str) -> Response:
        ticket = self.ticket(number)
        record = ticket.specific
        row = machine_of(type(record)).actions.get(action)
        if row is None or row.is_move or action in ELSEWHERE:
            raise Http404
        version = required_version(request) if row.raises_version else stated_version(request)
        passage = self.carry_out(record, action, self.body(request), version=version)
        after = passage.record.version
        return Response({"result": address_of(passage.result), "version": after}, headers={"ETag": etag(after)})


def address_of(made: Any) -> str | None:
    """What an action made, as the outside contract names it: by number or by UUID."""
    number = getattr(made, "number", None)
    if isinstance(number, str):
        return number
    uuid = getattr(made, "uuid", None)
    return str(uuid) if isinstance(uuid, UUID) else None


class WorkMessages(Messages, WorkView):
    """The conversation of one ticket, to read and to continue."""

    @extend_schema(request={"application/json": MESSAGE_SCHEMA}, responses={201: MessageRow})
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        """Reply to everybody who takes part, or with ``internal`` leave a note for the desk."""
        ticket, details = self.ticket(number), self.body(request)
        check_types({"internal": details.get("internal")}, {"internal": AttachForm.base_fields["internal"]})
        internal = details.pop("internal", None)
        if any(name in details for name in _UPLOADS):
            raise InvalidPayload({"files": [_("Send files to the attachments of the ticket first.")]})
        made: Message = self.carry_out(ticket.specific, "note" if internal else "reply", details).result
        shown = self.messages(ticket).get(pk=made.pk)
        return Response(MessageRow(shown).data, status=201)


class WorkAttachments(Attachments, WorkView):
    """The files of one ticket, to list and to add to."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request={"multipart/form-data": UPLOAD_SCHEMA}, responses={201: AttachmentRow})
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        """Add one file."""
        ticket = self.ticket(number)
        details = self._fields(request)
        made: Attachment = self.carry_out(ticket.specific, "attach", details, files=request.FILES).result
        shown = self.attachments(ticket).get(pk=made.pk)
        headers = {"Location": f"{request.path}{made.uuid}/"}
        return Response(AttachmentRow(shown).data, status=201, headers=headers)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Turn a body away by its announced size, before a byte of it is read."""
        super().initial(request, *args, **kwargs)
        announced = request.META.get("CONTENT_LENGTH") or ""
        if announced.isdigit() and int(announced) > settings.ATTACHMENT_MAX_BYTES + settings.ROOM_FOR_FORM:
            raise TooLarge

    def _fields(self, request: Request) -> dict[str, Any]:
        """The form's plain fields; each part once, and nothing but ``file`` and ``internal``."""
        errors = {}
        for name in request.FILES:
            if name != "file":
                errors[name] = [_("Send the file as “file”.")]
            elif len(request.FILES.getlist(name)) > 1:
                errors[name] = [_("Send one file at a time.")]
        fields: dict[str, Any] = {}
        for name, values in request.POST.lists():
            if len(values) > 1:
                errors[name] = [_("“%(name)s” stands twice in the form.") % {"name": name[:60]}]
            fields[name] = values[0]
        if "internal" in fields:
            fields["internal"] = {"true": True, "false": False}.get(fields["internal"].lower(), fields["internal"])
        if fields.get("internal") is False:
            del fields["internal"]
        if errors:
            raise InvalidPayload(errors)
        if any(file.size > settings.ATTACHMENT_MAX_BYTES for file in request.FILES.values()):
            raise TooLarge
        return fields


class WorkTasks(Tasks, WorkView):
    """The tasks of one ticket, to list and to add to."""

    @extend_schema(request={"application/json": schema_of(AddTaskForm.base_fields)}, responses={201: TaskRow})
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        """Add a task. It is completed and skipped by the actions ``complete_task`` and ``skip_task``."""
        ticket = self.ticket(number)
        made: Task = self.carry_out(ticket.specific, "add_task", self.body(request)).result
        headers = {"Location": f"{request.path}{made.uuid}/"}
        return Response(TaskRow(self.tasks(ticket).get(pk=made.pk)).data, status=201, headers=headers)
