"""Setting changes up: templates, freezes, the questionnaire, who authorises. Each change of it is an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, NotPermitted, StaleVersion
from servicedesk.tickets.administration import CONFIGURE, OPERATOR, wait_for_turn
from servicedesk.tickets.models import ApprovalRule, Queue
from servicedesk.tickets.registers.rights import holds

from .models import AuthorisationPath, ChangeTemplate, FreezePeriod, Path, RiskQuestion, TemplateTask
from .roles import MANAGE

MOST_TASKS = 30
MOST_CHOICES = 10
Row = TypeVar("Row", ChangeTemplate, FreezePeriod, RiskQuestion)
Written = TypeVar("Written", ChangeTemplate, FreezePeriod)
_VERBS = {ChangeTemplate: "change_template", FreezePeriod: "freeze"}


@dataclass(frozen=True)
class TaskLine:
    title: str
    queue: Queue


@dataclass(frozen=True)
class ChoiceLine:
    label: str
    points: int


@dataclass(frozen=True)
class PathLine:
    """Who authorises, and from how many points on; points of an emergency mean nothing."""

    rule: ApprovalRule
    from_points: int = 0


def configures_changes(employee: Employee) -> bool:
    """Sets changes up: change managers and administrators. For pages; the services read anew."""
    return holds(employee, MANAGE) or holds(employee, CONFIGURE)


def require_keeper(by: Employee) -> None:
    """Raise ``NotPermitted`` unless ``by`` manages changes or configures the desk. Rights are read anew."""
    if by.kind == Employee.Kind.SERVICE and by.login == f"system.{OPERATOR}":
        return
    active = Employee.objects.active().filter(pk=by.pk).exists()
    if active and (holds(by, MANAGE, anew=True) or holds(by, CONFIGURE, anew=True)):
        return
    raise NotPermitted(_("Setting changes up is for change managers and administrators. Ask one of them."))


@transaction.atomic
def save_template(
    template: ChangeTemplate | None, *, by: Employee, tasks: list[TaskLine], expected_version: int | None = None,
    **values: Any,
) -> ChangeTemplate:  # fmt: skip
    """A new template, or one as it shall be. Raises ``NotPermitted``, ``InvalidPayload`` or ``StaleVersion``."""
    require_keeper(by)
    wait_for_turn()
    if len(tasks) > MOST_TASKS:
        raise InvalidPayload({"tasks": [_("A template has at most %(most)s tasks.") % {"most": MOST_TASKS}]})
    row = _fresh(ChangeTemplate, template, expected_version)
    said = {"tasks": [{"title": task.title, "queue": task.queue.slug} for task in tasks]}
    before = {} if template is None else {"tasks": _tasks_of(row)}
    row = _write(row, values, by=by, more=(before, said))
    if before != said:
        row.tasks.all().delete()
        TemplateTask.objects.bulk_create(
            TemplateTask(template=row, position=place, title=task.title, queue=task.queue)
            for place, task in enumerate(tasks, start=1)
        )
    return row


def _tasks_of(template: ChangeTemplate) -> list[dict[str, str]]:
    return [{"title": task.title, "queue": task.queue.slug} for task in template.tasks.select_related("queue")]


@transaction.atomic
def save_freeze(
    freeze: FreezePeriod | None, *, by: Employee, start: datetime, end: datetime, expected_version: int | None = None,
    **values: Any,
) -> FreezePeriod:  # fmt: skip
    """A new freeze, or one as it shall be. Raises as :func:`save_template`."""
    require_keeper(by)
    if end <= start:
        raise InvalidPayload({"end": [_("It must end after it begins.")]})
    row = _fresh(FreezePeriod, freeze, expected_version)
    return _write(row, {**values, "start": start, "end": end}, by=by)


@transaction.atomic
def lift_freeze(freeze: FreezePeriod, *, by: Employee) -> None:
    """The freeze is gone, as if it had never been; the log keeps it."""
    require_keeper(by)
    row = _fresh(FreezePeriod, freeze, None)
    details = {"name": row.name, "start": row.start.isoformat(), "end": row.end.isoformat()}
    audit.record(row, "freeze.lifted", actor=by, details=details)
    row.delete()


def _fresh(model: type[Row], row: Row | None, expected_version: int | None) -> Row:
    if row is None:
        return model()
    fresh = model._base_manager.select_for_update(no_key=True).get(pk=row.pk)
    if expected_version is not None and expected_version != fresh.version:
        raise StaleVersion(
            _("“%(name)s” was changed since you opened it. Look at what is new, then try again.") % {"name": fresh},
            expected=expected_version,
            current=fresh.version,
        )
    return fresh


def _write(
    row: Written, values: Mapping[str, Any], *, by: Employee, more: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
) -> Written:  # fmt: skip
    """Save ``row`` with ``values`` and log what differs; ``more`` is what else is before and after."""
    before = {name: _plain(getattr(row, name, None)) if row.pk or name not in ("queue",) else None for name in values}
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    after = {**{name: _plain(getattr(row, name)) for name in values}, **more[1]}
    before |= more[0]
    if row.pk and before == after:
        return row
    if isinstance(row, ChangeTemplate) and not row.pk:
        row.slug = _free_slug(ChangeTemplate, row.name, "template")
    _check(row)
    verb = "edited" if row.pk else "created"
    row.version += 1 if row.pk else 0
    row.save()
    changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    audit.record(row, f"{_VERBS[type(row)]}.{verb}", actor=by, details={"changes": changes})
    return row


def _check(row: Any) -> None:
    try:
        row.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise InvalidPayload({("" if name == "__all__" else name): found
                              for name, found in error.message_dict.items()}) from error  # fmt: skip


def _free_slug(model: type[models.Model], words: str, otherwise: str) -> str:
    base = slugify(words)[:50].strip("-") or otherwise
    taken = {"new", *model._base_manager.filter(slug__startswith=base).values_list("slug", flat=True)}
    return base if base not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return getattr(value, "slug", value.pk)
    return value.isoformat() if isinstance(value, datetime) else value


@transaction.atomic
def save_question(
    question: RiskQuestion | None, *, by: Employee, text: str, choices: list[ChoiceLine], is_active: bool = True,
    expected_version: int | None = None,
) -> RiskQuestion:  # fmt: skip
    """A question with its answers, in order. What was assessed keeps its answers. Raises as :func:`save_template`."""
    require_keeper(by)
    wait_for_turn()
    if len(choices) < 2 or len(choices) > MOST_CHOICES:
        raise InvalidPayload({"choices": [_("Give between two and %(most)s answers.") % {"most": MOST_CHOICES}]})
    if len({choice.label.casefold() for choice in choices}) < len(choices):
        raise InvalidPayload({"choices": [_("Two answers read the same.")]})
    row = _fresh(RiskQuestion, question, expected_version)
    if row.pk:
        row.version += 1
    else:
        row.slug = _free_slug(RiskQuestion, text, "question")
        row.position = (RiskQuestion.objects.aggregate(last=models.Max("position"))["last"] or 0) + 1
    row.text, row.is_active = text.strip(), is_active
    _check(row)
    row.save()
    row.choices.all().delete()
    for place, choice in enumerate(choices, start=1):
        slug = slugify(choice.label)[:50] or f"answer-{place}"
        slug = slug if not row.choices.filter(slug=slug).exists() else f"{slug}-{place}"
        row.choices.create(slug=slug, label=choice.label, points=choice.points, position=place)
    said = {"text": row.text, "is_active": row.is_active, "choices": [[one.label, one.points] for one in choices]}
    audit.record(row, "risk_question.saved", actor=by, details=said)
    return row


@transaction.atomic
def save_paths(*, by: Employee, lines: Mapping[str, PathLine | None]) -> None:
    """Who authorises what: low, medium and high risk, and emergencies. None: there is no such level here.

    Raises ``InvalidPayload`` when a higher risk would begin with fewer points, or nobody authorises low risk.
    """
    require_keeper(by)
    wait_for_turn()
    levels = [(path, lines[path]) for path in (Path.LOW, Path.MEDIUM, Path.HIGH) if lines.get(path) is not None]
    points = [line.from_points for _path, line in levels if line is not None]
    if points != sorted(set(points)) or (levels and points[0] != 0):
        raise InvalidPayload(
            {"": [_("Low risk begins with 0 points, and each higher level with more points than the one before.")]}
        )
    if levels and levels[0][0] != Path.LOW:
        raise InvalidPayload({"low": [_("Say who authorises changes of low risk: every other level comes after it.")]})
    AuthorisationPath.objects.all().delete()
    made = AuthorisationPath.objects.bulk_create(
        AuthorisationPath(path=path, from_points=line.from_points if path != Path.EMERGENCY else 0, rule=line.rule)
        for path, line in lines.items()
        if line is not None
    )
    said = {row.path: {"from_points": row.from_points, "rule": row.rule.slug} for row in made}
    if made:
        audit.record(made[0], "authorisation.saved", actor=by, details=said)
