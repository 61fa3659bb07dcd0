"""``/settings/confidential/``: sight of one confidential ticket for one person. Thin over ``tickets.sight``."""

from django import forms
from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from servicedesk.common.errors import DomainError, InvalidPayload
from servicedesk.common.time import now
from servicedesk.tickets import sight
from servicedesk.tickets.fields import EmployeeField
from servicedesk.tickets.models import AccessGrant
from servicedesk.workflow.payload import LineField

from .gates import settings_page

PAGE = 50


class SightForm(forms.Form):
    number = LineField(
        label=gettext_lazy("Ticket"), max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "INC-000123"}),
    )  # fmt: skip
    employee = EmployeeField(label=gettext_lazy("Who may see it"))
    reason = LineField(
        label=gettext_lazy("Reason"), max_length=300,
        help_text=gettext_lazy("Its requester and its readers are told at once, with this reason and your name."),
    )  # fmt: skip
    days = forms.IntegerField(
        label=gettext_lazy("For how many days"), min_value=1, max_value=sight.LONGEST_DAYS, initial=3
    )


@settings_page
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Who was let in; a POST lets somebody in. Of a ticket nothing is shown but its number."""
    form = SightForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                sight.grant_access(
                    given["number"], by=request.user, employee=given["employee"].login, reason=given["reason"],
                    days=given["days"],
                )  # fmt: skip
            except InvalidPayload as error:
                for name, sentences in error.errors.items():
                    for sentence in sentences:
                        form.add_error(name if name in form.fields else None, sentence)
            else:
                notices.success(
                    request, _("%(name)s may see it now. The people concerned are told.") % {
                        "name": given["employee"].name}
                )  # fmt: skip
                return redirect("console:settings-confidential")
    grants = AccessGrant.objects.select_related("ticket", "employee", "by", "ended_by").order_by("-granted_at", "-pk")
    page = Paginator(grants, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "console/settings/confidential.html", {"form": form, "page": page, "now": now()}, status=status
    )


@settings_page
@require_POST
def end(request: HttpRequest, grant: int) -> HttpResponse:
    """End one of them before its time."""
    found = get_object_or_404(AccessGrant.objects.select_related("employee"), pk=grant)
    try:
        sight.end_access(found, by=request.user)
        notices.success(request, _("%(name)s sees it no more.") % {"name": found.employee.name})
    except DomainError as error:
        notices.info(request, error.sentence)
    return redirect("console:settings-confidential")
