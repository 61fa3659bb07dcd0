"""Rights of one employee on queues, read in one statement from the groups they are in.

Grants are django-guardian object permissions of groups on queues; there is no global right and no
superuser. An inactive employee has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, Q, QuerySet, Value

from directory.absences import principals_of
from directory.models import Employee
from servicedesk.common.time import now as present

if TYPE_CHECKING:
    from .models import AccessGrant, Approval, Ticket

SIGHT = frozenset({"view_queue", "audit_queue"})
WORKING = frozenset({"work_l1", "work_l2", "work_l3", "triage_queue"})

_remembered: ContextVar["dict[int, Access] | None"] = ContextVar("remembered_access", default=None)


@dataclass(frozen=True)
class Access:
    """What one employee holds: queue id → rights on that queue, and ``app.codename`` of rights about a register."""

    employee_id: int
    active: bool
    kind: str
    login: str
    by_queue: dict[int, frozenset[str]]
    register: frozenset[str] = frozenset()

    @classmethod
    def of(cls, employee: Employee) -> "Access":
        """Read now; inside :func:`remembered` (one request) read once."""
        memory = _remembered.get()
        if memory is None:
            return cls.read(employee)
        if employee.pk not in memory:
            memory[employee.pk] = cls.read(employee)
        return memory[employee.pk]

    @classmethod
    def read(cls, employee: Employee) -> "Access":
        """Read now, from the database, in one statement."""
        grant = "groups__queuegroupobjectpermission"
        who = Employee.objects.filter(pk=employee.pk).order_by()
        on_queues = who.values_list(
            "is_active", "kind", "login", f"{grant}__content_object", Value(""), f"{grant}__permission__codename"
        )
        everywhere = who.filter(groups__permissions__isnull=False).values_list(
            "is_active", "kind", "login", Value(None, output_field=BigIntegerField()),
            "groups__permissions__content_type__app_label", "groups__permissions__codename",
        )  # fmt: skip
        active, kind, login = False, "", ""
        by_queue: dict[int, set[str]] = {}
        register: set[str] = set()
        for row in on_queues.union(everywhere, all=True):
            active, kind, login = row[:3]  # the same in each row
            queue_id, app, right = row[3:]
            if queue_id is not None and right is not None:
                by_queue.setdefault(queue_id, set()).add(right)
            elif app and right:
                register.add(f"{app}.{right}")
        return cls(
            employee_id=employee.pk,
            active=active,
            kind=kind,
            login=login,
            by_queue={queue: frozenset(rights) for queue, rights in by_queue.items()} if active else {},
            register=frozenset(register) if active else frozenset(),
        )

    def on(self, queue_id: int) -> frozenset[str]:
        return self.by_queue.get(queue_id, frozenset())

    def queues_with(self, *rights: str) -> list[int]:
        """Ids of the queues on which this employee holds any of ``rights``, in order."""
        wanted = frozenset(rights)
        return sorted(queue for queue, held in self.by_queue.items() if held & wanted)

    @property
    def is_technician(self) -> bool:
        """Works or triages some queue."""
        return any(held & WORKING for held in self.by_queue.values())

    @property
    def has_desk(self) -> bool:
        """Sees some queue, so the technicians' side is open to them."""
        return any(held & SIGHT for held in self.by_queue.values())


@contextmanager
def remembered() -> Iterator[None]:
    """Read each employee's rights once inside the block: one request. The door itself always reads anew."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def asked_of(employee: Employee) -> "QuerySet[Approval]":
    """What waits for ``employee``'s decision: their own, and that of people they stand in for now.

    Standing in gives nothing where it is about oneself: neither the decision nor the sight.
    """
    from .models import Approval

    standing_in = Q(approver__in=principals_of(employee).values("employee")) & unconcerned(employee)
    return Approval.objects.filter(Q(approver=employee) | standing_in, state=Approval.State.ASKED)


def running_grants(at: datetime | None = None) -> "QuerySet[AccessGrant]":
    """The grants of sight that hold now (or at ``at``)."""
    from .models import AccessGrant

    return AccessGrant.objects.filter(ended_at=None, ends_at__gt=at or present())


def unconcerned(employee: Employee) -> Q:
    """Of approvals: ``employee`` neither asked for it, nor is it for them, nor will they do it."""
    not_theirs = ~Q(requester=employee) & ~Q(requested_for=employee)
    not_done = Q(implementer=None) | ~Q(implementer=employee)
    return not_theirs & not_done & (Q(author=None) | ~Q(author=employee))


def at_work_on(access: Access) -> Q:
    """Of tasks: those that let a technician know of their ticket. An open one in a queue they work, or one they ended.

    Of a confidential ticket no task lets anybody know.
    """
    theirs = Q(state="open", queue__in=access.queues_with(*WORKING)) | Q(done_by=access.employee_id)
    return Q(ticket__confidential=False) & theirs


def can_view(employee: Employee, ticket: "Ticket") -> bool:
    """The read rule for one ticket. Law: ``can_view(e, t)`` ⇔ ``t in Ticket.objects.visible_to(e)``."""
    access = Access.of(employee)
    if not access.active:
        return False
    if ticket.requester_id == employee.pk:
        return True
    held = access.on(ticket.queue_id)
    if ticket.confidential:
        return (
            "view_confidential" in held
            or asked_of(employee).filter(ticket=ticket.pk).exists()
            or running_grants().filter(ticket=ticket.pk, employee=employee).exists()
        )
    if held & SIGHT or "view_confidential" in held:
        return True
    if employee.pk in (ticket.requested_for_id, ticket.assignee_id):
        return True
    return (
        ticket.watches.filter(employee=employee).exists()
        or ticket.approvals.filter(decided_by=employee).exists()
        or asked_of(employee).filter(ticket=ticket.pk).exists()
        or ticket.tasks.filter(at_work_on(access)).exists()
        or running_grants().filter(ticket=ticket.pk, employee=employee).exists()
    )
