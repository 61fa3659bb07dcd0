"""Conditions that a ticket itself must meet: each is pure, and says why not and what to do."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicedesk.workflow import Guard

from .facts import TicketFacts


@Guard
def tasks_are_done(facts: TicketFacts) -> str | None:
    """Every task is done, or skipped with a reason."""
    if not facts.open_tasks:
        return None
    return ngettext(
        "Finish the checklist of %(number)s first: %(open)s task is open.",
        "Finish the checklist of %(number)s first: %(open)s tasks are open.",
        facts.open_tasks,
    ) % {"number": facts.number, "open": facts.open_tasks}


@Guard
def has_a_higher_tier(facts: TicketFacts) -> str | None:
    if facts.tier < facts.tiers:
        return None
    return _("%(number)s is already at tier %(tier)s, the highest of %(queue)s. Route it to another queue instead.") % {
        "number": facts.number, "tier": facts.tier, "queue": facts.queue_name,
    }  # fmt: skip


@Guard
def has_a_lower_tier(facts: TicketFacts) -> str | None:
    if facts.tier > 1:
        return None
    return _("%(number)s is already at tier 1 of %(queue)s: there is no tier below to return it to.") % {
        "number": facts.number, "queue": facts.queue_name,
    }  # fmt: skip


@Guard
def within_reopening_window(facts: TicketFacts) -> str | None:
    until = facts.reopen_until
    if until is None or facts.now <= until:
        return None
    return _("The time to reopen %(number)s is over. Report a new incident and mention this number.") % {
        "number": facts.number
    }


@Guard
def reopening_window_is_over(facts: TicketFacts) -> str | None:
    """The clock closes only what nobody may reopen any more; a manager need not wait."""
    until = facts.reopen_until
    if "clock" not in facts.roles or until is None or facts.now > until:
        return None
    return _("%(number)s may still be reopened: it is not closed yet.") % {"number": facts.number}


@Guard
def follow_up_is_reached(facts: TicketFacts) -> str | None:
    """The clock resumes only what was to be followed up by now; a worker need not wait."""
    if "clock" not in facts.roles or facts.follow_up_at is None or facts.follow_up_at <= facts.now:
        return None
    return _("%(number)s is to be followed up later: it still waits.") % {"number": facts.number}


@Guard
def was_merged(facts: TicketFacts) -> str | None:
    if facts.is_merged:
        return None
    return _("%(number)s was not merged into another ticket: there is nothing to undo.") % {"number": facts.number}


@Guard
def nothing_written_since_merge(facts: TicketFacts) -> str | None:
    return torn_apart(facts.number) if facts.written_since_merge else None


def torn_apart(number: str) -> str:
    return _("Something was written since %(number)s was merged: undoing it now could tear an answer apart.") % {
        "number": number
    }


@Guard
def is_open(facts: TicketFacts) -> str | None:
    if facts.is_open:
        return None
    return _("%(number)s is “%(state)s”: it is no longer worked on.") % {
        "number": facts.number, "state": facts.state_label,
    }  # fmt: skip


@Guard
def has_open_proposal(facts: TicketFacts) -> str | None:
    if facts.open_proposals:
        return None
    return _("No proposal waits on %(number)s.") % {"number": facts.number}
