"""The form that makes a service request."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.absences import principals_of
from directory.models import Employee
from servicedesk.tickets.access import Access
from servicedesk.tickets.fields import EmployeeField
from servicedesk.workflow.payload import TextField

from ..models import CatalogueItem
from .forms import AnswersForm


class ItemForm(AnswersForm):
    """A form with the field ``catalogue_item`` that asks what the chosen item asks."""

    def ask_what_the_item_asks(self) -> None:
        """Once the items to choose from are known."""
        item = self._item()
        self._ask(item.form if item else [], {})

    def _item(self) -> CatalogueItem | None:
        given = self.data.get("catalogue_item") if self.is_bound else self.initial.get("catalogue_item")
        try:
            found: CatalogueItem | None = self.fields["catalogue_item"].to_python(given) if given else None
        except ValidationError:
            return None
        return found


class RequestForm(ItemForm):
    """A new request. For somebody else: technicians for a caller, and delegates for whom they stand in for."""

    personal = ("note",)
    unlogged = ("requested_for",)

    catalogue_item = forms.ModelChoiceField(
        CatalogueItem.objects.none(), to_field_name="slug", label=gettext_lazy("What"),
        error_messages={"invalid_choice": gettext_lazy("There is no such item, or it is not offered to you.")},
    )  # fmt: skip
    requested_for = EmployeeField(required=False, label=gettext_lazy("For whom"))
    note = TextField(
        label=gettext_lazy("Anything else we should know?"), required=False, rows=3, max_length=10_000,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_technician = Access.of(self.by).is_technician
        offered = CatalogueItem.objects.select_related("queue", "approval_rule", "category")
        # Whoever asks for somebody else asks for what that person is offered: that is checked in clean().
        self.related("catalogue_item").queryset = offered.active()
        self.related("requested_for").queryset = self._others()
        self.ask_what_the_item_asks()

    def _others(self) -> Any:
        people = Employee.objects.active().people()
        if self.is_technician:
            return people
        return people.filter(pk__in=[*principals_of(self.by).values_list("employee", flat=True), self.by.pk])

    @property
    def may_ask_for_others(self) -> bool:
        return self.is_technician or principals_of(self.by).exists()

    def clean_requested_for(self) -> Employee:
        return self.cleaned_data["requested_for"] or self.by

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        item, person = cleaned.get("catalogue_item"), cleaned.get("requested_for")
        if item is not None and person is not None:
            offered = type(item).objects.filter(pk=item.pk)
            if not offered.offered_to(person).exists():
                if person.pk == self.by.pk:
                    self.add_error("catalogue_item", _("There is no such item, or it is not offered to you."))
                else:
                    self.add_error("requested_for", _("This is not offered to %(name)s.") % {"name": person.name})
        return cleaned
