"""Lines of management."""

from django.db.models import F

from .models import Employee
from .querysets import EmployeeQuerySet

# Nobody has more managers above; a longer line is shown up to here.
MOST_ABOVE = 10
_STEPS = tuple("__".join(["manager"] * height) for height in range(1, MOST_ABOVE + 1))
_NAMES = tuple(f"above_{height}" for height in range(1, MOST_ABOVE + 1))


def with_line(people: EmployeeQuerySet) -> EmployeeQuerySet:
    """``people`` with what :func:`keys_above` needs, in their own statement."""
    return people.annotate(**{name: F(step) for name, step in zip(_NAMES, _STEPS, strict=True)})


def keys_above(employee: Employee) -> list[int]:
    """The keys of the manager, theirs and so on, nearest first, of somebody read by :func:`with_line`.

    A line that comes back to somebody ends there: directories do hold such circles.
    """
    keys: list[int] = []
    for name in _NAMES:
        key = getattr(employee, name)
        if key is None or key == employee.pk or key in keys:
            break
        keys.append(key)
    return keys
