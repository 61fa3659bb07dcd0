"""Configuring who must approve: rules and their steps. Administrators only; each change is an event.

What waits for a decision keeps the steps it was asked with: a round holds a copy.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, StaleVersion

from .administration import require_administrator, wait_for_turn
from .models import ApprovalRule, ApprovalStep

MOST_STEPS = 8


@dataclass(frozen=True)
class Step:
    """Whom a step asks; ``group`` and how many of it for ``ApprovalStep.Who.GROUP`` alone."""

    who: str
    group: Group | None = None
    quorum: int = 1


@transaction.atomic
def add_rule(*, by: Employee, name: str, steps: list[Step], is_sequential: bool = True, slug: str = "") -> ApprovalRule:
    """A new rule. Raises ``NotPermitted``, or ``InvalidPayload`` with a sentence at each field."""
    require_administrator(by)
    wait_for_turn()
    rule = ApprovalRule(name=name.strip(), slug=slug or _free_slug(name), is_sequential=is_sequential)
    _check(rule, steps)
    rule.save(force_insert=True)
    _write_steps(rule, steps)
    audit.record(rule, "approval_rule.created", actor=by, details=_said(rule, steps))
    return rule


@transaction.atomic
def change_rule(
    rule: ApprovalRule, *, by: Employee, name: str, steps: list[Step], is_sequential: bool,
    expected_version: int | None = None,
) -> ApprovalRule:  # fmt: skip
    """Bring a rule to what is given, and give it fresh; the same again writes nothing. Raises also ``StaleVersion``."""
    require_administrator(by)
    wait_for_turn()
    fresh = ApprovalRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    if expected_version is not None and expected_version != fresh.version:
        raise StaleVersion(
            _("“%(name)s” was changed since you opened it. Look at what is new, then try again.")
            % {"name": fresh.name},
            expected=expected_version,
            current=fresh.version,
        )  # fmt: skip
    before = _said(fresh, steps_of(fresh))
    fresh.name, fresh.is_sequential = name.strip(), is_sequential
    after = _said(fresh, steps)
    if before == after:
        return fresh
    _check(fresh, steps)
    fresh.version += 1
    fresh.save()
    if before["steps"] != after["steps"]:
        fresh.steps.all().delete()
        _write_steps(fresh, steps)
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    audit.record(fresh, "approval_rule.edited", actor=by, details={"changes": changes})
    return fresh


def steps_of(rule: ApprovalRule) -> list[Step]:
    """The steps of a rule in order."""
    return [Step(step.who, step.group, step.quorum) for step in rule.steps.select_related("group").order_by("position")]


def in_words(steps: list[Step], *, is_sequential: bool) -> str:
    """One sentence that says who must agree."""
    parts = [_step_in_words(step) for step in steps]
    return (_(", then ") if is_sequential else _(", and at the same time ")).join(parts) + "."


def _step_in_words(step: Step) -> str:
    if step.who != ApprovalStep.Who.GROUP:
        return str(ApprovalStep.Who(step.who).label)
    words = {"n": step.quorum, "group": step.group.name if step.group else ""}
    return _("%(n)s of %(group)s") % words


def _write_steps(rule: ApprovalRule, steps: list[Step]) -> None:
    ApprovalStep.objects.bulk_create(
        ApprovalStep(rule=rule, position=place, who=step.who, group=step.group, quorum=step.quorum)
        for place, step in enumerate(steps, start=1)
    )


def _check(rule: ApprovalRule, steps: list[Step]) -> None:
    same = ApprovalRule.objects.exclude(pk=rule.pk).filter(name__iexact=rule.name)
    if same.exists():
        raise InvalidPayload({"name": [_("There is “%(name)s” already: use that one.") % {"name": rule.name}]})
    try:
        rule.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise InvalidPayload(error.message_dict) from error
    faults = []
    if not steps:
        faults.append(_("A rule needs at least one step: whom does it ask?"))
    if len(steps) > MOST_STEPS:
        faults.append(_("A rule has at most %(most)s steps.") % {"most": MOST_STEPS})
    for place, step in enumerate(steps, start=1):
        if why := _fault_of(step):
            faults.append(_("Step %(place)s: %(why)s") % {"place": place, "why": why})
    if faults:
        raise InvalidPayload({"steps": faults})


def _fault_of(step: Step) -> str:
    if step.who not in ApprovalStep.Who.values:
        return _("it must ask the line manager, the head of the department, or a group.")
    if step.who == ApprovalStep.Who.GROUP and step.group is None:
        return _("choose the group that it asks.")
    if step.who != ApprovalStep.Who.GROUP and step.group is not None:
        return _("it asks one person: leave the group empty.")
    if step.who != ApprovalStep.Who.GROUP and step.quorum != 1:
        return _("it asks one person: one must approve.")
    if step.quorum < 1:
        return _("at least one must approve.")
    return ""


def _said(rule: ApprovalRule, steps: list[Step]) -> dict[str, Any]:
    return {
        "name": rule.name,
        "is_sequential": rule.is_sequential,
        "steps": [
            {"who": step.who, "group": step.group.name if step.group else None, "quorum": step.quorum}
            for step in steps
        ],
    }  # fmt: skip


def _free_slug(name: str) -> str:
    base = slugify(name)[:50].strip("-") or "rule"
    taken = {"new", *ApprovalRule.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    return base if base not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)
