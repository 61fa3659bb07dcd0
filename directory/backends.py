"""Signing in with a password kept here. Directories bind in ``directory.ldap.auth``."""

from typing import TYPE_CHECKING

from django.contrib.auth.backends import BaseBackend

from .models import Employee

if TYPE_CHECKING:
    from django.http import HttpRequest


class LocalLogin(BaseBackend):
    """Login and password against the local hash; outsiders and services have no login."""

    def authenticate(
        self, request: "HttpRequest | None", username: str | None = None, password: str | None = None
    ) -> Employee | None:
        if not username or not password or "\x00" in username:
            return None
        employee = Employee.objects.filter(login__iexact=username).first()
        if employee is None:
            Employee().set_password(password)  # the same work as a real check, so nothing can be timed
            return None
        return employee if employee.check_password(password) and self.may_sign_in(employee) else None

    def get_user(self, user_id: int) -> Employee | None:
        employee = Employee.objects.select_related("location").filter(pk=user_id).first()
        return employee if employee is not None and self.may_sign_in(employee) else None

    @staticmethod
    def may_sign_in(employee: Employee) -> bool:
        return employee.is_active and employee.kind == Employee.Kind.EMPLOYEE
