"""PATCH: some fields of a ticket at once. Each belongs to an action; all happen, or none."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.common.rest.parsing import check_types
from servicedesk.common.transactions import carried_through
from servicedesk.workflow import carry_out, machine_of
from servicedesk.workflow.payload import TextField

from ..forms import CategoriseForm, EditForm, PriorityForm, TagForm
from ..models import Ticket

_ACTIONS: dict[str, tuple[str, ...]] = {
    "edit": ("title", "description"),
    "set_priority": ("impact", "urgency", "priority", "reason"),
    "categorise": ("category",),
    "tag": ("tags",),
}
OVERRIDE = "override_reason"
FIELDS: dict[str, forms.Field] = {
    name: field
    for form in (EditForm, PriorityForm, CategoriseForm, TagForm)
    for name, field in form.base_fields.items()
} | {OVERRIDE: TextField(required=False)}


def patch(record: Ticket, changes: Mapping[str, Any], *, by: Employee, expected_version: int) -> None:
    """Carry out ``changes``, a mapping of writable fields, if ``record`` still has ``expected_version``.

    Raises as the door does; ``InvalidPayload`` names every field that is at fault.
    """
    _refuse_others(changes)
    check_types(changes, FIELDS)
    plan = {
        action: {name: changes[name] for name in names if name in changes}
        for action, names in _ACTIONS.items()
        if any(name in changes for name in names)
    }
    _add_override(plan, record, changes, by)

    def work() -> None:
        version = expected_version
        for action, details in plan.items():
            version = carry_out(record, action, by=by, expected_version=version, details=details).record.version

    try:
        carried_through(work)
    except InvalidPayload as error:
        raise InvalidPayload(_all_errors(record, plan, by=by, first=error)) from error


def _refuse_others(changes: Mapping[str, Any]) -> None:
    errors = {
        name: [_("“%(name)s” cannot be changed here. What can: %(names)s.") % {
            "name": name, "names": ", ".join(FIELDS)}]
        for name in changes
        if name not in FIELDS
    }  # fmt: skip
    if errors:
        raise InvalidPayload(errors)
    if not set(changes) - {"reason", OVERRIDE}:
        raise InvalidPayload(_("Name at least one field to change: %(names)s.") % {"names": ", ".join(FIELDS)})
    if "reason" in changes and not {"impact", "urgency", "priority"} & set(changes):
        raise InvalidPayload({"reason": [_("A reason belongs to a change of impact, urgency or priority.")]})


def _add_override(plan: dict[str, dict[str, Any]], record: Ticket, changes: Mapping[str, Any], by: Employee) -> None:
    """A desk manager's reason goes to those actions that need it."""
    if OVERRIDE not in changes:
        return
    machine = machine_of(type(record))
    facts = machine.facts(record, by)
    needing = [action for action in plan if machine.decide(facts, action).needs_override]
    if not needing:
        raise InvalidPayload({OVERRIDE: [_("You may do this in your own right: leave out this reason.")]})
    for action in needing:
        plan[action][OVERRIDE] = changes[OVERRIDE]


def _all_errors(
    record: Ticket, plan: Mapping[str, Mapping[str, Any]], *, by: Employee, first: InvalidPayload
) -> dict[str, list[str]]:
    """The errors of every part, so that the sender mends all of them at once. Nothing was written."""
    machine = machine_of(type(record))
    facts = machine.facts(record, by)
    errors = dict(first.errors)
    for action, details in plan.items():
        form_class, decision = machine.actions[action].form, machine.decide(facts, action)
        if form_class is None or not decision:
            continue
        form = form_class(details, record=record, by=by, facts=facts, needs_override=decision.needs_override)
        for name, found in form.errors.items():
            errors.setdefault("" if name == "__all__" else name, [str(sentence) for sentence in found])
    return errors
