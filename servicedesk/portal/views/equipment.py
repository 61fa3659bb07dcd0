"""Equipment: what I have, what waits for my signature, what I shall give back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from assets.models import Asset, Custody
from assets.states import HELD, PENDING_ACCEPTANCE, PENDING_RETURN
from assets.words import status_for_holder
from servicedesk.common.errors import InvalidPayload, StaleVersion, WrongState
from servicedesk.tickets.submissions import Submission
from servicedesk.workflow import PayloadForm, machine_of, payload_form

LEADS = {
    "accept": gettext_lazy("Sign when it is in your hands and as it should be."),
    "decline": gettext_lazy("It goes back into stock, and whoever handed it over reads your reason."),
}
DONE = {
    "accept": gettext_lazy("Thank you. You have signed for %(asset)s."),
    "decline": gettext_lazy("You did not accept %(asset)s. Whoever handed it over is told."),
}


@require_safe
@login_required
def equipment(request: HttpRequest) -> HttpResponse:
    """``/equipment/``: one's own active custodies, those that ask for something first."""
    found = list(_custodies(request).order_by("asset__type__name", "pk"))
    rows = [_row(custody) for custody in found]
    context = {
        "to_sign": [row for row in rows if row["asset"].state == PENDING_ACCEPTANCE],
        "to_return": [row for row in rows if row["asset"].state == PENDING_RETURN],
        "kept": [row for row in rows if row["asset"].state not in (PENDING_ACCEPTANCE, PENDING_RETURN)],
    }
    return render(request, "portal/equipment.html", context)


def _custodies(request: HttpRequest) -> Any:
    visible = Asset.objects.held_by(request.user).values("pk")
    return Custody.objects.filter(
        employee=request.user, ended_at=None, asset__in=visible, asset__state__in=HELD
    ).select_related("asset__type", "asset__model__maker", "given_by")


def _row(custody: Custody) -> dict[str, Any]:
    label, tone = status_for_holder(custody.asset)
    return {"custody": custody, "asset": custody.asset, "status": label, "tone": tone}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def answer(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """``/equipment/<number>/accept/`` and ``…/decline/``: its form, and the doing of it."""
    if name not in LEADS:
        raise Http404
    asset = Asset.objects.held_by(request.user).for_list().get_by_number(number)
    if request.method != "POST":
        return _form_page(request, asset, name, payload_form(asset, name, by=request.user))
    sent = Submission.of(asset, name, request.POST, request.FILES)
    try:
        sent.carry_out(asset, by=request.user)
    except InvalidPayload as error:
        return _form_page(request, asset, name, sent.form(asset, by=request.user, error=error), status=422)
    except StaleVersion as stale:
        fresh = Asset.objects.held_by(request.user).for_list().get_by_number(number)
        try:
            form = sent.form(fresh, by=request.user)
        except WrongState as refusal:
            return _back(request, refusal.sentence, failed=True)
        return _form_page(request, fresh, name, form, status=409, conflict=stale.sentence)
    except WrongState as refusal:
        return _back(request, refusal.sentence, failed=True)
    return _back(request, str(DONE[name]) % {"asset": asset.label})


def _back(request: HttpRequest, sentence: str, *, failed: bool = False) -> HttpResponse:
    (messages.warning if failed else messages.success)(request, sentence)
    return HttpResponseClientRedirect("/equipment/") if request.htmx else redirect("portal:equipment")


def _form_page(
    request: HttpRequest, asset: Asset, name: str, form: PayloadForm, *, status: int = 200, conflict: str = ""
) -> HttpResponse:
    custody = asset.custodies.filter(ended_at=None).select_related("given_by").first()
    context = {
        "asset": asset, "custody": custody, "form": form, "name": name, "lead": LEADS[name], "conflict": conflict,
        "label": machine_of(Asset).actions[name].label, "version": asset.version,
        "base": "ui/dialog.html" if request.htmx else "ui/portal_base.html",
        "kept_label": _("Not now"),
    }  # fmt: skip
    return render(request, "portal/equipment_answer.html", context, status=status)
