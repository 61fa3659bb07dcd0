"""Rights about a whole register (``kb.publish_article``): asked for here, for the facts and read rules of registers."""

from directory.models import Employee


def holds(employee: Employee, right: str, *, anew: bool = False) -> bool:
    """Whether an active ``employee`` holds ``right``. ``anew``: read from the database, as the door needs it."""
    if anew:
        return right in Employee.objects.register_permissions_of(employee)
    return employee.is_active and right in employee.get_all_permissions()
