"""``Idempotency-Key``: a request that is repeated with its key is answered again, not done again."""

import functools
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from servicedesk.common.errors import InvalidPayload, WrongState
from servicedesk.common.rest.problems import Malformed
from servicedesk.common.transactions import whole

from .models import Employee, IdempotentReply

KEPT_FOR = timedelta(hours=24)
LEASE = timedelta(minutes=1)
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")
_KEPT_HEADERS = ("ETag", "Location")

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Honour ``Idempotency-Key`` on a POST handler that answers with a ``Response``.

    1. The key is claimed and committed, so that a second request meets the claim and gets 409.
    2. The work and its answer are committed together. A crash before leaves a claim that counts for
       a minute; a crash after leaves the answer. In neither case is the work done twice.
    3. A refusal frees the key: nothing was done, so the request may be mended and sent again.
    """

    @functools.wraps(handler)
    def keyed(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not _KEY.match(key):
            raise Malformed(_("Idempotency-Key is 1 to 200 visible ASCII characters."))
        claim, is_new = _claim(request, key)
        if not is_new:
            return _replayed(claim)
        try:
            with whole():
                response = handler(view, request, *args, **kwargs)
                _keep(claim, response)
        except BaseException:
            IdempotentReply.objects.filter(pk=claim.pk, lease=claim.lease, status=None).delete()
            raise
        return response

    keyed.takes_idempotency_key = True  # type: ignore[attr-defined]
    return keyed


def _claim(request: Request, key: str) -> tuple[IdempotentReply, bool]:
    """The row of this key and whether it is ours to fill; a claim that ran out is taken over."""
    now, fingerprint, lease = timezone.now(), fingerprint_of(request), uuid.uuid4()
    owner = cast(Employee, request.user).pk
    IdempotentReply.objects.filter(expires_at__lte=now).delete()
    terms: dict[str, Any] = {"lease": lease, "leased_until": now + LEASE, "expires_at": now + KEPT_FOR}
    try:
        with transaction.atomic():
            made = IdempotentReply.objects.create(employee_id=owner, key=key, fingerprint=fingerprint, **terms)
            return made, True
    except IntegrityError:
        found = IdempotentReply.objects.filter(employee_id=owner, key=key).first()
    if found is None:  # freed at this very moment
        raise _still_running()
    if found.fingerprint != fingerprint:
        raise InvalidPayload(_("This Idempotency-Key was used for another request. Take a new key."))
    if found.status is not None:
        return found, False
    if not IdempotentReply.objects.filter(pk=found.pk, status=None, leased_until__lte=now).update(**terms):
        raise _still_running()
    found.lease = lease
    return found, True


def _still_running() -> WrongState:
    return WrongState(_("The first request with this Idempotency-Key is still running. Ask again in a moment."))


def _keep(claim: IdempotentReply, response: Response) -> None:
    """Write the answer down. Whoever lost the lease meanwhile undoes the work instead."""
    kept = IdempotentReply.objects.filter(pk=claim.pk, lease=claim.lease, status=None).update(
        status=response.status_code,
        headers={name: response[name] for name in _KEPT_HEADERS if name in response},
        body="" if response.data is None else json.dumps(response.data, default=str),
    )
    if not kept:
        raise _still_running()


def _replayed(reply: IdempotentReply) -> Response:
    return Response(
        json.loads(reply.body) if reply.body else None,
        status=reply.status,
        headers={**reply.headers, "Idempotency-Replayed": "true"},
    )


def fingerprint_of(request: Request) -> str:
    """What makes two requests the same one: method, address, fields and the bytes of files."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    files = {name: request.FILES.getlist(name) for name in request.FILES}
    data = cast("dict[str, Any]", request.data)  # an object, by the parsers
    fields = {name: value for name, value in data.items() if name not in files}
    digest.update(json.dumps(fields, sort_keys=True, default=str).encode())
    for name, sent in sorted(files.items()):
        for file in sent:
            content = hashlib.sha256()
            for chunk in file.chunks():
                content.update(chunk)
            file.seek(0)
            digest.update(f"\n{name} {file.name!r} {content.hexdigest()}".encode())
    return digest.hexdigest()
