"""What may be done to a record now, with the fields that each move takes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models

from directory.models import Employee
from servicedesk.workflow import PayloadForm, machine_of, options
from servicedesk.workflow.payload import TextField

from ..fields import EmployeeField, TicketField
from ..typed_fields import YesNoField

# Actions with an address of their own.
ELSEWHERE = frozenset({"reply", "note", "attach"})
_MANY = (forms.ModelMultipleChoiceField, forms.MultipleChoiceField)


def option_rows(record: models.Model, by: Employee, *, moves: bool) -> list[dict[str, Any]]:
    """Every move (or every other action) of ``record``, allowed to ``by`` or with the reason why not."""
    facts = machine_of(type(record)).facts(record, by)
    rows = []
    for option in options(record, by, moves_only=moves, facts=facts):
        if option.action.is_move != moves or option.name in ELSEWHERE:
            continue
        form_class = option.action.form or PayloadForm
        fields: Mapping[str, forms.Field] = form_class.base_fields
        if option.allowed:
            fields = form_class(record=record, by=by, facts=facts, needs_override=option.needs_override).fields
        rows.append(
            {
                "name": option.name,
                "label": option.label,
                "allowed": option.allowed,
                "reason": option.reason,
                "fields": [_field_row(_outside(form_class, name), field) for name, field in fields.items()],
            }
        )
    return rows


def _outside(form_class: type[PayloadForm], name: str) -> str:
    """How a payload calls the field: ``answers.size`` for ``field_size``."""
    for outer, prefix in form_class.nested.items():
        if name.startswith(prefix):
            return f"{outer}.{name.removeprefix(prefix)}"
    return name


def _field_row(name: str, field: forms.Field) -> dict[str, Any]:
    return {
        "name": name,
        "label": str(field.label or name),
        "type": _type(field),
        "many": isinstance(field, _MANY),
        "required": field.required,
        "help": str(field.help_text),
        "choices": _choices(field),
    }


def _type(field: forms.Field) -> str:
    if isinstance(field, EmployeeField):
        return "employee"
    if isinstance(field, TicketField):
        return "ticket"
    if isinstance(field, forms.ModelChoiceField):
        return str(field.queryset.model._meta.model_name)
    for kind, name in _TYPES:
        if isinstance(field, kind):
            return name
    return "line"


_TYPES: list[tuple[type[forms.Field], str]] = [
    (YesNoField, "boolean"),
    (forms.ChoiceField, "choice"),
    (forms.BooleanField, "boolean"),
    (forms.IntegerField, "integer"),
    (forms.DateTimeField, "instant"),
    (forms.DateField, "date"),
    (forms.FileField, "file"),
    (TextField, "text"),
]


def _choices(field: forms.Field) -> list[dict[str, str]]:
    """Of a closed list only: people, queues and the like have collections of their own."""
    if not isinstance(field, forms.ChoiceField) or isinstance(field, YesNoField | forms.ModelChoiceField):
        return []
    return [{"value": str(value), "label": str(label)} for value, label in field.choices if value]
