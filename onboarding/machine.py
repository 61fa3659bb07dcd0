"""The case behind the door: its moves, the shared actions, and those of approval."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from servicedesk.tickets import roles as ticket_roles
from servicedesk.tickets.actions import shared_actions
from servicedesk.tickets.approval_actions import approval_actions
from servicedesk.tickets.approvals import Approvable, register_approvable
from servicedesk.tickets.machine import ticket_machine
from servicedesk.workflow import Action, Machine

from . import effects, roles
from .facts import case_facts
from .models import OnboardingCase
from .opening import CaseForm, build_case, content_of, may_open, rule_for

APPROVABLE = Approvable(
    waiting="requested", rule=rule_for, content=content_of, granted="approve", refused="cancel", why="reason"
)


def case_machine() -> Machine:
    """Called once, when the app is ready."""
    register_approvable(OnboardingCase.KIND, APPROVABLE)
    return ticket_machine(
        OnboardingCase,
        creation=Action(
            name="create", label=_("Open a case"), permission=ticket_roles.sees, verb="created", sources={},
            form=CaseForm, after=effects.after_create,
        ),
        build=build_case,
        may_create=may_open,
        facts=case_facts,
        tracked=("case_type", "subject", "on", "revoke_at", "held_from"),
        extra=(*approval_actions(OnboardingCase.KIND), *_tasks_too()),
    )  # fmt: skip


def _tasks_too() -> list[Action]:
    """Whoever runs cases ticks their tasks as well: those of a leaver are seen by few."""
    shared = shared_actions(OnboardingCase.KIND)
    return [
        replace(shared[name], permission=shared[name].permission | roles.runs)
        for name in ("add_task", "complete_task", "skip_task")
    ]
