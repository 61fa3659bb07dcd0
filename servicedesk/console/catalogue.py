"""What employees can ask for, and who must approve it. Thin over ``incidents.requests.register``."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.contrib.auth.models import Group
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Department, Location
from incidents.models import CatalogueItem
from incidents.requests import register
from servicedesk.common.errors import InvalidPayload, StaleVersion
from servicedesk.tickets import approval_rules
from servicedesk.tickets.models import ApprovalRule, ApprovalStep, Category, Queue
from servicedesk.tickets.states import Level
from servicedesk.workflow.payload import LineField, TextField

from .definitions import definitions_of, rows_for
from .gates import settings_page

EMPTY_ROWS = 2
ICONS = (
    ("device-laptop", gettext_lazy("Laptop")), ("phone", gettext_lazy("Phone")), ("photo", gettext_lazy("Screen")),
    ("printer", gettext_lazy("Printer")), ("download", gettext_lazy("Program")), ("key", gettext_lazy("Access")),
    ("shield-lock", gettext_lazy("Security")), ("login", gettext_lazy("Sign-in")), ("plug", gettext_lazy("Accessory")),
    ("file-text", gettext_lazy("Document")), ("book", gettext_lazy("Learning")), ("lock", gettext_lazy("Confidential")),
    ("id", gettext_lazy("Card")), ("building", gettext_lazy("Building")), ("users", gettext_lazy("People")),
    ("calendar-event", gettext_lazy("Date")), ("tools", gettext_lazy("Tool")),
)  # fmt: skip


class ItemForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=120)
    section = LineField(
        label=gettext_lazy("Section"), max_length=60, help_text=gettext_lazy("The heading it stands under: Equipment.")
    )
    summary = LineField(label=gettext_lazy("In one line"), max_length=200)
    description = TextField(
        label=gettext_lazy("Description"), max_length=20_000, required=False, rows=5,
        help_text=gettext_lazy("Shown above the form. Markdown."),
    )  # fmt: skip
    icon = forms.ChoiceField(label=gettext_lazy("Symbol"), choices=ICONS)
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Queue"),
        help_text=gettext_lazy("Requests go there."),
    )  # fmt: skip
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Category"),
        empty_label=gettext_lazy("None"),
    )  # fmt: skip
    urgency = forms.ChoiceField(label=gettext_lazy("Urgency"), choices=Level.choices, initial=Level.LOW)
    approval_rule = forms.ModelChoiceField(
        ApprovalRule.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Who must approve"),
        empty_label=gettext_lazy("Nobody: work begins at once"),
    )  # fmt: skip
    departments = forms.ModelMultipleChoiceField(
        Department.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Departments"),
    )  # fmt: skip
    locations = forms.ModelMultipleChoiceField(
        Location.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Locations"),
    )  # fmt: skip
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"), to_field_name="name", required=False, label=gettext_lazy("Groups"),
        help_text=gettext_lazy("It is offered to whoever is in one of these. Nothing chosen in all three: everybody."),
    )  # fmt: skip
    confidential = forms.BooleanField(
        label=gettext_lazy("Confidential"), required=False,
        help_text=gettext_lazy("Only who asked, and the people of the queue for confidential matters, see requests."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("Can be asked for"), required=False, initial=True)


class TaskForm(forms.Form):
    """One task. A row without a title is no task."""

    title = LineField(label=gettext_lazy("Task"), max_length=200, required=False)
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Queue"),
        empty_label=gettext_lazy("As the request"),
    )  # fmt: skip
    after = LineField(
        label=gettext_lazy("After"), max_length=40, required=False,
        help_text=gettext_lazy("Numbers of the tasks above that come first: 1, 2."),
    )  # fmt: skip
    due_in = forms.IntegerField(
        label=gettext_lazy("Due after working days"), min_value=0, max_value=365, required=False
    )

    def clean_after(self) -> tuple[int, ...]:
        parts = [part.strip() for part in self.cleaned_data["after"].split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() and len(part) < 3 for part in parts):
            raise forms.ValidationError(_("Write numbers of tasks with commas between them: 1, 2."))
        return tuple(sorted({int(part) for part in parts}))


class RuleForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=100)
    order = forms.ChoiceField(
        label=gettext_lazy("Steps"), initial="sequential",
        choices=[("sequential", gettext_lazy("One after the other")), ("at_once", gettext_lazy("All at once"))],
    )  # fmt: skip


class StepForm(forms.Form):
    """One step. A row that asks nobody is no step."""

    who = forms.ChoiceField(
        label=gettext_lazy("Asks"), required=False, choices=[("", gettext_lazy("Nobody")), *ApprovalStep.Who.choices]
    )
    group = forms.ModelChoiceField(
        Group.objects.order_by("name"), to_field_name="name", required=False, label=gettext_lazy("Group"),
        empty_label=gettext_lazy("None"),
    )  # fmt: skip
    quorum = forms.IntegerField(
        label=gettext_lazy("How many must approve"), min_value=1, max_value=50, required=False, initial=1
    )


def _rows(form: type[forms.Form], prefix: str, most: int, sent: Any, initial: list[dict[str, Any]]) -> Any:
    made = forms.formset_factory(form, extra=EMPTY_ROWS, max_num=most * 2, absolute_max=200)
    return made(sent, initial=initial, prefix=prefix)


@settings_page
def overview(request: HttpRequest) -> HttpResponse:
    """``/settings/catalogue/``: every item and every rule."""
    rules = ApprovalRule.objects.prefetch_related("steps__group").order_by("name")
    items = CatalogueItem.objects.select_related("queue", "approval_rule").annotate(work=Count("tasks"))
    found = list(items.order_by("section", "name"))
    uses = Counter(item.approval_rule_id for item in found)
    context = {
        "items": found,
        "rules": [
            {
                "rule": rule, "uses": uses[rule.pk],
                "words": approval_rules.in_words(_steps(rule), is_sequential=rule.is_sequential),
            }
            for rule in rules
        ],
    }  # fmt: skip
    return render(request, "console/settings/catalogue.html", context)


def _steps(rule: ApprovalRule) -> list[approval_rules.Step]:
    return [approval_rules.Step(step.who, step.group, step.quorum) for step in rule.steps.all()]


@settings_page
def item_new(request: HttpRequest) -> HttpResponse:
    """``/settings/catalogue/items/new/``."""
    return _edit_item(request, None)


@settings_page
def item_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """``/settings/catalogue/items/<slug>/``."""
    return _edit_item(request, get_object_or_404(CatalogueItem, slug=slug))


def _edit_item(request: HttpRequest, item: CatalogueItem | None) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = ItemForm(sent, initial=_initial(item) if item else {})
    fields = rows_for(item.form if item else [], sent)
    tasks = _rows(TaskForm, "tasks", register.MOST_TASKS, sent, _task_rows(item) if item else [])

    def save(version: int | None) -> str:
        given = dict(form.cleaned_data)
        audience = {name: given.pop(name) for name in register.AUDIENCE}
        wanted = {
            **given, "form": definitions_of(fields), "audience": audience,
            "tasks": [
                register.TaskLine(row["title"], row["queue"] or given["queue"], row["after"], row["due_in"])
                for row in tasks.cleaned_data if row.get("title")
            ],
        }  # fmt: skip
        if item is None:
            return register.add_item(by=request.user, **wanted).name
        return register.change_item(item, by=request.user, expected_version=version, **wanted).name

    return _edit(request, item, form, {"fields": fields, "tasks": tasks}, _("New item"), save)


def _initial(item: CatalogueItem) -> dict[str, Any]:
    named = ("queue", "category", "approval_rule")
    plain = {name: getattr(item, name) for name in register.PLAIN if name not in named}
    chosen = {name: row.slug if (row := getattr(item, name)) is not None else None for name in named}
    audience = register.audience_of(item)
    return {
        **plain, **chosen, "departments": [row.slug for row in audience["departments"]],
        "locations": [row.slug for row in audience["locations"]], "groups": [row.name for row in audience["groups"]],
    }  # fmt: skip


def _task_rows(item: CatalogueItem) -> list[dict[str, Any]]:
    return [
        {"title": task.title, "queue": task.queue.slug, "after": ", ".join(map(str, task.after)), "due_in": task.due_in}
        for task in register.tasks_of(item)
    ]


@settings_page
def rule_new(request: HttpRequest) -> HttpResponse:
    """``/settings/catalogue/rules/new/``."""
    return _edit_rule(request, None)


@settings_page
def rule_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """``/settings/catalogue/rules/<slug>/``."""
    return _edit_rule(request, get_object_or_404(ApprovalRule, slug=slug))


def _edit_rule(request: HttpRequest, rule: ApprovalRule | None) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    initial, before = {}, []
    if rule is not None:
        initial = {"name": rule.name, "order": "sequential" if rule.is_sequential else "at_once"}
        before = [
            {"who": step.who, "group": step.group.name if step.group else None, "quorum": step.quorum}
            for step in approval_rules.steps_of(rule)
        ]
    form = RuleForm(sent, initial=initial)
    steps = _rows(StepForm, "steps", approval_rules.MOST_STEPS, sent, before)

    def save(version: int | None) -> str:
        wanted = {
            "name": form.cleaned_data["name"], "is_sequential": form.cleaned_data["order"] == "sequential",
            "steps": [
                approval_rules.Step(row["who"], row["group"], row["quorum"] or 1)
                for row in steps.cleaned_data if row.get("who")
            ],
        }  # fmt: skip
        if rule is None:
            return approval_rules.add_rule(by=request.user, **wanted).name
        return approval_rules.change_rule(rule, by=request.user, expected_version=version, **wanted).name

    return _edit(request, rule, form, {"steps": steps}, _("New rule"), save)


def _edit(
    request: HttpRequest, row: Any, form: forms.Form, rows: dict[str, Any], title: str, save: Any
) -> HttpResponse:  # fmt: skip
    """Show a form with its rows, or save what they say; whatever is wrong comes back with the entries kept."""
    status, conflict = 200, ""
    if request.method == "POST":
        status = 422
        if all([form.is_valid(), *(one.is_valid() for one in rows.values())]):
            try:
                name = save(_version(request) if row is not None else None)
            except InvalidPayload as error:
                for field, sentences in error.errors.items():
                    for sentence in sentences:
                        form.add_error(field if field in form.fields else None, sentence)
            except StaleVersion as stale:
                status, conflict = 409, stale.sentence
                row.refresh_from_db()
            else:
                notices.success(request, _("“%(title)s” is saved.") % {"title": name})
                return redirect("console:settings-catalogue")
    context = {
        "form": form, **rows, "title": row.name if row is not None else title, "conflict": conflict,
        "version": row.version if row is not None else None,
    }  # fmt: skip
    return render(request, "console/settings/catalogue_form.html", context, status=status)


def _version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise InvalidPayload(_("This form does not say which state it is about. Open the page again."))
    return int(given)
