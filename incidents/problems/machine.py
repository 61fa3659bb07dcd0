"""The problem behind the door: its moves and the shared actions."""

from django.utils.translation import gettext_lazy as _

from servicedesk.tickets import roles
from servicedesk.tickets.machine import ticket_machine
from servicedesk.workflow import Action, Machine

from ..models import Problem
from .effects import link_first_incident
from .facts import problem_facts
from .forms import ProblemForm
from .services import build_problem, may_log


def problem_machine() -> Machine:
    """Called once, when the app is ready."""
    return ticket_machine(
        Problem,
        creation=Action(
            name="create", label=_("Log a problem"), permission=roles.sees, verb="created", sources={},
            form=ProblemForm, after=link_first_incident,
        ),
        build=build_problem,
        may_create=may_log,
        facts=problem_facts,
    )  # fmt: skip
