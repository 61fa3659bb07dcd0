"""Conditions of changes, pure over their facts: each says why not and what to do."""

from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from servicedesk.workflow import Guard

if TYPE_CHECKING:
    from datetime import datetime

    from .facts import ChangeFacts


@Guard
def plan_is_complete(facts: "ChangeFacts") -> str | None:
    if not facts.missing:
        return None
    return _("The plan of %(number)s is not complete. Still missing: %(parts)s.") % {
        "number": facts.number, "parts": ", ".join(facts.missing),
    }  # fmt: skip


@Guard
def template_is_active(facts: "ChangeFacts") -> str | None:
    if facts.template_active:
        return None
    return _("The template of %(number)s may no longer be used: plan it as a normal change.") % {"number": facts.number}


@Guard
def has_no_conflict(facts: "ChangeFacts") -> str | None:
    """Nobody else has taken the window for one of its assets, or a change manager accepts that."""
    return in_the_way(facts.number, facts.conflicts) if facts.conflicts else None


@Guard
def standard_has_no_conflict(facts: "ChangeFacts") -> str | None:
    """A standard change takes its window at once; others are asked when they are authorised."""
    return in_the_way(facts.number, facts.conflicts) if facts.is_standard and facts.conflicts else None


def in_the_way(number: str, others: tuple[str, ...]) -> str:
    return _(
        "%(number)s conflicts with %(others)s: the same asset at the same time. Choose another window, or let a change "
        "manager accept the conflict."
    ) % {"number": number, "others": ", ".join(others)}


@Guard
def inside_its_window(facts: "ChangeFacts") -> str | None:
    start, end = facts.planned_start, facts.planned_end
    if start is not None and end is not None and start <= facts.now < end:
        return None
    return _("%(number)s is planned from %(start)s until %(end)s. Work begins inside this window.") % {
        "number": facts.number, "start": _at(start), "end": _at(end),
    }  # fmt: skip


def _at(moment: "datetime | None") -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT") if moment else _("no time yet")


@Guard
def no_freeze(facts: "ChangeFacts") -> str | None:
    if not facts.freeze:
        return None
    return _("“%(freeze)s” is a freeze: no change begins before it ends.") % {"freeze": facts.freeze}


@Guard
def is_in_conflict(facts: "ChangeFacts") -> str | None:
    if facts.conflicts:
        return None
    return _("%(number)s conflicts with no other change: there is nothing to accept.") % {"number": facts.number}


@Guard
def review_is_missed(facts: "ChangeFacts") -> str | None:
    """Said once, when the time for the review of an emergency is over."""
    if facts.review_is_missed:
        return None
    return _("The review of %(number)s is not overdue, or it was said already.") % {"number": facts.number}
