"""API tokens: made once, shown once, kept as a digest, and dead when their holder is."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from servicedesk.audit import services as audit
from servicedesk.common.errors import DomainError, InvalidPayload

from .models import ApiToken, Employee
from .services import system_employee

PREFIX = "sdt_"
SCOPES = ("read", "write")
LIFETIME = timedelta(days=90)
LONGEST_LIFETIME = timedelta(days=366)
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def issue(
    employee: Employee, *, by: Employee, scopes: Iterable[str] = SCOPES, lifetime: timedelta = LIFETIME
) -> tuple[ApiToken, str]:
    """A new token for ``employee``, and its text, which is not kept and cannot be shown again.

    It never gives more than the rights that ``employee`` has when it is used. Raises ``DomainError``
    for somebody who cannot act here, ``InvalidPayload`` for an unknown scope or lifetime.
    """
    wanted = set(scopes)
    if not wanted or not wanted <= set(SCOPES):
        raise InvalidPayload({"scope": [_("A scope is “read”, “write” or both.")]})
    if not timedelta() < lifetime <= LONGEST_LIFETIME:
        raise InvalidPayload({"days": [_("A token lives from one day to %(most)s.") % {"most": LONGEST_LIFETIME.days}]})
    if not may_hold_tokens(employee):
        raise DomainError(
            _("%(name)s cannot act here, so there is no token for them. Choose an active employee.")
            % {"name": employee.name}
        )
    text = PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    token = ApiToken.objects.create(
        employee=employee, digest=digest_of(text), hint=text[:8], created_at=now, expires_at=now + lifetime,
        scope=" ".join(scope for scope in SCOPES if scope in wanted),
    )  # fmt: skip
    audit.record(
        employee, "employee.token_issued", actor=by,
        details={"token": token.hint, "scope": token.scope, "expires_at": token.expires_at.isoformat()},
    )  # fmt: skip
    return token, text


def issue_from_console(login: str, *, scopes: Iterable[str], lifetime: timedelta) -> tuple[ApiToken, str]:
    """As :func:`issue`, for whoever may run commands on the server."""
    employee = Employee.objects.filter(login__iexact=login).first()
    if employee is None:
        raise DomainError(_("There is no employee with the login %(login)s.") % {"login": login})
    return issue(employee, by=system_employee("console"), scopes=scopes, lifetime=lifetime)


@transaction.atomic
def revoke(token: ApiToken, *, by: Employee) -> None:
    """End ``token`` now. One that is gone already stays gone."""
    if ApiToken.objects.filter(pk=token.pk).delete()[0]:
        audit.record(token.employee, "employee.token_revoked", actor=by, details={"token": token.hint})


def holder_of(text: str) -> ApiToken | None:
    """The live token whose text this is, with its employee; None when it is unknown, over or its holder is gone."""
    token = (
        ApiToken.objects.select_related("employee__location")
        .filter(digest=digest_of(text), expires_at__gt=timezone.now())
        .first()
    )
    if token is None or not may_hold_tokens(token.employee):
        return None
    _note_use(token)
    return token


def may_hold_tokens(employee: Employee) -> bool:
    """Active people, and services of the company; never the desk's own automation, nor outsiders."""
    if not employee.is_active or employee.login.startswith("system."):
        return False
    return employee.kind in (Employee.Kind.EMPLOYEE, Employee.Kind.SERVICE)


def digest_of(text: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _note_use(token: ApiToken) -> None:
    """Once a minute is enough, and keeps reads from queueing for the one writer of SQLite."""
    now = timezone.now()
    before = now - USE_IS_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < before:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
