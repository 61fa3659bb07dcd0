"""Nobody guesses more often than the limit, however many guesses arrive at once.

django-axes alone counts after a password was checked, so fifty guesses at one moment are all let
through. Here a guess is counted *before* it is checked, by one conditional UPDATE that is the lock,
and given back when it was right. Logins and addresses are counted apart; logins that nobody has are
counted as any other.
"""

from datetime import datetime
from typing import Any

import structlog
from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.http import HttpRequest
from django.utils import timezone

from directory.models import GuessCount

from .addresses import client_address, counted_as

Kind = GuessCount.Kind
log = structlog.get_logger(__name__)


class Reserving(AbstractAxesHandler, AxesBaseHandler):
    """What django-axes asks before any password is checked, and tells afterwards."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return reserve(request, str((credentials or {})["username"]))

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        return 0  # every decision is made by is_allowed

    def user_login_failed(self, *args: Any, **kwargs: Any) -> None:
        """It was counted before."""

    def user_logged_in(self, *args: Any, **kwargs: Any) -> None:
        """What was right was given back by whoever checked it."""

    def user_logged_out(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is counted here."""


def reserve(request: HttpRequest, login: str) -> bool:
    """Count one guess at ``login``; gives whether it may be checked.

    The address first: who is locked out as an address cannot lock other people's logins.
    """
    return _count(Kind.ADDRESS, _address_key(request), settings.SIGN_IN_GUESSES_PER_ADDRESS) and _count(
        Kind.LOGIN, login_key(login), settings.AXES_FAILURE_LIMIT
    )


def reserve_second_step(person: int) -> bool:
    """Count one guess at the second step of ``person`` (the key of an employee)."""
    return _count(Kind.SECOND_STEP, str(person), settings.SIGN_IN_GUESSES_AT_SECOND_STEP)


def forgive(request: HttpRequest, login: str) -> None:
    """The guess was right: the login starts anew, and the address gets this one back."""
    GuessCount.objects.filter(kind=Kind.LOGIN, key=login_key(login)).update(failures=0)
    give_back_address(request)


def give_back(request: HttpRequest, login: str) -> None:
    """Nothing was checked, so nothing was guessed."""
    _give_back(Kind.LOGIN, login_key(login))
    give_back_address(request)


def give_back_address(request: HttpRequest) -> None:
    _give_back(Kind.ADDRESS, _address_key(request))


def forgive_second_step(person: int) -> None:
    GuessCount.objects.filter(kind=Kind.SECOND_STEP, key=str(person)).update(failures=0)


def forget_old(now: datetime) -> int:
    """Delete the counts that mean nothing any more; gives their number."""
    return GuessCount.objects.filter(last_at__lt=now - settings.AXES_COOLOFF_TIME).delete()[0]


def locked(now: datetime | None = None) -> list[GuessCount]:
    """Who may not guess now, the newest first."""
    since = (now or timezone.now()) - settings.AXES_COOLOFF_TIME
    full = Q(pk__in=[])
    for kind, limit in limits().items():
        full |= Q(kind=kind, failures__gte=limit)
    return list(GuessCount.objects.filter(full, last_at__gte=since).order_by("-last_at", "pk"))


def limits() -> dict[str, int]:
    """Guesses allowed within the pause, for each kind of count."""
    return {
        Kind.LOGIN: settings.AXES_FAILURE_LIMIT,
        Kind.ADDRESS: settings.SIGN_IN_GUESSES_PER_ADDRESS,
        Kind.SECOND_STEP: settings.SIGN_IN_GUESSES_AT_SECOND_STEP,
    }


def login_key(login: str) -> str:
    """Logins ignore case, so their counts do."""
    return login.strip().casefold()[:200]


def _address_key(request: HttpRequest) -> str:
    return counted_as(client_address(request))


def _count(kind: str, key: str, limit: int) -> bool:
    now = timezone.now()
    rested = Q(last_at__lt=now - settings.AXES_COOLOFF_TIME)
    GuessCount.objects.bulk_create([GuessCount(kind=kind, key=key, last_at=now)], ignore_conflicts=True)
    # The filter is the lock: whoever raises the count below the limit may guess. A refused guess prolongs nothing.
    won = GuessCount.objects.filter(rested | Q(failures__lt=limit), kind=kind, key=key).update(
        failures=Case(When(rested, then=Value(1)), default=F("failures") + 1), last_at=now
    )
    if not won:
        log.warning("sign_in_locked", kind=kind)
    return bool(won)


def _give_back(kind: str, key: str) -> None:
    GuessCount.objects.filter(kind=kind, key=key, failures__gt=0).update(failures=F("failures") - 1)
