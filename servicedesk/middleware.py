"""What every request passes: its channel, the person's time zone, and one place for domain errors."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.utils import timezone

from directory.signin import sessions
from directory.signin.second_step import owes_second_step
from servicedesk.audit.origin import channel_is
from servicedesk.common.errors import DomainError
from servicedesk.tickets.access import remembered
from servicedesk.tickets.downloads import files_host
from servicedesk.views import second_step_owed, too_large

GetResponse = Callable[[HttpRequest], HttpResponse]
SETS_UP_A_SECOND_STEP = frozenset(
    {"security", "security-app", "security-passkey", "security-codes", "confirm", "logout", "account_login"}
)


def files_only(get_response: GetResponse) -> GetResponse:
    """The host of the files has files and nothing else: no page, no cookie, no sign-in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        host = files_host()
        if host and request.get_host() == host and not request.path.startswith("/files/"):
            return HttpResponseNotFound(content_type="text/plain")
        return get_response(request)

    return middleware


def body_limit(get_response: GetResponse) -> GetResponse:
    """Nobody fills the disk: a body beyond what its sender may ever send is refused before a byte of it is read.

    Django spools files of any size as soon as a form's key is looked for, signed in or not. Scripts
    with a token are not asked for a key: the API reads what they send after it knows them.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return get_response(request)
        is_large = int(length[:18]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE + settings.ROOM_FOR_FORM
        if not is_large or ("Authorization" in request.headers and request.path.startswith("/api/")):
            return get_response(request)
        if request.user.is_authenticated and int(length[:18]) <= settings.REQUEST_MAX_BYTES:
            return get_response(request)
        return too_large(request)

    return middleware


def channel(get_response: GetResponse) -> GetResponse:
    """Events of this request carry the face it came through; rights are read once for its reading half."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with channel_is(_channel_of(request.path)), remembered():
            return get_response(request)

    return middleware


def _channel_of(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    if path.startswith("/admin/"):
        return "admin"
    return "desk" if path.startswith(("/desk/", "/settings/", "/qa/")) else "portal"


def session_in_use(get_response: GetResponse) -> GetResponse:
    """Notes now and then that a session is in use, for the list of one's sessions; most requests write nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        sessions.note_use(request)
        return get_response(request)

    return middleware


class second_step_first:
    """Whoever must have a second step and has none may set one up or leave, and nothing else. Tokens are not asked."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        is_api = request.path.startswith("/api/")
        if is_api and "Authorization" in request.headers:
            return None
        if not request.user.is_authenticated or not owes_second_step(request.user):
            return None
        if request.resolver_match is not None and request.resolver_match.url_name in SETS_UP_A_SECOND_STEP:
            return None
        if is_api:
            return second_step_owed(request)
        return redirect("security")


def time_zone(get_response: GetResponse) -> GetResponse:
    """Instants are shown in the zone of the person who looks."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        try:
            zone = zoneinfo.ZoneInfo(request.user.shown_time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone = zoneinfo.ZoneInfo("UTC")
        with timezone.override(zone):
            return get_response(request)

    return middleware


class domain_errors:
    """A domain error that a page did not show in place becomes a page of its own, with the sentence."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return render(
            request, "ui/error.html", {"status": exception.status, "error": exception}, status=exception.status
        )
