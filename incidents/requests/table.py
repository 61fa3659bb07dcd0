"""The readable table of the catalogue (TOML): who must approve, and what can be asked for.

Reading finds every fault at once, each with its line; applying goes through the same services as the settings pages,
in one transaction, and a second time changes nothing. What the table does not name stays as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import models, transaction
from django.utils.translation import gettext as _

from directory.models import Department, Employee, Location
from servicedesk.tickets.approval_rules import Step, add_rule, change_rule
from servicedesk.tickets.models import ApprovalRule, Category, Queue
from servicedesk.tickets.states import Level
from servicedesk.tickets.tables import Lines, Outcome, TableFault, load, told_as, where

from ..models import CatalogueItem
from .register import TaskLine, add_item, change_item

SHIPPED = Path(__file__).with_name("catalogue.toml")
_KNOWN: dict[str, dict[str, type]] = {
    "rules": {"name": str, "at_once": bool, "steps": list},
    "items": {
        "name": str, "section": str, "summary": str, "description": str, "icon": str, "queue": str, "category": str,
        "urgency": str, "rule": str, "confidential": bool, "active": bool, "departments": list, "locations": list,
        "groups": list, "form": list, "tasks": list,
    },
}  # fmt: skip
_NEEDED = {"rules": ("name", "steps"), "items": ("name", "section", "summary", "queue")}
_STEP: dict[str, type] = {"who": str, "group": str, "quorum": int}
_TASK: dict[str, type] = {"title": str, "queue": str, "after": list, "due_in": int}
_Fault = tuple[tuple[str, str], str]


@dataclass
class CatalogueTable:
    """A read table: its entries by short name, and where each begins."""

    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)


def read(path: Path) -> CatalogueTable:
    """Read the table at ``path``; raises :class:`TableFault`."""
    found, lines = load(path)
    shape = list(_faults_of_shape(found))
    faults = shape or list(_faults_of_names(found))
    if faults:
        raise TableFault([f"{where(lines, *place)}{sentence}" for place, sentence in faults])
    return CatalogueTable(found.get("rules", {}), found.get("items", {}), lines)


def _faults_of_shape(found: dict[str, Any]) -> Iterator[_Fault]:
    for section in found.keys() - _KNOWN.keys():
        yield (section, ""), _("there is no such section; there are rules and items.")
    for section, known in _KNOWN.items():
        entries = found.get(section, {})
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            words = {"section": section}
            yield (section, ""), _("each entry must be a table of its own, such as [%(section)s.example].") % words
            continue
        for name, entry in entries.items():
            yield from (((section, name), why) for why in _wrong(entry, known, _NEEDED[section]))
            for key, parts in (("steps", _STEP), ("tasks", _TASK)):
                rows = entry.get(key, []) if key in known else []
                for place, row in enumerate(rows if isinstance(rows, list) else [], start=1):
                    needed = ("who",) if key == "steps" else ("title", "queue")
                    whys = _wrong(row, parts, needed) if isinstance(row, dict) else [_("write it in braces.")]
                    for why in whys:
                        yield (section, name), f"{key} {place}: {why}"


def _wrong(entry: dict[str, Any], known: dict[str, type], needed: tuple[str, ...]) -> Iterator[str]:
    words = {str: _("text"), int: _("a number"), bool: _("true or false"), list: _("a list")}
    for key in needed:
        if key not in entry:
            yield _("“%(key)s” is missing.") % {"key": key}
    for key, value in entry.items():
        if key not in known:
            yield _("“%(key)s” is unknown here; known are %(known)s.") % {"key": key, "known": ", ".join(known)}
        elif type(value) is not known[key]:
            yield _("“%(key)s” must be %(kind)s.") % {"key": key, "kind": words[known[key]]}


def _faults_of_names(found: dict[str, Any]) -> Iterator[_Fault]:
    """Names that refer to nothing."""
    there: dict[str, set[str]] = {
        "queue": _slugs(Queue), "category": _slugs(Category), "departments": _slugs(Department),
        "locations": _slugs(Location), "groups": set(Group.objects.values_list("name", flat=True)),
        "rule": {*found.get("rules", {}), *_slugs(ApprovalRule)},
    }  # fmt: skip
    for name, entry in found.get("rules", {}).items():
        for step in entry["steps"]:
            if step.get("group") and step["group"] not in there["groups"]:
                yield ("rules", name), _("there is no group “%(name)s”.") % {"name": step["group"]}
    for name, entry in found.get("items", {}).items():
        place = ("items", name)
        for key in there:
            given = entry.get(key, "")
            for one in given if isinstance(given, list) else [given]:
                if one and one not in there[key]:
                    yield place, _("“%(key)s” names “%(name)s”, which is not there.") % {"key": key, "name": one}
        if entry.get("urgency", Level.LOW) not in Level.values:
            yield place, _("“urgency” must be one of %(known)s.") % {"known": ", ".join(Level.values)}
        for task in entry.get("tasks", []):
            if task["queue"] not in there["queue"]:
                yield place, _("there is no queue “%(name)s”.") % {"name": task["queue"]}
            if not all(type(one) is int for one in task.get("after", [])):
                yield place, _("“after” must be a list of places, such as [1, 2].")


def _slugs(model: type[models.Model]) -> set[str]:
    return set(model._default_manager.values_list("slug", flat=True))


@transaction.atomic
def apply(table: CatalogueTable, *, by: Employee) -> Outcome:
    """Bring the catalogue to what ``table`` says. Raises :class:`TableFault`; then nothing was written."""
    outcome = Outcome()
    rules = _apply_rules(table, outcome, by)
    _apply_items(table, outcome, by, rules)
    return outcome


def _apply_rules(table: CatalogueTable, outcome: Outcome, by: Employee) -> dict[str, ApprovalRule]:
    known = {rule.slug: rule for rule in ApprovalRule.objects.all()}
    groups = {group.name: group for group in Group.objects.all()}
    for slug, entry in table.rules.items():
        steps = [
            Step(step["who"], groups[step["group"]] if step.get("group") else None, step.get("quorum", 1))
            for step in entry["steps"]
        ]
        wanted = {"name": entry["name"], "steps": steps, "is_sequential": not entry.get("at_once", False)}
        before = known[slug].version if slug in known else 0
        with told_as(table.lines, "rules", slug):
            if slug in known:
                known[slug] = change_rule(known[slug], by=by, **wanted)
            else:
                known[slug] = add_rule(by=by, slug=slug, **wanted)
        _note(outcome, before, known[slug].version, entry["name"])
    return known


def _apply_items(table: CatalogueTable, outcome: Outcome, by: Employee, rules: dict[str, ApprovalRule]) -> None:
    known = {item.slug: item for item in CatalogueItem.objects.all()}
    queues = {queue.slug: queue for queue in Queue.objects.all()}
    for slug, entry in table.items.items():
        wanted = {
            "name": entry["name"], "section": entry["section"], "summary": entry["summary"],
            "description": entry.get("description", "").strip(), "icon": entry.get("icon", "file-text"),
            "queue": queues[entry["queue"]], "urgency": entry.get("urgency", Level.LOW),
            "category": Category.objects.filter(slug=entry.get("category", "")).first(),
            "approval_rule": rules.get(entry.get("rule", "")), "confidential": entry.get("confidential", False),
            "is_active": entry.get("active", True), "form": entry.get("form", []),
            "tasks": [
                TaskLine(task["title"], queues[task["queue"]], tuple(sorted(task.get("after", []))), task.get("due_in"))
                for task in entry.get("tasks", [])
            ],
            "audience": {
                "departments": Department.objects.filter(slug__in=entry.get("departments", [])),
                "locations": Location.objects.filter(slug__in=entry.get("locations", [])),
                "groups": Group.objects.filter(name__in=entry.get("groups", [])),
            },
        }  # fmt: skip
        before = known[slug].version if slug in known else 0
        with told_as(table.lines, "items", slug):
            if slug in known:
                known[slug] = change_item(known[slug], by=by, **wanted)
            else:
                known[slug] = add_item(by=by, slug=slug, **wanted)
        _note(outcome, before, known[slug].version, entry["name"])


def _note(outcome: Outcome, before: int, after: int, name: str) -> None:
    sentence = _("“%(name)s” was changed.") if before else _("“%(name)s” was created.")
    outcome.note(before != after, sentence % {"name": name})
