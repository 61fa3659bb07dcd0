"""Signing in through another service, and connecting one's account there. Where none is configured, nothing is here."""

from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from directory.signin import single_sign_on

from .account import local_path, service_name
from .security import confirmed


def _service(request: HttpRequest) -> single_sign_on.Service:
    if not single_sign_on.is_configured():
        raise Http404
    return single_sign_on.Service(request)


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """``/login/single-sign-on/``: off to the service."""
    return redirect(_service(request).begin(request, AuthProcess.LOGIN, local_path(request)))


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """``/login/single-sign-on/callback/``: back from it. Its parameters prove nothing by themselves."""
    _service(request)
    view = single_sign_on.Callback.adapter_view(single_sign_on.Adapter(request, single_sign_on.PROVIDER))
    return view(request)


@confirmed
@require_POST
def connect(request: HttpRequest) -> HttpResponse:
    """``/profile/security/single-sign-on/``: a page with the way on, because no form may lead to another site."""
    address = _service(request).begin(request, AuthProcess.CONNECT, reverse("security"))
    return render(request, "portal/sign_in/connect.html", {"address": address, "service": service_name()})


@confirmed
@require_POST
def disconnect(request: HttpRequest) -> HttpResponse:
    """``/profile/security/single-sign-on/remove/``."""
    _service(request)
    if single_sign_on.disconnect(request.user):
        notices.success(request, _("%(service)s does not sign you in any more.") % {"service": service_name()})
    return redirect("security")
