"""The second step of signing in: codes of an app, passkeys, and recovery codes for when both are lost.

Every change is an event without secrets. Secrets are kept encrypted (:mod:`.adapters`).
"""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from directory.models import Employee, SecondStep
from servicedesk.audit import services as audit
from servicedesk.common.errors import WrongState

from . import notices

Type = Authenticator.Type
# What a person signs in with; recovery codes stand in for one of these.
STEPS = (Type.TOTP, Type.WEBAUTHN)
MOST_PASSKEYS = 10


def with_second_step(people: QuerySet[Employee]) -> QuerySet[Any]:
    """``people`` with ``must_step`` (a group of theirs says so) and ``has_step``, within the same statement."""
    return people.annotate(
        must_step=Exists(SecondStep.objects.filter(group__members=OuterRef("pk"))),
        has_step=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=STEPS)),
    )


def owes_second_step(employee: Employee) -> bool:
    """Must have a second step and has none yet. Read with the session's person; others are asked anew."""
    if not hasattr(employee, "must_step"):
        employee = with_second_step(Employee.objects.filter(pk=employee.pk)).get()
    return employee.must_step and not employee.has_step  # type: ignore[attr-defined]


def must_have(employee: Employee) -> bool:
    return SecondStep.objects.filter(group__members=employee).exists()


def app_of(employee: Employee) -> Authenticator | None:
    return Authenticator.objects.filter(user=employee, type=Type.TOTP).first()


def passkeys_of(employee: Employee) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=employee, type=Type.WEBAUTHN).order_by("created_at", "pk"))


def codes_left(employee: Employee) -> list[str]:
    """The recovery codes that still work. Show them once only."""
    found = Authenticator.objects.filter(user=employee, type=Type.RECOVERY_CODES).first()
    return found.wrap().get_unused_codes() if found is not None else []


@transaction.atomic
def add_app(employee: Employee, secret: str, *, shown: str = "") -> bool:
    """Let codes made of ``secret`` be a second step; gives whether recovery codes came with it.

    ``shown``: the code by which the person showed that the app works; it is used up by that.
    """
    _lock(employee)
    if app_of(employee) is not None:
        raise WrongState(_("An authenticator app is set up already. Remove it before you set up another one."))
    _is_fresh(TOTP.activate(employee, secret).instance, shown)
    return _added(employee, Type.TOTP)


@transaction.atomic
def add_passkey(employee: Employee, name: str, credential: dict[str, Any]) -> bool:
    """Let ``credential``, which was verified, be a second step; gives whether recovery codes came with it."""
    _lock(employee)
    if len(passkeys_of(employee)) >= MOST_PASSKEYS:
        raise WrongState(_("You have %(most)s passkeys. Remove one before you add another.") % {"most": MOST_PASSKEYS})
    WebAuthn.add(employee, name, credential)
    return _added(employee, Type.WEBAUTHN)


@transaction.atomic
def remove(employee: Employee, authenticator: Authenticator, *, by: Employee) -> None:
    """Take a second step away. Recovery codes go with the last one.

    Raises ``WrongState`` where the person's groups ask for one and this is the last. Somebody else, an administrator,
    takes all away (:func:`reset`).
    """
    _lock(employee)
    left = Authenticator.objects.filter(user=employee, type__in=STEPS).exclude(pk=authenticator.pk)
    if not left.exists() and must_have(employee):
        raise WrongState(
            _("Your role asks for a second step, and this is your last one. Add another one before you remove it.")
        )
    Authenticator.objects.filter(pk=authenticator.pk, user=employee).delete()
    if not left.exists():
        Authenticator.objects.filter(user=employee).delete()
    _record(employee, "employee.second_step_removed", by=by, step=authenticator.type)


@transaction.atomic
def reset(employee: Employee, *, by: Employee) -> bool:
    """Take all second steps of somebody away who lost them; gives whether there were any. They set up new ones."""
    _lock(employee)
    if not Authenticator.objects.filter(user=employee).delete()[0]:
        return False
    _record(employee, "employee.second_step_reset", by=by, step="")
    return True


@transaction.atomic
def renew_codes(employee: Employee) -> None:
    """Make new recovery codes; the old ones are void."""
    _lock(employee)
    if not Authenticator.objects.filter(user=employee, type__in=STEPS).exists():
        raise WrongState(_("Recovery codes stand in for a second step. Set one up first."))
    Authenticator.objects.filter(user=employee, type=Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(employee)
    _record(employee, "employee.recovery_codes_renewed", by=employee, step=Type.RECOVERY_CODES)


@transaction.atomic
def use_code(employee: Employee, code: str) -> Authenticator | None:
    """The app or the recovery codes that ``code`` is right for, and it is used up; None when it is wrong.

    The row is locked, so of two who send the same code one is refused; a code of the app counts once, and never after
    a later one.
    """
    code = "".join(code.split())
    found = Authenticator.objects.select_for_update().filter(user=employee).exclude(type=Type.WEBAUTHN)
    for row in sorted(found, key=lambda row: row.type != Type.TOTP):
        if row.type == Type.TOTP:
            if not _is_fresh(row, code):
                continue
        elif not row.wrap().validate_code(code):
            continue
        if row.type == Type.RECOVERY_CODES:
            left = len(codes_left(employee))
            _record(employee, "employee.recovery_code_used", by=employee, step=row.type, left=left)
        return row
    return None


@transaction.atomic
def require(group: Group, required: bool, *, by: Employee) -> bool:
    """Let members of ``group`` need a second step, or not; gives whether that changed anything."""
    if required:
        changed = SecondStep.objects.get_or_create(group=group)[1]
    else:
        changed = bool(SecondStep.objects.filter(group=group).delete()[0])
    if changed:
        verb = "group.second_step_required" if required else "group.second_step_not_required"
        audit.record(group, verb, actor=by)
    return changed


def required_groups() -> frozenset[int]:
    return frozenset(SecondStep.objects.values_list("group", flat=True))


def people_who_owe() -> QuerySet[Any]:
    """Active people whose groups ask for a second step and who have none yet."""
    return with_second_step(Employee.objects.active().people()).filter(must_step=True, has_step=False)


def _lock(employee: Employee) -> None:
    """One change of a person's steps follows the other."""
    Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)


def _added(employee: Employee, step: str) -> bool:
    _record(employee, "employee.second_step_added", by=employee, step=step)
    if Authenticator.objects.filter(user=employee, type=Type.RECOVERY_CODES).exists():
        return False
    RecoveryCodes.activate(employee)
    return True


def _is_fresh(row: Authenticator, code: str) -> bool:
    secret = decrypt(row.data["secret"])
    last = row.data.get("last_counter", -1)
    for counter in yield_hotp_counters_from_time():
        if counter > last and constant_time_compare(code, format_hotp_value(hotp_value(secret, counter))):
            row.data["last_counter"] = counter
            row.save(update_fields=["data"])
            return True
    return False


def _record(employee: Employee, verb: str, *, by: Employee, step: str, **more: int) -> None:
    event = audit.record(Employee(pk=employee.pk), verb, actor=by, details={"step": str(step), **more})
    notices.enqueue(event, to=employee)
