"""The addresses of changes at the technicians' side, and of what is set up for them."""

from django.urls import URLPattern, path

from . import calendar, listing, settings

urlpatterns: list[URLPattern] = [
    path("desk/changes/", listing.changes, name="changes"),
    path("desk/changes/new/", listing.change_new, name="change-new"),
    path("desk/changes/calendar/", calendar.month, name="changes-calendar"),
    path("settings/changes/", settings.overview, name="settings-changes"),
    path("settings/changes/authorisation/", settings.paths, name="settings-changes-paths"),
    path("settings/changes/templates/new/", settings.template, name="settings-changes-template-new"),
    path("settings/changes/templates/<slug:slug>/", settings.template, name="settings-changes-template"),
    path("settings/changes/freezes/new/", settings.freeze, name="settings-changes-freeze-new"),
    path("settings/changes/freezes/<int:pk>/", settings.freeze, name="settings-changes-freeze"),
    path("settings/changes/freezes/<int:pk>/lift/", settings.freeze_lift, name="settings-changes-freeze-lift"),
    path("settings/changes/questions/new/", settings.question, name="settings-changes-question-new"),
    path("settings/changes/questions/<slug:slug>/", settings.question, name="settings-changes-question"),
]
