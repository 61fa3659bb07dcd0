"""``/approvals/``: what waits for one's decision, and what one decided."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from servicedesk.tickets.access import asked_of
from servicedesk.tickets.approvals import decided_by
from servicedesk.tickets.models import Approval, Ticket

PAGE = 20
MOST_WAITING = 100
_SHOWN = ("ticket__requester", "ticket__requested_for", "approver", "decided_by")


@dataclass(frozen=True)
class Row:
    """One approval. ``stands_in``: it is asked of somebody for whom the reader decides."""

    approval: Approval
    stands_in: bool


@require_safe
@login_required
def approvals(request: HttpRequest) -> HttpResponse:
    """Oldest first what waits, newest first what was decided; of that only what one may still see."""
    waiting = asked_of(request.user).select_related(*_SHOWN).order_by("asked_at", "pk")[:MOST_WAITING]
    decided = decided_by(request.user).filter(ticket__in=Ticket.objects.visible_to(request.user))
    page = Paginator(decided.select_related(*_SHOWN).order_by("-decided_at", "-pk"), PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "portal/approvals.html",
        {
            "waiting": [Row(row, row.approver_id != request.user.pk) for row in waiting],
            "page": page,
            "decided": [Row(row, row.approver_id != request.user.pk) for row in page.object_list],
        },
    )
