"""Signing in and out, and what the desk knows of oneself."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from directory.absences import principals_of
from directory.models import Absence, Employee
from directory.signin import sessions, single_sign_on
from directory.signin.adapters import landing_of
from servicedesk.common.time import now
from servicedesk.tickets.access import Access

from ..account_forms import SignInForm


def local_path(request: HttpRequest) -> str:
    """Where the person was going, if that is a path of this site; a full address never is."""
    url = request.POST.get("next", request.GET.get("next", ""))
    is_here = url.startswith("/") and url_has_allowed_host_and_scheme(
        url, allowed_hosts=None, require_https=request.is_secure()
    )
    # Back to signing in or out would be a circle.
    return url if is_here and not url.startswith((reverse("account_login"), reverse("logout"))) else ""


def begins_at(employee: Employee) -> str:
    """People who work at a desk begin there; everybody else on the portal."""
    return "/desk/" if Access.of(employee).is_technician else settings.LOGIN_REDIRECT_URL


def service_name() -> str:
    """What the sign-in page calls single sign-on; "" where there is none."""
    return settings.OIDC.name if single_sign_on.is_configured() else ""


class SignInView(auth_views.LoginView):
    """``/login/``. A failure looks and costs the same whether the login exists or not."""

    form_class = SignInForm
    template_name = "portal/login.html"
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:
        return local_path(self.request)

    def get_default_redirect_url(self) -> str:
        return landing_of(self.request.user)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password was right: go on to the second step, or in."""
        person = form.get_user()
        login = Login(user=person, redirect_url=local_path(self.request) or landing_of(person))
        return perform_password_login(self.request, {"username": person.login}, login)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more) | {"service": service_name()}

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOutView(auth_views.LogoutView):
    """``/logout/``, by POST only."""

    http_method_names = ["post"]
    next_page = settings.LOGOUT_REDIRECT_URL

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sessions.leave(request)
        return super().post(request, *args, **kwargs)


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """``/profile/``: oneself, as the directory says."""
    person = Employee.objects.select_related("department", "location", "manager").get(pk=request.user.pk)
    return render(
        request,
        "portal/profile.html",
        {
            "person": person, "groups": person.groups.order_by("name"), "has_desk": Access.of(person).has_desk,
            "absence": Absence.objects.filter(employee=person, ends_at__gt=now()).select_related("delegate").first(),
            "stands_in_for": principals_of(person).select_related("employee").order_by("employee__name", "pk"),
        },
    )  # fmt: skip
