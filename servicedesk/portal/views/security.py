"""``/profile/security/``: one's second steps. Changing one asks first who it is, unless that was shown just now."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.signin import second_step, single_sign_on
from servicedesk.common.errors import DomainError

from ..account_forms import AppForm, ConfirmForm, NewPasskeyForm
from .account import local_path, service_name

View = Callable[..., HttpResponse]
CONFIRMED_FOR_SECONDS = 10 * 60
_SHOW_CODES = "recovery_codes_to_show"


def shown_who_it_is(request: HttpRequest) -> bool:
    """Whether this session signed in, or showed its password again, in the last minutes."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < CONFIRMED_FOR_SECONDS for record in records)


def confirmed(view: View) -> View:
    """Only for somebody who has just shown who they are; others are asked, and come back."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if shown_who_it_is(request):
            return view(request, *args, **kwargs)
        # A form that was sent is not repeated: its page is shown again, or the overview.
        back = request.path if request.method == "GET" else reverse("security")
        return redirect(f"{reverse('confirm')}?{urlencode({'next': back})}")

    return guarded


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """``/profile/confirm/``: one's password again, and back to where one was going."""
    form = ConfirmForm(request.POST if request.method == "POST" else None, request=request)
    if request.method == "POST" and form.is_valid():
        record_authentication(request, request.user, method="password", reauthenticated=True)
        return redirect(local_path(request) or reverse("security"))
    context = {"form": form, "next": local_path(request)}
    return render(request, "portal/sign_in/confirm.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """``/profile/security/``: what one signs in with."""
    person = request.user
    context = {
        "app": second_step.app_of(person), "passkeys": second_step.passkeys_of(person),
        "codes_left": len(second_step.codes_left(person)), "must": second_step.must_have(person),
        "owes": second_step.owes_second_step(person), "service": service_name(),
        "connected": single_sign_on.account_of(person),
    }  # fmt: skip
    return render(request, "portal/sign_in/security.html", context)


@confirmed
@require_http_methods(["GET", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """``/profile/security/app/``: set an authenticator app up."""
    if second_step.app_of(request.user) is not None:
        notices.info(request, _("An authenticator app is set up already. Remove it before you set up another one."))
        return redirect("security")
    secret = get_totp_secret()
    form = AppForm(request.POST if request.method == "POST" else None, secret=secret)
    if request.method == "POST" and form.is_valid():
        new_codes = second_step.add_app(request.user, secret, shown=form.cleaned_data["code"])
        clear_totp_secret(request)
        notices.success(request, _("The app is set up. From now on you need it when you sign in."))
        return _to_codes_or_back(request, new_codes)
    adapter = get_adapter()
    context = {
        "form": form, "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "picture": adapter.build_totp_svg(adapter.build_totp_url(request.user, secret)),
    }  # fmt: skip
    return render(request, "portal/sign_in/app.html", context, status=422 if form.errors else 200)


@confirmed
@require_POST
def remove_app(request: HttpRequest) -> HttpResponse:
    """``/profile/security/app/remove/``."""
    found = second_step.app_of(request.user)
    return _remove(request, found, _("The authenticator app is removed."))


@confirmed
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """``/profile/security/passkey/``: add one."""
    form = NewPasskeyForm(request.POST if request.method == "POST" else None, initial={"name": _("Passkey")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            new_codes = second_step.add_passkey(request.user, given["name"], given["credential"])
        except DomainError as error:
            form.add_error(None, error.sentence)
        else:
            notices.success(request, _("“%(name)s” is added.") % {"name": given["name"]})
            return _to_codes_or_back(request, new_codes)
    context = {"form": form, "options": webauthn.begin_registration(request.user, True)}
    return render(request, "portal/sign_in/passkey.html", context, status=422 if form.errors else 200)


@confirmed
@require_POST
def remove_passkey(request: HttpRequest) -> HttpResponse:
    """``/profile/security/passkey/remove/``: the one that ``key`` names."""
    keys = {str(found.pk): found for found in second_step.passkeys_of(request.user)}
    return _remove(request, keys.get(request.POST.get("key", "")), _("The passkey is removed."))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """``/profile/security/codes/``: new recovery codes, shown once; afterwards only how many are left."""
    if request.method == "POST":
        return _renew_codes(request)
    left = second_step.codes_left(request.user)
    shown = left if request.session.pop(_SHOW_CODES, False) else []
    return render(request, "portal/sign_in/codes.html", {"codes": shown, "left": len(left)})


@confirmed
def _renew_codes(request: HttpRequest) -> HttpResponse:
    second_step.renew_codes(request.user)
    return _to_codes_or_back(request, True)


def _remove(request: HttpRequest, found: Any, done: str) -> HttpResponse:
    if found is not None:
        try:
            second_step.remove(request.user, found, by=request.user)
        except DomainError as error:
            notices.error(request, error.sentence)
        else:
            notices.success(request, done)
    return redirect("security")


def _to_codes_or_back(request: HttpRequest, new_codes: bool) -> HttpResponse:
    if not new_codes:
        return redirect("security")
    request.session[_SHOW_CODES] = True
    return redirect("security-codes")
