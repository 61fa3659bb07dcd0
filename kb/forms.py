"""Payload forms of articles. The door runs them."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.common.time import now as present
from servicedesk.tickets.models import Category, Queue
from servicedesk.workflow.payload import LineField, PayloadForm, TextField

from .states import Audience, DraftReaders, Language

FURTHEST_REVIEW = timedelta(days=3 * 366)
MOST_KEYWORDS = 20


class DayField(forms.DateField):
    """A day to look at an article again: to come, and within three years."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(required=False, label=gettext_lazy("Look at it again on"), **kwargs)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is None:
            return None
        today = timezone.localdate(present())
        if day <= today:
            raise ValidationError(_("Choose a day to come."))
        if day > today + FURTHEST_REVIEW:
            raise ValidationError(_("Choose a day within three years."))
        return day


class DraftForm(PayloadForm):
    """A new article. What people write is kept with the version, not in the log."""

    unlogged = ("title", "summary", "body", "keywords", "groups")

    title = LineField(label=gettext_lazy("Title"), help_text=gettext_lazy("What somebody would search for."))
    summary = LineField(
        label=gettext_lazy("Summary"), max_length=300, required=False,
        help_text=gettext_lazy("One sentence, shown in lists: whom it helps, and with what."),
    )  # fmt: skip
    body = TextField(
        label=gettext_lazy("Text"), max_length=50_000, rows=18,
        help_text=gettext_lazy("Markdown: ## heading, - list, 1. step, **strong**, `code`, [words](https://…)."),
    )  # fmt: skip
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Category")
    )
    keywords = LineField(
        label=gettext_lazy("Keywords"), max_length=300, required=False,
        help_text=gettext_lazy("Other words that people use for it, with commas between."),
    )  # fmt: skip
    language = forms.ChoiceField(choices=Language.choices, required=False, label=gettext_lazy("Language"))
    audience = forms.ChoiceField(choices=Audience.choices, required=False, label=gettext_lazy("Who reads it"))
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", required=False,
        label=gettext_lazy("Queue, if it is for the people of one"),
    )  # fmt: skip
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"), to_field_name="name", required=False, widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Groups, if it is for named ones"),
    )  # fmt: skip
    draft_readers = forms.ChoiceField(
        choices=DraftReaders.choices, required=False, label=gettext_lazy("Who reads it before it is published")
    )
    review_by = DayField()

    def clean_keywords(self) -> str:
        words = dict.fromkeys(word.strip() for word in self.cleaned_data["keywords"].split(",") if word.strip())
        if len(words) > MOST_KEYWORDS:
            raise ValidationError(_("Name at most %(most)s keywords.") % {"most": MOST_KEYWORDS})
        joined = ", ".join(words)
        if len(joined) > 300:
            raise ValidationError(_("Name fewer or shorter keywords."))
        return joined

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, usual in (
            ("language", Language.ENGLISH), ("audience", Audience.EVERYBODY),
            ("draft_readers", DraftReaders.TECHNICIANS),
        ):  # fmt: skip
            if name in cleaned:
                cleaned[name] = cleaned[name] or self.stands(name) or usual
        self._fit_audience(cleaned)
        return cleaned

    def stands(self, name: str) -> Any:
        """The value that the version has already."""
        return getattr(self.record, name) if self.record is not None else None

    def standing_groups(self) -> list[Group]:
        return list(self.record.groups.all()) if self.record is not None else []

    def _fit_audience(self, cleaned: dict[str, Any]) -> None:
        """A queue and groups go with the audience that names them, and with no other."""
        audience = cleaned.get("audience")
        if audience == Audience.QUEUE:
            if not cleaned.get("queue") and "queue" not in self.data:
                cleaned["queue"] = self.stands("queue")
            if not cleaned.get("queue") and "queue" not in self.errors:
                self.add_error("queue", _("Name the queue whose people read it."))
        else:
            cleaned["queue"] = None
        if audience == Audience.GROUPS:
            if not cleaned.get("groups") and "groups" not in self.data:
                cleaned["groups"] = self.standing_groups()
            if not cleaned.get("groups") and "groups" not in self.errors:
                self.add_error("groups", _("Name at least one group that reads it."))
        else:
            cleaned["groups"] = []


class EditForm(DraftForm):
    """A change of a draft: what is left out stays as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("title", "body", "category"):
            self.fields[name].required = False
        if self.record is not None and self.record.category_id is not None:
            chosen = Category.objects.filter(is_active=True) | Category.objects.filter(pk=self.record.category_id)
            self.related("category").queryset = chosen

    def clean(self) -> dict[str, Any]:
        for name, sentence in (
            ("title", _("An article needs a title.")), ("body", _("An article needs a text.")),
            ("category", _("An article needs a category.")),
        ):  # fmt: skip
            if name in self.data and not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return super().clean()


class PublishForm(PayloadForm):
    review_by = DayField(help_text=gettext_lazy("Left empty: on the day named in the draft, or in a year."))


class SendBackForm(PayloadForm):
    personal = ("comment",)
    comment = TextField(
        label=gettext_lazy("What should change"), rows=4,
        error_messages={"required": gettext_lazy("Say what should change: its author reads it first.")},
    )  # fmt: skip


class ArchiveForm(PayloadForm):
    personal = ("reason",)
    reason = LineField(label=gettext_lazy("Why nobody needs it any more"), max_length=300)


class DiscardForm(PayloadForm):
    personal = ("reason",)
    reason = LineField(
        label=gettext_lazy("Why it is not needed"), max_length=300, required=False,
        help_text=gettext_lazy("The text stays among the versions, and a knowledge manager can restore it."),
    )  # fmt: skip


class RateForm(PayloadForm):
    personal = ("comment",)

    helpful = forms.ChoiceField(
        choices=(("yes", gettext_lazy("Yes, it helped")), ("no", gettext_lazy("No, it did not"))),
        label=gettext_lazy("Did this article help you?"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say whether it helped you.")},
    )  # fmt: skip
    comment = TextField(
        label=gettext_lazy("What is missing, or wrong?"), required=False, max_length=2000, rows=3,
        help_text=gettext_lazy("The people who keep the article read it."),
    )  # fmt: skip
