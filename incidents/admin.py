"""Incidents on the rescue pages: as tickets, with what is their own."""

from django.contrib import admin

from servicedesk.tickets.admin.tickets import TicketAdmin
from servicedesk.ui.rescue import site

from .models import Incident


@admin.register(Incident, site=site)
class IncidentAdmin(TicketAdmin):
    fields = (*TicketAdmin.fields, "is_major", "resolution_code", "resolution_text", "reopen_count")
