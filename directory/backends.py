"""Signing in with a login and a password. Failures look and cost the same, whoever the login belongs to."""

from typing import TYPE_CHECKING

import structlog
from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from servicedesk.common.errors import DomainError

from .ldap import auth
from .ldap.entries import Unreadable
from .ldap.mapping_file import InvalidMapping
from .models import Employee
from .signin.lockout import login_key
from .signin.second_step import with_second_step

if TYPE_CHECKING:
    from django.http import HttpRequest

log = structlog.get_logger(__name__)


class DirectoryIsSilent(DomainError):
    """The directory that knows the password does not answer. This is no wrong password, and counts as none."""


class PasswordLogin(AxesStandaloneBackend, BaseBackend):
    """Login and password, against the directory that the person comes from or else the hash kept here.

    Who comes from a live directory has no other password, also while it is silent; local accounts do not depend
    on it. Outsiders and services have no login.
    """

    def authenticate(
        self, request: "HttpRequest | None", username: str | None = None, password: str | None = None
    ) -> Employee | None:
        if not username or not password or "\x00" in username:
            return None
        try:
            super().authenticate(request, username=username, password=password)
        except PermissionDenied:
            _as_much_work(password)
            raise
        employee = _holder_of(username)
        return employee if _is_right(employee, username, password) and employee and may_sign_in(employee) else None

    def get_user(self, user_id: int) -> Employee | None:
        """Whose session this is; asked once a request. It says too whether a second step is owed."""
        found = with_second_step(Employee.objects.select_related("location")).filter(pk=user_id).first()
        return found if found is not None and may_sign_in(found) else None


def _holder_of(login: str) -> Employee | None:
    """Whose login this is, as guesses are counted: to PostgreSQL a dotless i is an i, and would be new guesses."""
    found = Employee.objects.filter(login__iexact=login).order_by("pk")
    return next((one for one in found if login_key(one.login) == login_key(login)), None)


def may_sign_in(employee: Employee) -> bool:
    """Active people of the company; never outsiders, nor services."""
    return employee.is_active and employee.kind == Employee.Kind.EMPLOYEE


def _is_right(employee: Employee | None, login: str, password: str) -> bool:
    """Asked in the same way for logins that nobody has: of the first directory, where there is one."""
    try:
        directories = auth.where_passwords_are()
        if employee is None:
            source = directories[0] if directories else None
        else:
            source = auth.source_of(employee, directories)
        if source is not None:
            return auth.takes(source, employee, login, password)
    except (InvalidMapping, Unreadable) as error:
        log.error("directory_is_silent", reason=str(error))
        raise DirectoryIsSilent(
            _("The directory does not answer, so nobody can be signed in by it now. Try again in a few minutes.")
        ) from error
    if employee is None:
        _as_much_work(password)
        return False
    return employee.check_password(password)


def _as_much_work(password: str) -> None:
    """The work of a real check, so that nothing can be timed."""
    Employee().set_password(password)
