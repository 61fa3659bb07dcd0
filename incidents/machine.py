"""The incident behind the door: its moves, the shared actions, and two of its own."""

from django.utils.translation import gettext_lazy as _

from servicedesk.tickets import forms, roles
from servicedesk.tickets.machine import ticket_machine
from servicedesk.tickets.states import VOCABULARY, Kind
from servicedesk.workflow import Action, Machine

from .forms import ReportForm
from .models import Incident
from .reclassifying import INCIDENT_TO_REQUEST
from .services import build_incident, flag_major, split

_OPEN = {state.name: state.name for state in VOCABULARY[Kind.INCIDENT].states if state.is_open}


def incident_machine() -> Machine:
    """Called once, when the app is ready."""
    return ticket_machine(
        Incident,
        creation=Action(
            name="create", label=_("Report"), permission=roles.sees, verb="created", sources={}, form=ReportForm
        ),
        build=build_incident,
        tracked=("is_major",),
        extra=(
            INCIDENT_TO_REQUEST,
            Action(
                name="split", label=_("Split"), permission=roles.works_or_coordinates, verb="ticket.split",
                sources=_OPEN, form=forms.SplitForm, effect=split, raises_version=False, order=100,
            ),
            Action(
                name="flag_major", label=_("Major incident"), permission=roles.coordinates, verb="ticket.flagged_major",
                sources=_OPEN, form=forms.MajorForm, effect=flag_major, order=100,
            ),
        ),
    )  # fmt: skip
