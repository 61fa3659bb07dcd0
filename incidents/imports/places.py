"""People, queues, categories and locations that a file names: found here, or made."""

import hashlib
from collections.abc import Iterable
from itertools import count

from django.utils.text import slugify
from django.utils.translation import gettext as _

from directory.models import Employee, Location
from directory.services import system_employee
from servicedesk.common.text import are_near, near_key, without_controls
from servicedesk.tickets.models import Category, Queue

from .mapping import Translation, folded
from .report import CannotImport, Report

SOURCE = "servicenow"
SYSTEM = "import"


def free_slug(wanted: str, taken: set[str], longest: int) -> str:
    """A slug of ``wanted`` that nobody has; it is ``taken`` from now on."""
    plain = slugify(wanted)[: longest - 6].strip("-") or "imported"
    others = (f"{plain}-{n}" for n in count(2))
    slug = plain if plain not in taken else next(other for other in others if other not in taken)
    taken.add(slug)
    return slug


class Names:
    """Ids by name, read once. ``dry``: what would be made gets a negative id, and nothing is written."""

    def __init__(self, *, dry: bool) -> None:
        self.dry = dry
        self._phantoms = count(-1, -1)

    def phantom(self) -> int:
        return next(self._phantoms)


class People(Names):
    """People of the file, by what it calls them. They have no login here: external until a directory vouches for them.

    One name is one person, whichever column it stands in; a bare number says nothing by itself, so it
    is a person of its column.
    """

    def __init__(self, *, dry: bool) -> None:
        super().__init__(dry=dry)
        self._ids = dict(Employee.objects.filter(source=SOURCE).values_list("source_key", "pk"))
        self._system: int | None = None

    @property
    def system(self) -> int:
        """Who stands where the file names nobody."""
        if self._system is None:
            self._system = self.phantom() if self.dry else system_employee(SYSTEM).pk
        return self._system

    def id(self, name: str) -> int:
        return self._ids[folded(name)[:500]] if name else self.system

    def ensure(self, names: Iterable[str]) -> None:
        """Make those who are not here yet."""
        absent = {folded(name)[:500]: name for name in names if name and folded(name)[:500] not in self._ids}
        if self.dry:
            self._ids.update((key, self.phantom()) for key in absent)
            return
        logins = {key: f"{SOURCE}.{slugify(name)[:100]}".rstrip(".") for key, name in absent.items()}
        taken = set(Employee.objects.filter(login__in=logins.values()).values_list("login", flat=True))
        people = []
        for key, name in absent.items():
            login = logins[key]
            if login in taken or login == SOURCE:
                login = f"{login}-{hashlib.blake2b(key.encode(), digest_size=6).hexdigest()}"
            taken.add(login)
            people.append(
                Employee(
                    login=login, name=without_controls(name)[:200], kind=Employee.Kind.EXTERNAL, password="!",  # noqa: S106
                    source=SOURCE, source_key=key,
                )
            )  # fmt: skip
        for person in Employee.objects.bulk_create(people):
            self._ids[person.source_key] = person.pk


class Queues(Names):
    """Groups of the file as queues: as the mapping says, or one of the group's own name at tier 1."""

    def __init__(self, translation: Translation, *, dry: bool) -> None:
        super().__init__(dry=dry)
        self.translation = translation
        self._tiers: dict[str, int] = {}
        for name, tier in translation.groups.values():
            self._tiers[folded(name)] = max(tier, self._tiers.get(folded(name), 1))
        self._known: dict[str, tuple[int, int]] = {}
        self._slugs: set[str] = set()
        for pk, name, slug, tiers in Queue.objects.values_list("pk", "name", "slug", "tiers"):
            self._slugs.add(slug)
            self._known.setdefault(slug, (pk, tiers))
            self._known[folded(name)] = (pk, tiers)
        for key, tiers in self._tiers.items():
            if tiers > self._known.get(key, (0, tiers))[1]:
                raise CannotImport(
                    _("The mapping file names tier %(tier)d of the queue “%(queue)s”, which has %(tiers)d.")
                    % {"tier": tiers, "queue": key, "tiers": self._known[key][1]}
                )

    def id(self, group: str) -> tuple[int, int]:
        """(queue id, tier) of a group; lines without one go to the default queue of imports."""
        name, tier = self.translation.groups.get(folded(group)) or (group or self.translation.default_queue, 1)
        name = without_controls(name)[:100]
        key = folded(name)
        if key not in self._known:
            tiers = self._tiers.get(key, 1)
            self._known[key] = (self._make(name, tiers), tiers)
        return self._known[key][0], tier

    def _make(self, name: str, tiers: int) -> int:
        if self.dry:
            return self.phantom()
        slug = free_slug(name, self._slugs, 60)
        return Queue.objects.create(name=name, slug=slug, tiers=tiers).pk


class Categories(Names):
    """Categories and subcategories as two levels of the tree; a near-duplicate is the category it is near to."""

    def __init__(self, translation: Translation, report: Report, *, dry: bool) -> None:
        super().__init__(dry=dry)
        self.translation = translation
        self.report = report
        self._slugs: set[str] = set()
        self._siblings: dict[int | None, dict[str, tuple[str, int]]] = {}
        self._found: dict[tuple[str, str], int | None] = {}
        for pk, name, slug, key, parent in Category.objects.values_list("pk", "name", "slug", "near_key", "parent"):
            self._slugs.add(slug)
            self._siblings.setdefault(parent, {})[key] = (name, pk)

    def id(self, category: str, subcategory: str) -> int | None:
        pair = (category, subcategory)
        if pair not in self._found:
            top = self._node(category, None) if category else None
            self._found[pair] = (self._node(subcategory, top) if subcategory and top else None) or top
        return self._found[pair]

    def _node(self, text: str, parent: int | None) -> int | None:
        name = without_controls(self.translation.categories.get(folded(text), text))[:80]
        key = near_key(name)
        if not key:  # nothing but signs: no name to find it under
            self.report.warnings["category_unusable"] += 1
            return None
        siblings = self._siblings.setdefault(parent, {})
        if key not in siblings:
            near = next((known for known in siblings.values() if are_near(known[0], name)), None)
            siblings[key] = near or (name, self._make(name, parent))
        known, pk = siblings[key]
        if folded(known) != folded(name):
            self.report.warnings["category_merged"] += 1
        return pk

    def _make(self, name: str, parent: int | None) -> int:
        if self.dry:
            return self.phantom()
        above = Category.objects.get(pk=parent) if parent else None
        slug = free_slug(f"{above.slug} {name}" if above else name, self._slugs, 120)
        return Category.objects.create(name=name, slug=slug, parent=above).pk


class Locations(Names):
    """Where the file says that tickets come from."""

    def __init__(self, *, dry: bool) -> None:
        super().__init__(dry=dry)
        self._slugs: set[str] = set()
        self._ids: dict[str, int] = {}
        for pk, name, slug in Location.objects.values_list("pk", "name", "slug"):
            self._slugs.add(slug)
            self._ids[folded(name)] = pk

    def id(self, text: str) -> int | None:
        name = without_controls(text)[:150]
        key = folded(name)
        if not key:
            return None
        if key not in self._ids:
            self._ids[key] = self._make(name)
        return self._ids[key]

    def _make(self, name: str) -> int:
        if self.dry:
            return self.phantom()
        return Location.objects.create(name=name, slug=free_slug(name, self._slugs, 80)).pk
