"""Editing the definitions of typed fields on a page: one row for each field, and a few empty ones."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from servicedesk.tickets import typed_fields
from servicedesk.tickets.typed_fields import FieldKind
from servicedesk.workflow.payload import LineField, TextField

EMPTY_ROWS = 2


class DefinitionForm(forms.Form):
    """One field. A row without a label is no field."""

    name = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    label = LineField(label=gettext_lazy("Label"), max_length=200, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=FieldKind.choices, initial=FieldKind.TEXT)
    required = forms.BooleanField(label=gettext_lazy("Must be filled in"), required=False)
    help = LineField(label=gettext_lazy("Help"), max_length=200, required=False)
    choices = TextField(
        label=gettext_lazy("Choices"), max_length=4000, rows=2, required=False,
        help_text=gettext_lazy("Of a choice: one a line."),
    )  # fmt: skip
    retired = forms.BooleanField(
        label=gettext_lazy("Ask no more"), required=False,
        help_text=gettext_lazy("What was answered is still shown."),
    )  # fmt: skip

    @property
    def is_empty(self) -> bool:
        return not (self.initial.get("name") or (self.is_bound and self["label"].value()))

    def definition(self) -> dict[str, Any] | None:
        """What the row says, to be checked by ``typed_fields``."""
        given = self.cleaned_data
        if not given.get("label"):
            return None
        choices = [line.strip() for line in given["choices"].splitlines() if line.strip()]
        return {**given, "choices": choices if given["kind"] == FieldKind.CHOICE else []}


_Rows = forms.formset_factory(DefinitionForm, extra=EMPTY_ROWS, max_num=typed_fields.MOST_FIELDS * 2, absolute_max=200)


def rows_for(definitions: list[dict[str, Any]], data: Any = None) -> Any:
    """The rows of a page, filled from ``definitions`` or from what was sent."""
    initial = [{**one, "choices": "\n".join(one["choices"])} for one in definitions]
    return _Rows(data, initial=initial, prefix="fields")


def definitions_of(rows: Any) -> list[dict[str, Any]]:
    """What valid rows say; those without a label left out."""
    return [found for row in rows if row.is_valid() and (found := row.definition()) is not None]
