"""The addresses of the desk. Faces bring their own; nothing is defined here."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("servicedesk.portal.account_urls")),
    path("", include("servicedesk.portal.urls")),
    path("", include("servicedesk.console.urls")),
]
