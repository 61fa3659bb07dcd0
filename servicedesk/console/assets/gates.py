"""Who may open the pages of assets at all. What is done there is decided asset by asset."""

from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from assets.access import manages_assets, reads_register
from assets.register import configures_register
from directory.models import Employee
from servicedesk.common.errors import NotPermitted

from ..gates import View, has_desk


def reads_register_only(employee: Employee) -> bool:
    """Manages assets, and has no desk to go to."""
    return reads_register(employee) and not has_desk(employee)


def asset_page(view: View) -> View:
    """Only for people who may read the register of assets; others are told where their own equipment is."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not reads_register(request.user):
            raise NotPermitted(
                _("The register of assets is for people who work at a desk. Your own are under “My equipment”.")
            )
        return view(request, *args, **kwargs)

    return guarded


def keeper_page(view: View) -> View:
    """Only for asset managers."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not manages_assets(request.user):
            raise NotPermitted(_("This page is for asset managers. Ask one of them."))
        return view(request, *args, **kwargs)

    return guarded


def register_settings_page(view: View) -> View:
    """For asset managers and administrators: what the register of assets is made of."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not configures_register(request.user):
            raise NotPermitted(
                _("Types, makers and models are for asset managers and administrators. Ask one of them.")
            )
        return view(request, *args, **kwargs)

    return guarded
