"""The readable table of the desk (TOML): queues, categories, tags, and what each group may do.

Reading finds every fault at once, each with its line; applying goes through the same services as
the settings pages, in one transaction, and a second time changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.text import validate_line

from . import desk, grants
from .models import Category, Queue, QueueGroupObjectPermission, Tag
from .tables import Lines, Outcome, TableFault, load, told_as, where

SHIPPED = Path(__file__).with_name("desk.toml")
_SECTIONS: dict[str, dict[str, type]] = {
    "queues": {"name": str, "description": str, "tiers": int, "default": bool, "active": bool},
    "categories": {"name": str, "parent": str, "queue": str, "active": bool},
    "groups": {"register": list, "on": dict},
}


@dataclass
class DeskTable:
    """A read table. ``lines``: where each entry begins, by (section, name)."""

    queues: dict[str, dict[str, Any]] = field(default_factory=dict)
    categories: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    lines: Lines = field(default_factory=dict)


def read(path: Path) -> DeskTable:
    """Read the table at ``path``; raises :class:`TableFault`."""
    found, lines = load(path)
    table = DeskTable(lines=lines)
    faults = [
        f"{where(table.lines, *place)}{sentence}"
        for place, sentence in [*_faults_of_shape(found), *_faults_of_names(found)]
    ]
    if faults:
        raise TableFault(faults)
    table.queues, table.categories = found.get("queues", {}), found.get("categories", {})
    table.groups, table.tags = found.get("groups", {}), found.get("tags", {}).get("names", [])
    return table


_Fault = tuple[tuple[str, str], str]


def _faults_of_shape(found: dict[str, Any]) -> Iterator[_Fault]:
    for section in found.keys() - {*_SECTIONS, "tags"}:
        yield (section, ""), _("there is no such section; there are queues, categories, tags and groups.")
    for section, known in _SECTIONS.items():
        entries = found.get(section, {})
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            yield (
                (section, ""),
                _("each entry must be a table of its own, such as [%(section)s.example].") % {"section": section},
            )
            continue
        for name, entry in entries.items():
            for key, value in entry.items():
                if key not in known:
                    yield (section, name), _("“%(key)s” is unknown here; known are %(known)s.") % {
                        "key": key, "known": ", ".join(known),
                    }  # fmt: skip
                elif type(value) is not known[key]:
                    yield (section, name), _("“%(key)s” must be %(kind)s.") % {"key": key, "kind": _kind(known[key])}
            if section != "groups" and not isinstance(entry.get("name"), str):
                yield (section, name), _("“name” is missing.")
    tags = found.get("tags", {})
    names = tags.get("names") if isinstance(tags, dict) else None
    if tags and (not isinstance(names, list) or not all(isinstance(name, str) for name in names)):
        yield ("tags", ""), _('write: names = ["one", "two"].')


def _kind(kind: type) -> str:
    words = {str: _("text"), int: _("a number"), bool: _("true or false"), list: _("a list"), dict: _("a table")}
    return words[kind]


def _faults_of_names(found: dict[str, Any]) -> Iterator[_Fault]:
    """Names that refer to nothing: neither in the table nor, for queues and categories, in the database."""
    queues = {*_tables(found, "queues"), *Queue.objects.values_list("slug", flat=True)}
    categories = _tables(found, "categories")
    known = {*categories, *Category.objects.values_list("slug", flat=True)}
    for name, entry in categories.items():
        if entry.get("queue", "") and entry["queue"] not in queues:
            yield ("categories", name), _("there is no queue “%(name)s”.") % {"name": entry["queue"]}
        if entry.get("parent", "") and entry["parent"] not in known:
            yield (
                ("categories", name),
                _("there is no category “%(name)s” to be its parent.") % {"name": entry["parent"]},
            )
        if _goes_in_a_circle(name, categories):
            yield ("categories", name), _("its parents go in a circle.")
    for name, entry in _tables(found, "groups").items():
        try:
            Group._meta.get_field("name").run_validators(name.strip())
            validate_line(name)
        except ValidationError as error:
            yield ("groups", name), " ".join(error.messages)
        on = entry.get("on", {})
        for slug, rights in on.items() if isinstance(on, dict) else ():
            if slug not in queues:
                yield ("groups", name), _("there is no queue “%(name)s”.") % {"name": slug}
            if not isinstance(rights, list) or not all(isinstance(right, str) for right in rights):
                yield ("groups", name), _("the rights on “%(name)s” must be a list of texts.") % {"name": slug}
        register = entry.get("register", [])
        if isinstance(register, list) and not all(isinstance(right, str) for right in register):
            yield ("groups", name), _("“register” must be a list of texts.")


def _tables(found: dict[str, Any], section: str) -> dict[str, dict[str, Any]]:
    entries = found.get(section, {})
    return {k: v for k, v in entries.items() if isinstance(v, dict)} if isinstance(entries, dict) else {}


def _goes_in_a_circle(name: str, categories: dict[str, dict[str, Any]]) -> bool:
    seen = {name}
    parent = categories[name].get("parent")
    while parent in categories:
        if parent in seen:
            return parent == name
        seen.add(parent)
        parent = categories[parent].get("parent")
    return False


@transaction.atomic
def apply(table: DeskTable, *, by: Employee) -> Outcome:
    """Bring the desk to what ``table`` says. Raises :class:`TableFault`; then nothing was written."""
    outcome = Outcome()
    queues = _apply_queues(table, outcome, by)
    _apply_categories(table, outcome, by, queues)
    _apply_tags(table, outcome, by)
    _apply_groups(table, outcome, by, queues)
    return outcome


def _apply_queues(table: DeskTable, outcome: Outcome, by: Employee) -> dict[str, Queue]:
    known = {queue.slug: queue for queue in Queue.objects.all()}
    for slug, entry in table.queues.items():
        wanted = {
            "name": entry["name"], "description": entry.get("description", ""), "tiers": entry.get("tiers", 1),
            "is_default": entry.get("default", False),
        }  # fmt: skip
        active = entry.get("active", True)
        with told_as(table.lines, "queues", slug):
            if slug not in known:
                known[slug] = desk.create_queue(by=by, slug=slug, **wanted)
                outcome.note(True, _("Queue “%(name)s” was created.") % {"name": entry["name"]})
            if not wanted["is_default"]:
                del wanted["is_default"]  # another entry, or a settings page, makes its queue the default
            version = known[slug].version
            known[slug] = desk.edit_queue(known[slug], by=by, is_active=active, **wanted)
        outcome.note(known[slug].version != version, _("Queue “%(name)s” was changed.") % {"name": entry["name"]})
    return known


def _apply_categories(table: DeskTable, outcome: Outcome, by: Employee, queues: dict[str, Queue]) -> None:
    known = {category.slug: category for category in Category.objects.select_related("parent", "queue")}
    for slug in _parents_first(table.categories):
        entry = table.categories[slug]
        wanted = {
            "name": entry["name"], "parent": known.get(entry.get("parent", "")),
            "queue": queues.get(entry.get("queue", "")),
        }  # fmt: skip
        with told_as(table.lines, "categories", slug):
            if slug not in known:
                known[slug] = desk.create_category(by=by, slug=slug, **wanted)
                outcome.note(True, _("Category “%(name)s” was created.") % {"name": known[slug].path})
            version = known[slug].version
            known[slug] = desk.edit_category(known[slug], by=by, is_active=entry.get("active", True), **wanted)
        outcome.note(known[slug].version != version, _("Category “%(name)s” was changed.") % {"name": known[slug].path})


def _parents_first(categories: dict[str, dict[str, Any]]) -> list[str]:
    done: dict[str, None] = {}
    for slug in categories:
        upwards: list[str] = []
        node = slug
        while node in categories and node not in done:  # there is no circle: reading refuses it
            upwards.append(node)
            node = categories[node].get("parent", "")
        done |= dict.fromkeys(reversed(upwards))
    return list(done)


def _apply_tags(table: DeskTable, outcome: Outcome, by: Employee) -> None:
    present = set(Tag.objects.values_list("name", flat=True))
    for name in table.tags:
        if name not in present:
            with told_as(table.lines, "tags", ""):
                desk.create_tag(by=by, name=name)
        outcome.note(name not in present, _("Tag “%(name)s” was created.") % {"name": name})


def _apply_groups(table: DeskTable, outcome: Outcome, by: Employee, queues: dict[str, Queue]) -> None:
    # Who gains the register goes first: the last administrators may be moving from one group to another.
    for name, entry in sorted(table.groups.items(), key=lambda item: not item[1].get("register")):
        group, is_new = Group.objects.get_or_create(name=name)
        outcome.note(is_new, _("Group “%(name)s” was created.") % {"name": name})
        with told_as(table.lines, "groups", name):
            changed = grants.grant_register(group, entry.get("register", []), by=by)
        outcome.note(changed, _("Rights of “%(name)s” about the register were changed.") % {"name": name})
        on = entry.get("on", {})
        held = QueueGroupObjectPermission.objects.filter(group=group)
        elsewhere = set(held.values_list("content_object__slug", flat=True)) - on.keys()
        for slug in [*on, *sorted(elsewhere)]:
            with told_as(table.lines, "groups", name):
                changed = grants.grant(group, queues[slug], on.get(slug, []), by=by)
            outcome.note(
                changed,
                _("Rights of “%(name)s” on “%(queue)s” were changed.") % {"name": name, "queue": queues[slug].name},
            )
