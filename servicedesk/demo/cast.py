"""Who can play which part: requesters by site, and who works which tier of which queue."""

import random
from collections import defaultdict
from collections.abc import Iterable

from directory.models import Employee
from servicedesk.tickets.models import Queue, QueueGroupObjectPermission

HIGHEST_TIER = 3


class Cast:
    """The people of the company with their parts, read once."""

    def __init__(self) -> None:
        self.people = list(
            Employee.objects.active().people().select_related("location", "department").order_by("login")
        )
        by_id = {person.pk: person for person in self.people}
        self._rights: dict[tuple[int, str], list[Employee]] = defaultdict(list)
        rows = QueueGroupObjectPermission.objects.values_list(
            "content_object", "permission__codename", "group__members"
        ).distinct()
        for queue, right, person in sorted(row for row in rows if row[2] in by_id):
            self._rights[queue, right].append(by_id[person])
        technicians = {person.pk for found in self._rights.values() for person in found}
        self.employees: dict[str, list[Employee]] = defaultdict(list)
        for person in self.people:
            if person.location and person.pk not in technicians:
                self.employees[person.location.slug].append(person)

    def holders(self, queue: Queue, right: str) -> list[Employee]:
        return self._rights.get((queue.pk, right), [])

    def worker(self, queue: Queue, tier: int, near: Employee, chance: random.Random, *, confidential: bool) -> Employee:
        """Somebody who works the tier: preferably no higher one, and at the site of ``near``."""
        workers = self.holders(queue, f"work_l{tier}")
        if confidential:
            allowed = {person.pk for person in self.holders(queue, "view_confidential")}
            workers = [person for person in workers if person.pk in allowed]
        above = {
            person.pk
            for higher in range(tier + 1, HIGHEST_TIER + 1)
            for person in self.holders(queue, f"work_l{higher}")
        }
        own = [person for person in workers if person.pk not in above] or workers
        return chance.choice(_preferably_near(own, near, chance))

    def coordinator(self, queue: Queue, chance: random.Random) -> Employee | None:
        found = self.holders(queue, "triage_queue")
        return chance.choice(found) if found else None

    def colleague(self, of: Employee, chance: random.Random) -> Employee:
        """Somebody else, of the same department or site."""
        near = [
            person for person in self.people
            if person.pk != of.pk and person.location_id == of.location_id and person.department_id == of.department_id
        ]  # fmt: skip
        return chance.choice(near or [person for person in self.people if person.pk != of.pk])


def _preferably_near(people: Iterable[Employee], near: Employee, chance: random.Random) -> list[Employee]:
    people = list(people)
    same = [person for person in people if person.location_id == near.location_id]
    return same if same and chance.random() < 0.75 else people
