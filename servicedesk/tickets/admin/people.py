"""People, their groups and their tokens on the rescue pages.

The directory owns people, ``/settings/`` the rights of groups. What is left for rescue is ending access.
"""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import ApiToken, Employee
from servicedesk.ui.rescue import RescueAdmin, for_each, site

from ..grants import register_rights_of
from ..rescue import end_access, revoke_token


@admin.register(Employee, site=site)
class EmployeeAdmin(RescueAdmin):
    list_display = ("name", "login", "email", "kind", "department", "location", "is_active")
    list_filter = ("is_active", "kind", "department", "location")
    list_select_related = ("department", "location")
    search_fields = ("name", "login", "email")
    fields = (
        "login", "name", "given_name", "family_name", "email", "title", "phone", "employee_number", "kind",
        "department", "location", "manager", "language", "time_zone", "groups", "is_active", "deactivated_at",
        "source", "source_key", "left_source_at", "created_at", "last_login",
    )  # fmt: skip
    actions = ("deactivate",)

    def address_of(self, obj: Employee) -> str:
        return f"/desk/people/{obj.login}/"

    @admin.action(description=gettext_lazy("Deactivate: end login, groups and tokens"))
    def deactivate(self, request: HttpRequest, found: QuerySet[Employee]) -> None:
        for_each(self, request, found, end_access, done=_("%(n)s of %(all)s are deactivated."))


@admin.register(Group, site=site)
class GroupAdmin(RescueAdmin):
    list_display = ("name", "people", "register_rights")
    search_fields = ("name",)
    fields = ("name", "people", "register_rights", "logins")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(active=Count("members", filter=Q(members__is_active=True)))

    def address_of(self, obj: Group) -> str:
        return "/settings/roles/"

    @admin.display(description=gettext_lazy("active people"))
    def people(self, group: Group) -> int:
        return group.active  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("rights about the register"))
    def register_rights(self, group: Group) -> str:
        return ", ".join(sorted(register_rights_of(group)))

    @admin.display(description=gettext_lazy("members"))
    def logins(self, group: Group) -> str:
        return ", ".join(group.members.order_by("login").values_list("login", flat=True))


@admin.register(ApiToken, site=site)
class ApiTokenAdmin(RescueAdmin):
    """Of a token only its beginning is known here; the digest stays in the table."""

    list_display = ("hint", "employee", "scope", "created_at", "expires_at", "last_used_at")
    list_filter = ("scope",)
    list_select_related = ("employee",)
    search_fields = ("hint", "employee__login", "employee__name")
    fields = ("hint", "employee", "scope", "created_at", "expires_at", "last_used_at")
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Revoke"))
    def revoke(self, request: HttpRequest, found: QuerySet[ApiToken]) -> None:
        for_each(self, request, found.select_related("employee"), revoke_token, done=_("%(n)s of %(all)s are revoked."))
