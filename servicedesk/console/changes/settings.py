"""What is set up for changes: templates, freezes, the questionnaire, who authorises. Thin over ``changes.register``."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from changes import register
from changes.models import AuthorisationPath, ChangeTemplate, FreezePeriod, Path, RiskQuestion
from servicedesk.common.errors import InvalidPayload, StaleVersion
from servicedesk.common.time import now
from servicedesk.tickets.models import ApprovalRule, Category, Queue
from servicedesk.workflow.payload import LineField, TextField

from .gates import change_settings_page

EMPTY_ROWS = 2


class TemplateForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=120)
    description = TextField(label=gettext_lazy("Why it is done"), required=False, rows=3)
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Queue")
    )
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Category"),
        empty_label=gettext_lazy("None"),
    )  # fmt: skip
    outage = LineField(label=gettext_lazy("What is interrupted"), max_length=300)
    plan = TextField(label=gettext_lazy("Plan"), rows=6, help_text=gettext_lazy("Step by step. Markdown."))
    back_out = TextField(label=gettext_lazy("Way back"), rows=4)
    test_plan = TextField(label=gettext_lazy("How it is tested"), rows=3, required=False)
    is_active = forms.BooleanField(label=gettext_lazy("May be used"), required=False, initial=True)


class TaskForm(forms.Form):
    """One task. A row without a title is no task."""

    title = LineField(label=gettext_lazy("Task"), max_length=200, required=False)
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Queue"),
        empty_label=gettext_lazy("As the change"),
    )  # fmt: skip


def _when() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class FreezeForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=120)
    start = forms.DateTimeField(label=gettext_lazy("From"), widget=_when())
    end = forms.DateTimeField(label=gettext_lazy("Until"), widget=_when())
    reason = LineField(label=gettext_lazy("Reason"), max_length=300, required=False)
    lets_emergencies = forms.BooleanField(label=gettext_lazy("Emergency changes may be made"), required=False)


class QuestionForm(forms.Form):
    text = LineField(label=gettext_lazy("Question"), max_length=200)
    is_active = forms.BooleanField(label=gettext_lazy("Is asked"), required=False, initial=True)


class ChoiceForm(forms.Form):
    """One answer. A row without words is no answer."""

    label = LineField(label=gettext_lazy("Answer"), max_length=120, required=False)
    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=0, max_value=100, required=False, initial=0)


class PathsForm(forms.Form):
    """For each level of risk, and for emergencies: who authorises, and from how many points on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for path in Path:
            self.fields[path.value] = forms.ModelChoiceField(
                ApprovalRule.objects.order_by("name"), to_field_name="slug", required=path == Path.LOW,
                label=path.label, empty_label=_("Not used"),
            )  # fmt: skip
            if path in (Path.MEDIUM, Path.HIGH):
                self.fields[f"{path}_points"] = forms.IntegerField(
                    label=_("%(level)s begins with so many points") % {"level": path.label}, min_value=1,
                    max_value=1000, required=False,
                )  # fmt: skip

    def lines(self) -> dict[str, register.PathLine | None]:
        given = self.cleaned_data
        return {
            path.value: register.PathLine(given[path], given.get(f"{path}_points") or 0) if given[path] else None
            for path in Path
        }


@change_settings_page
def overview(request: HttpRequest) -> HttpResponse:
    """``/settings/changes/``: everything on one page."""
    context = {
        "templates": ChangeTemplate.objects.select_related("queue").annotate(uses=Count("changes")).order_by("name"),
        "freezes": FreezePeriod.objects.filter(end__gt=now()),
        "questions": RiskQuestion.objects.prefetch_related("choices"),
        "paths": AuthorisationPath.objects.select_related("rule"),
    }
    return render(request, "console/changes/settings.html", context)


@change_settings_page
def template(request: HttpRequest, slug: str = "") -> HttpResponse:
    """``/settings/changes/templates/<slug>/`` and ``…/new/``."""
    row = get_object_or_404(ChangeTemplate, slug=slug) if slug else None
    sent = request.POST if request.method == "POST" else None
    form = TemplateForm(sent, initial=_initial(row, TemplateForm) if row else {})
    before = (
        [{"title": task.title, "queue": task.queue.slug} for task in row.tasks.select_related("queue")] if (row) else []
    )
    tasks = _rows(TaskForm, "tasks", sent, before)

    def save() -> None:
        given = form.cleaned_data
        lines = [
            register.TaskLine(line["title"], line["queue"] or given["queue"])
            for line in tasks.cleaned_data if line.get("title")
        ]  # fmt: skip
        register.save_template(row, by=request.user, tasks=lines, expected_version=_version(request, row), **given)

    return _edit(request, row, form, save, _("New template"), rows=tasks, rows_title=_("Tasks that it brings"))


@change_settings_page
def freeze(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """``/settings/changes/freezes/<key>/`` and ``…/new/``."""
    row = get_object_or_404(FreezePeriod, pk=pk) if pk else None
    sent = request.POST if request.method == "POST" else None
    form = FreezeForm(sent, initial=_initial(row, FreezeForm) if row else {})

    def save() -> None:
        register.save_freeze(row, by=request.user, expected_version=_version(request, row), **form.cleaned_data)

    return _edit(request, row, form, save, _("New freeze"))


@require_POST
@change_settings_page
def freeze_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """``/settings/changes/freezes/<key>/lift/``."""
    row = get_object_or_404(FreezePeriod, pk=pk)
    register.lift_freeze(row, by=request.user)
    notices.success(request, _("“%(title)s” is lifted.") % {"title": row.name})
    return redirect("console:settings-changes")


@change_settings_page
def question(request: HttpRequest, slug: str = "") -> HttpResponse:
    """``/settings/changes/questions/<slug>/`` and ``…/new/``."""
    row = get_object_or_404(RiskQuestion, slug=slug) if slug else None
    sent = request.POST if request.method == "POST" else None
    form = QuestionForm(sent, initial=_initial(row, QuestionForm) if row else {})
    before = list(row.choices.values("label", "points")) if row else []
    choices = _rows(ChoiceForm, "choices", sent, before)

    def save() -> None:
        lines = [
            register.ChoiceLine(line["label"], line.get("points") or 0)
            for line in choices.cleaned_data if line.get("label")
        ]  # fmt: skip
        version = _version(request, row)
        register.save_question(row, by=request.user, choices=lines, expected_version=version, **form.cleaned_data)

    return _edit(request, row, form, save, _("New question"), rows=choices, rows_title=_("Answers"))


@change_settings_page
def paths(request: HttpRequest) -> HttpResponse:
    """``/settings/changes/authorisation/``."""
    found = {row.path: row for row in AuthorisationPath.objects.select_related("rule")}
    initial: dict[str, Any] = {path: row.rule.slug for path, row in found.items()}
    initial |= {f"{path}_points": row.from_points for path, row in found.items()}
    form = PathsForm(request.POST if request.method == "POST" else None, initial=initial)

    def save() -> None:
        register.save_paths(by=request.user, lines=form.lines())

    return _edit(request, None, form, save, _("Who authorises"))


def _rows(form: type[forms.Form], prefix: str, sent: Any, initial: list[dict[str, Any]]) -> Any:
    made = forms.formset_factory(form, extra=EMPTY_ROWS, max_num=60, absolute_max=100)
    return made(sent, initial=initial, prefix=prefix)


def _initial(row: Any, form: type[forms.Form]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in form.base_fields}
    return {name: getattr(value, "slug", value) for name, value in values.items()}


def _version(request: HttpRequest, row: Any) -> int | None:
    if row is None:
        return None
    given = request.POST.get("version", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise InvalidPayload(_("This form does not say which state it is about. Open the page again."))
    return int(given)


def _edit(
    request: HttpRequest, row: Any, form: forms.Form, save: Callable[[], None], title: str, *, rows: Any = None,
    rows_title: str = "",
) -> HttpResponse:  # fmt: skip
    """Show a form with its rows, or save what they say; whatever is wrong comes back with the entries kept."""
    status, conflict = 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid() and (rows is None or rows.is_valid()):
            try:
                save()
            except InvalidPayload as error:
                for name, sentences in error.errors.items():
                    for sentence in sentences:
                        form.add_error(name if name in form.fields else None, sentence)
            except StaleVersion as stale:
                status, conflict = 409, stale.sentence
                row.refresh_from_db()
            else:
                notices.success(request, _("“%(title)s” is saved.") % {
                    "title": form.cleaned_data.get("name") or form.cleaned_data.get("text") or title})  # fmt: skip
                return redirect("console:settings-changes")
    context = {
        "form": form, "rows": rows, "rows_title": rows_title, "title": str(row) if row is not None else title,
        "conflict": conflict, "version": getattr(row, "version", None),
        "freeze": row if isinstance(row, FreezePeriod) else None,
    }  # fmt: skip
    return render(request, "console/changes/settings_form.html", context, status=status)
