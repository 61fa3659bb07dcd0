"""Ways to find people."""

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import Permission
from django.db import models

if TYPE_CHECKING:
    from .models import Employee


class EmployeeQuerySet(models.QuerySet["Employee"]):
    def active(self) -> "EmployeeQuerySet":
        return self.filter(is_active=True)

    def people(self) -> "EmployeeQuerySet":
        """Everyone but the named services that act for the desk itself."""
        return self.exclude(kind="service")

    def with_photo(self) -> "EmployeeQuerySet":
        """With whether there is a photo, and where, but without its bytes; in the same statement."""
        return self.select_related("photo").defer("photo__jpeg")

    def matching(self, text: str) -> "EmployeeQuerySet":
        """People whose name, login or e-mail contains ``text``."""
        return self.filter(
            models.Q(name__icontains=text) | models.Q(login__icontains=text) | models.Q(email__icontains=text)
        )


class EmployeeManager(BaseUserManager.from_queryset(EmployeeQuerySet)):  # type: ignore[misc]
    """The manager that auth needs (``get_by_natural_key``) over :class:`EmployeeQuerySet`."""

    def get_by_natural_key(self, username: str) -> "Employee":
        """Logins ignore case, as directories do."""
        return self.get(login__iexact=username)

    def register_permissions_of(self, employee: "Employee") -> frozenset[str]:
        pairs = Permission.objects.filter(group__members=employee).values_list("content_type__app_label", "codename")
        return frozenset(f"{app}.{codename}" for app, codename in pairs)
