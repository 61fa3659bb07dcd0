"""The templates of cases. Thin over ``onboarding.register``."""

from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Department
from onboarding import register
from onboarding.models import CaseTemplate, CaseType
from servicedesk.common.errors import InvalidPayload, NotPermitted, StaleVersion
from servicedesk.tickets.models import Queue
from servicedesk.workflow.payload import LineField

from ..gates import View

EMPTY_ROWS = 3


def case_settings_page(view: View) -> View:
    """For people who run cases and administrators."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not register.configures_cases(request.user):
            raise NotPermitted(
                _("Setting cases up is for people who run them and for administrators. Ask one of them.")
            )
        return view(request, *args, **kwargs)

    return guarded


class TemplateForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=120)
    case_type = forms.ChoiceField(label=gettext_lazy("When"), choices=CaseType.choices)
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), to_field_name="slug", required=False, label=gettext_lazy("Department"),
        empty_label=gettext_lazy("All that have none of their own"),
    )  # fmt: skip
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Queue"),
        help_text=gettext_lazy("Whose cases these are; each task has a team of its own."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("Is used"), required=False, initial=True)


class TaskForm(forms.Form):
    """One task. A row without a title is no task."""

    title = LineField(label=gettext_lazy("Task"), max_length=200, required=False)
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Team"),
        empty_label=gettext_lazy("As the case"),
    )  # fmt: skip
    offset = forms.IntegerField(
        label=gettext_lazy("Working days from the day"), min_value=-90, max_value=90, required=False, initial=0,
        help_text=gettext_lazy("−2: two working days before it."),
    )  # fmt: skip


@case_settings_page
def overview(request: HttpRequest) -> HttpResponse:
    """``/settings/onboarding/``."""
    found = CaseTemplate.objects.select_related("queue", "department").annotate(work=Count("tasks"))
    return render(request, "console/onboarding/settings.html", {"templates": found.order_by("case_type", "name")})


@case_settings_page
def template(request: HttpRequest, slug: str = "") -> HttpResponse:
    """``/settings/onboarding/templates/<slug>/`` and ``…/new/``."""
    row = get_object_or_404(CaseTemplate.objects.select_related("queue", "department"), slug=slug) if slug else None
    sent = request.POST if request.method == "POST" else None
    form = TemplateForm(sent, initial=_initial(row) if row else {})
    before = [
        {"title": task.title, "queue": task.queue.slug, "offset": task.offset}
        for task in (row.tasks.select_related("queue") if row else ())
    ]
    made = forms.formset_factory(TaskForm, extra=EMPTY_ROWS, max_num=120, absolute_max=200)
    rows = made(sent, initial=before, prefix="tasks")
    status, conflict = 200, ""
    if sent is not None:
        status = 422
        if form.is_valid() and rows.is_valid():
            try:
                saved = _save(request, row, form.cleaned_data, rows.cleaned_data)
            except InvalidPayload as error:
                for name, sentences in error.errors.items():
                    for sentence in sentences:
                        form.add_error(name if name in form.fields else None, sentence)
            except StaleVersion as stale:
                status, conflict = 409, stale.sentence
                if row is not None:
                    row.refresh_from_db()
            else:
                notices.success(request, _("“%(title)s” is saved.") % {"title": saved.name})
                return redirect("console:settings-onboarding")
    context = {
        "form": form, "rows": rows, "conflict": conflict, "title": row.name if row else _("New template"),
        "version": row.version if row else None,
    }  # fmt: skip
    return render(request, "console/onboarding/settings_form.html", context, status=status)


def _initial(row: CaseTemplate) -> dict[str, Any]:
    return {
        "name": row.name, "case_type": row.case_type, "queue": row.queue.slug, "is_active": row.is_active,
        "department": row.department.slug if row.department else None,
    }  # fmt: skip


def _save(
    request: HttpRequest, row: CaseTemplate | None, given: dict[str, Any], lines: list[dict[str, Any]]
) -> CaseTemplate:
    version = request.POST.get("version", "")
    if row is not None and not (version.isascii() and version.isdigit() and len(version) < 10):
        raise InvalidPayload(_("This form does not say which state it is about. Open the page again."))
    tasks = [
        register.TaskLine(line["title"], line["queue"] or given["queue"], line.get("offset") or 0)
        for line in lines if line.get("title")
    ]  # fmt: skip
    expected = int(version) if row is not None else None
    return register.save_template(row, by=request.user, tasks=tasks, expected_version=expected, **given)
