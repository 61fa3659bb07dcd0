"""RFC 9457 problem details: the one place where an exception becomes an answer of the API."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from servicedesk.common.errors import DomainError, InvalidPayload, StaleVersion

MEDIA_TYPE = "application/problem+json"


class Malformed(exceptions.ParseError):
    """The request cannot be read as what this address takes (400)."""


class VersionMissing(exceptions.APIException):
    """A change without the version it is about (428): it could overwrite what somebody else wrote."""

    status_code = 428
    default_detail = gettext_lazy("Send the version that you have read as If-Match, so that no newer change is lost.")


class TooLarge(exceptions.APIException):
    """The body is larger than this address takes (413)."""

    status_code = 413
    default_detail = gettext_lazy("The request is too large. Nothing was stored.")


class Elsewhere(exceptions.APIException):
    """The record is at another address now (308): the same request belongs there."""

    status_code = 308
    default_detail = gettext_lazy("This is at another address now: see Location.")

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


class Problem(serializers.Serializer):
    """RFC 9457. ``errors`` comes with 422, the two versions with a 409 that a newer change caused."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)
    expected_version = serializers.IntegerField(required=False)
    current_version = serializers.IntegerField(required=False)


def problem(status: int, detail: object, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """One problem as an answer. ``detail`` is a sentence for a person."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": str(detail), **more}
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for what is no fault of the request: that stays loud."""
    if isinstance(error, DomainError):
        return problem(error.status, _sentence(error), **_particulars(error))
    if isinstance(error, Http404):
        return problem(404, _("There is nothing at this address, or you may not see it."))
    if isinstance(error, PermissionDenied):
        return problem(403, _("You may not do this."))
    if isinstance(error, RequestDataTooBig):
        return problem(413, TooLarge.default_detail)
    if isinstance(error, TooManyFieldsSent | TooManyFilesSent):
        return problem(400, _("The request has too many parts."))
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return problem(400, _("The request cannot be read. Send it again."))
    if isinstance(error, exceptions.ValidationError):
        return problem(422, _("Some values cannot be used."), errors=_errors(error.detail))
    if isinstance(error, exceptions.APIException):
        return problem(error.status_code, error.detail, headers=_headers(error))
    return None


def _sentence(error: DomainError) -> str:
    if isinstance(error, InvalidPayload) and set(error.errors) != {""}:
        return _("Some values cannot be used. “errors” says which and why.")
    return error.sentence


def _particulars(error: DomainError) -> dict[str, Any]:
    if isinstance(error, StaleVersion):
        return {"expected_version": error.expected, "current_version": error.current}
    if isinstance(error, InvalidPayload):
        return {"errors": error.errors}
    return {}


def _errors(detail: Any) -> dict[str, list[str]]:
    if isinstance(detail, dict):
        return {str(name): [str(sentence) for sentence in found] for name, found in detail.items()}
    return {"": [str(sentence) for sentence in detail]}


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if isinstance(error, Elsewhere):
        headers["Location"] = error.location
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    return headers
