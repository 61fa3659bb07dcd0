"""The snapshot of a problem. A problem has no tiers: whoever works any tier of its queue works on it."""

from dataclasses import dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.tickets import roles
from servicedesk.tickets.facts import TicketFacts, facts_of
from servicedesk.tickets.models.desk import TIER_RIGHTS


@dataclass(frozen=True)
class ProblemFacts(TicketFacts):
    def _desk_roles(self) -> set[str]:
        found = super()._desk_roles() - {roles.TRAINEE}
        return found | {roles.WORKER} if self.held & set(TIER_RIGHTS.values()) else found

    def role_words(self, wanted: frozenset[str]) -> str:
        words = super().role_words(wanted - {roles.WORKER})
        mine = _("people who work on %(queue)s") % {"queue": self.queue_name} if roles.WORKER in wanted else ""
        return "; ".join(part for part in (mine, words) if part)


def problem_facts(problem: Any, actor: Employee, *, cause: str = "", anew: bool = False) -> ProblemFacts:
    base = facts_of(problem, actor, cause=cause, anew=anew)
    return ProblemFacts(**{field.name: getattr(base, field.name) for field in fields(base)})
