"""What the directory's sync writes, on the rescue pages. People stand beside their rights: ``tickets.admin``."""

from django.contrib import admin

from servicedesk.ui.rescue import RescueAdmin, site

from .models import Department, Location, SyncRun


@admin.register(Department, site=site)
class DepartmentAdmin(RescueAdmin):
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    fields = ("name", "slug")


@admin.register(Location, site=site)
class LocationAdmin(RescueAdmin):
    list_display = ("name", "slug", "city", "country", "time_zone")
    search_fields = ("name", "slug", "city")
    fields = ("name", "slug", "city", "country", "time_zone")


@admin.register(SyncRun, site=site)
class SyncRunAdmin(RescueAdmin):
    list_display = ("source", "started_at", "complete", "seen", "created", "changed", "deactivated", "skipped")
    list_filter = ("complete",)
    fields = (
        "source", "started_at", "finished_at", "complete", "seen", "created", "changed", "deactivated", "skipped",
        "groups", "warnings", "refused",
    )  # fmt: skip
