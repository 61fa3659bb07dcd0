"""The addresses that every register has under ``/api/v1/``. Each starts from what the reader may see."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import models
from django.db.models import F, OrderBy
from django.http import Http404
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from directory.idempotency import idempotent
from directory.models import Employee
from servicedesk.common.errors import Hidden
from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.preconditions import etag, required_version, stated_version
from servicedesk.common.rest.schema import PAGING
from servicedesk.common.rest.views import ApiView
from servicedesk.query import Schema
from servicedesk.workflow import create, machine_of

from ..api.events import told_rows
from ..api.options import option_rows
from ..api.rows import EventRow, OptionRow, Reader
from ..api.work import CarriesOut, Outcome, address_of
from .register import register_of
from .timeline import readable_events

ORDER_OF_EVENTS = (OrderBy(F("at")), OrderBy(F("pk")))


def _itself(row: Any, _action: str, _reader: Employee) -> Any:
    return row


@dataclass(frozen=True)
class Collection:
    """One register in the API.

    ``visible(reader)`` gives the rows that the reader may see, with what a row shows; ``find(reader, number)`` one of
    them with its ``version``, or raises ``Hidden``. ``acting(row, action, reader)`` is the record behind the door
    that an action on a row is about, where that is not the row itself. A list takes ``?q=`` if there is a ``schema``.
    """

    name: str
    model: type[models.Model]
    visible: Callable[[Employee], models.QuerySet[Any]]
    find: Callable[[Employee, str], Any]
    row: type[serializers.Serializer]
    detail: type[serializers.Serializer]
    order: tuple[OrderBy, ...]
    acting: Callable[[Any, str, Employee], Any] = _itself
    schema: Schema | None = None
    context: Callable[[Employee], Mapping[str, Any]] = field(default=lambda reader: {"reader": reader})

    def __str__(self) -> str:
        return self.name


class RegisterView(CarriesOut, ApiView):
    """Finds records of one register for the one who asks, and shows them."""

    collection = cast(Collection, None)

    @property
    def employee(self) -> Employee:  # type: ignore[override]
        return cast(Employee, self.request.user)

    def found(self, number: str) -> Any:
        return self.collection.find(self.employee, number)

    def acted(self, row: Any, action: str) -> Any:
        return self.collection.acting(row, action, self.employee)

    def shown(self, number: str, *, status: int = 200) -> Response:
        """The record as it is now, for the one who asks."""
        row = self.found(number)
        headers = {"ETag": etag(row.version)}
        if status == 201:
            headers["Location"] = f"{self.request.path}{row.number}/"
        context = dict(self.collection.context(self.employee))
        return Response(self.collection.detail(row, context=context).data, status=status, headers=headers)


class RegisterList(RegisterView):
    """The records that one may see; ``q`` and ``ordering`` where the register has a query schema."""

    def get(self, request: Request) -> Response:
        found, ordering, schema = self.collection.visible(self.employee), self.collection.order, self.collection.schema
        if schema is not None:
            found = found.filter(schema.compile(request.query_params.get("q", "")))
            ordering = tuple(schema.ordering(request.query_params.get("ordering", ""))) or ordering
        page = page_of(found, request, ordering)
        context = dict(self.collection.context(self.employee))
        return page.response(list(self.collection.row(page.rows, many=True, context=context).data))

    def make(self, request: Request) -> Response:
        """What a POST does: a record is made through the door, and shown."""
        made = create(self.collection.model, by=self.employee, details=self.body(request)).record
        return self.shown(made.number, status=201)


class RegisterItem(RegisterView):
    """One record."""

    def get(self, request: Request, number: str) -> Response:
        return self.shown(number)

    def change(self, request: Request, number: str, action: str = "edit") -> Response:
        """What a PATCH does: ``action`` takes the fields that are named and leaves the others as they are."""
        row = self.found(number)
        version = required_version(request)
        self.carry_out(self.acted(row, action), action, self.body(request), version=version)
        return self.shown(row.number)


class RegisterOptions(RegisterView):
    """What may be done to one record now, by the one who asks."""

    moves = True

    @extend_schema(responses=OptionRow(many=True))
    def get(self, request: Request, number: str) -> Response:
        row = self.found(number)
        rows: dict[str, dict[str, Any]] = {}
        offered: dict[int, list[dict[str, Any]]] = {}
        for name in machine_of(self.collection.model).actions:
            record = self.acted(row, name)
            if record.pk not in offered:
                offered[record.pk] = option_rows(record, self.employee, moves=self.moves)
            rows.update({one["name"]: one for one in offered[record.pk] if one["name"] == name})
        return Response(list(rows.values()), headers={"ETag": etag(row.version)})


class RegisterActions(RegisterOptions):
    """What else may be done to one record, apart from moves."""

    moves = False


class RegisterMove(RegisterView):
    """One move of one record."""

    @idempotent
    def post(self, request: Request, number: str, move: str) -> Response:
        """Make the move, and answer with the record after it; 204 when it left the sight of the one who moved it."""
        row, action = self.found(number), machine_of(self.collection.model).actions.get(move)
        if action is None or not action.is_move:
            raise Http404
        self.carry_out(self.acted(row, move), move, self.body(request), version=required_version(request))
        try:
            return self.shown(row.number)
        except Hidden:
            return Response(status=204)


class RegisterAct(RegisterView):
    """One action on one record. Those that change what others edit need ``If-Match``, as moves do."""

    @idempotent
    def post(self, request: Request, number: str, action: str) -> Response:
        row, known = self.found(number), machine_of(self.collection.model).actions.get(action)
        if known is None or known.is_move:
            raise Http404
        version = required_version(request) if known.raises_version else stated_version(request)
        passage = self.carry_out(self.acted(row, action), action, self.body(request), version=version)
        after = passage.record.version
        return Response({"result": address_of(passage.result), "version": after}, headers={"ETag": etag(after)})


class RegisterEvents(RegisterView):
    """The timeline of one record, oldest first, as far as its reader may know it."""

    @extend_schema(responses=paged(EventRow, "RegisterEvent"), parameters=PAGING)
    def get(self, request: Request, number: str) -> Response:
        record = self.acted(self.found(number), "")
        page = page_of(readable_events(record, self.employee), request, ORDER_OF_EVENTS)
        reads_all = register_of(type(record)).reads_all(record, self.employee)
        return page.response(told_rows(page.rows, Reader(self.employee), reads_all=reads_all))


def register_urls(
    collection: Collection, *, items: type[APIView], item: type[APIView], act: type[APIView],
    move: type[APIView] | None = None, below: Mapping[str, type[APIView]] | None = None,
) -> Iterator[URLPattern]:  # fmt: skip
    """The addresses of one register: its list, one record, and what lies below a record; no moves where it has none."""
    at: dict[str, Any] = {"collection": collection}
    yield path(f"{collection}/", items.as_view(**at))
    yield path(f"{collection}/<str:number>/", item.as_view(**at))
    moves: dict[str, type[APIView]] = {}
    if move is not None:
        moves = {"transitions/": RegisterOptions, "transitions/<slug:move>/": move}
    tails: dict[str, type[APIView]] = {
        **moves,
        "actions/": RegisterActions,
        "actions/<slug:action>/": act,
        "events/": RegisterEvents,
        **(below or {}),
    }
    for tail, view in tails.items():
        yield path(f"{collection}/<str:number>/{tail}", view.as_view(**at))


__all__ = [
    "Collection",
    "Outcome",
    "RegisterAct",
    "RegisterActions",
    "RegisterEvents",
    "RegisterItem",
    "RegisterList",
    "RegisterMove",
    "RegisterOptions",
    "RegisterView",
    "register_urls",
]
