"""Pages for rescue (``/admin/``): administrators look at rows as they stand. Nothing is added, edited or deleted there.

What can be done is an action of one page, and each action calls the service or the door that every
other face calls. Each app registers its own tables in its ``admin.py``.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.common.errors import DomainError, NotPermitted

View = Callable[..., Any]
LONGEST_KEY = 18


class RescueSite(admin.AdminSite):
    """Open to holders of one register right, and to nobody else. It signs nobody in or out itself."""

    site_header = site_title = gettext_lazy("Service desk: rescue")
    index_title = gettext_lazy("What the tables hold")
    index_template = "ui/rescue/index.html"
    app_index_template = "ui/rescue/app_index.html"
    right = "tickets.configure_desk"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.has_perm(self.right)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Strangers are sent to sign in; people without the right are told whom it is for."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise NotPermitted(_("The rescue pages are for administrators. Ask one of them to look."))
            return inner(request, *args, **kwargs)

        return guarded

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The pages of the tables, and what Django's own templates name; no login, password or redirect pages."""
        unused = {"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}
        return [url for url in super().get_urls() if getattr(url, "name", "") not in unused]


site = RescueSite(name="admin")
site.disable_action("delete_selected")


class RescueAdmin(admin.ModelAdmin):
    """A table to look at: a list and a page for each row. ``fields`` names what is shown; nothing else is."""

    actions_on_bottom = False
    view_on_site = False
    change_list_template = "ui/rescue/change_list.html"
    change_form_template = "ui/rescue/change_form.html"
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only declared filters: any other column could be guessed letter by letter, a password's hash say."""
        return any(lookup == name or lookup.startswith(f"{name}__") for name in self.list_filter)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name=f"{name}_changelist"),
            path("<path:object_id>/change/", view(self.change_view), name=f"{name}_change"),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """As Django's; a number too large for any key belongs to no row, where databases would fail."""
        if object_id.lstrip("-").isdigit() and len(object_id) > LONGEST_KEY:
            return None
        return super().get_object(request, object_id, from_field)

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """As Django's, for rows chosen by keys that can be keys; others come from no page of ours."""
        chosen = request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME)
        if not all(key.isascii() and key.isdigit() and len(key) <= LONGEST_KEY for key in chosen):
            raise SuspiciousOperation("rows were chosen by keys that no row has")
        return super().response_action(request, queryset, *args, **kwargs)

    def address_of(self, obj: Any) -> str:
        """Where the product itself shows or changes ``obj``; empty when nowhere."""
        return ""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        context["address"] = self.address_of(obj) if obj is not None else ""
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


def for_each(
    page: admin.ModelAdmin, request: HttpRequest, found: models.QuerySet[Any], service: Callable[..., Any], *, done: str
) -> None:
    """Call ``service(row, by=)`` for each chosen row. What is refused is said, and stops none of the others.

    ``done`` counts with ``%(n)s`` of ``%(all)s``.
    """
    rows = list(found)
    carried_out = 0
    for row in rows:
        try:
            service(row, by=request.user)
            carried_out += 1
        except DomainError as error:
            page.message_user(request, error.sentence, messages.ERROR)
    level = messages.SUCCESS if carried_out else messages.WARNING
    page.message_user(request, done % {"n": carried_out, "all": len(rows)}, level)
