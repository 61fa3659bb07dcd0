"""Who may set changes up."""

from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from changes.register import configures_changes
from servicedesk.common.errors import NotPermitted

from ..gates import View


def change_settings_page(view: View) -> View:
    """For change managers and administrators."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not configures_changes(request.user):
            raise NotPermitted(_("Setting changes up is for change managers and administrators. Ask one of them."))
        return view(request, *args, **kwargs)

    return guarded
