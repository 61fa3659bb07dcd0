"""The second step of signing in, and signing in with a passkey alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from directory.models import Employee
from directory.signin import second_step
from directory.signin.adapters import landing_of
from directory.signin.stages import still_may

from ..account_forms import ChallengeForm, PasskeyForm, SignInForm
from .account import local_path, service_name

Step = Callable[[HttpRequest, LoginStage], HttpResponse]


def _of_a_waiting_login(view: Step) -> Callable[[HttpRequest], HttpResponse]:
    """Only between the password and the second step. Whose access was ended meanwhile starts anew."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(landing_of(request.user))
        stage = LoginStageController.enter(request, AuthenticateStage.key)
        if stage is None:
            return redirect("account_login")
        if not still_may(stage.login):
            clear_login(request)
            return redirect("account_login")
        return view(request, stage)

    return guarded


@never_cache
@require_http_methods(["GET", "POST"])
@_of_a_waiting_login
def challenge(request: HttpRequest, stage: LoginStage) -> HttpResponse:
    """``/login/second-step/``: a code, or a passkey."""
    person: Employee = stage.login.user  # type: ignore[assignment]
    by_passkey = request.method == "POST" and "credential" in request.POST
    form = ChallengeForm(request.POST if request.method == "POST" and not by_passkey else None, person=person)
    passkey_form = PasskeyForm(request.POST if by_passkey else None, person=person)
    sent: Any = passkey_form if by_passkey else form
    if request.method == "POST" and sent.is_valid():
        post_authentication(request, sent.cleaned_data["credential" if by_passkey else "code"])
        return stage.exit()  # type: ignore[no-any-return]
    has_passkey = bool(second_step.passkeys_of(person))
    context = {
        "form": form, "passkey_form": passkey_form, "has_passkey": has_passkey,
        "has_code": second_step.app_of(person) is not None,
        "options": webauthn.begin_authentication(person) if has_passkey else None,
    }  # fmt: skip
    return render(request, "portal/sign_in/challenge.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """``/login/passkey/``: what the browser is asked for, as JSON; its answer signs its owner in."""
    if request.user.is_authenticated:
        return redirect(landing_of(request.user))
    if request.method == "GET":
        if "application/json" not in request.headers.get("Accept", ""):
            return redirect("account_login")
        return JsonResponse(webauthn.begin_authentication(None))
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        context = {
            "form": SignInForm(request),
            "passkey_form": form,
            "next": local_path(request),
            "service": service_name(),
        }
        return render(request, "portal/login.html", context, status=422)
    authenticator = form.cleaned_data["credential"]
    person = authenticator.user
    login = Login(user=person, redirect_url=local_path(request) or landing_of(person))
    return perform_passwordless_login(request, authenticator, login)
