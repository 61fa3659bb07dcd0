"""The addresses of the desk. Faces bring their own; nothing is defined here."""

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.module_loading import autodiscover_modules
from django.views.generic import TemplateView

from directory import api as people
from directory.views import photo
from servicedesk.common.rest.views import Description, NothingHere
from servicedesk.tickets.access import Access
from servicedesk.ui import rescue
from servicedesk.views import file

autodiscover_modules("admin")

handler400 = "servicedesk.views.bad_request"
handler500 = "servicedesk.views.server_error"

api: list[URLPattern | URLResolver] = [
    path("schema/", Description.as_view(), name="api-schema"),
    path("docs/", login_required(TemplateView.as_view(template_name="common/api_docs.html")), name="api-docs"),
    *people.routes(sees_everybody=lambda employee: Access.of(employee).has_desk),
    path("", include("servicedesk.tickets.api.urls")),
    path("", include("assets.api")),
    path("", include("assets.stock_api")),
    path("", include("kb.api")),
    path("", include("incidents.api")),
    path("", include("incidents.requests.api")),
    path("", include("incidents.problems.api")),
    path("", include("changes.api")),
    path("", include("onboarding.api")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("files/<str:signed>/", file, name="file"),
    path("photos/<str:login>/<str:digest>/", photo, name="photo"),
    path("api/v1/", include(api)),
    re_path(r"^api/", NothingHere.as_view()),
    path("admin/", rescue.site.urls),
    path("", include("servicedesk.portal.account_urls")),
    path("", include("servicedesk.portal.urls")),
    path("", include("servicedesk.console.urls")),
]
