"""Forms of the portal: reporting a problem."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.models import Asset
from directory.absences import principals_of
from directory.models import Employee
from incidents.forms import ReportForm
from incidents.models import CatalogueItem
from incidents.requests.asking import RequestForm
from servicedesk.common.text import without_controls
from servicedesk.tickets.fields import EmployeeField, FilesField
from servicedesk.tickets.states import Channel, Level

MOST_FILES = 10
MOST_SUGGESTIONS = 20


def people_like(text: str) -> list[Employee]:
    """The first active people whose name, login or e-mail contains every word of ``text``."""
    found = Employee.objects.active().people().select_related("department", "location")
    for word in without_controls(text)[:100].split()[:5]:
        found = found.matching(word)
    return list(found.order_by("name", "pk")[:MOST_SUGGESTIONS])


class PersonField(EmployeeField):
    """As :class:`EmployeeField`; part of a name brings the logins to choose from, never a guess."""

    def to_python(self, value: Any) -> Employee | None:
        try:
            return super().to_python(value)
        except ValidationError as error:
            found = people_like(value) if isinstance(value, str) else []
            if not found:
                raise
            raise ValidationError(
                _("Write the login of the person you mean: %(people)s.")
                % {"people": "; ".join(f"{person.name} ({person.login})" for person in found)}
            ) from error


def choose_principal(form: ReportForm | RequestForm) -> None:
    """Delegates choose among those for whom they stand in."""
    form.fields["requested_for"] = field = EmployeeField(
        Employee.objects.active().filter(pk__in=principals_of(form.by).values("employee")), required=False,
        label=gettext_lazy("For whom"), widget=forms.Select(),
        help_text=gettext_lazy("You stand in for them while they are away."),
    )  # fmt: skip
    field.empty_label = _("For me")


class ReportPageForm(ReportForm):
    """The report as a page shows it: files with it, and for employees nothing that the desk decides."""

    DESK_FIELDS = ("requested_for", "channel", "impact", "urgency", "queue")

    requested_for = PersonField(
        required=False, label=gettext_lazy("For whom"),
        help_text=gettext_lazy("Login or name of the caller. Leave it empty when it is about you."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "people", "spellcheck": "false"}),
    )  # fmt: skip
    files = FilesField(  # type: ignore[assignment] # a field; the form's own ``files`` are set per instance
        required=False, label=gettext_lazy("Files"),
        help_text=gettext_lazy("A picture of the error often says most. At most 10 files of 25 MB each."),
    )  # fmt: skip

    asset = forms.ChoiceField(
        required=False, label=gettext_lazy("Which of your equipment"),
        help_text=gettext_lazy("If it is about something that was handed over to you."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer_equipment()
        if self.by_technician:
            self._suggest()
        else:
            for name in self.DESK_FIELDS:
                if name != "requested_for" or not self.principals:
                    self.fields.pop(name, None)
        if not self.by_technician and self.principals:
            choose_principal(self)
        self.related("category").empty_label = _("I do not know")
        self.fields["description"].widget.attrs["rows"] = 6
        self.order_fields(["requested_for", "title", "description", "category", "asset", "files", "confidential"])

    def _offer_equipment(self) -> None:
        """What the person has themselves; nobody names what somebody else has."""
        mine = Asset.objects.held_by(self.by).for_list().order_by("type__name", "pk")
        choices = [(asset.number, asset.label) for asset in mine]
        if choices:
            self.fields["asset"].choices = [("", _("None of it")), *choices]  # type: ignore[attr-defined]
        else:
            del self.fields["asset"]

    def _suggest(self) -> None:
        """For technicians: what is usual, so that nothing urgent is reported by leaving a field alone."""
        self.initial = {"impact": Level.MEDIUM, "urgency": Level.MEDIUM, "channel": Channel.PORTAL, **self.initial}
        self.related("queue").empty_label = _("As the category says")
        self.fields["channel"].choices = [  # type: ignore[attr-defined] # a ChoiceField
            choice for choice in Channel.choices if choice[0] not in (Channel.API, Channel.IMPORT)
        ]
        self.fields["requested_for"].widget.attrs |= {
            "hx-get": reverse("portal:people"), "hx-trigger": "input changed delay:300ms", "hx-target": "#people",
        }  # fmt: skip

    @property
    def desk_fields(self) -> list[forms.BoundField]:
        """What only technicians fill in, apart from the person."""
        return [self[name] for name in self.DESK_FIELDS if name in self.fields and name != "requested_for"]

    def clean_requested_for(self) -> Employee:
        return self.cleaned_data["requested_for"] or self.by

    def clean_asset(self) -> str:
        number: str = self.cleaned_data["asset"]
        if number and self.cleaned_data.get("requested_for", self.by) != self.by:
            raise ValidationError(_("This is your own equipment: leave it empty when you report for somebody else."))
        return number

    def clean_files(self) -> list[UploadedFile]:
        files: list[UploadedFile] = self.cleaned_data["files"]
        if len(files) > MOST_FILES:
            raise ValidationError(
                _("Send at most %(most)s files with a report: add the others in a reply.") % {"most": MOST_FILES}
            )
        return files

    def details(self) -> dict[str, Any]:
        """What goes to the door, which validates it again; the files follow when the incident is made."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("files", "asset") and value not in (None, "", False)
        }


class RequestPageForm(RequestForm):
    """A request as the page of its item shows it. ``item`` is the one that the address names."""

    def __init__(self, *args: Any, item: CatalogueItem | None = None, **kwargs: Any) -> None:
        initial = {**kwargs.pop("initial", {}), **({"catalogue_item": item.slug} if item else {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["catalogue_item"].widget = forms.HiddenInput()
        self.suggests = self.is_technician
        if not self.may_ask_for_others:
            del self.fields["requested_for"]
        elif self.is_technician:
            self.fields["requested_for"] = self._anybody()
        else:
            choose_principal(self)

    def _anybody(self) -> PersonField:
        """Technicians ask for a caller, whom they look up."""
        attributes = {
            "autocomplete": "off", "list": "people", "spellcheck": "false", "hx-get": reverse("portal:people"),
            "hx-trigger": "input changed delay:300ms", "hx-target": "#people",
        }  # fmt: skip
        return PersonField(
            required=False, label=gettext_lazy("For whom"), widget=forms.TextInput(attrs=attributes),
            help_text=gettext_lazy("Login or name of the caller. Leave it empty when it is for you."),
        )  # fmt: skip

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """Whom it is for, what the item asks, and the note."""
        names = [name for name in ("requested_for",) if name in self.fields]
        return [*(self[name] for name in names), *self.answer_fields, self["note"]]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data.setdefault("requested_for", self.by)
        return super().clean()

    def details(self) -> dict[str, Any]:
        """What goes to the door beside the answers; the door validates it again."""
        person = self.cleaned_data["requested_for"]
        named = {"requested_for": person} if person.pk != self.by.pk else {}
        return {
            "catalogue_item": self.cleaned_data["catalogue_item"], "note": self.cleaned_data.get("note", ""), **named
        }  # fmt: skip


class AwayForm(forms.Form):
    """The days on which one is away, and who decides meanwhile."""

    starts_on = forms.DateField(
        label=gettext_lazy("First day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    delegate = PersonField(
        required=False, label=gettext_lazy("Who decides for you"),
        help_text=gettext_lazy(
            "Login or name. They approve in your name and may ask for things for you. Without anybody, your manager "
            "is asked in your place."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
