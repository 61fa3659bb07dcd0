"""What administrators decide about signing in: who needs a second step, lifting a lock, help for who lost everything.

Also the break-glass account: a local administrator for when the directory is gone.
"""

import secrets
from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import BreakGlass, Employee, GuessCount
from directory.querysets import EmployeeQuerySet
from directory.services import cut_off, end_access
from directory.signin import lockout, notices, second_step
from servicedesk.audit import services as audit
from servicedesk.common.errors import DomainError, WrongState

from .administration import CONFIGURE, operator, require_administrator, wait_for_turn

BREAK_GLASS_GROUP = "Break-glass administrators"


def administrators() -> EmployeeQuerySet:
    """Active people who configure the desk."""
    groups = Group.objects.filter(permissions__codename=CONFIGURE.partition(".")[2])
    return Employee.objects.active().people().filter(groups__in=groups).distinct()


@transaction.atomic
def require_second_step(groups: Iterable[Group], *, by: Employee) -> int:
    """Let the members of exactly these groups need a second step; gives how many groups changed."""
    require_administrator(by)
    wait_for_turn()
    wanted = {group.pk for group in groups}
    changing = Group.objects.filter(pk__in=wanted ^ second_step.required_groups()).order_by("pk")
    return sum(second_step.require(group, group.pk in wanted, by=by) for group in changing)


@transaction.atomic
def lift_lock(count: GuessCount, *, by: Employee) -> None:
    """Let guesses at a login, from an address or at a second step begin anew."""
    require_administrator(by)
    if not GuessCount.objects.filter(pk=count.pk, failures__gt=0).update(failures=0):
        raise WrongState(_("This lock is gone already: there is nothing to lift."))
    audit.record(count, "sign_in.lock_lifted", actor=by, details={"kind": count.kind}, text={"key": count.key})


@transaction.atomic
def reset_second_step(employee: Employee, *, by: Employee) -> None:
    """Take the second steps of somebody away who lost them. Their sessions end: a finder may hold one."""
    require_administrator(by)
    if not second_step.reset(employee, by=by):
        raise WrongState(_("%(name)s has no second step: nothing is left to reset.") % {"name": employee.name})
    lockout.forgive_second_step(employee.pk)
    end_access([employee.pk], why="second_step_reset", by=by)


@transaction.atomic
def arm_break_glass(login: str) -> tuple[Employee, str]:
    """Make or re-arm the local administrator ``login``, for whoever may run commands on the server.

    Gives the account and its password, which is not kept and cannot be shown again. The password before is void, and
    so are its sessions. Raises ``DomainError`` when the login is somebody's own, ``ValidationError`` when it is none.
    """
    Employee._meta.get_field("login").clean(login, None)
    by = operator()
    wait_for_turn()
    employee = Employee.objects.select_for_update(no_key=True).filter(login__iexact=login).first()
    if employee is not None and not BreakGlass.objects.filter(employee=employee).exists():
        raise DomainError(
            _("%(login)s is %(name)s, and no break-glass account. Choose a login that nobody has.")
            % {"login": login, "name": employee.name}
        )
    password = secrets.token_urlsafe(24)
    if employee is None:
        employee = Employee(login=login, name=_("Break-glass (%(login)s)") % {"login": login})
        employee.full_clean(exclude=["password"])
    employee.is_active, employee.deactivated_at = True, None
    employee.set_password(password)
    employee.save()
    employee.groups.set([_break_glass_group()])
    BreakGlass.objects.update_or_create(employee=employee, defaults={"armed_at": timezone.now()})
    cut_off([employee.pk])
    event = audit.record(employee, "employee.break_glass_armed", actor=by)
    notices.enqueue_for_administrators(event)
    return Employee.objects.get(pk=employee.pk), password


def _break_glass_group() -> Group:
    group = Group.objects.get_or_create(name=BREAK_GLASS_GROUP)[0]
    app, _dot, codename = CONFIGURE.partition(".")
    group.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return group
