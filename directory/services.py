"""What is done to people here, apart from the directory's own sync."""

from django.db import transaction
from django.utils import timezone

from .models import ApiToken, Employee, IdempotentReply


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
    """End ``employee``'s access: no login, no groups, no tokens. Safe to repeat; the row stays."""
    fresh = Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
    if fresh.is_active:
        fresh.is_active = False
        fresh.deactivated_at = timezone.now()
        fresh.save(update_fields=["is_active", "deactivated_at"])
        fresh.groups.clear()
        forget_tokens([fresh.pk])
    return fresh


def forget_tokens(keys: list[int]) -> None:
    """Delete the API tokens of these people, and the answers kept for their scripts."""
    ApiToken.objects.filter(employee__in=keys).delete()
    IdempotentReply.objects.filter(employee__in=keys).delete()
