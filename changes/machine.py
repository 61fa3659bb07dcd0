"""The change behind the door: its moves, the shared actions, those of approval, and those about its plan."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from servicedesk.tickets import roles as ticket_roles
from servicedesk.tickets.actions import shared_actions
from servicedesk.tickets.approval_actions import approval_actions
from servicedesk.tickets.approvals import Approvable, register_approvable
from servicedesk.tickets.machine import ticket_machine
from servicedesk.workflow import Action, Machine, Permission

from . import effects, guards, roles
from .facts import change_facts
from .forms import WaiveForm
from .models import PLANNED, ChangeRequest
from .planning import ChangeForm, EditPlanForm
from .services import build_change, content_of, may_plan, rule_for

APPROVABLE = Approvable(
    waiting="authorisation",
    rule=rule_for,
    content=content_of,
    granted="authorise",
    refused="send_back",
    why="reason",
    implementer=lambda change: change.implementer_id,
    author=lambda change: change.author_id,
)
_TRACKED = ("change_type", "implementer", "author", "planned_start", "planned_end", "risk_level", "result")


def change_machine() -> Machine:
    """Called once, when the app is ready."""
    register_approvable(ChangeRequest.KIND, APPROVABLE)
    return ticket_machine(
        ChangeRequest,
        creation=Action(
            name="create", label=_("Plan a change"), permission=ticket_roles.sees, verb="created", sources={},
            form=ChangeForm, after=effects.after_create,
        ),
        build=build_change,
        may_create=may_plan,
        facts=change_facts,
        tracked=_TRACKED,
        extra=(*approval_actions(ChangeRequest.KIND), *_plan_actions()),
    )  # fmt: skip


def _plan_actions() -> list[Action]:
    """Editing the plan and what it affects: once submitted, it goes back to its author then."""
    plannable = {state: state for state in ("draft", *PLANNED)}
    shared = shared_actions(ChangeRequest.KIND)
    # What is being changed now is what was authorised.
    linkable = {state: state for state in shared["link_asset"].sources if state != "implementing"}
    return [
        Action(
            name="plan", label=_("Edit the plan"), permission=ticket_roles.is_requester | roles.plans,
            verb="planned", sources=plannable, form=EditPlanForm, effect=effects.edit_plan, after=effects.after_plan,
            order=15, icon="edit",
        ),
        Action(
            name="waive_conflict", label=_("Accept the conflict"), permission=roles.manages, verb="conflict_waived",
            sources=plannable, guards=(guards.is_in_conflict,), form=WaiveForm, effect=effects.waive, order=22,
            icon="alert-triangle",
        ),
        Action(
            name="miss_review", label=_("Say that the review is overdue"), permission=Permission(ticket_roles.CLOCK),
            verb="review_missed", sources={"review": "review"}, guards=(guards.review_is_missed,),
            effect=effects.miss_review, raises_version=False, offered=False, order=100,
        ),
        replace(shared["link_asset"], sources=linkable, after=effects.after_link),
        replace(shared["unlink_asset"], sources=linkable, after=effects.after_unlink),
    ]  # fmt: skip
