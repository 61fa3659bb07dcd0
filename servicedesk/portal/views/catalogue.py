"""The catalogue: what one may ask for, and asking for it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from directory.models import Employee
from incidents.models import CatalogueItem, ServiceRequest
from incidents.requests.services import request_item
from servicedesk.common.errors import Hidden, InvalidPayload
from servicedesk.common.text import without_controls
from servicedesk.tickets.access import can_view
from servicedesk.tickets.typed_fields import PREFIX

from ..forms import RequestPageForm

LONGEST_SEARCH = 100
MOST_WORDS = 6
MOST_ITEMS = 200


@require_safe
@login_required
def catalogue(request: HttpRequest) -> HttpResponse:
    """``/catalogue/``: what one is offered, by section; ``q`` narrows it."""
    text = without_controls(request.GET.get("q", "")[:LONGEST_SEARCH])
    items = list(search(CatalogueItem.objects.offered_to(request.user), text).order_by("section", "name")[:MOST_ITEMS])
    return render(request, "portal/catalogue.html", {"q": text, "items": items})


def search(items: QuerySet[CatalogueItem], text: str) -> QuerySet[CatalogueItem]:
    """Those that hold every word of ``text`` in name, section, summary or description."""
    for word in text.split()[:MOST_WORDS]:
        items = items.filter(
            Q(name__icontains=word) | Q(section__icontains=word) | Q(summary__icontains=word)
            | Q(description__icontains=word)
        )  # fmt: skip
    return items


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def item(request: HttpRequest, slug: str) -> HttpResponse:
    """``/catalogue/<slug>/``: what it is, and its form. ``requested_for`` names whom else it is for."""
    found = _offered(request, slug)
    options: dict[str, Any] = {"record": None, "by": request.user, "item": found}
    if request.method != "POST":
        form = RequestPageForm(initial={"requested_for": request.GET.get("requested_for", "")[:200]}, **options)
        return _page(request, found, form)
    form = RequestPageForm({**request.POST.dict(), "catalogue_item": found.slug}, **options)
    if form.is_valid():
        try:
            made = request_item(by=request.user, **form.details(), **_raw_answers(request))
        except InvalidPayload as error:
            for name, sentences in error.errors.items():
                form.add_error(name if name in form.fields else None, sentences)
        else:
            return _asked(request, made)
    return _page(request, found, form, status=422)


def _raw_answers(request: HttpRequest) -> dict[str, str]:
    return {name: value for name, value in request.POST.dict().items() if name.startswith(PREFIX)}


def _offered(request: HttpRequest, slug: str) -> CatalogueItem:
    """The item, if it is offered to the reader or to whom they ask for."""
    people = [request.user, _whom(request)]
    for person in people:
        found = CatalogueItem.objects.offered_to(person).filter(slug=slug).first() if person else None
        if found is not None:
            return found
    raise Hidden(_("There is no such item, or it is not offered to you."))


def _whom(request: HttpRequest) -> Employee | None:
    """Whom the request is for, when that is somebody else for whom the reader may ask."""
    given = request.POST.get("requested_for") or request.GET.get("requested_for")
    form = RequestPageForm(record=None, by=request.user)
    if not given or "requested_for" not in form.fields:
        return None
    try:
        found: Employee | None = form.fields["requested_for"].clean(without_controls(given))
    except ValidationError:
        return None
    return found


def _asked(request: HttpRequest, made: ServiceRequest) -> HttpResponse:
    words = {"number": made.number, "name": made.requested_for.name, "queue": made.queue.name}
    if not can_view(request.user, made):
        messages.success(
            request, _("Asked for %(name)s as %(number)s. %(queue)s has it; you do not see its tickets.") % words
        )
        return redirect("portal:catalogue")
    messages.success(request, _("Thank you. Your request has the number %(number)s.") % words)
    return redirect("portal:ticket", number=made.number)


def _page(request: HttpRequest, found: CatalogueItem, form: RequestPageForm, status: int = 200) -> HttpResponse:
    return render(request, "portal/catalogue_item.html", {"item": found, "form": form}, status=status)
