"""Setting cases up: templates and their tasks. Each change is an event."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from directory.models import Department, Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, NotPermitted, StaleVersion
from servicedesk.tickets.administration import CONFIGURE, OPERATOR, wait_for_turn
from servicedesk.tickets.models import Queue
from servicedesk.tickets.people import readers_of_confidential
from servicedesk.tickets.registers.rights import holds

from .models import CaseTemplate, CaseType, TaskTemplate
from .roles import RUN

MOST_TASKS = 60


@dataclass(frozen=True)
class TaskLine:
    """One task; ``offset``: working days from the day, before it when negative."""

    title: str
    queue: Queue
    offset: int = 0


def configures_cases(employee: Employee) -> bool:
    """Sets cases up: people who run them and administrators. For pages; the services read anew."""
    return holds(employee, RUN) or holds(employee, CONFIGURE)


def runs_cases(employee: Employee) -> bool:
    return holds(employee, RUN)


def require_keeper(by: Employee) -> None:
    """Raise ``NotPermitted`` unless ``by`` runs cases or configures the desk. Rights are read anew."""
    if by.kind == Employee.Kind.SERVICE and by.login == f"system.{OPERATOR}":
        return
    active = Employee.objects.active().filter(pk=by.pk).exists()
    if active and (holds(by, RUN, anew=True) or holds(by, CONFIGURE, anew=True)):
        return
    raise NotPermitted(_("Setting cases up is for people who run them and for administrators. Ask one of them."))


@transaction.atomic
def save_template(
    template: CaseTemplate | None, *, by: Employee, name: str, case_type: str, queue: Queue, tasks: list[TaskLine],
    department: Department | None = None, is_active: bool = True, expected_version: int | None = None,
) -> CaseTemplate:  # fmt: skip
    """A new template, or one as it shall be; open cases keep their tasks.

    Raises ``NotPermitted``, ``InvalidPayload`` with a sentence at each field, or ``StaleVersion``.
    """
    require_keeper(by)
    wait_for_turn()
    row = (
        CaseTemplate() if template is None else CaseTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    )
    if template is not None and expected_version is not None and expected_version != row.version:
        raise StaleVersion(
            _("“%(name)s” was changed since you opened it. Look at what is new, then try again.") % {"name": row.name},
            expected=expected_version,
            current=row.version,
        )  # fmt: skip
    before = _said(row, _tasks_of(row)) if row.pk else {}
    row.name, row.case_type, row.queue = name.strip(), case_type, queue
    row.department, row.is_active = department, is_active
    after = _said(row, tasks)
    if before == after:
        return row
    _check(row, tasks)
    if row.pk:
        row.version += 1
    else:
        row.slug = _free_slug(name)
    row.save()
    row.tasks.all().delete()
    TaskTemplate.objects.bulk_create(
        TaskTemplate(template=row, position=place, title=task.title, queue=task.queue, offset=task.offset)
        for place, task in enumerate(tasks, start=1)
    )
    changes = {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
    verb = "case_template.edited" if before else "case_template.created"
    audit.record(row, verb, actor=by, details={"changes": changes})
    return row


def _tasks_of(template: CaseTemplate) -> list[TaskLine]:
    return [TaskLine(task.title, task.queue, task.offset) for task in template.tasks.select_related("queue")]


def _said(row: CaseTemplate, tasks: list[TaskLine]) -> dict[str, Any]:
    return {
        "name": row.name, "case_type": row.case_type, "queue": row.queue.slug, "is_active": row.is_active,
        "department": row.department.slug if row.department else None,
        "tasks": [{"title": task.title, "queue": task.queue.slug, "offset": task.offset} for task in tasks],
    }  # fmt: skip


def _check(row: CaseTemplate, tasks: list[TaskLine]) -> None:
    errors: dict[str, list[str]] = {}
    if len(tasks) > MOST_TASKS:
        errors["tasks"] = [_("A template has at most %(most)s tasks.") % {"most": MOST_TASKS}]
    others = CaseTemplate.objects.exclude(pk=row.pk).filter(case_type=row.case_type, is_active=True)
    if row.is_active and others.filter(department=row.department).exists():
        errors["department"] = [_("There is one in use for the same people already: change that one.")]
    if row.case_type == CaseType.LEAVER and not readers_of_confidential(row.queue_id).exists():
        errors["queue"] = [_("Nobody of %(queue)s may read confidential tickets.") % {"queue": row.queue.name}]
    try:
        row.full_clean(validate_constraints=False, exclude=["slug"])
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise InvalidPayload(errors)


def _free_slug(name: str) -> str:
    base = slugify(name)[:50].strip("-") or "template"
    taken = {"new", *CaseTemplate.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    return base if base not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)
