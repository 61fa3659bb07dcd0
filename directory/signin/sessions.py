"""Where somebody is signed in, and ending it. What ends a session at once is Django's own check of its hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user as user_of
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from directory.models import BreakGlass, Employee
from servicedesk.audit import services as audit

from . import lockout, notices
from .addresses import client_address

USE_IS_NOTED_EVERY = timedelta(minutes=5)
_SEEN = "seen_at"


@dataclass(frozen=True)
class Shown:
    """One session as its owner sees it; ``browser`` is what the browser says of itself."""

    pk: int
    address: str
    browser: str
    since: datetime
    last_seen: datetime
    is_this: bool


def began(sender: Any, *, request: HttpRequest, user: Employee, **_more: Any) -> None:
    """allauth has just signed somebody in and listed the session: note its use from now on, and tidy up."""
    now = timezone.now()
    request.session[_SEEN] = now.timestamp()
    lockout.forget_old(now)
    if BreakGlass.objects.filter(employee=user).exists():
        with transaction.atomic():
            notices.enqueue_for_administrators(
                audit.record(user, "employee.break_glass_used", actor=user, text={"address": client_address(request)})
            )


def note_use(request: HttpRequest) -> None:
    """Once every few minutes is enough, and keeps looks from writing."""
    seen = request.session.get(_SEEN)
    now = timezone.now()
    if seen is None or now.timestamp() - seen < USE_IS_NOTED_EVERY.total_seconds() or not request.user.is_authenticated:
        return
    request.session[_SEEN] = now.timestamp()
    UserSession.objects.filter(session_key=request.session.session_key).update(
        last_seen_at=now, ip=client_address(request)
    )


def sessions_of(request: HttpRequest) -> list[Shown]:
    """The living sessions of whoever asks, the one in use first. Nothing is tidied up by looking."""
    living = [
        Shown(
            pk=row.pk, address=row.ip, browser=row.user_agent, since=row.created_at, last_seen=row.last_seen_at,
            is_this=row.session_key == request.session.session_key,
        )
        for row in UserSession.objects.filter(user=request.user).order_by("-last_seen_at", "pk")
        if _lives(row)
    ]  # fmt: skip
    return sorted(living, key=lambda session: not session.is_this)


def end_one(request: HttpRequest, pk: int) -> bool:
    """End another session of whoever asks; gives whether there was such a one."""
    return bool(_end(request, UserSession.objects.filter(user=request.user, pk=pk)))


def end_others(request: HttpRequest) -> int:
    """End all sessions of whoever asks but the one in use; gives their number."""
    return _end(request, UserSession.objects.filter(user=request.user))


def leave(request: HttpRequest) -> None:
    """Whoever asks signs out: their session leaves the list."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()


def forget_sessions(people: Iterable[int]) -> None:
    """Take ended sessions off the list, and out of the table of sessions. What ends them is ``access_stamp``."""
    keys = list(people)
    for start in range(0, len(keys), 500):
        rows = UserSession.objects.filter(user__in=keys[start : start + 500])
        Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()
        rows.delete()


def _end(request: HttpRequest, rows: Any) -> int:
    ended = 0
    with transaction.atomic():
        for row in rows.exclude(session_key=request.session.session_key):
            row.end()
            ended += 1
        if ended:
            me = Employee(pk=request.user.pk)
            audit.record(me, "employee.sessions_ended", actor=me, details={"sessions": ended})
    return ended


def _lives(row: UserSession) -> bool:
    request = HttpRequest()
    request.session = row._session_store(row.session_key)
    found = user_of(request)
    return isinstance(found, Employee) and found.pk == row.user_id
