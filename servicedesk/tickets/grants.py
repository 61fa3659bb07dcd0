"""What groups may do: rights on queues, and rights about the whole register.

A person has rights through groups alone. Both services set exactly what they are given, and each
change is an event.
"""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from directory.models import Employee
from directory.services import end_access_of_members
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, WrongState

from .administration import CONFIGURE, require_administrator, wait_for_turn
from .models import Queue, QueueGroupObjectPermission
from .models.desk import TIER_RIGHTS

QUEUE_RIGHTS = tuple(name for name, _label in Queue._meta.permissions if name != "configure_desk")
# Without sight of the queue these have no effect.
_NEED_SIGHT = frozenset({"train_l1", *TIER_RIGHTS.values(), "triage_queue", "manage_queue"})


def rights_of(group: Group, queue: Queue) -> frozenset[str]:
    """What ``group`` holds on ``queue`` now."""
    held = QueueGroupObjectPermission.objects.filter(group=group, content_object=queue)
    return frozenset(held.values_list("permission__codename", flat=True))


def with_rights_on_a_queue(groups: set[int]) -> set[int]:
    """Which of ``groups`` (by key) hold any right on any queue."""
    held = QueueGroupObjectPermission.objects.filter(group__in=groups)
    return set(held.values_list("group", flat=True))


def register_rights_of(group: Group) -> frozenset[str]:
    """The register permissions of ``group``, as ``app.codename``."""
    pairs = group.permissions.values_list("content_type__app_label", "codename")
    return frozenset(f"{app}.{name}" for app, name in pairs)


def register_rights() -> list[str]:
    """Every register permission that can be given, as ``app.codename``."""
    return sorted(
        f"{model._meta.app_label}.{name}"
        for model in apps.get_models()
        for name, _label in model._meta.permissions
        if not (model is Queue and name in QUEUE_RIGHTS)
    )


@transaction.atomic
def grant(group: Group, queue: Queue, rights: Iterable[str], *, by: Employee) -> bool:
    """Let ``group`` hold exactly ``rights`` on ``queue``; gives whether that changed anything.

    Raises ``NotPermitted``, or ``InvalidPayload`` for a right that does not exist or has no effect.
    """
    require_administrator(by)
    wait_for_turn()
    wanted = frozenset(rights)
    _check(wanted, queue)
    held = rights_of(group, queue)
    added, removed = sorted(wanted - held), sorted(held - wanted)
    for right in added:
        assign_perm(right, group, queue)
    for right in removed:
        remove_perm(right, group, queue)
    if added or removed:
        audit.record(
            queue, "queue.rights_changed", actor=by,
            details={"group": group.name, "added": added, "removed": removed},
        )  # fmt: skip
    if removed:
        end_access_of_members(group, by=by)
    return bool(added or removed)


def _check(wanted: frozenset[str], queue: Queue) -> None:
    for right in sorted(wanted):
        if right not in QUEUE_RIGHTS:
            raise InvalidPayload(
                {"rights": [_("“%(right)s” is no right on a queue. There are: %(all)s.") % {
                    "right": right, "all": ", ".join(QUEUE_RIGHTS)}]}
            )  # fmt: skip
    for tier, right in TIER_RIGHTS.items():
        if right in wanted and tier > queue.tiers:
            raise InvalidPayload(
                {"rights": [_("%(queue)s has %(tiers)s tiers: there is no tier %(tier)s to work.") % {
                    "queue": queue.name, "tiers": queue.tiers, "tier": tier}]}
            )  # fmt: skip
    blind = sorted(wanted & _NEED_SIGHT)
    if blind and "view_queue" not in wanted:
        raise InvalidPayload(
            {"rights": [_("“%(right)s” has no effect without “view_queue”: give both.") % {"right": blind[0]}]}
        )


@transaction.atomic
def grant_register(group: Group, rights: Iterable[str], *, by: Employee) -> bool:
    """Let ``group`` hold exactly the register permissions ``rights`` (``app.codename``).

    Gives whether that changed anything. Refuses to take the last administrator's right away: nobody could give it back.
    """
    require_administrator(by)
    wait_for_turn()
    wanted = frozenset(rights)
    unknown = sorted(wanted - set(register_rights()))
    if unknown:
        raise InvalidPayload(
            {"rights": [_("“%(right)s” is no right about the register. There are: %(all)s.") % {
                "right": unknown[0], "all": ", ".join(register_rights())}]}
        )  # fmt: skip
    held = register_rights_of(group)
    added, removed = sorted(wanted - held), sorted(held - wanted)
    if not added and not removed:
        return False
    if CONFIGURE in removed and group.members.filter(is_active=True).exists() and not _administers(group):
        raise WrongState(
            _("%(group)s holds the last administrators: give another group the right “%(right)s” first.")
            % {"group": group.name, "right": CONFIGURE}
        )
    found = {f"{p.content_type.app_label}.{p.codename}": p for p in _permissions([*added, *removed])}
    group.permissions.add(*(found[name] for name in added))
    group.permissions.remove(*(found[name] for name in removed))
    audit.record(group, "group.rights_changed", actor=by, details={"added": added, "removed": removed})
    if removed:
        end_access_of_members(group, by=by)
    return True


def _permissions(names: list[str]) -> Iterable[Permission]:
    codenames = [name.partition(".")[2] for name in names]
    apps = {name.partition(".")[0] for name in names}
    return Permission.objects.filter(codename__in=codenames, content_type__app_label__in=apps).select_related(
        "content_type"
    )


def _administers(besides: Group) -> bool:
    """Whether an active person configures the desk through another group than ``besides``."""
    codename = CONFIGURE.partition(".")[2]
    others = Group.objects.filter(permissions__codename=codename).exclude(pk=besides.pk)
    return Employee.objects.active().people().filter(groups__in=others).exists()
