"""What a page's form sends about one action, on its way to the door and, when refused, back to the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.common.errors import InvalidPayload
from servicedesk.workflow import Passage, PayloadForm, carry_out, machine_of, payload_form

from .typed_fields import PREFIX

_MANY = (forms.ModelMultipleChoiceField, forms.MultipleChoiceField)


@dataclass(frozen=True)
class Submission:
    """Raw details and files of one action, and the version of the record that the form was made for."""

    action: str
    details: dict[str, Any]
    files: MultiValueDict
    version: int | None

    @classmethod
    def of(cls, record: models.Model, action: str, post: QueryDict, files: MultiValueDict) -> "Submission":
        """Take what belongs to ``action`` out of a POST; the token and other controls of the page stay behind."""
        form_class = machine_of(type(record)).actions[action].form or PayloadForm
        known = form_class.base_fields
        details = {
            name: post.getlist(name) if isinstance(known.get(name), _MANY) else post[name]
            for name in [*known, *(name for name in post if name.startswith(PREFIX)), "override_reason"]
            if name in post and not isinstance(known.get(name), forms.FileField)
        }
        # A file under the name of a text field is no text: it must not count as an emptied title.
        sent = MultiValueDict(
            {name: files.getlist(name) for name in files if isinstance(known.get(name), forms.FileField)}
        )
        return cls(action, details, sent, _version(post.get("version", "")))

    @property
    def has_files(self) -> bool:
        return bool(self.files)

    def carry_out(self, record: models.Model, *, by: Employee, at_version: bool = True) -> Passage:
        """Through the door. ``at_version``: the form's version is compulsory and must be the record's own."""
        if at_version and self.version is None:
            raise InvalidPayload(
                _("This form does not say which state of the record it is about. Open the page again.")
            )
        return carry_out(
            record, self.action, by=by, expected_version=self.version if at_version else None, details=self.details,
            files=self.files,
        )  # fmt: skip

    def form(self, record: models.Model, *, by: Employee, error: InvalidPayload | None = None) -> PayloadForm:
        """The form with what the person entered and every sentence of ``error``; raises if it is not theirs now."""
        form = payload_form(record, self.action, by=by, data=self.details, files=self.files)
        for name, sentences in _errors(error).items():
            # Files are refused where they are stored, which knows them one by one.
            field = next((known for known in (name, f"{name}s") if known in form.fields), None)
            said: Any = form.errors.get(field or "__all__", [])
            for sentence in sentences:
                if sentence not in said:
                    form.add_error(field, sentence)
        return form


def _errors(error: InvalidPayload | None) -> Mapping[str, list[str]]:
    return error.errors if error is not None else {}


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
