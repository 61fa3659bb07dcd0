"""The least that a page of the desk can cost: signed in, same middleware and frame, 25 rows by an index."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from servicedesk.tickets.models import Ticket

ROWS = 25


@login_required
def floor(request: HttpRequest) -> HttpResponse:
    """No rights, no filters, nothing counted: what a page adds to this is the page's own cost."""
    tickets = list(Ticket.objects.order_by("-pk").values_list("pk", "title", "state")[:ROWS])
    return render(request, "benchmark/floor.html", {"tickets": tickets})
