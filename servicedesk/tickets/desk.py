"""Configuring the desk: queues, the tree of categories, and tags. Administrators only; each change is an event."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, StaleVersion
from servicedesk.common.text import are_near

from .administration import require_administrator, wait_for_turn
from .models import Category, Queue, QueueGroupObjectPermission, Tag, Ticket
from .models.desk import MAX_TIERS, TIER_RIGHTS

Node = TypeVar("Node", Queue, Category, Tag)
QUEUE_FIELDS = frozenset({"name", "description", "tiers", "is_active", "is_default"})
CATEGORY_FIELDS = frozenset({"name", "parent", "queue", "is_active"})


@transaction.atomic
def create_queue(
    *, by: Employee, name: str, slug: str = "", description: str = "", tiers: int = 1, is_default: bool = False
) -> Queue:
    """A new queue. Nobody has rights on it until they are granted.

    Raises ``NotPermitted``, or ``InvalidPayload`` with a sentence at each field.
    """
    require_administrator(by)
    wait_for_turn()
    queue = Queue(name=name.strip(), description=description.strip(), tiers=tiers, is_default=is_default)
    queue.slug = slug or _free_slug(Queue, name, "queue")
    _refuse_near(queue.name, Queue.objects.all(), _("There is a queue “%(name)s” already: use that one."))
    if is_default:
        _step_down(by)
    return _save_new(queue, "queue.created", by, {"name": queue.name, "tiers": tiers})


@transaction.atomic
def edit_queue(queue: Queue, *, by: Employee, expected_version: int | None = None, **changes: Any) -> Queue:
    """Change name, description, tiers, is_active or is_default, and give the fresh queue.

    Tiers cannot shrink below one where tickets are; rights on tiers that go are taken away with them.
    """
    require_administrator(by)
    wait_for_turn()
    fresh = _locked(Queue, queue, expected_version)
    before = _assign(fresh, changes, QUEUE_FIELDS)
    if not before:
        return fresh
    if "name" in before:
        _refuse_near(
            fresh.name, Queue.objects.exclude(pk=fresh.pk), _("There is a queue “%(name)s” already: use that one.")
        )
    if "is_default" in before and not fresh.is_default:
        raise InvalidPayload(
            {"is_default": [_("The desk needs a default queue: make another one the default instead.")]}
        )
    if fresh.is_default and not fresh.is_active:
        raise InvalidPayload(
            {"is_active": [_("%(queue)s is the default queue: make another one the default first.") % {
                "queue": fresh.name}]}
        )  # fmt: skip
    if "is_default" in before:
        _step_down(by)
    if fresh.tiers < before.get("tiers", fresh.tiers):
        _refuse_lost_tickets(fresh)
    fresh = _save_change(fresh, "queue.edited", by, before)
    if fresh.tiers < before.get("tiers", fresh.tiers):
        _take_rights_of_lost_tiers(fresh, by)
    return fresh


def _step_down(by: Employee) -> None:
    """The queue that was the default is it no more."""
    for other in Queue.objects.select_for_update(no_key=True).filter(is_default=True):
        other.is_default = False
        _save_change(other, "queue.edited", by, {"is_default": True})


def _refuse_lost_tickets(queue: Queue) -> None:
    # A resolved ticket may come back to the tier where it was resolved.
    reopenable = models.Q(is_open=True) | models.Q(state="resolved")
    above = Ticket.objects.filter(reopenable, queue=queue, tier__gt=queue.tiers).count()
    if above:
        raise InvalidPayload(
            {"tiers": [ngettext(
                "%(n)s ticket of %(queue)s is open or just resolved above tier %(tiers)s: return it first.",
                "%(n)s tickets of %(queue)s are open or just resolved above tier %(tiers)s: return them first.",
                above) % {"n": above, "queue": queue.name, "tiers": queue.tiers}]}
        )  # fmt: skip


def _take_rights_of_lost_tiers(queue: Queue, by: Employee) -> None:
    gone = [TIER_RIGHTS[tier] for tier in range(queue.tiers + 1, MAX_TIERS + 1)]
    held = QueueGroupObjectPermission.objects.filter(content_object=queue, permission__codename__in=gone)
    for group, right in list(held.values_list("group__name", "permission__codename").order_by("pk")):
        audit.record(queue, "queue.rights_changed", actor=by, details={"group": group, "added": [], "removed": [right]})
    held.delete()


@transaction.atomic
def create_category(
    *, by: Employee, name: str, slug: str = "", parent: Category | None = None, queue: Queue | None = None
) -> Category:
    """A new node of the tree, under ``parent`` or at the top. Raises as :func:`create_queue`."""
    require_administrator(by)
    wait_for_turn()
    category = Category(name=name.strip(), parent=parent, queue=queue)
    category.slug = slug or _free_slug(Category, name, parent.slug if parent else "category")
    _refuse_near_sibling(category)
    _refuse_long_path(category, [])
    return _save_new(
        category, "category.created", by,
        {"name": category.name, "parent": parent.slug if parent else None, "queue": queue.slug if queue else None},
    )  # fmt: skip


@transaction.atomic
def edit_category(category: Category, *, by: Employee, expected_version: int | None = None, **changes: Any) -> Category:
    """Change name, parent, queue or is_active, and give the fresh category. The paths below it follow."""
    require_administrator(by)
    wait_for_turn()
    fresh = _locked(Category, category, expected_version)
    before = _assign(fresh, changes, CATEGORY_FIELDS)
    if not before:
        return fresh
    below = _below(fresh)
    if fresh.parent is not None and fresh.parent.pk in {fresh.pk, *(node.pk for node in below)}:
        raise InvalidPayload(
            {"parent": [_("“%(parent)s” is “%(name)s” itself or below it: choose a parent elsewhere.") % {
                "parent": fresh.parent.name, "name": fresh.name}]}
        )  # fmt: skip
    if {"name", "parent"} & before.keys():
        _refuse_near_sibling(fresh)
        _refuse_long_path(fresh, below)
    fresh = _save_change(fresh, "category.edited", by, before)
    nodes = {fresh.pk: fresh}
    for node in below:  # parents come before their children, and each save writes the path anew
        node.parent = nodes[node.parent_id or 0]
        node.save(update_fields=["path"])
        nodes[node.pk] = node
    return fresh


def _below(category: Category) -> list[Category]:
    """Every category under ``category``, parents before their children."""
    found: list[Category] = []
    level = [category.pk]
    while level:
        children = list(Category.objects.select_for_update(no_key=True).filter(parent__in=level).order_by("pk"))
        found += children
        level = [child.pk for child in children]
    return found


def _refuse_near_sibling(category: Category) -> None:
    siblings = Category.objects.filter(parent=category.parent).exclude(pk=category.pk)
    _refuse_near(category.name, siblings, _("There is a category “%(name)s” here already: use that one."))


def _refuse_long_path(category: Category, below: list[Category]) -> None:
    start = f"{category.parent.path} › {category.name}" if category.parent else category.name
    longest = max([len(start), *(len(start) + len(node.path) - len(category.path) for node in below)])
    if longest > (Category._meta.get_field("path").max_length or 0):
        raise InvalidPayload({"name": [_("The tree is too deep here: choose a shorter name or a higher parent.")]})


@transaction.atomic
def create_tag(*, by: Employee, name: str) -> Tag:
    """A new word of the controlled list. Raises as :func:`create_queue`."""
    require_administrator(by)
    wait_for_turn()
    tag = Tag(name=name.strip(), slug=_free_slug(Tag, name, "tag"))
    _refuse_near(tag.name, Tag.objects.all(), _("There is a tag “%(name)s” already: use that one."))
    return _save_new(tag, "tag.created", by, {"name": tag.name})


@transaction.atomic
def rename_tag(tag: Tag, *, by: Employee, name: str) -> Tag:
    """Give the word another spelling; tickets keep the tag."""
    require_administrator(by)
    wait_for_turn()
    fresh = _locked(Tag, tag, None)
    before = _assign(fresh, {"name": name}, frozenset({"name"}))
    if not before:
        return fresh
    others = Tag.objects.exclude(pk=fresh.pk)
    _refuse_near(fresh.name, others, _("There is a tag “%(name)s” already: use that one."))
    return _save_change(fresh, "tag.renamed", by, before)


def _locked(model: type[Node], row: Node, expected_version: int | None) -> Node:
    fresh = model._base_manager.select_for_update(no_key=True).get(pk=row.pk)
    version = getattr(fresh, "version", None)
    if expected_version is not None and expected_version != version:
        raise StaleVersion(
            _("“%(name)s” was changed since you opened it. Look at what is new, then try again.")
            % {"name": fresh.name},
            expected=expected_version,
            current=version or 0,
        )
    return fresh


def _assign(row: models.Model, changes: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Set ``changes`` on ``row``; gives what was there before, of what differs."""
    before: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in known:
            raise InvalidPayload({name: [_("“%(name)s” cannot be changed here.") % {"name": name}]})
        new = value.strip() if isinstance(value, str) else value
        old = getattr(row, name)
        if old != new:
            before[name] = old
            setattr(row, name, new)
    return before


def _refuse_near(name: str, others: Iterable[models.Model], sentence: str) -> None:
    for other in others:
        if are_near(name, getattr(other, "name", "")):
            raise InvalidPayload({"name": [sentence % {"name": getattr(other, "name", "")}]})


def _free_slug(model: type[models.Model], name: str, prefix: str) -> str:
    """A short name for addresses that no other row has; names without Latin letters get a number.

    ``new`` is nobody's: it is the address of the empty form.
    """
    field = model._meta.get_field("slug")
    limit = (getattr(field, "max_length", None) or 60) - 8
    base = slugify(name)[:limit].strip("-") or prefix
    taken = {"new", *model._base_manager.filter(slug__startswith=base).values_list("slug", flat=True)}
    if base in taken and base != prefix and model is Category:
        base = f"{prefix}-{base}"[:limit].strip("-")
        taken = set(model._base_manager.filter(slug__startswith=base).values_list("slug", flat=True))
    return base if base not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)


def _save_new(row: Node, verb: str, by: Employee, details: dict[str, Any]) -> Node:
    _validate(row)
    row.save(force_insert=True)
    audit.record(row, verb, actor=by, details={**details, "slug": row.slug})
    return row


def _save_change(row: Node, verb: str, by: Employee, before: dict[str, Any]) -> Node:
    _validate(row)
    if hasattr(row, "version"):
        row.version += 1
    row.save()
    changes = {name: [_plain(old), _plain(getattr(row, name))] for name, old in before.items()}
    audit.record(row, verb, actor=by, details={"changes": changes})
    return row


def _validate(row: models.Model) -> None:
    try:
        row.full_clean(exclude={"path", "near_key"}, validate_constraints=False)
    except ValidationError as error:
        raise InvalidPayload({("" if name == "__all__" else name): found
                              for name, found in error.message_dict.items()}) from error  # fmt: skip


def _plain(value: Any) -> Any:
    return value.slug if isinstance(value, models.Model) and hasattr(value, "slug") else value
