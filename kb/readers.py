"""Who reads which version: what one employee brings to the question, read once."""

from dataclasses import dataclass

from directory.models import Employee
from servicedesk.tickets.access import SIGHT, Access

PUBLISH = "kb.publish_article"


@dataclass(frozen=True)
class Reader:
    """An employee before the knowledge base. ``queues``: those whose tickets they see."""

    employee_id: int
    active: bool
    is_clock: bool
    is_technician: bool
    has_desk: bool
    is_publisher: bool
    queues: frozenset[int]

    @classmethod
    def of(cls, employee: Employee, *, anew: bool = False) -> "Reader":
        """``anew``: rights are read from the database, never remembered."""
        access = Access.read(employee) if anew else Access.of(employee)
        return cls(
            employee_id=employee.pk,
            active=access.active,
            is_clock=access.active and access.kind == Employee.Kind.SERVICE and access.login == "system.clock",
            is_technician=access.is_technician,
            has_desk=access.has_desk,
            is_publisher=PUBLISH in access.register,
            queues=frozenset(access.queues_with(*SIGHT)),
        )
