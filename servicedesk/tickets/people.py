"""Who works where, from the grants on queues."""

from directory.models import Employee
from directory.querysets import EmployeeQuerySet

from .models.desk import TIER_RIGHTS


def holders_of(queue_id: int, *rights: str) -> EmployeeQuerySet:
    """Active employees who hold any of ``rights`` on the queue."""
    return (
        Employee.objects.active()
        .filter(
            groups__queuegroupobjectpermission__content_object=queue_id,
            groups__queuegroupobjectpermission__permission__codename__in=rights,
        )
        .distinct()
    )


def readers_of_confidential(queue_id: int) -> EmployeeQuerySet:
    """Active employees who may read the queue's confidential tickets."""
    return holders_of(queue_id, "view_confidential")


def workers_of(queue_id: int, tier: int | None, *, confidential: bool = False) -> EmployeeQuerySet:
    """Active employees who work ``tier`` of the queue (any tier when None), and may see a confidential ticket there."""
    rights = TIER_RIGHTS.values() if tier is None else [TIER_RIGHTS[tier]]
    found = holders_of(queue_id, *rights)
    if confidential:
        found = found.filter(pk__in=readers_of_confidential(queue_id).values("pk"))
    return found
