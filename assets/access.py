"""Who may know of which assets, and who manages them."""

from directory.models import Employee
from servicedesk.tickets.access import Access
from servicedesk.tickets.registers.rights import holds

from .roles import MANAGE


def manages_assets(employee: Employee) -> bool:
    """Makes every move of every asset. Remembered on the instance: for pages; the door reads anew."""
    return holds(employee, MANAGE)


def manages_assets_now(employee: Employee) -> bool:
    """The same, read from the database."""
    active = Employee.objects.active().filter(pk=employee.pk).exists()
    return active and holds(employee, MANAGE, anew=True)


def reads_register(employee: Employee) -> bool:
    """Sees every asset: whoever manages them, and whoever works at a desk. Others see what they hold."""
    access = Access.of(employee)
    return access.active and (access.has_desk or manages_assets(employee))
