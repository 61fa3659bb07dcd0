"""Configuring the catalogue: items with their form, audience, approval rule and tasks. Administrators only.

A request keeps the form it was asked with, and its round the steps of the rule: what changes here is for what is asked
from now on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, StaleVersion
from servicedesk.tickets import typed_fields
from servicedesk.tickets.administration import require_administrator, wait_for_turn
from servicedesk.tickets.models import Queue

from ..models import CatalogueItem, CatalogueTask

MOST_TASKS = 20
AUDIENCE = ("departments", "locations", "groups")
PLAIN = (
    "name", "section", "summary", "description", "icon", "queue", "category", "urgency", "approval_rule",
    "confidential", "is_active",
)  # fmt: skip


@dataclass(frozen=True)
class TaskLine:
    """One task that every request brings. ``after``: places, from 1, of the tasks above it that come first."""

    title: str
    queue: Queue
    after: tuple[int, ...] = ()
    due_in: int | None = None


@transaction.atomic
def add_item(
    *, by: Employee, form: list[dict[str, Any]], tasks: list[TaskLine], audience: Mapping[str, Iterable[Any]],
    slug: str = "", **values: Any,
) -> CatalogueItem:  # fmt: skip
    """A new item. Raises ``NotPermitted``, or ``InvalidPayload`` with a sentence at each field."""
    require_administrator(by)
    wait_for_turn()
    item = CatalogueItem(**_known(values), form=typed_fields.checked(form))
    item.slug = slug or _free_slug(item.name)
    _check(item, tasks)
    item.save(force_insert=True)
    _write_tasks(item, tasks)
    _write_audience(item, audience)
    audit.record(item, "catalogue_item.created", actor=by, details={"name": item.name, "slug": item.slug})
    return item


@transaction.atomic
def change_item(
    item: CatalogueItem, *, by: Employee, form: list[dict[str, Any]], tasks: list[TaskLine],
    audience: Mapping[str, Iterable[Any]], expected_version: int | None = None, **values: Any,
) -> CatalogueItem:  # fmt: skip
    """Bring an item to what is given, and give it fresh; the same again writes nothing. Raises also ``StaleVersion``.

    Fields that are no longer named are retired: what was answered stays readable.
    """
    require_administrator(by)
    wait_for_turn()
    fresh = CatalogueItem.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    if expected_version is not None and expected_version != fresh.version:
        raise StaleVersion(
            _("“%(name)s” was changed since you opened it. Look at what is new, then try again.")
            % {"name": fresh.name},
            expected=expected_version,
            current=fresh.version,
        )  # fmt: skip
    before = _said(fresh, tasks_of(fresh), audience_of(fresh))
    for name, value in _known(values).items():
        setattr(fresh, name, value)
    fresh.form = typed_fields.changed(fresh.form, form)
    wanted = {name: list(audience.get(name, ())) for name in AUDIENCE}
    after = _said(fresh, tasks, wanted)
    if before == after:
        return fresh
    _check(fresh, tasks)
    fresh.version += 1
    fresh.save()
    if before["tasks"] != after["tasks"]:
        fresh.tasks.all().delete()
        _write_tasks(fresh, tasks)
    _write_audience(fresh, wanted)
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    changes.pop("description", None)  # long; that it changed is told by the version
    audit.record(fresh, "catalogue_item.edited", actor=by, details={"changes": changes})
    return fresh


def tasks_of(item: CatalogueItem) -> list[TaskLine]:
    """The tasks of an item in order."""
    rows = list(item.tasks.select_related("queue").prefetch_related("after").order_by("position"))
    place = {row.pk: number for number, row in enumerate(rows, start=1)}
    return [
        TaskLine(row.title, row.queue, tuple(sorted(place[one.pk] for one in row.after.all())), row.due_in)
        for row in rows
    ]


def audience_of(item: CatalogueItem) -> dict[str, list[Any]]:
    """Departments, locations and groups; all empty means everybody."""
    return {name: list(getattr(item, name).order_by("pk")) for name in AUDIENCE}


def _known(values: dict[str, Any]) -> dict[str, Any]:
    for name in values:
        if name not in PLAIN:
            raise InvalidPayload({name: [_("“%(name)s” cannot be changed here.") % {"name": name}]})
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def _check(item: CatalogueItem, tasks: list[TaskLine]) -> None:
    if CatalogueItem.objects.exclude(pk=item.pk).filter(name__iexact=item.name).exists():
        raise InvalidPayload({"name": [_("There is “%(name)s” already: use that one.") % {"name": item.name}]})
    try:
        item.full_clean(exclude=["form"], validate_constraints=False)
    except ValidationError as error:
        raise InvalidPayload(error.message_dict) from error
    faults = []
    if len(tasks) > MOST_TASKS:
        faults.append(_("An item brings at most %(most)s tasks.") % {"most": MOST_TASKS})
    for place, task in enumerate(tasks, start=1):
        if not task.title.strip():
            faults.append(_("Task %(place)s has no title.") % {"place": place})
        if any(not 1 <= one < place for one in task.after):
            faults.append(_("Task %(place)s may only come after tasks above it.") % {"place": place})
    if faults:
        raise InvalidPayload({"tasks": faults})


def _write_tasks(item: CatalogueItem, tasks: list[TaskLine]) -> None:
    made = CatalogueTask.objects.bulk_create(
        CatalogueTask(item=item, position=place, title=task.title.strip(), queue=task.queue, due_in=task.due_in)
        for place, task in enumerate(tasks, start=1)
    )
    for row, task in zip(made, tasks, strict=True):
        if task.after:
            row.after.set([made[place - 1] for place in task.after])


def _write_audience(item: CatalogueItem, audience: Mapping[str, Iterable[Any]]) -> None:
    for name in AUDIENCE:
        getattr(item, name).set(audience.get(name, ()))


def _said(item: CatalogueItem, tasks: list[TaskLine], audience: dict[str, list[Any]]) -> dict[str, Any]:
    """Everything about an item as JSON primitives, for comparing and for the log."""
    said = {name: _plain(getattr(item, name)) for name in PLAIN}
    said["form"] = [dict(one) for one in item.form]
    said["tasks"] = [[task.title.strip(), task.queue.slug, list(task.after), task.due_in] for task in tasks]
    for name in AUDIENCE:
        said[name] = sorted(str(row) for row in audience[name])
    return said


def _plain(value: Any) -> Any:
    return getattr(value, "slug", None) if isinstance(value, models.Model) else value


def _free_slug(name: str) -> str:
    base = slugify(name)[:60].strip("-") or "item"
    taken = {"new", *CatalogueItem.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    return base if base not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)
