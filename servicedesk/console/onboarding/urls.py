"""The addresses of cases at the technicians' side, and of what is set up for them."""

from django.urls import URLPattern, path

from . import listing, settings

urlpatterns: list[URLPattern] = [
    path("desk/onboarding/", listing.cases, name="cases"),
    path("desk/onboarding/new/", listing.case_new, name="case-new"),
    path("settings/onboarding/", settings.overview, name="settings-onboarding"),
    path("settings/onboarding/templates/new/", settings.template, name="settings-onboarding-template-new"),
    path("settings/onboarding/templates/<slug:slug>/", settings.template, name="settings-onboarding-template"),
]
