"""Conditions of cases, pure over their facts: each says why not and what to do."""

from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicedesk.workflow import Guard

if TYPE_CHECKING:
    from .facts import CaseFacts


@Guard
def early_tasks_are_done(facts: "CaseFacts") -> str | None:
    """What is due on a later day may still be open."""
    if not facts.early_tasks:
        return None
    return ngettext(
        "%(open)s task that is due by the first day of %(number)s is open.",
        "%(open)s tasks that are due by the first day of %(number)s are open.",
        facts.early_tasks,
    ) % {"number": facts.number, "open": facts.early_tasks}


@Guard
def day_has_come(facts: "CaseFacts") -> str | None:
    if facts.on is None or facts.today >= facts.on:
        return None
    return _("The first day of %(number)s is %(day)s.") % {
        "number": facts.number, "day": date_format(facts.on, "DATE_FORMAT"),
    }  # fmt: skip


@Guard
def is_time_to_revoke(facts: "CaseFacts") -> str | None:
    """The clock waits for the hour; people need not."""
    if "clock" not in facts.roles or (facts.revoke_at is not None and facts.revoke_at <= facts.now):
        return None
    at = date_format(localtime(facts.revoke_at), "DATETIME_FORMAT") if facts.revoke_at else _("no time yet")
    return _("The access in %(number)s ends at %(at)s.") % {"number": facts.number, "at": at}


@Guard
def something_is_left(facts: "CaseFacts") -> str | None:
    if facts.drifted:
        return None
    return _("Nothing is left in %(number)s: there is nothing to reopen it for.") % {"number": facts.number}


def still_there(number: str, left: str) -> str:
    return _("%(number)s cannot be closed yet. Still there: %(left)s.") % {"number": number, "left": left}
