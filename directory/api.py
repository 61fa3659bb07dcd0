"""People in the API, named by their login."""

from collections.abc import Callable
from typing import Any, cast

from django.db.models import F, OrderBy
from django.http import Http404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from servicedesk.common.errors import InvalidPayload
from servicedesk.common.rest.paging import page_of, paged
from servicedesk.common.rest.schema import PAGING
from servicedesk.common.rest.views import ApiView

from .models import Employee
from .querysets import EmployeeQuerySet

ORDERINGS = ("name", "-name", "login", "-login")
LONGEST_SEARCH = 200
FILTERS = {"department": "department__slug", "location": "location__slug", "manager": "manager__login__iexact"}


class EmployeeRow(serializers.Serializer):
    """One person as the directory knows them."""

    login = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Employee.Kind.choices)
    email = serializers.CharField(allow_blank=True)
    further_addresses = serializers.ListField(child=serializers.CharField(), source="further_address_list")
    title = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    department = serializers.CharField(source="department.slug", allow_null=True)
    location = serializers.CharField(source="location.slug", allow_null=True)
    manager = serializers.CharField(source="manager.login", allow_null=True)
    time_zone = serializers.CharField(source="shown_time_zone")
    photo = serializers.CharField(source="photo_url", allow_blank=True)
    is_active = serializers.BooleanField()
    deactivated_at = serializers.DateTimeField(allow_null=True)


class EmployeeView(ApiView):
    """``sees_everybody`` says who looks people up; others find themselves only."""

    sees_everybody: Callable[[Employee], bool] = staticmethod(lambda _employee: False)

    def people(self) -> EmployeeQuerySet:
        reader = cast(Employee, self.request.user)
        found = Employee.objects.people().with_photo().select_related("department", "location", "manager")
        found = found.prefetch_related("further_addresses")
        return cast(EmployeeQuerySet, found if self.sees_everybody(reader) else found.filter(pk=reader.pk))


class EmployeeList(EmployeeView):
    """People, by name: all of them for those who work at the desk, oneself for others."""

    @extend_schema(
        responses=paged(EmployeeRow, "Employee"),
        parameters=[
            OpenApiParameter("q", str, description="Part of a name, login or e-mail address."),
            OpenApiParameter("is_active", bool, description="Only people who work here, or only people who left."),
            OpenApiParameter("department", str, description="Its slug."),
            OpenApiParameter("location", str, description="Its slug."),
            OpenApiParameter("manager", str, description="The login of a manager: who reports to them."),
            OpenApiParameter("ordering", str, enum=ORDERINGS),
            *PAGING,
        ],
    )
    def get(self, request: Request) -> Response:
        text = request.query_params.get("q", "").strip()
        if len(text) > LONGEST_SEARCH:
            raise InvalidPayload({"q": [_("Search for %(most)s characters at most.") % {"most": LONGEST_SEARCH}]})
        found = _narrowed(self.people(), request)
        page = page_of(found.matching(text) if text else found, request, _ordering(request))
        return page.response(list(EmployeeRow(page.rows, many=True).data))


class EmployeeItem(EmployeeView):
    """One person."""

    @extend_schema(responses=EmployeeRow)
    def get(self, request: Request, login: str) -> Response:
        person = self.people().filter(login__iexact=login).first()
        if person is None:
            raise Http404
        return Response(EmployeeRow(person).data)


def _narrowed(people: EmployeeQuerySet, request: Request) -> EmployeeQuerySet:
    given = {name: request.query_params.get(name, "") for name in ("is_active", *FILTERS)}
    if given["is_active"] not in ("", "true", "false"):
        raise InvalidPayload({"is_active": [_("Say “true” or “false”.")]})
    if given["is_active"]:
        people = people.filter(is_active=given["is_active"] == "true")
    return people.filter(**{lookup: given[name] for name, lookup in FILTERS.items() if given[name]})


def _ordering(request: Request) -> list[OrderBy]:
    text = request.query_params.get("ordering", "") or "name"
    if text not in ORDERINGS:
        raise InvalidPayload(
            {"ordering": [_("People are sorted by one of these: %(names)s.") % {"names": ", ".join(ORDERINGS)}]}
        )
    descending = text.startswith("-")
    return [OrderBy(F(text.removeprefix("-")), descending=descending), OrderBy(F("pk"), descending=descending)]


def routes(*, sees_everybody: Callable[[Employee], bool]) -> list[URLPattern]:
    """The addresses of people. Rights are known above this app, so the rule comes from there."""
    at: dict[str, Any] = {"sees_everybody": sees_everybody}
    return [
        path("employees/", EmployeeList.as_view(**at)),
        path("employees/<str:login>/", EmployeeItem.as_view(**at)),
    ]
