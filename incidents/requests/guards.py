"""Conditions of service requests, pure over their facts."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from servicedesk.workflow import Guard

if TYPE_CHECKING:
    from .facts import RequestFacts


@Guard
def within_revising_window(facts: "RequestFacts") -> str | None:
    until = facts.revise_until
    if until is None or facts.now <= until:
        return None
    return _("The time to revise %(number)s is over. Ask for it anew from the catalogue.") % {"number": facts.number}


@Guard
def nothing_is_done_yet(facts: "RequestFacts") -> str | None:
    """The requester may take it back until somebody did a part of it; the desk may always."""
    if not facts.done_tasks or facts.roles & {"worker", "coordinator", "manager"}:
        return None
    return _("A part of %(number)s is done already: write to the desk, which can cancel it.") % {"number": facts.number}
