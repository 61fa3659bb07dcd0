"""Payloads: one Django form per action, run by the door itself, so every face validates alike."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.common.errors import InvalidPayload
from servicedesk.common.text import validate_block, validate_line


class LineField(forms.CharField):
    """One line of text without control characters."""

    def __init__(self, *, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, validators=[validate_line], **kwargs)


class TextField(forms.CharField):
    """Several lines of text without control characters, at most 20,000 characters."""

    widget = forms.Textarea

    def __init__(self, *, max_length: int = 20_000, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=max_length, validators=[validate_block], **kwargs)


class PayloadForm(forms.Form):
    """The details of one action on one record by one actor.

    ``personal`` names the fields whose text people wrote: the log keeps it beside the chain, so it
    can be erased. Everything else goes into the chained details. ``nested``: names of details that may also come as one
    object, with the prefix of the fields inside: ``{"answers": "field_"}`` takes ``answers.size`` for ``field_size``.
    """

    personal: tuple[str, ...] = ()
    unlogged: tuple[str, ...] = ()
    nested: Mapping[str, str] = {}

    def __init__(
        self, data: Any = None, files: Any = None, *, record: Any, by: Any, facts: Any = None,
        needs_override: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.record, self.by, self.facts = record, by, facts
        self.objects = {name: data[name] for name in self.nested if isinstance((data or {}).get(name), Mapping)}
        super().__init__(self.flat(data) if self.objects else data, files, **kwargs)
        if needs_override:
            self.fields["override_reason"] = TextField(
                label=gettext_lazy("Why you step in"),
                help_text=gettext_lazy("You do this as desk manager. The reason is kept with the ticket."),
                rows=2,
            )

    def flat(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """``given`` with the values inside its objects under the names of their fields."""
        found = {name: value for name, value in given.items() if name not in self.objects}
        for name, inside in self.objects.items():
            found |= {f"{self.nested[name]}{key}": value for key, value in inside.items()}
        return found

    def place_of(self, name: str) -> str:
        """How whoever sent the details calls the field ``name``."""
        for outer in self.objects:
            if name.startswith(self.nested[outer]):
                return f"{outer}.{name.removeprefix(self.nested[outer])}"
        return name

    def related(self, name: str) -> forms.ModelChoiceField:
        """The field ``name``, whose queryset a form narrows to what the actor may choose."""
        return cast(forms.ModelChoiceField, self.fields[name])

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        for name, field in self.fields.items():
            raw = self.data.get(name) if isinstance(self.data, Mapping) else None
            many = isinstance(field, forms.ModelMultipleChoiceField | forms.MultipleChoiceField)
            if isinstance(raw, dict | bytes) or (isinstance(raw, list | tuple | set) and not many):
                self.add_error(name, _("Give one plain value here."))

    def as_log(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The cleaned payload as (details, personal text) for the log."""
        details: dict[str, Any] = {}
        text: dict[str, str] = {}
        for name, value in self.cleaned_data.items():
            if name in self.unlogged or value in (None, "", []):
                continue
            if name in self.personal or name == "override_reason":
                text[name] = str(value)
            else:
                details[name] = loggable(value)
        return details, text


def loggable(value: Any) -> Any:
    """``value`` as a JSON primitive: records by their slug or key, instants in ISO 8601."""
    if isinstance(value, models.Model):
        return getattr(value, "slug", None) or value.pk
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, models.QuerySet | list | tuple | set | frozenset):
        return [loggable(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def clean(form: PayloadForm, given: Mapping[str, Any]) -> dict[str, Any]:
    """The cleaned details, or ``InvalidPayload`` with a sentence at each field; unknown names are refused."""
    errors = {
        form.place_of(name): [_("“%(name)s” is not a detail of this action.") % {"name": form.place_of(name)}]
        for name in form.flat(given)
        if name not in form.fields
    }
    if not form.is_valid():
        for name, found in form.errors.items():
            place = "" if name == "__all__" else form.place_of(name)
            errors.setdefault(place, []).extend(str(sentence) for sentence in found)
    if errors:
        raise InvalidPayload(errors)
    return dict(form.cleaned_data)
