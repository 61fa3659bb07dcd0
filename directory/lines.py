"""Lines of management."""

from .models import Employee

# Nobody has more managers above; a longer line is shown up to here.
MOST_ABOVE = 10
_STEPS = tuple("__".join(["manager"] * height) for height in range(1, MOST_ABOVE + 1))


def managers_above(employee: Employee) -> list[Employee]:
    """The manager, theirs and so on, nearest first, in two statements.

    A line that comes back to somebody ends there: directories do hold such circles.
    """
    if employee.manager_id is None:
        return []
    line = Employee.objects.filter(pk=employee.pk).values_list(*_STEPS).first() or ()
    keys: list[int] = []
    for key in line:
        if key is None or key == employee.pk or key in keys:
            break
        keys.append(key)
    found = Employee.objects.with_photo().in_bulk(keys)
    return [found[key] for key in keys]
