"""The snapshot of a case: what every ticket has, who runs cases, and how far it is."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from directory.models import Employee
from servicedesk.tickets import roles as ticket_roles
from servicedesk.tickets.facts import TicketFacts, facts_of
from servicedesk.tickets.models import Task
from servicedesk.tickets.models.desk import TIER_RIGHTS

from . import predicate, roles


@dataclass(frozen=True)
class CaseFacts(TicketFacts):
    """``on``: the first or last day; ``today``: the day at the subject's place.

    ``early_tasks``: open ones that are due by that day. ``drifted``: something ties a leaver again after it was closed.
    """

    on: date | None = None
    today: date = date.min
    revoke_at: datetime | None = None
    early_tasks: int = 0
    drifted: bool = False

    @cached_property
    def roles(self) -> frozenset[str]:
        found = super().roles
        if self.actor_is_clock or ticket_roles.SEES not in found:
            return found
        return found | {roles.RUNNER} if roles.RUN in self.register else found

    def _desk_roles(self) -> set[str]:
        """A case has no tiers, and nobody learns on it."""
        found = super()._desk_roles() - {ticket_roles.TRAINEE}
        return found | {ticket_roles.WORKER} if self.held & set(TIER_RIGHTS.values()) else found

    def role_words(self, wanted: frozenset[str]) -> str:
        mine = [str(words) for role, words in roles.WORDS.items() if role in wanted]
        return "; ".join(part for part in (*mine, super().role_words(wanted)) if part)


def case_facts(case: Any, actor: Employee, *, cause: str = "", anew: bool = False) -> CaseFacts:
    """As ``tickets.facts.facts_of``; in the states that ask for more, in some statements more."""
    base = facts_of(case, actor, cause=cause, anew=anew)
    shared = {field.name: getattr(base, field.name) for field in fields(base)}
    early = 0
    if case.state == "preparing" and base.visible:
        open_ones = Task.objects.filter(ticket=case.pk, state=Task.State.OPEN, due_at__isnull=False)
        moments = open_ones.values_list("due_at", flat=True)
        early = sum(due is not None and local_day(due, case.subject) <= case.on for due in moments)
    drifted = False
    if case.state == "closed" and base.actor_is_clock and case.case_type == "leaver":
        waived = set(case.waived)
        drifted = any(one.key not in waived for one in predicate.left_by([case.subject_id], base.now))
    return CaseFacts(
        **shared, on=case.on, today=local_day(base.now, case.subject), revoke_at=case.revoke_at, early_tasks=early,
        drifted=drifted,
    )  # fmt: skip


def local_day(moment: datetime, person: Employee) -> date:
    """The day on which ``moment`` falls where ``person`` is."""
    return moment.astimezone(ZoneInfo(person.shown_time_zone)).date()
