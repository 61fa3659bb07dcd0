"""What belongs to no app: the page of a form without its key, and the host of the files."""

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseServerError,
    JsonResponse,
)
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from servicedesk.common.errors import NotPermitted
from servicedesk.common.rest.problems import MEDIA_TYPE, TooLarge, problem
from servicedesk.tickets.downloads import download, files_host, signed_for


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's key is missing or old: nothing was changed."""
    error = NotPermitted(_("This form is too old or came from elsewhere. Nothing was changed: open the page again."))
    return render(request, "ui/error.html", {"status": 403, "error": error}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that no view came to see: a forged host, say."""
    if _is_of_the_api(request):
        return _as_problem(400, _("The request cannot be read. Send it again."))
    return HttpResponseBadRequest(_whole_page("400.html"))


def too_large(request: HttpRequest) -> HttpResponse:
    """A body that is not even read."""
    if _is_of_the_api(request):
        return _as_problem(413, str(TooLarge.default_detail))
    return render(request, "ui/error.html", {"status": 413}, status=413)


def second_step_owed(request: HttpRequest) -> HttpResponse:
    """The API, in the session of somebody who has to set up a second step before anything else."""
    return _as_problem(403, _("Your role asks for a second step when you sign in. Set one up on your profile first."))


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours. It is in the log; the answer tells nothing of it."""
    if _is_of_the_api(request):
        return _as_problem(500, _("Something went wrong on our side. Nothing was changed. Try again later."))
    return HttpResponseServerError(_whole_page("500.html"))


def _whole_page(name: str) -> str:
    """Without the request. Django's own views ask for the form's key, and fail again on a body that cannot be read."""
    return get_template(name).render()


def _is_of_the_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _as_problem(status: int, sentence: str) -> JsonResponse:
    return JsonResponse(problem(status, sentence).data, status=status, content_type=MEDIA_TYPE)


@require_GET
def file(request: HttpRequest, signed: str) -> HttpResponseBase:
    """``/files/<signed>/`` on the host of the files: a download that the desk has just allowed."""
    attachment = signed_for(signed) if request.get_host() == files_host() else None
    if attachment is None:
        raise Http404
    return download(attachment)
