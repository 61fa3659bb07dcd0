"""The photos of people."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .models import Photo

YEAR_SECONDS = 365 * 24 * 3600


@require_safe
def photo(request: HttpRequest, login: str, digest: str) -> HttpResponse:
    """``/photos/<login>/<digest>/``: a JPEG that we wrote ourselves, for whoever is signed in; else it is not there.

    Another photo has another digest and so another address: what a browser keeps never grows stale.
    """
    if not request.user.is_authenticated or "\x00" in login:
        raise Http404
    found = Photo.objects.filter(employee__login__iexact=login).first()
    if found is None or found.digest != digest:
        raise Http404
    response = HttpResponse(bytes(found.jpeg), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = f"private, max-age={YEAR_SECONDS}, immutable"
    return response
