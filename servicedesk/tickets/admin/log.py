"""The log, its seals and the outbox on the rescue pages, without a trace of tickets that the reader may not see."""

import json
from typing import Any, cast

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.audit.models import Event, Seal
from servicedesk.outbox.models import Dispatch
from servicedesk.ui.rescue import RescueAdmin, for_each, site

from ..access import SIGHT, Access
from ..api.events import event_rows
from ..api.rows import Reader
from ..models import Ticket
from ..rescue import send_again


def tickets_on_desk_of(employee: Employee) -> QuerySet[Ticket]:
    """Tickets whose whole log ``employee`` may read; confidential ones are not for these pages."""
    return Ticket.objects.filter(queue__in=Access.of(employee).queues_with(*SIGHT), confidential=False)


@admin.register(Event, site=site)
class EventAdmin(RescueAdmin):
    """The log may not be changed by anybody: triggers in the database refuse it as well."""

    list_display = ("pk", "subject_type", "subject_id", "sequence", "verb", "actor", "at", "channel")
    list_filter = ("subject_type", "channel")
    list_select_related = ("subject_type", "actor")
    search_fields = ("verb", "=subject_id")
    ordering = ("-pk",)
    fields = (
        "subject_type", "subject_id", "sequence", "verb", "actor", "on_behalf_of", "source", "target", "told",
        "at", "recorded_at", "channel", "previous_hash", "hash",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        mine = tickets_on_desk_of(cast(Employee, request.user)).values("pk")
        kind = ContentType.objects.get_for_model(Ticket)
        return (
            super()
            .get_queryset(request)
            .filter(~Q(subject_type=kind) | Q(subject_id__in=mine))
            .select_related("actor", "on_behalf_of", "subject_type")
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Event | None:
        event = super().get_object(request, object_id, from_field)
        if event is not None:
            event.reader = request.user
        return event

    @admin.display(description=gettext_lazy("details"))
    def told(self, event: Any) -> str:
        """The details as the API tells them: a ticket that the reader may not see has no number."""
        details = event.details
        if event.subject_type.model_class() is Ticket:
            ticket = Ticket.objects.get(pk=event.subject_id)
            details = event_rows(ticket, [event], Reader(event.reader))[0]["details"]
        return json.dumps(details, indent=2, sort_keys=True, ensure_ascii=False, default=str)


@admin.register(Seal, site=site)
class SealAdmin(RescueAdmin):
    list_display = ("number", "at", "entries", "hash")
    ordering = ("-number",)
    fields = ("number", "at", "entries", "previous_hash", "hash")


@admin.register(Dispatch, site=site)
class DispatchAdmin(RescueAdmin):
    """What is sent outside. A dead row may be sent again; an uncertain one never."""

    list_display = ("kind", "key", "state", "attempts", "available_at", "last_error")
    list_filter = ("state", "kind")
    search_fields = ("key",)
    ordering = ("-pk",)
    fields = ("kind", "key", "state", "attempts", "available_at", "lease_until", "last_error", "created_at",
              "finished_at")  # fmt: skip
    actions = ("send_dead_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispatch]:
        about = Cast(KeyTextTransform("ticket", "payload"), models.BigIntegerField())
        mine = tickets_on_desk_of(cast(Employee, request.user)).values("pk")
        return super().get_queryset(request).annotate(about=about).filter(Q(about=None) | Q(about__in=mine))

    @admin.action(description=gettext_lazy("Send what is dead again"))
    def send_dead_again(self, request: HttpRequest, found: QuerySet[Dispatch]) -> None:
        for_each(self, request, found, send_again, done=_("%(n)s of %(all)s will be sent again."))
