"""Whom a step of an approval asks: never who is concerned, and never nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from directory.absences import now_away
from directory.models import Employee
from servicedesk.common.errors import InvalidPayload

from .models import ApprovalStep, Ticket
from .people import holders_of

HIGHEST_CHAIN = 30


@dataclass(frozen=True)
class Asked:
    """Somebody to be asked; ``instead_of``: whom they replace, because that one is absent or concerned."""

    approver: Employee
    instead_of: Employee | None = None


class Approvers:
    """Finds approvers for one ticket. ``excluded``: keys of those who may not decide on it."""

    def __init__(self, ticket: Ticket, excluded: set[int]) -> None:
        self.ticket, self.excluded = ticket, excluded

    def of(self, step: dict[str, Any]) -> list[Asked]:
        """Who is asked for ``step`` (as a round keeps it); at least as many as must agree.

        Raises ``InvalidPayload`` when the company has nobody who may decide.
        """
        if step["who"] == ApprovalStep.Who.GROUP:
            found = self._members(step["group"], step["quorum"])
        else:
            first = self._head() if step["who"] == ApprovalStep.Who.DEPARTMENT_HEAD else self._line_manager()
            found = self._first_able(first)
        if len(found) < step["quorum"]:
            raise InvalidPayload(
                _("Nobody is left who may approve this: %(wanted)s. Ask %(queue)s to name somebody.")
                % {"wanted": step_words(step), "queue": self.ticket.queue.name}
            )
        return found

    def instead(self, employee: Employee) -> list[Asked]:
        """Who decides in place of ``employee``, who can no longer: the next manager up, then the desk manager."""
        return [Asked(asked.approver, employee) for asked in self._first_able(employee.manager)]

    def _line_manager(self) -> Employee | None:
        return self.ticket.requested_for.manager

    def _head(self) -> Employee | None:
        """The highest in the chain of managers who is of the same department."""
        person = self.ticket.requested_for
        head = person.manager
        for above in _chain(person.manager):
            if person.department_id is None or above.department_id != person.department_id:
                break
            head = above
        return head

    def _first_able(self, first: Employee | None) -> list[Asked]:
        for person in _chain(first):
            if self._able([person]):
                return [Asked(person, first if first is not None and person.pk != first.pk else None)]
        return [Asked(person, first) for person in self._desk_managers()[:1]]

    def _members(self, group: int, quorum: int) -> list[Asked]:
        members = list(Employee.objects.active().people().filter(groups=group).order_by("name", "pk"))
        able = [Asked(person) for person in self._able(members)]
        if len(able) < quorum:
            there = {asked.approver.pk for asked in able}
            able += [Asked(person) for person in self._desk_managers() if person.pk not in there][: quorum - len(able)]
        return able

    def _desk_managers(self) -> list[Employee]:
        managers = holders_of(self.ticket.queue_id, "manage_queue").people().order_by("name", "pk")
        return self._able(list(managers))

    def _able(self, people: list[Employee]) -> list[Employee]:
        """Those of ``people`` who are here or have somebody to act for them, and are not concerned."""
        absences = now_away().filter(employee__in=[person.pk for person in people]).select_related("delegate")
        away = {absence.employee_id: absence for absence in absences}
        able = []
        for person in people:
            absence = away.get(person.pk)
            delegate = absence.delegate if absence else None
            can_act = absence is None or bool(delegate and delegate.is_active and delegate.pk not in self.excluded)
            if person.is_active and person.pk not in self.excluded and can_act:
                able.append(person)
        return able


def _chain(person: Employee | None) -> Iterator[Employee]:
    """``person`` and the managers above, lowest first; a circle ends where it closes."""
    seen: set[int] = set()
    while person is not None and person.pk not in seen and len(seen) < HIGHEST_CHAIN:
        seen.add(person.pk)
        yield person
        person = person.manager


def step_words(step: dict[str, Any]) -> str:
    """Whom a step asks, in words."""
    if step["who"] == ApprovalStep.Who.GROUP:
        return _("%(n)s of the group %(group)s") % {"n": step["quorum"], "group": step["group_name"]}
    return str(ApprovalStep.Who(step["who"]).label)
