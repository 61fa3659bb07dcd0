"""Why somebody holds a right: each right with every group that gives it, and where that group comes from.

Law: what is explained here is exactly what ``Access.of`` and ``get_all_permissions`` give. Who left holds nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from directory.models import Employee
from directory.querysets import EmployeeQuerySet
from servicedesk.common.types import StrOrPromise

from .administration import CONFIGURE
from .models import Queue, QueueGroupObjectPermission

# In the order in which the rights on a queue are shown.
RIGHT_WORDS: dict[str, StrOrPromise] = {
    "view_queue": pgettext_lazy("right", "Sight"),
    "train_l1": pgettext_lazy("right", "Training"),
    "work_l1": pgettext_lazy("right", "L1"),
    "work_l2": pgettext_lazy("right", "L2"),
    "work_l3": pgettext_lazy("right", "L3"),
    "triage_queue": pgettext_lazy("right", "Coordination"),
    "manage_queue": pgettext_lazy("right", "Management"),
    "audit_queue": pgettext_lazy("right", "Audit"),
    "view_confidential": pgettext_lazy("right", "Confidential tickets"),
}
_REGISTER_WORDS: dict[str, StrOrPromise] = {CONFIGURE: gettext_lazy("Configures the desk")}
_ORDER = {name: place for place, name in enumerate(RIGHT_WORDS)}


@dataclass(frozen=True)
class Through:
    """A group that somebody is in. ``sources``: the directories that feed it; none for a group made here.

    ``by_hand``: somebody here put this person in; no run of a directory takes them out.
    """

    group_id: int
    group: str
    sources: tuple[str, ...]
    by_hand: bool

    @property
    def home(self) -> str:
        """Where the group comes from, whoever is in it."""
        if not self.sources:
            return _("made here, members by hand")
        return ngettext("directory %(sources)s", "directories %(sources)s", len(self.sources)) % {
            "sources": "; ".join(self.sources)
        }

    @property
    def is_exception(self) -> bool:
        """In a group of a directory, but put there by hand."""
        return self.by_hand and bool(self.sources)

    @property
    def origin(self) -> str:
        return (
            _("%(directories)s, this member by hand") % {"directories": self.home} if self.is_exception else self.home
        )

    @property
    def words(self) -> str:
        return _("through group %(group)s (%(origin)s)") % {"group": self.group, "origin": self.origin}


@dataclass(frozen=True)
class Held:
    """One right of one person, and the groups that give it. ``queue`` is None for a right about a whole register."""

    name: str
    queue: Queue | None
    title: str
    through: tuple[Through, ...]

    @property
    def label(self) -> StrOrPromise:
        return RIGHT_WORDS.get(self.name, self.title)

    @property
    def words(self) -> str:
        """``L2 on Network``."""
        if self.queue is None:
            return str(self.label)
        return _("%(right)s on %(queue)s") % {"right": self.label, "queue": self.queue.name}

    @property
    def sentences(self) -> list[str]:
        """``L2 on Network through group net-eng (directory dc=example,dc=com)``, one for each group."""
        return [f"{self.words} {through.words}" for through in self.through]


@dataclass(frozen=True)
class Standing:
    """All that one person may do, and why. ``groups`` has the ones that give no right as well."""

    groups: tuple[Through, ...]
    on_queues: tuple[Held, ...]
    everywhere: tuple[Held, ...]

    @property
    def giving(self) -> frozenset[int]:
        """Ids of the groups that give some right."""
        return frozenset(t.group_id for held in (*self.on_queues, *self.everywhere) for t in held.through)


def explain(employee: Employee) -> Standing:
    """Every right of ``employee`` with its reasons, read now in three statements."""
    mine = Group.objects.filter(members=employee.pk, members__is_active=True).order_by("name")
    ties = mine.values_list("pk", "name", "directory_group__source")
    groups = {pk: _through(pk, rows, employee.source) for pk, rows in _by_group(ties).items()}
    grants = QueueGroupObjectPermission.objects.filter(group__in=list(groups))
    queues: dict[int, Queue] = {}
    on_queues: dict[tuple[int, str], list[int]] = {}
    for grant in grants.select_related("content_object", "permission"):
        queues[grant.content_object_id] = grant.content_object
        on_queues.setdefault((grant.content_object_id, grant.permission.codename), []).append(grant.group_id)
    register: dict[tuple[str, str], list[int]] = {}
    permissions = Permission.objects.filter(group__in=list(groups))
    for app, name, title, group in permissions.values_list("content_type__app_label", "codename", "name", "group"):
        register.setdefault((f"{app}.{name}", title), []).append(group)
    return Standing(
        groups=tuple(groups.values()),
        on_queues=tuple(
            sorted(
                (Held(name, queues[queue], name, _in_order(groups, giving))
                 for (queue, name), giving in on_queues.items()),
                key=_by_queue_and_right,
            )
        ),
        everywhere=tuple(
            Held(name, None, str(_REGISTER_WORDS.get(name, title)), _in_order(groups, giving))
            for (name, title), giving in sorted(register.items())
        ),
    )  # fmt: skip


def _by_queue_and_right(held: Held) -> tuple[str, int, int]:
    queue = held.queue
    return (queue.name, queue.pk, _ORDER.get(held.name, len(_ORDER))) if queue else ("", 0, 0)


def _in_order(groups: Mapping[int, Through], givers: Iterable[int]) -> tuple[Through, ...]:
    return tuple(sorted((groups[pk] for pk in givers), key=lambda through: through.group))


def _by_group(ties: Iterable[tuple[int, str, str | None]]) -> dict[int, list[tuple[str, str | None]]]:
    """Group id → its (name, source) once for each directory that feeds it."""
    found: dict[int, list[tuple[str, str | None]]] = {}
    for pk, name, source in ties:
        found.setdefault(pk, []).append((name, source))
    return found


def _through(pk: int, ties: list[tuple[str, str | None]], source_of_member: str) -> Through:
    sources = tuple(sorted({source for _name, source in ties if source}))
    # The sync owns the members of a tied group as far as they come from a directory themselves.
    return Through(pk, ties[0][0], sources, by_hand=not (sources and source_of_member))


def holders(queue: Queue, right: str = "") -> EmployeeQuerySet:
    """Active people who hold ``right`` on ``queue``, or any right there."""
    grants = QueueGroupObjectPermission.objects.filter(content_object=queue)
    if right:
        grants = grants.filter(permission__codename=right)
    memberships = Employee.groups.through._default_manager.filter(group__in=grants.values("group"))
    return Employee.objects.active().filter(pk__in=memberships.values("employee"))


def holders_anywhere() -> QuerySet:
    """Ids of the people in a group that gives some right, on a queue or everywhere."""
    on_queues = QueueGroupObjectPermission.objects.values("group")
    everywhere = Group.permissions.through._default_manager.values("group")
    memberships = Employee.groups.through._default_manager
    return memberships.filter(Q(group__in=on_queues) | Q(group__in=everywhere)).values("employee")


def explain_on(queue: Queue, people: Iterable[Employee]) -> dict[int, tuple[Held, ...]]:
    """Employee id → the rights of each of ``people`` on ``queue`` with their reasons, in one statement."""
    sources = {person.pk: person.source for person in people}
    ties: dict[tuple[int, str], list[tuple[int, str, str | None]]] = {}
    rows = QueueGroupObjectPermission.objects.filter(
        content_object=queue, group__members__in=list(sources), group__members__is_active=True
    )
    for member, right, pk, name, source in rows.values_list(
        "group__members", "permission__codename", "group", "group__name", "group__directory_group__source"
    ):
        ties.setdefault((member, right), []).append((pk, name, source))
    found: dict[int, list[Held]] = {pk: [] for pk in sources}
    for (member, right), its in sorted(ties.items(), key=lambda item: _ORDER.get(item[0][1], len(_ORDER))):
        giving = {pk: _through(pk, rows_of, sources[member]) for pk, rows_of in _by_group(its).items()}
        found[member].append(Held(right, queue, right, _in_order(giving, giving)))
    return {member: tuple(held) for member, held in found.items()}


def counts_on(queue: Queue) -> dict[str, int]:
    """Right → how many active people hold it on ``queue``, in one statement; rights that nobody holds are absent."""
    rows = (
        QueueGroupObjectPermission.objects.filter(content_object=queue, group__members__is_active=True)
        .values_list("permission__codename")
        .annotate(people=Count("group__members", distinct=True))
    )
    counted = dict(rows)
    return {right: counted[right] for right in RIGHT_WORDS if right in counted}
