"""Which incidents a problem causes, and which known errors an incident may be one of."""

from django.db.models import Exists, OuterRef

from directory.models import Employee
from servicedesk.tickets.models import Category, Link, Ticket
from servicedesk.tickets.querysets import TicketQuerySet
from servicedesk.tickets.states import Kind


def incidents_of(problem: Ticket, reader: Employee) -> TicketQuerySet:
    """The incidents that are caused by ``problem``, as far as ``reader`` may see them."""
    caused = Link.objects.filter(other=problem.pk, kind=Link.Kind.CAUSED_BY).values("ticket")
    return Ticket.objects.visible_to(reader).filter(kind=Kind.INCIDENT, pk__in=caused)


def open_incidents_of(problem: Ticket, reader: Employee) -> TicketQuerySet:
    return incidents_of(problem, reader).open()


def known_errors_for(incident: Ticket, reader: Employee) -> TicketQuerySet:
    """Known errors of the incident's category or of one above it, and of none that is hidden from ``reader``.

    Each with ``is_linked``: whether it is named as the cause already.
    """
    if incident.category is None:
        return Ticket.objects.none()
    caused = Link.objects.filter(ticket=incident.pk, other=OuterRef("pk"), kind=Link.Kind.CAUSED_BY)
    found = Ticket.objects.visible_to(reader).filter(
        kind=Kind.PROBLEM, state="known_error", category__path__in=_upwards(incident.category)
    )
    return found.select_related("problem").annotate(is_linked=Exists(caused)).order_by("-pk")


def _upwards(category: Category) -> list[str]:
    """The paths of the category and of those above it."""
    names = category.path.split(" › ")
    return [" › ".join(names[:length]) for length in range(1, len(names) + 1)]
