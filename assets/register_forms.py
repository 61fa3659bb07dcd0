"""Payload forms that name rows of the register: making and editing assets, relations, links to tickets, stock."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Department, Location
from servicedesk.tickets import typed_fields
from servicedesk.tickets.fields import EmployeeField, TicketField
from servicedesk.workflow.payload import LineField, PayloadForm, TextField

from .forms import DateField
from .models import Asset, AssetModel, AssetType, Relation, StockItem
from .states import IN_STOCK, ORDERED, Condition


class AssetField(forms.Field):
    """An asset that the actor may see, by number, tag or serial. The form must carry ``by``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "placeholder": "LT-0382"}))
        kwargs.setdefault("help_text", gettext_lazy("Number, tag or serial number."))
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        self.by = form.by  # type: ignore[attr-defined]
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        return (value.tag or value.number) if isinstance(value, Asset) else value

    def to_python(self, value: Any) -> Asset | None:
        if value in self.empty_values:
            return None
        if isinstance(value, Asset):
            value = value.number
        text = value.strip() if isinstance(value, str) and "\x00" not in value else ""
        found = list(Asset.objects.visible_to(self.by).for_list().named(text).order_by("pk")[:2]) if text else []
        if not found:
            raise ValidationError(_("There is no such asset, or you may not see it."))
        if len(found) > 1:
            raise ValidationError(_("Several assets are called %(text)s: give the number instead.") % {"text": text})
        return found[0]


class FactsForm(PayloadForm):
    """The facts of an asset, and the fields of its type as ``field_<name>``."""

    personal = ("notes",)

    tag = LineField(
        label=gettext_lazy("Tag"), max_length=40, required=False, help_text=gettext_lazy("As on its label: LT-0382.")
    )
    name = LineField(label=gettext_lazy("Name"), max_length=120, required=False)
    model = forms.ModelChoiceField(
        AssetModel.objects.none(), to_field_name="slug", required=False, label=gettext_lazy("Model"),
        empty_label=gettext_lazy("Not said"),
    )  # fmt: skip
    serial = LineField(label=gettext_lazy("Serial number"), max_length=80, required=False)
    condition = forms.ChoiceField(
        choices=[("", gettext_lazy("Not said")), *Condition.choices], required=False, label=gettext_lazy("Condition")
    )
    location = forms.ModelChoiceField(
        Location.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Location"),
        empty_label=gettext_lazy("Not said"),
    )  # fmt: skip
    department = forms.ModelChoiceField(
        Department.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Department"),
        empty_label=gettext_lazy("Not said"),
    )  # fmt: skip
    cost = forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, required=False, label=gettext_lazy("Cost"))
    currency = forms.RegexField(
        r"\A[A-Za-z]{3}\Z", required=False, label=gettext_lazy("Currency"),
        error_messages={"invalid": gettext_lazy("Write the three letters of the currency, such as EUR.")},
    )  # fmt: skip
    purchased_on = DateField(required=False, label=gettext_lazy("Bought on"))
    warranty_until = DateField(required=False, label=gettext_lazy("Warranty until"))
    supplier = LineField(label=gettext_lazy("Supplier"), max_length=120, required=False)
    order_number = LineField(label=gettext_lazy("Order number"), max_length=60, required=False)
    notes = TextField(label=gettext_lazy("Notes"), max_length=4000, required=False, rows=3)

    asset_type: AssetType | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asset_type = self.type_of_it()
        chosen = self.asset_type
        models = AssetModel.objects.select_related("maker").filter(is_active=True)
        present = Q(pk=getattr(self.record, "model_id", None))
        self.related("model").queryset = (
            models.filter(type=chosen) | AssetModel.objects.select_related("maker").filter(present)
            if chosen
            else models
        )
        if chosen is not None:
            self.fields |= typed_fields.form_fields(chosen.fields, self.answers_before)

    def type_of_it(self) -> AssetType | None:
        return self.record.type if self.record is not None else None

    @property
    def answers_before(self) -> dict[str, Any]:
        return dict(self.record.answers) if self.record is not None else {}

    def given(self, name: str) -> bool:
        """Whether the sender named the field; what they did not name stays as it is."""
        return name in self.data

    def clean_tag(self) -> str:
        tag: str = self.cleaned_data["tag"]
        if tag and self._others().filter(tag__iexact=tag).exists():
            raise ValidationError(_("Another asset has the tag %(tag)s: every tag is there once.") % {"tag": tag})
        return tag

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"] or "").upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        model = cleaned.get("model") if self.record is None or self.given("model") else self.record.model
        serial = cleaned.get("serial") if self.record is None or self.given("serial") else self.record.serial
        if model and serial and self._others().filter(model=model, serial__iexact=serial).exists():
            self.add_error("serial", _("Another %(model)s has this serial number.") % {"model": model})
        if model and self.asset_type is not None and model.type_id != self.asset_type.pk:
            self.add_error("model", _("This model is of another type: choose one of this type."))
        bought, until = cleaned.get("purchased_on"), cleaned.get("warranty_until")
        if bought and until and until < bought:
            self.add_error("warranty_until", _("The warranty ends before the day it was bought: check both days."))
        return cleaned

    def _others(self) -> Any:
        return Asset.objects.exclude(pk=getattr(self.record, "pk", None) or 0)


class NewAssetForm(FactsForm):
    """A new asset: ordered, or here already."""

    type = forms.ModelChoiceField(
        AssetType.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Type")
    )
    state = forms.ChoiceField(
        choices=[(IN_STOCK, gettext_lazy("In stock")), (ORDERED, gettext_lazy("Ordered: it comes later"))],
        required=False, label=gettext_lazy("Where it is"),
    )  # fmt: skip

    field_order = ("type", "tag", "name", "model", "serial", "state")

    def type_of_it(self) -> AssetType | None:
        given = self.data.get("type") if self.is_bound else self.initial.get("type")
        if isinstance(given, AssetType):
            return given
        known = isinstance(given, str) and "\x00" not in given
        return AssetType.objects.filter(slug=given, is_active=True).first() if known else None


class EditForm(FactsForm):
    """Facts that change; what is not named stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:  # what the type requires is asked for again only where it is named
            for name, field in self.fields.items():
                if name.startswith(typed_fields.PREFIX) and name not in self.data:
                    field.required = False


class RelateForm(PayloadForm):
    kind = forms.ChoiceField(choices=Relation.Kind.choices, label=gettext_lazy("How"))
    other = AssetField(label=gettext_lazy("Which asset"))

    def clean_other(self) -> Asset:
        other: Asset = self.cleaned_data["other"]
        if other.pk == self.record.pk:
            raise ValidationError(_("An asset does not belong to itself: name another one."))
        return other


class UnrelateForm(PayloadForm):
    other = AssetField(label=gettext_lazy("Which asset"))
    kind = forms.ChoiceField(
        choices=[("", gettext_lazy("Every way")), *Relation.Kind.choices], required=False, label=gettext_lazy("How")
    )


class NoteForm(PayloadForm):
    personal = ("body",)
    body = TextField(label=gettext_lazy("Note"), max_length=4000, rows=3)


class LinkAssetForm(PayloadForm):
    """Workers link whatever they see, the requester what they hold themselves."""

    asset = AssetField(label=gettext_lazy("Asset"))

    def clean_asset(self) -> Asset:
        asset: Asset = self.cleaned_data["asset"]
        works = self.facts is not None and bool({"worker", "coordinator", "manager"} & self.facts.roles)
        if not works and asset.holder_id != self.by.pk:
            raise ValidationError(_("Name something that you have yourself."))
        return asset


class UnlinkAssetForm(PayloadForm):
    asset = AssetField(label=gettext_lazy("Asset"))


class StockFactsForm(PayloadForm):
    """What an item of stock is."""

    name = LineField(label=gettext_lazy("Name"), max_length=120)
    location = forms.ModelChoiceField(
        Location.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Location"),
        empty_label=gettext_lazy("Not said"),
    )  # fmt: skip
    shelf = LineField(label=gettext_lazy("Shelf"), max_length=60, required=False)
    unit = LineField(
        label=gettext_lazy("Counted in"), max_length=20, required=False, help_text=gettext_lazy("piece, box, metre")
    )
    reorder_at = forms.IntegerField(
        label=gettext_lazy("Order again at"), min_value=0, max_value=1_000_000, required=False,
        help_text=gettext_lazy("The list marks it when no more than so many are left."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name = cleaned.get("name")
        others = StockItem.objects.exclude(pk=getattr(self.record, "pk", None) or 0)
        if name and others.filter(name__iexact=name, location=cleaned.get("location")).exists():
            self.add_error("name", _("There is an item of this name at this place already: use that one."))
        return cleaned


class StockEditForm(StockFactsForm):
    is_active = forms.BooleanField(label=gettext_lazy("Can be issued"), required=False)


class ReceiveStockForm(PayloadForm):
    quantity = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=1_000_000)
    note = LineField(
        label=gettext_lazy("Note"), max_length=300, required=False, help_text=gettext_lazy("Delivery note or supplier.")
    )

    def clean_quantity(self) -> int:
        quantity: int = self.cleaned_data["quantity"]
        if self.record.quantity + quantity > 2_000_000_000:
            raise ValidationError(_("So many cannot be counted: check the number."))
        return quantity


class IssueStockForm(PayloadForm):
    """To somebody, for a ticket, or both."""

    quantity = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=1_000_000, initial=1)
    employee = EmployeeField(label=gettext_lazy("To whom"), required=False)
    ticket = TicketField(label=gettext_lazy("For which ticket"), required=False)
    note = LineField(label=gettext_lazy("Note"), max_length=300, required=False)

    def clean_quantity(self) -> int:
        quantity: int = self.cleaned_data["quantity"]
        if quantity > self.record.quantity:
            raise ValidationError(
                _("Only %(left)s of %(item)s are left: take fewer, or receive some first.")
                % {"left": self.record.quantity, "item": self.record.name}
            )
        return quantity

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (
            not cleaned.get("employee")
            and not cleaned.get("ticket")
            and not {"employee", "ticket"} & self.errors.keys()
        ):
            self.add_error("employee", _("Say who gets it, or which ticket it is for."))
        return cleaned


class CountStockForm(PayloadForm):
    counted = forms.IntegerField(
        label=gettext_lazy("How many are there"), min_value=0, max_value=1_000_000,
        help_text=gettext_lazy("As counted on the shelf: the difference is noted."),
    )  # fmt: skip
    note = LineField(label=gettext_lazy("Note"), max_length=300, required=False)
