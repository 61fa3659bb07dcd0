"""What the register is made of: types with their fields, makers, models. Thin over ``assets.register``."""

from typing import Any

from django import forms
from django.contrib import messages as notices
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets import register
from assets.models import AssetModel, AssetType, Maker
from servicedesk.common.errors import InvalidPayload, StaleVersion
from servicedesk.workflow.payload import LineField

from ..definitions import definitions_of, rows_for
from .gates import register_settings_page

ICONS = (
    ("device-laptop", gettext_lazy("Laptop")), ("photo", gettext_lazy("Screen")), ("phone", gettext_lazy("Phone")),
    ("bell", gettext_lazy("Headset")), ("sitemap", gettext_lazy("Network")), ("key", gettext_lazy("Key or card")),
    ("printer", gettext_lazy("Printer")), ("stack-2", gettext_lazy("Server")), ("plug", gettext_lazy("Accessory")),
    ("building", gettext_lazy("Furniture")), ("tools", gettext_lazy("Tool")),
)  # fmt: skip


class TypeForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=80)
    icon = forms.ChoiceField(label=gettext_lazy("Symbol"), choices=ICONS)
    tag_prefix = LineField(
        label=gettext_lazy("Beginning of its tags"), max_length=6, required=False,
        help_text=gettext_lazy("LT for LT-0382, say."),
    )  # fmt: skip
    holds_data = forms.BooleanField(
        label=gettext_lazy("Holds data"), required=False,
        help_text=gettext_lazy("It must be wiped before somebody else gets it."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("Can be chosen"), required=False, initial=True)


class MakerForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=80)


class ModelForm(forms.Form):
    type = forms.ModelChoiceField(AssetType.objects.all(), to_field_name="slug", label=gettext_lazy("Type"))
    maker = forms.ModelChoiceField(Maker.objects.all(), to_field_name="slug", label=gettext_lazy("Maker"))
    name = LineField(label=gettext_lazy("Name"), max_length=120)
    model_number = LineField(label=gettext_lazy("Model number"), max_length=80, required=False)
    is_active = forms.BooleanField(label=gettext_lazy("Can be chosen"), required=False, initial=True)


# Name in addresses → the class, its form, and the words of its empty form.
ROWS: dict[str, tuple[type[Any], type[forms.Form], Any]] = {
    "types": (AssetType, TypeForm, gettext_lazy("New type")),
    "makers": (Maker, MakerForm, gettext_lazy("New maker")),
    "models": (AssetModel, ModelForm, gettext_lazy("New model")),
}


@register_settings_page
def overview(request: HttpRequest) -> HttpResponse:
    """``/settings/assets/``: everything on one page, with how many assets use it."""
    context = {
        "types": AssetType.objects.annotate(uses=Count("assets")).order_by("name"),
        "makers": Maker.objects.annotate(uses=Count("models")).order_by("name"),
        "models": AssetModel.objects.select_related("maker", "type").annotate(uses=Count("assets")).order_by(
            "maker__name", "name", "pk"
        ),
    }  # fmt: skip
    return render(request, "console/assets/settings.html", context)


@register_settings_page
def new(request: HttpRequest, sort: str) -> HttpResponse:
    """``/settings/assets/<types|makers|models>/new/``."""
    model, form_class, title = _sort(sort)
    return _edit(request, model, form_class, str(title), None)


@register_settings_page
def edit(request: HttpRequest, sort: str, slug: str) -> HttpResponse:
    """``/settings/assets/<types|makers|models>/<slug>/``."""
    model, form_class, _title = _sort(sort)
    row = get_object_or_404(model, slug=slug)
    return _edit(request, model, form_class, row.name, row)


def _sort(sort: str) -> tuple[type[Any], type[forms.Form], Any]:
    return ROWS[sort]


def _edit(request: HttpRequest, model: type[Any], form_class: type[forms.Form], title: str, row: Any) -> HttpResponse:
    """Show a form, or save what it says; whatever is wrong comes back at its field with the entries kept."""
    sent = request.POST if request.method == "POST" else None
    initial = {name: _plain(getattr(row, name)) for name in form_class.base_fields} if row is not None else {}
    form = form_class(sent, initial=initial)
    rows = rows_for(row.fields if row is not None else [], sent) if model is AssetType else None
    status, conflict = 200, ""
    if sent is not None:
        status = 422
        if form.is_valid() and (rows is None or rows.is_valid()):
            values = {**form.cleaned_data, **({"fields": definitions_of(rows)} if rows is not None else {})}
            try:
                _save(request, model, row, values)
            except InvalidPayload as error:
                for name, sentences in error.errors.items():
                    for sentence in sentences:
                        form.add_error(name if name in form.fields else None, sentence)
            except StaleVersion as stale:
                status, conflict = 409, stale.sentence
                row.refresh_from_db()
            else:
                notices.success(request, _("“%(title)s” is saved.") % {"title": values["name"]})
                return redirect("console:settings-assets")
    context = {
        "form": form, "rows": rows, "title": title, "conflict": conflict,
        "version": row.version if row is not None else None,
    }  # fmt: skip
    return render(request, "console/assets/settings_form.html", context, status=status)


def _save(request: HttpRequest, model: type[Any], row: Any, values: dict[str, Any]) -> None:
    if row is None:
        register.add(model, by=request.user, **values)
        return
    given = request.POST.get("version", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise InvalidPayload(_("This form does not say which state it is about. Open the page again."))
    register.change(row, by=request.user, expected_version=int(given), **values)


def _plain(value: Any) -> Any:
    return value.slug if isinstance(value, AssetType | Maker) else value
