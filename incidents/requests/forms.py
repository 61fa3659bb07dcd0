"""Payload forms of service requests. Fields of the item's own form are named ``field_<name>``."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.tickets import typed_fields
from servicedesk.workflow.payload import PayloadForm, TextField


class FulfilForm(PayloadForm):
    personal = ("text",)
    text = TextField(label=gettext_lazy("What was done"), help_text=gettext_lazy("The employee reads this."))


class RejectForm(PayloadForm):
    personal = ("comment",)
    comment = TextField(label=gettext_lazy("Why"))


class CancelRequestForm(PayloadForm):
    personal = ("reason",)
    reason = TextField(
        label=gettext_lazy("Reason"), rows=2,
        help_text=gettext_lazy("One sentence is enough: everybody involved reads it."),
    )  # fmt: skip


class AnswersForm(PayloadForm):
    """A form that asks what an item's definitions ask; ``answers`` comes out of it, and is kept beside the log."""

    nested = {"answers": typed_fields.PREFIX}

    definitions: list[dict[str, Any]]
    present: dict[str, Any]

    def _ask(self, definitions: list[dict[str, Any]], present: dict[str, Any]) -> None:
        self.definitions, self.present = definitions, present
        self.fields.update(typed_fields.form_fields(definitions, present))
        self.initial = {**typed_fields.initial(definitions, present), **self.initial}

    @property
    def answer_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(typed_fields.PREFIX)]

    def full_clean(self) -> None:
        """Of an object, what has not the type of its field never comes to that field, which reads text."""
        misfits = {}
        for one in typed_fields.asked(self.definitions) if self.objects else ():
            if sentence := _misfit(one, self.objects["answers"]):
                misfits[f"{typed_fields.PREFIX}{one['name']}"] = sentence
        if misfits:
            self.data = {**self.data, **dict.fromkeys(misfits)}
        super().full_clean()
        for name, sentence in misfits.items():
            self.errors.pop(name, None)
            self.add_error(name, sentence)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        answers = typed_fields.answers_of(self.definitions, cleaned, self.present)
        kept = {name: value for name, value in cleaned.items() if not name.startswith(typed_fields.PREFIX)}
        return {**kept, "answers": answers}

    def as_log(self) -> tuple[dict[str, Any], dict[str, str]]:
        details, text = super().as_log()
        details.pop("answers", None)
        answers = self.cleaned_data.get("answers")
        if answers:
            told = typed_fields.outward(self.definitions, answers)
            text["answers"] = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return details, text


def _misfit(definition: dict[str, Any], answers: Mapping[str, Any]) -> str:
    """Why an answer of an object has not the type of its field: form fields would take 5 for a text."""
    value = answers.get(definition["name"])
    if value is None:
        return ""
    if isinstance(value, Mapping | list | tuple | set | bytes):
        return _("Give one plain value here.")
    match definition["kind"]:
        case typed_fields.FieldKind.YES_NO:
            return "" if isinstance(value, bool) else _("Write true or false.")
        case typed_fields.FieldKind.NUMBER:
            return _("Write a number.") if isinstance(value, bool) else ""
    return _("Write this as text, in quotes.") if isinstance(value, bool | int | float) else ""


class ReviseForm(AnswersForm):
    """What was asked for, to be changed. The form is that of the day on which it was asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ask(self.record.form if self.record else [], self.record.answers if self.record else {})
