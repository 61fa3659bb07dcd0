"""Form fields that find people and tickets as the outside contract names them, within what one may see."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Employee
from servicedesk.common.errors import Hidden

from .models import Ticket


class EmployeeField(forms.ModelChoiceField):
    """An active person, by login."""

    def __init__(self, queryset: Any = None, **kwargs: Any) -> None:
        found = Employee.objects.active().people() if queryset is None else queryset
        if "widget" not in kwargs:
            kwargs["widget"] = forms.TextInput(attrs={"autocomplete": "off"})
            kwargs.setdefault("help_text", gettext_lazy("Login, e-mail address or full name."))
        super().__init__(found, to_field_name="login", **kwargs)
        self.error_messages.setdefault("invalid_choice", "")
        self.error_messages["invalid_choice"] = gettext_lazy(
            "There is no active employee with this login, e-mail address or name."
        )

    def to_python(self, value: Any) -> Employee | None:
        """A login in any case, an e-mail address, or a name that one person only has."""
        if isinstance(value, str) and (text := value.strip()) and "\x00" not in text:
            people = cast("QuerySet[Employee]", self.queryset)
            for lookup in ("login__iexact", "email__iexact", "name__iexact"):
                found = list(people.filter(**{lookup: text})[:2])
                if len(found) == 1:
                    return found[0]
                if found:
                    raise ValidationError(
                        _("Several people are called %(name)s: give the login instead.") % {"name": text}
                    )
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)

    def label_from_instance(self, obj: Employee) -> str:
        return obj.name

    def prepare_value(self, value: Any) -> Any:
        return value.login if isinstance(value, Employee) else value


class TicketField(forms.Field):
    """A ticket that the actor may see, by number. The form must carry ``by``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "placeholder": "INC-000123"}))
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        self.by = form.by  # type: ignore[attr-defined]
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Ticket) else value

    def to_python(self, value: Any) -> Ticket | None:
        if value in self.empty_values:
            return None
        text = value.number if isinstance(value, Ticket) else value
        try:
            return Ticket.objects.visible_to(self.by).select_related("queue").get_by_number(text)
        except Hidden as error:
            raise ValidationError(_("There is no such ticket, or you may not see it.")) from error


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several uploads, as a list. Sizes are checked again where the file is stored."""

    def __init__(self, *, single: bool = False, **kwargs: Any) -> None:
        self.single = single
        kwargs.setdefault("widget", forms.FileInput() if single else _SeveralFiles())
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        several = data if isinstance(data, list | tuple) else [data] if data else []
        cleaned = [super(FilesField, self).clean(one, initial) for one in several]
        if self.required and not cleaned:
            raise ValidationError(_("Choose a file."))
        return cleaned
