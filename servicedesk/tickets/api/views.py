"""The addresses that tickets of every kind share, to read. Each starts from ``visible_to``."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db.models import F, OrderBy, Prefetch
from django.http import FileResponse, Http404
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.models import Employee
from servicedesk.common.errors import Hidden
from servicedesk.common.rest.paging import Page, page_of, paged
from servicedesk.common.rest.permissions import SAFE
from servicedesk.common.rest.preconditions import etag
from servicedesk.common.rest.problems import Elsewhere
from servicedesk.common.rest.schema import PAGING
from servicedesk.common.rest.views import AnyAccepted, ApiView

from ..downloads import attachment_response
from ..models import Attachment, Message, Task, Ticket
from ..query import schema
from ..querysets import TicketQuerySet
from ..reading import note_opening
from ..states import Kind
from ..timeline import readable_events
from .events import event_rows
from .options import option_rows
from .rows import AttachmentRow, EventRow, MessageRow, OptionRow, Reader, TaskRow, TicketDetail, TicketRow

QUERY = OpenApiParameter("q", str, description='A query, such as: state = "new" and priority in ("P1", "P2")')
ORDERING = OpenApiParameter("ordering", str, description="Names with a comma between; “-” before one turns it around.")

LISTING = [QUERY, ORDERING, *PAGING]


@dataclass(frozen=True)
class Collection:
    """Tickets of one kind, or of all kinds, and how they are shown."""

    name: str
    kind: Kind | None
    row: type[TicketRow]
    detail: type[TicketDetail]

    def __str__(self) -> str:
        return self.name


# Kind → its own collection, for tickets that became of another kind.
places: dict[str, Collection] = {}

ORDER_OF_EVENTS = (OrderBy(F("sequence")),)
ORDER_OF_TIME = (OrderBy(F("at")), OrderBy(F("pk")))
ORDER_OF_KEYS = (OrderBy(F("pk")),)

ALL_TICKETS = Collection("tickets", None, TicketRow, TicketDetail)


class TicketView(ApiView):
    """Finds tickets for the one who asks, and shows them."""

    collection = ALL_TICKETS

    @property
    def employee(self) -> Employee:
        return cast(Employee, self.request.user)

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.employee)

    def tickets(self) -> TicketQuerySet:
        """What the reader may see of this collection."""
        return self.tickets_of(self.collection)

    def tickets_of(self, collection: Collection) -> TicketQuerySet:
        """What the reader may see of ``collection``."""
        found = Ticket.objects.visible_to(self.employee).for_list().prefetch_related("tags")
        kind = collection.kind
        return found.filter(kind=kind).select_related(kind.value) if kind else found

    def ticket(self, number: str) -> Ticket:
        """The one ticket of ``number``, or ``Hidden``. Looking at a confidential one is recorded."""
        ticket = self.tickets().numbered(number).first() or self._elsewhere(number)
        if self.request.method in SAFE:
            note_opening(ticket, self.employee)
        return ticket

    def _elsewhere(self, number: str) -> Ticket:
        """Raises what is true of a ticket that is not in this collection: it is in another one, or hidden."""
        ticket = Ticket.objects.visible_to(self.employee).get_by_number(number)
        place = self._other_place_of(ticket)
        if place is None:
            raise Hidden("There is no such ticket, or you may not see it.")
        here = f"/{self.collection}/{self.kwargs['number']}/"
        raise Elsewhere(self.request.get_full_path().replace(here, f"/{place}/{ticket.number}/", 1))

    def _other_place_of(self, ticket: Ticket) -> Collection | None:
        """The collection of what the ticket has become, if that is not this one."""
        place = places.get(ticket.kind)
        return place if place != self.collection else None

    def rows(self, tickets: list[Ticket]) -> list[dict[str, Any]]:
        numbers = self.reader.numbers(ticket.merged_into_id for ticket in tickets)
        return list(self.collection.row(tickets, many=True, context={"numbers": numbers}).data)

    def detail(self, ticket: Ticket, collection: Collection | None = None) -> dict[str, Any]:
        links = [
            *((kind, other, False) for kind, other in ticket.links.values_list("kind", "other")),
            *((kind, other, True) for kind, other in ticket.links_here.values_list("kind", "ticket")),
        ]
        numbers = self.reader.numbers([ticket.merged_into_id, *(other for _kind, other, _inbound in links)])
        return dict((collection or self.collection).detail(ticket, context={"numbers": numbers, "links": links}).data)

    def now_shown(self, key: int, *, status: int = 200) -> Response:
        """The ticket as it is now; without content when it moved out of the reader's sight."""
        ticket = self.tickets().filter(pk=key).first()
        if ticket is None:
            return self._shown_elsewhere(key)
        headers = {"ETag": etag(ticket.version)}
        if status == 201:
            headers["Location"] = f"{self.request.path}{ticket.number}/"
        return Response(self.detail(ticket), status=status, headers=headers)

    def _shown_elsewhere(self, key: int) -> Response:
        """The ticket as its new kind shows it, if it became one of another kind and is still in sight."""
        found = Ticket.objects.visible_to(self.employee).filter(pk=key).first()
        place = self._other_place_of(found) if found is not None else None
        if place is None:
            return Response(status=204)
        ticket = self.tickets_of(place).get(pk=key)
        above = self.request.path.split(f"/{self.collection}/", 1)[0]
        address = f"{above}/{place}/{ticket.number}/"
        headers = {"ETag": etag(ticket.version), "Content-Location": address}
        return Response(self.detail(ticket, place), headers=headers)


def shown_page(page: Page, row: type[serializers.Serializer]) -> Response:
    return page.response(list(row(page.rows, many=True).data))


class TicketList(TicketView):
    """Tickets that one may see, newest first."""

    @extend_schema(responses=paged(TicketRow, "Ticket"), parameters=LISTING)
    def get(self, request: Request) -> Response:
        found = self.tickets().filter(schema.compile(request.query_params.get("q", "")))
        ordering = schema.ordering(request.query_params.get("ordering", "")) or schema.ordering("-number")
        page = page_of(found, request, ordering)
        return page.response(self.rows(page.rows))


class TicketItem(TicketView):
    """One ticket."""

    @extend_schema(responses=TicketDetail)
    def get(self, request: Request, number: str) -> Response:
        ticket = self.ticket(number)
        return Response(self.detail(ticket), headers={"ETag": etag(ticket.version)})


class Options(TicketView):
    """What may be done to one ticket now, by the one who asks."""

    moves = True

    @extend_schema(responses=OptionRow(many=True))
    def get(self, request: Request, number: str) -> Response:
        ticket = self.ticket(number)
        rows = option_rows(ticket.specific, self.employee, moves=self.moves)
        return Response(rows, headers={"ETag": etag(ticket.version)})


class Events(TicketView):
    """The timeline of one ticket, oldest first, as far as its reader may know it."""

    @extend_schema(responses=paged(EventRow, "Event"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        ticket = self.ticket(number)
        page = page_of(readable_events(ticket, self.employee), request, ORDER_OF_EVENTS)
        return page.response(event_rows(ticket, page.rows, self.reader))


class Messages(TicketView):
    """The conversation of one ticket, oldest first. Notes are for those who see its queue."""

    def messages(self, ticket: Ticket) -> Any:
        files = Prefetch("attachments", Attachment.objects.readable_by(self.employee, ticket))
        found = Message.objects.readable_by(self.employee, ticket)
        return found.select_related("author").prefetch_related(files)

    @extend_schema(responses=paged(MessageRow, "Message"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        return shown_page(page_of(self.messages(self.ticket(number)), request, ORDER_OF_TIME), MessageRow)


class Attachments(TicketView):
    """The files of one ticket, oldest first; those of notes are for those who read notes."""

    def attachments(self, ticket: Ticket) -> Any:
        found = Attachment.objects.readable_by(self.employee, ticket)
        return found.select_related("uploader", "message")

    @extend_schema(responses=paged(AttachmentRow, "Attachment"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        return shown_page(page_of(self.attachments(self.ticket(number)), request, ORDER_OF_TIME), AttachmentRow)


class Tasks(TicketView):
    """The tasks of one ticket, oldest first. They are for those who read notes, and for who has to do them."""

    def tasks(self, ticket: Ticket) -> Any:
        found = Task.objects.readable_by(self.employee, ticket)
        return found.select_related("queue", "assignee", "done_by").prefetch_related("after")

    @extend_schema(responses=paged(TaskRow, "Task"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        return shown_page(page_of(self.tasks(self.ticket(number)), request, ORDER_OF_KEYS), TaskRow)


class TaskItem(Tasks):
    """One task of one ticket."""

    @extend_schema(responses=TaskRow)
    def get(self, request: Request, number: str, uuid: UUID) -> Response:
        task = self.tasks(self.ticket(number)).filter(uuid=uuid).first()
        if task is None:
            raise Http404
        return Response(TaskRow(task).data)


class Download(Attachments):
    """The bytes of one file, as a download that no browser runs."""

    content_negotiation_class = AnyAccepted

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, number: str, uuid: UUID) -> FileResponse:  # type: ignore[override]
        attachment = self.attachments(self.ticket(number)).filter(uuid=uuid).first()
        if attachment is None:
            raise Http404
        return attachment_response(attachment)
