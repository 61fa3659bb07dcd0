"""``/profile/away/``: saying when one is away and who decides meanwhile, changing it, and being back."""

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from directory.absences import come_back, go_away
from directory.models import Absence, Employee
from servicedesk.common.errors import InvalidPayload

from ..forms import AwayForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def away(request: HttpRequest) -> HttpResponse:
    """The form, with what was said before; POST replaces that."""
    if request.method != "POST":
        absence = Absence.objects.filter(employee=request.user).select_related("delegate").first()
        names = ("starts_on", "ends_on", "delegate")
        return _page(request, AwayForm(initial={name: getattr(absence, name) for name in names} if absence else {}))
    form = AwayForm(request.POST)
    if form.is_valid():
        try:
            go_away(_oneself(request), **form.cleaned_data)
        except InvalidPayload as error:
            for name, sentences in error.errors.items():
                form.add_error(name or None, sentences)
        else:
            notices.success(request, _("It is noted when you are away."))
            return redirect("profile")
    return _page(request, form, status=422)


@login_required
@require_POST
def back(request: HttpRequest) -> HttpResponse:
    """``/profile/away/end/``: here again, or not going at all."""
    come_back(_oneself(request))
    notices.success(request, _("You are here: you decide yourself."))
    return redirect("profile")


def _oneself(request: HttpRequest) -> Employee:
    return Employee.objects.get(pk=request.user.pk)


def _page(request: HttpRequest, form: AwayForm, status: int = 200) -> HttpResponse:
    return render(request, "portal/away.html", {"form": form}, status=status)
