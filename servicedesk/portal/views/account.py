"""Signing in and out, and what the desk knows of oneself."""

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from directory.models import Employee
from servicedesk.tickets.access import Access

from ..forms import SignInForm


class SignInView(auth_views.LoginView):
    """``/login/``. A failure looks and costs the same whether the login exists or not."""

    form_class = SignInForm
    template_name = "portal/login.html"
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:
        """Where the person was going, if that is a path of this site; a full address never is."""
        url = self.request.POST.get("next", self.request.GET.get("next", ""))
        is_here = url.startswith("/") and url_has_allowed_host_and_scheme(
            url, allowed_hosts=None, require_https=self.request.is_secure()
        )
        # Back to signing in or out would be a circle.
        return url if is_here and not url.startswith((reverse("login"), reverse("logout"))) else ""

    def get_default_redirect_url(self) -> str:
        """People who work at a desk begin there; everybody else on the portal."""
        return "/desk/" if Access.of(self.request.user).is_technician else super().get_default_redirect_url()

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOutView(auth_views.LogoutView):
    """``/logout/``, by POST only."""

    http_method_names = ["post"]
    next_page = settings.LOGOUT_REDIRECT_URL


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """``/profile/``: oneself, as the directory says."""
    person = Employee.objects.select_related("department", "location", "manager").get(pk=request.user.pk)
    return render(
        request,
        "portal/profile.html",
        {"person": person, "groups": person.groups.order_by("name"), "has_desk": Access.of(person).has_desk},
    )
