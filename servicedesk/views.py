"""Pages that belong to no app: what is shown when a request fails as a whole."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from servicedesk.common.errors import NotPermitted


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's key is missing or old: nothing was changed."""
    error = NotPermitted(_("This form is too old or came from elsewhere. Nothing was changed: open the page again."))
    return render(request, "ui/error.html", {"status": 403, "error": error}, status=403)
