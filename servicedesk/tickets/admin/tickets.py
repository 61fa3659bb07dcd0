"""Tickets on the rescue pages: read within the read rule, moved through the door only.

Being an administrator gives no sight of tickets. Confidential ones are not here at all: opening
them is logged, and belongs to the pages that log it.
"""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted
from servicedesk.ui.rescue import RescueAdmin, site
from servicedesk.workflow import PayloadForm, all_machines, machine_of, payload_form

from ..models import Ticket
from ..submissions import Submission

APPLY = "apply"


@admin.register(Ticket, site=site)
class TicketAdmin(RescueAdmin):
    """Each move of each machine is an action: refused, with its sentence, to whom the decision table refuses it."""

    list_display = ("number", "title", "state", "priority", "queue", "tier", "assignee", "updated_at")
    list_filter = ("kind", "state", "queue", "tier", "priority")
    list_select_related = ("queue", "assignee")
    search_fields = ("=id", "title")
    ordering = ("-pk",)
    fields: ClassVar[tuple[str, ...]] = (
        "number", "kind", "state", "title", "description", "queue", "tier", "category", "assignee", "requester",
        "requested_for", "department", "location", "impact", "urgency", "priority", "channel", "tags",
        "pending_reason", "follow_up_at", "opened_at", "updated_at", "resolved_at", "closed_at", "version",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.model.objects.visible_to(request.user).filter(confidential=False).order_by(*self.ordering)

    def address_of(self, obj: Ticket) -> str:
        return f"/desk/tickets/{obj.number}/"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        moves = {
            action.name: action.label
            for machine in all_machines()
            if issubclass(machine.model, self.model) or issubclass(self.model, machine.model)
            for action in sorted(machine.actions.values(), key=lambda action: action.order)
            if action.is_move
        }
        return super().get_actions(request) | {
            name: (_mover(name), name, label) for name, label in moves.items()
        }  # fmt: skip

    def move(self, request: HttpRequest, found: QuerySet[Any], name: str) -> HttpResponse | None:
        """First the form of the move, then the move itself, at the version that the form showed."""
        chosen = list(found[:2])
        if not chosen:
            raise Hidden(_("There is no such ticket, or you may not see it."))
        if len(chosen) > 1:
            self.message_user(request, _("Choose one ticket: each move is looked at by itself."), messages.ERROR)
            return None
        record = chosen[0].specific
        if name not in machine_of(type(record)).actions:
            raise NotPermitted(
                _("“%(action)s” is not something that can be done to %(number)s.")
                % {"action": name, "number": record.number}
            )
        if APPLY not in request.POST:
            return self._move_page(request, record, name, payload_form(record, name, by=request.user))
        by = cast(Employee, request.user)
        sent = Submission.of(record, name, request.POST, request.FILES)
        try:
            sent.carry_out(record, by=by)
        except InvalidPayload as error:
            return self._move_page(request, record, name, sent.form(record, by=by, error=error), status=422)
        label = machine_of(type(record)).actions[name].label
        self.message_user(
            request, _("%(number)s: “%(action)s” is done.") % {"number": record.number, "action": label},
            messages.SUCCESS,
        )  # fmt: skip
        return None

    def _move_page(
        self, request: HttpRequest, record: Any, name: str, form: PayloadForm, *, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "record": record, "form": form, "name": name,
            "title": machine_of(type(record)).actions[name].label, "apply": APPLY,
        }  # fmt: skip
        return TemplateResponse(request, "tickets/rescue_move.html", context, status=status)


def _mover(name: str) -> Callable[[TicketAdmin, HttpRequest, QuerySet[Any]], HttpResponse | None]:
    def act(model_admin: TicketAdmin, request: HttpRequest, found: QuerySet[Any]) -> HttpResponse | None:
        return model_admin.move(request, found, name)

    return act
