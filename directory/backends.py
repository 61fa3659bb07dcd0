"""Signing in with a login and a password. Failures look and cost the same, whoever the login belongs to."""

from typing import TYPE_CHECKING

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied

from servicedesk.common.errors import DomainError

from .models import Employee
from .signin.second_step import with_second_step

if TYPE_CHECKING:
    from django.http import HttpRequest


class DirectoryIsSilent(DomainError):
    """The directory that knows the password does not answer. This is no wrong password, and counts as none."""


class PasswordLogin(AxesStandaloneBackend, BaseBackend):
    """Login and password against the local hash; outsiders and services have no login."""

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
        employee = Employee.objects.filter(login__iexact=username).first()
        if employee is None:
            _as_much_work(password)
            return None
        return employee if employee.check_password(password) and may_sign_in(employee) else None

    def get_user(self, user_id: int) -> Employee | None:
        """Whose session this is; asked once a request. It says too whether a second step is owed."""
        found = with_second_step(Employee.objects.select_related("location")).filter(pk=user_id).first()
        return found if found is not None and may_sign_in(found) else None


def may_sign_in(employee: Employee) -> bool:
    """Active people of the company; never outsiders, nor services."""
    return employee.is_active and employee.kind == Employee.Kind.EMPLOYEE


def _as_much_work(password: str) -> None:
    """The work of a real check, so that nothing can be timed."""
    Employee().set_password(password)
