"""Ways to find tickets and what hangs on them. ``visible_to`` is the only read rule."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Q

from directory.absences import principals_of
from servicedesk.common.errors import Hidden
from servicedesk.common.ids import parse_number

from .access import SIGHT, WORKING, Access, at_work_on, running_grants, unconcerned
from .states import Kind, kind_of_prefix

if TYPE_CHECKING:
    from directory.models import Employee

    from .models import Attachment, Message, Task, Ticket  # noqa: F401 - named in base classes, as text


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Tickets of all kinds. Everything that a person sees starts from :meth:`visible_to`."""

    def visible_to(self, employee: "Employee") -> Self:
        """What ``employee`` may know of: their queues' tickets and their personal ones.

        The personal half is ``pk IN (UNION ALL …)``, so each relation uses its own index; joined
        relations under one OR would scan the table.
        """
        access = Access.of(employee)
        if not access.active:
            return self.none()
        return self.filter(_queue_half(access) | Q(pk__in=_personal_ids(employee, access)))

    def on_desk_of(self, employee: "Employee") -> Self:
        """The queue half of :meth:`visible_to`: tickets of the queues that ``employee`` may see."""
        access = Access.of(employee)
        return self.filter(_queue_half(access)) if access.active else self.none()

    def personal_to(self, employee: "Employee") -> Self:
        """The other half of :meth:`visible_to`: requested, concerned, assigned, watched, asked to approve, at work on a
        task of it, or let in by name.
        """
        access = Access.of(employee)
        return self.filter(pk__in=_personal_ids(employee, access)) if access.active else self.none()

    def asked_by(self, employee: "Employee") -> Self:
        """What ``employee`` asked for, or what was asked for them and they may see."""
        return self.visible_to(employee).filter(Q(requester=employee) | Q(requested_for=employee))

    def open(self) -> Self:
        return self.filter(is_open=True)

    def numbered(self, text: str) -> Self:
        """The ticket of a number as people type it, whatever kind it has become; none if it is no number."""
        parsed = parse_number(text)
        if parsed is None or kind_of_prefix(parsed[0]) is None:
            return self.none()
        return self.filter(pk=parsed[1])

    def get_by_number(self, text: str) -> "Ticket":
        """The one ticket of a number within this queryset, or ``Hidden``."""
        ticket = self.numbered(text).first()
        if ticket is None:
            raise Hidden("There is no such ticket, or you may not see it.")
        return ticket

    def for_list(self) -> Self:
        """With what a row of a list shows, from one statement."""
        return self.select_related(
            "queue", "assignee", "requester", "requested_for", "category", "department", "location"
        )

    def for_page(self) -> Self:
        """With the full record of its kind and what one page shows, from one statement."""
        wanted = []
        for kind in Kind.values:
            record = getattr(self.model, kind).related.related_model
            wanted += [kind, *(f"{kind}__{name}" for name in record.PAGE_RELATED)]
        return self.for_list().select_related("merged_into", *wanted)


def _queue_half(access: Access) -> Q:
    sight = access.queues_with("view_queue", "audit_queue", "view_confidential")
    confidential = access.queues_with("view_confidential")
    if not sight:
        return Q(pk__in=[])
    open_ones = Q(queue__in=sight, confidential=False)
    return open_ones | Q(queue__in=confidential, confidential=True) if confidential else open_ones


def _personal_ids(employee: "Employee", access: Access) -> models.QuerySet:
    tickets = apps.get_model("tickets", "Ticket")._base_manager.order_by()
    watches = apps.get_model("tickets", "Watch")._base_manager.order_by()
    approvals = apps.get_model("tickets", "Approval")._base_manager.order_by()
    tasks = apps.get_model("tickets", "Task")._base_manager.order_by()
    open_ones = tickets.filter(confidential=False)
    return (
        tickets.filter(requester=employee)
        .values("pk")
        .union(
            open_ones.filter(requested_for=employee).values("pk"),
            open_ones.filter(assignee=employee).values("pk"),
            watches.filter(employee=employee, ticket__confidential=False).values("ticket"),
            # Whoever is asked to approve must read what they agree to, also what is confidential, until they decided.
            approvals.filter(state="asked", approver=employee).values("ticket"),
            approvals.filter(state="asked", approver__in=principals_of(employee).values("employee"))
            .filter(unconcerned(employee))
            .values("ticket"),
            approvals.filter(decided_by=employee, ticket__confidential=False).values("ticket"),
            tasks.filter(at_work_on(access)).values("ticket"),
            running_grants().order_by().filter(employee=employee).values("ticket"),
            all=True,
        )
    )


class MessageQuerySet(models.QuerySet["Message"]):
    def readable_by(self, employee: "Employee", ticket: "Ticket") -> Self:
        """The ticket's messages that ``employee`` may read: notes are for people who see its queue."""
        mine = self.filter(ticket=ticket)
        return mine if reads_notes(employee, ticket) else mine.filter(internal=False)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def readable_by(self, employee: "Employee", ticket: "Ticket") -> Self:
        """The ticket's files that ``employee`` may fetch; files of notes go with the notes."""
        mine = self.filter(ticket=ticket)
        return mine if reads_notes(employee, ticket) else mine.filter(internal=False)


class TaskQuerySet(models.QuerySet["Task"]):
    def readable_by(self, employee: "Employee", ticket: "Ticket") -> Self:
        """The ticket's tasks that ``employee`` may read: how the desk works is its own affair, as its notes are.

        Whoever works in the queue of a task reads that one.
        """
        mine = self.filter(ticket=ticket)
        return mine if reads_notes(employee, ticket) else mine.filter(_of_technician(employee))

    def known_to(self, employee: "Employee") -> Self:
        """The tasks that ``employee`` may read, of every ticket that they may see; as :meth:`readable_by` of each."""
        tickets = apps.get_model("tickets", "Ticket").objects
        on_desk = tickets.on_desk_of(employee).values("pk")
        seen = self.filter(ticket__in=tickets.visible_to(employee).order_by().values("pk"))
        return seen.filter(Q(ticket__in=on_desk) | _of_technician(employee))

    def of_technician(self, employee: "Employee") -> Self:
        """The tasks for ``employee`` to do: given to them, or in a queue they work; of tickets that they may see."""
        tickets = apps.get_model("tickets", "Ticket").objects.visible_to(employee)
        return self.filter(_of_technician(employee), ticket__in=tickets.values("pk"))


def _of_technician(employee: "Employee") -> Q:
    return Q(assignee=employee) | Q(queue__in=Access.of(employee).queues_with(*WORKING))


def reads_notes(employee: "Employee", ticket: "Ticket") -> bool:
    """Notes are for those who see the ticket through its queue, never for its requester as such."""
    held = Access.of(employee).on(ticket.queue_id)
    return bool(held & SIGHT) and (not ticket.confidential or "view_confidential" in held)
