"""Rights about a whole register (``kb.publish_article``): asked for here, for the facts and read rules of registers."""

from directory.models import Employee

from ..access import Access


def holds(employee: Employee, right: str, *, anew: bool = False) -> bool:
    """Whether an active ``employee`` holds ``right``. ``anew``: read from the database, as the door needs it."""
    return right in (Access.read(employee) if anew else Access.of(employee)).register
