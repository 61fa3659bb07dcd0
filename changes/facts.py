"""The snapshot of a change: what every ticket has, and who plans, assesses, authorises and makes it."""

from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.tickets import roles as ticket_roles
from servicedesk.tickets.access import WORKING
from servicedesk.tickets.facts import TicketFacts, facts_of
from servicedesk.tickets.models.desk import TIER_RIGHTS

from . import conflicts, roles

# States in which the window matters to some move.
_BEFORE_WORK = frozenset({"draft", "assessment", "authorisation", "scheduled"})


@dataclass(frozen=True)
class ChangeFacts(TicketFacts):
    """``missing``: parts of the plan that are not there yet, in words. ``conflicts``: changes in its way, as the actor
    may know them. ``freeze``: the name of the one that forbids work now.
    """

    is_author: bool = False
    is_implementer: bool = False
    is_standard: bool = False
    template_active: bool = True
    missing: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    freeze: str = ""
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    review_is_missed: bool = False

    @cached_property
    def roles(self) -> frozenset[str]:
        found = super().roles
        if self.actor_is_clock or ticket_roles.SEES not in found:
            return found
        mine = {roles.AUTHOR} if self.is_author else set()
        if self.is_implementer:
            mine.add(roles.IMPLEMENTER)
        if roles.MANAGE in self.register:
            mine |= {roles.CHANGE_MANAGER} if self.is_implementer else {roles.CHANGE_MANAGER, roles.REVIEWER}
        if self.may_see_queue and self.held & set(WORKING):
            mine.add(roles.TECHNICIAN)
        if self.may_see_queue and self.held & set(TIER_RIGHTS.values()) and not self.is_author:
            mine.add(roles.PEER)
        return found | mine

    def _desk_roles(self) -> set[str]:
        """A change has no tiers, and nobody learns on it."""
        found = super()._desk_roles() - {ticket_roles.TRAINEE}
        return found | {ticket_roles.WORKER} if self.held & set(TIER_RIGHTS.values()) else found

    def role_words(self, wanted: frozenset[str]) -> str:
        names = {"queue": self.queue_name}
        mine = [str(words) % names for role, words in roles.WORDS.items() if role in wanted]
        if ticket_roles.WORKER in wanted:
            mine.append(_("people who work on %(queue)s") % names)
        return "; ".join(part for part in (*mine, super().role_words(wanted - {ticket_roles.WORKER})) if part)


def change_facts(change: Any, actor: Employee, *, cause: str = "", anew: bool = False) -> ChangeFacts:
    """As ``tickets.facts.facts_of``, in at most three statements more; none once the work has begun."""
    base = facts_of(change, actor, cause=cause, anew=anew)
    shared = {field.name: getattr(base, field.name) for field in fields(base)}
    is_standard = change.change_type == "standard"
    more: dict[str, Any] = {}
    if change.state in _BEFORE_WORK and base.visible:
        around = conflicts.surroundings(change, actor, base.now, anew=anew)
        is_emergency = change.change_type == "emergency"
        more = {
            "missing": missing_parts(change, around) if change.state == "draft" else (),
            "conflicts": around.conflicts(change.waived),
            "freeze": conflicts.freeze_at(base.now, around.freezes, is_emergency=is_emergency),
            "template_active": not is_standard or change.template.is_active,
        }
    due = change.review_due_at
    return ChangeFacts(
        **shared,
        is_author=actor.pk == (change.author_id or change.requester_id),
        is_implementer=change.implementer_id == actor.pk,
        is_standard=is_standard,
        planned_start=change.planned_start,
        planned_end=change.planned_end,
        review_is_missed=due is not None and due <= base.now and change.review_missed_at is None,
        **more,
    )


def missing_parts(change: Any, around: conflicts.Surroundings) -> tuple[str, ...]:
    """What a plan still needs before it can be submitted, in words."""
    parts = (
        (change.planned_start, _("the planned start")),
        (change.planned_end, _("the planned end")),
        (change.implementer_id, _("the implementer")),
        (change.outage.strip(), _("what is interrupted")),
        (change.back_out.strip(), _("the way back")),
        (around.affects_something, _("the affected assets")),
    )
    return tuple(words for value, words in parts if not value)
