"""What is done to people here, apart from the directory's own sync."""

from collections.abc import Callable, Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from servicedesk.audit import services as audit

from .models import ApiToken, Employee, IdempotentReply
from .news import News, tell

BATCH = 500
Powers = Callable[[set[int]], set[int]]
AccessEnd = Callable[[list[int]], None]
_powers: list[Powers] = []
_access_ends: list[AccessEnd] = []


def system_employee(name: str) -> Employee:
    """The named service that acts when no person does: ``system_employee("clock")``.

    Automation always acts as somebody; made on first use.
    """
    return Employee.objects.get_or_create(
        login=f"system.{name}",
        defaults={"name": f"System ({name})", "kind": Employee.Kind.SERVICE, "password": "!"},
    )[0]


@transaction.atomic
def deactivate(employee: Employee) -> Employee:
    """End ``employee``'s access: no login, no groups, no tokens, no session. Safe to repeat; the row stays.

    Whoever calls it records why (``tickets.rescue.end_access``).
    """
    fresh = Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
    if fresh.is_active:
        fresh.is_active = False
        fresh.deactivated_at = timezone.now()
        fresh.save(update_fields=["is_active", "deactivated_at"])
        lost = dict(fresh.groups.values_list("pk", "name"))
        fresh.groups.clear()
        cut_off([fresh.pk])
        before = {"groups": ", ".join(sorted(lost.values()))} if lost else {}
        tell([News(
            employee=fresh, kind="left", fields=frozenset(before), lost_groups=frozenset(lost), before=before,
        )])  # fmt: skip
        fresh.refresh_from_db(fields=["access_stamp"])
    return fresh


@transaction.atomic
def block(employee: Employee) -> Employee:
    """End ``employee``'s access as :func:`deactivate` does, and let nobody sign in as them, whatever a directory says.

    Safe to repeat. Whoever calls it records why.
    """
    fresh = Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
    deactivate(fresh)
    Employee.objects.filter(pk=fresh.pk, blocked_at=None).update(blocked_at=timezone.now())
    fresh.refresh_from_db()
    return fresh


@transaction.atomic
def unblock(employee: Employee) -> Employee:
    """Let ``employee`` in again, unless their directory says that they left. Groups come back by it alone."""
    fresh = Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
    if fresh.blocked_at is not None:
        fresh.blocked_at = None
        if fresh.left_source_at is None:
            fresh.is_active, fresh.deactivated_at = True, None
        fresh.save(update_fields=["blocked_at", "is_active", "deactivated_at"])
    return fresh


def forget_tokens(keys: list[int]) -> None:
    """Delete the API tokens of these people, and the answers kept for their scripts."""
    ApiToken.objects.filter(employee__in=keys).delete()
    IdempotentReply.objects.filter(employee__in=keys).delete()


def register_powers(powers: Powers) -> None:
    """``powers`` picks, of these groups (by key), those that hold a right besides model permissions."""
    if powers not in _powers:
        _powers.append(powers)


def powerful(groups: Iterable[int]) -> set[int]:
    """Which of these groups hold any right. Whoever loses one of them loses sessions and tokens too."""
    asked = set(groups)
    if not asked:
        return set()
    through = Group.permissions.through
    held = set(through.objects.filter(group__in=asked).values_list("group", flat=True))
    return held.union(*(powers(asked) for powers in _powers))


def register_access_end(callback: AccessEnd) -> None:
    """``callback`` gets the keys of people whose access ends, inside the transaction that ends it."""
    if callback not in _access_ends:
        _access_ends.append(callback)


@transaction.atomic
def end_access(keys: Iterable[int], *, why: str, by: Employee) -> None:
    """End every session and token of these people now, and say so in each one's log.

    They may sign in again with what rights they still have. ``why`` is a word for the event: ``left``,
    ``group_lost``, ``rights_taken``.
    """
    people = sorted(set(keys))
    cut_off(people)
    at = timezone.now()
    for start in range(0, len(people), BATCH):
        audit.append_history(
            audit.Entry(
                subject=Employee(pk=key), verb="employee.access_ended", actor_id=by.pk, at=at, details={"why": why}
            )
            for key in people[start : start + BATCH]
        )


def end_access_of_members(group: Group, *, by: Employee) -> None:
    """A right was taken from ``group``: its members sign in again with what is left."""
    end_access(group.members.filter(is_active=True).values_list("pk", flat=True), why="rights_taken", by=by)


def cut_off(keys: Iterable[int]) -> None:
    """Raise the stamps of these people, forget their tokens, tell who keeps lists of sessions. Writes no event."""
    people = sorted(set(keys))
    for start in range(0, len(people), BATCH):
        chunk = people[start : start + BATCH]
        Employee.objects.filter(pk__in=chunk).update(access_stamp=F("access_stamp") + 1)
        forget_tokens(chunk)
        for callback in _access_ends:
            callback(chunk)
