"""Pages by cursor: the same cost on every page, and no row shown twice when others come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from .problems import Malformed

DEFAULT_SIZE, LARGEST_SIZE = 50, 100
_SALT = "servicedesk.cursor"


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the addresses of the pages beside it."""

    rows: list[Any]
    next: str | None
    previous: str | None

    def response(self, results: Sequence[Any]) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": results})


def page_of(queryset: QuerySet, request: Request, ordering: Sequence[OrderBy]) -> Page:
    """The page that ``?cursor`` and ``?limit`` ask for.

    ``ordering`` ends in a column that is unique. NULLs stand last in either direction where its
    ``nulls_last`` says so.
    """
    size = _size(request)
    ordering = list({order.expression.name: order for order in reversed(ordering)}.values())[::-1]
    names = [f"cursor_{index}" for index, _order in enumerate(ordering)]
    shape = ",".join(f"{'-' if order.descending else ''}{order.expression.name}" for order in ordering)
    backwards, position = _read(request.query_params.get("cursor"), shape)
    found = queryset.annotate(
        **{name: F(order.expression.name) for name, order in zip(names, ordering, strict=True)}
    ).order_by(*(_reversed(order) if backwards else order for order in ordering))
    if position is not None:
        found = found.filter(_beyond(ordering, position, backwards=backwards))
    rows = list(found[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (more or backwards)
    has_previous = bool(rows) and (position is not None if not backwards else more)
    return Page(
        rows=rows,
        next=_address(request, shape, rows[-1], names, backwards=False) if has_next else None,
        previous=_address(request, shape, rows[0], names, backwards=True) if has_previous else None,
    )


def paged(row: type[serializers.BaseSerializer], name: str) -> type[serializers.Serializer]:
    """The shape of a page of ``row``, for the description of the API."""
    return type(
        f"{name}Page",
        (serializers.Serializer,),
        {
            "__doc__": "One page. ``next`` and ``previous`` are addresses, or null at the ends.",
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )


def _size(request: Request) -> int:
    text = request.query_params.get("limit", request.query_params.get("page_size"))
    if text is None:
        return DEFAULT_SIZE
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise Malformed(_("“limit” is a whole number from 1 to %(most)s.") % {"most": LARGEST_SIZE})
    return min(int(text), LARGEST_SIZE)


def _read(cursor: str | None, shape: str) -> tuple[bool, list[Any] | None]:
    """Direction and position. The cursor is signed: what we did not write is refused."""
    if cursor is None:
        return False, None
    try:
        held_shape, backwards, position = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise Malformed(_("This cursor cannot be used. Begin again without one.")) from error
    if held_shape != shape:
        raise Malformed(_("This cursor belongs to another order. Begin again without one."))
    return backwards, position


def _address(request: Request, shape: str, row: Model, names: list[str], *, backwards: bool) -> str:
    position = [_plain(getattr(row, name)) for name in names]
    query = {
        **{name: value for name, value in request.query_params.items() if name != "cursor"},
        "cursor": signing.dumps([shape, backwards, position], salt=_SALT),
    }
    return f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _reversed(order: OrderBy) -> OrderBy:
    first = True if order.nulls_last else None
    return OrderBy(order.expression, descending=not order.descending, nulls_first=first)


def _beyond(ordering: Sequence[OrderBy], position: Sequence[Any], *, backwards: bool) -> Q:
    """Rows after (or before) ``position``: beyond in one column, equal in those before it."""
    condition, equal = Q(pk__in=[]), Q()
    for order, value in zip(ordering, position, strict=True):
        name = order.expression.name
        condition |= equal & _beyond_in(order, value, backwards=backwards)
        equal &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    return condition


def _beyond_in(order: OrderBy, value: Any, *, backwards: bool) -> Q:
    """Beyond ``value`` in one column, whose NULLs (if it may have any) stand at the end of the list."""
    name = order.expression.name
    if value is None:
        return Q(**{f"{name}__isnull": False}) if backwards else Q(pk__in=[])
    beyond = Q(**{f"{name}__{'gt' if order.descending == backwards else 'lt'}": value})
    return beyond | Q(**{f"{name}__isnull": True}) if order.nulls_last and not backwards else beyond
