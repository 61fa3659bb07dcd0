"""Queues, categories and tags to look at. They are changed under ``/settings/``, through ``tickets.desk``."""

from django.contrib import admin

from servicedesk.ui.rescue import RescueAdmin, site

from ..models import Category, Queue, Tag


@admin.register(Queue, site=site)
class QueueAdmin(RescueAdmin):
    list_display = ("name", "slug", "tiers", "is_active", "is_default")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "description", "tiers", "is_active", "is_default", "version")

    def address_of(self, obj: Queue) -> str:
        return f"/settings/queues/{obj.slug}/"


@admin.register(Category, site=site)
class CategoryAdmin(RescueAdmin):
    list_display = ("path", "slug", "queue", "is_active")
    list_filter = ("is_active", "queue")
    list_select_related = ("queue",)
    search_fields = ("path", "slug")
    fields = ("name", "slug", "path", "parent", "queue", "is_active", "version")

    def address_of(self, obj: Category) -> str:
        return f"/settings/categories/{obj.slug}/"


@admin.register(Tag, site=site)
class TagAdmin(RescueAdmin):
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    fields = ("name", "slug")

    def address_of(self, obj: Tag) -> str:
        return f"/settings/tags/{obj.slug}/"
