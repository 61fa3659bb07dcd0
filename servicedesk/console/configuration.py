"""The settings: queues and their tiers, categories, tags, and what groups may do. Thin over ``tickets.desk``."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import CatalogueItem
from servicedesk.audit.models import Event
from servicedesk.audit.services import subject_type_of
from servicedesk.common.errors import InvalidPayload, StaleVersion, WrongState
from servicedesk.tickets import desk, grants
from servicedesk.tickets.models import Category, Queue, QueueGroupObjectPermission, Tag
from servicedesk.tickets.models.desk import MAX_TIERS
from servicedesk.workflow.payload import LineField

from .directory import open_alarms
from .gates import settings_page


class QueueForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=100)
    description = LineField(label=gettext_lazy("Description"), max_length=300, required=False)
    tiers = forms.IntegerField(label=gettext_lazy("Tiers"), min_value=1, max_value=MAX_TIERS, initial=1)
    is_default = forms.BooleanField(label=gettext_lazy("Takes what no category routes elsewhere"), required=False)


class QueueEditForm(QueueForm):
    is_active = forms.BooleanField(label=gettext_lazy("Takes new tickets"), required=False)


class CategoryForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=80)
    parent = forms.ModelChoiceField(
        Category.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Below"),
        empty_label=gettext_lazy("At the top"),
    )  # fmt: skip
    queue = forms.ModelChoiceField(
        Queue.objects.filter(is_active=True), to_field_name="slug", required=False, label=gettext_lazy("Queue"),
        help_text=gettext_lazy("New tickets of this category go there. Empty: as the category above it."),
    )  # fmt: skip


class CategoryEditForm(CategoryForm):
    is_active = forms.BooleanField(label=gettext_lazy("Can be chosen"), required=False)


class TagForm(forms.Form):
    name = LineField(label=gettext_lazy("Tag"), max_length=40)


class RightsForm(forms.Form):
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(name, label) for name, label in Queue._meta.permissions if name in grants.QUEUE_RIGHTS],
    )  # fmt: skip


class RegisterRightsForm(forms.Form):
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _register_words()
        self.fields["rights"].choices = [(name, words.get(name, name)) for name in grants.register_rights()]


@settings_page
def overview(request: HttpRequest) -> HttpResponse:
    """``/settings/``: what can be set, and where it is used."""
    counts = {"queues": Queue.objects.count(), "categories": Category.objects.count(), "tags": Tag.objects.count(),
              "groups": Group.objects.count(), "alarms": open_alarms(),
              "items": CatalogueItem.objects.count()}  # fmt: skip
    return render(request, "console/settings/overview.html", {"counts": counts})


@settings_page
def queues(request: HttpRequest) -> HttpResponse:
    found = Queue.objects.annotate(
        open_tickets=Count("tickets", filter=Q(tickets__is_open=True, tickets__confidential=False))
    ).order_by("name")
    return render(request, "console/settings/queues.html", {"queues": found})


@settings_page
def queue_new(request: HttpRequest) -> HttpResponse:
    return _edit(
        request, QueueForm(_sent(request)), title=_("New queue"), back="console:settings-queues",
        save=lambda given, _version: desk.create_queue(by=request.user, **given),
    )  # fmt: skip


@settings_page
def queue_edit(request: HttpRequest, slug: str) -> HttpResponse:
    queue = get_object_or_404(Queue, slug=slug)
    initial = {name: getattr(queue, name) for name in ("name", "description", "tiers", "is_default", "is_active")}
    return _edit(
        request, QueueEditForm(_sent(request), initial=initial), title=queue.name,
        back="console:settings-queues", version=queue.version, record=queue,
        save=lambda given, version: desk.edit_queue(queue, by=request.user, expected_version=version, **given),
    )  # fmt: skip


@settings_page
def categories(request: HttpRequest) -> HttpResponse:
    found = Category.objects.select_related("queue").order_by("path")
    rows = [{"category": category, "depth": category.path.count("›")} for category in found]
    return render(request, "console/settings/categories.html", {"rows": rows})


@settings_page
def category_new(request: HttpRequest) -> HttpResponse:
    form = CategoryForm(_sent(request), initial={"parent": request.GET.get("parent", "")})
    return _edit(
        request, form, title=_("New category"), back="console:settings-categories",
        save=lambda given, _version: desk.create_category(by=request.user, **given),
    )  # fmt: skip


@settings_page
def category_edit(request: HttpRequest, slug: str) -> HttpResponse:
    category = get_object_or_404(Category.objects.select_related("parent", "queue"), slug=slug)
    initial = {
        "name": category.name, "parent": category.parent and category.parent.slug,
        "queue": category.queue and category.queue.slug, "is_active": category.is_active,
    }  # fmt: skip
    return _edit(
        request, CategoryEditForm(_sent(request), initial=initial), title=category.name,
        back="console:settings-categories", version=category.version, record=category,
        save=lambda given, version: desk.edit_category(category, by=request.user, expected_version=version, **given),
    )  # fmt: skip


@settings_page
def tags(request: HttpRequest) -> HttpResponse:
    """The list, and a form to add one."""
    form = TagForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            tag = desk.create_tag(by=request.user, name=form.cleaned_data["name"])
        except InvalidPayload as error:
            _show(error, form)
        else:
            notices.success(request, _("“%(name)s” can be used now.") % {"name": tag.name})
            return redirect("console:settings-tags")
    found = Tag.objects.annotate(uses=Count("tickets", filter=Q(tickets__confidential=False))).order_by("name")
    status = 422 if form.errors else 200
    return render(request, "console/settings/tags.html", {"tags": found, "form": form}, status=status)


@settings_page
def tag_edit(request: HttpRequest, slug: str) -> HttpResponse:
    tag = get_object_or_404(Tag, slug=slug)
    return _edit(
        request, TagForm(_sent(request), initial={"name": tag.name}), title=tag.name,
        back="console:settings-tags",
        save=lambda given, _version: desk.rename_tag(tag, by=request.user, name=given["name"]),
    )  # fmt: skip


@settings_page
def roles(request: HttpRequest) -> HttpResponse:
    """Which group holds which rights on which queue."""
    held: dict[int, dict[int, list[str]]] = {}
    for group, queue, right in QueueGroupObjectPermission.objects.order_by("permission__codename").values_list(
        "group", "content_object", "permission__codename"
    ):
        held.setdefault(group, {}).setdefault(queue, []).append(right)
    all_queues = list(Queue.objects.all())
    words = dict(Queue._meta.permissions)
    register_words = _register_words()
    about_register: dict[int, list[str]] = {}
    for group, app, right in Permission.objects.filter(group__isnull=False).values_list(
        "group", "content_type__app_label", "codename"
    ):
        if (name := f"{app}.{right}") in register_words:
            about_register.setdefault(group, []).append(register_words[name])
    rows = [
        {
            "group": group, "people": group.people, "register": sorted(about_register.get(group.pk, [])),
            "cells": [
                {"queue": queue, "rights": [words[right] for right in held.get(group.pk, {}).get(queue.pk, [])]}
                for queue in all_queues
            ],
        }
        for group in Group.objects.annotate(people=Count("members", filter=Q(members__is_active=True))).order_by("name")
    ]  # fmt: skip
    return render(request, "console/settings/roles.html", {"rows": rows, "queues": all_queues})


@settings_page
def role_edit(request: HttpRequest, group: int, slug: str) -> HttpResponse:
    """What one group may do on one queue."""
    found = get_object_or_404(Group, pk=group)
    queue = get_object_or_404(Queue, slug=slug)
    return _edit(
        request, RightsForm(_sent(request), initial={"rights": sorted(grants.rights_of(found, queue))}),
        title=_("%(group)s on %(queue)s") % {"group": found.name, "queue": queue.name}, back="console:settings-roles",
        save=lambda given, _version: grants.grant(found, queue, given["rights"], by=request.user),
    )  # fmt: skip


@settings_page
def register_edit(request: HttpRequest, group: int) -> HttpResponse:
    """What one group may do everywhere: configure the desk, and the rights about whole registers."""
    found = get_object_or_404(Group, pk=group)
    initial = {"rights": sorted(grants.register_rights_of(found))}
    return _edit(
        request, RegisterRightsForm(_sent(request), initial=initial),
        title=_("%(group)s everywhere") % {"group": found.name}, back="console:settings-roles",
        save=lambda given, _version: grants.grant_register(found, given["rights"], by=request.user),
    )  # fmt: skip


def _register_words() -> dict[str, str]:
    """``app.codename`` → the words of each right about a whole register."""
    known = set(grants.register_rights())
    found = Permission.objects.values_list("content_type__app_label", "codename", "name")
    return {key: name for app, codename, name in found if (key := f"{app}.{codename}") in known}


TITLES = {
    "console:settings-queues": gettext_lazy("Queues and tiers"),
    "console:settings-categories": gettext_lazy("Categories"),
    "console:settings-tags": gettext_lazy("Tags"),
    "console:settings-roles": gettext_lazy("Roles"),
}


def _edit(
    request: HttpRequest, form: forms.Form, *, title: str, back: str, save: Callable[[dict[str, Any], int | None], Any],
    version: int | None = None, record: models.Model | None = None,
) -> HttpResponse:  # fmt: skip
    """Show a form, or save what it says; whatever is wrong comes back at its field with the entries kept."""
    context: dict[str, Any] = {"form": form, "title": title, "back": back, "back_title": TITLES[back],
                               "version": version}  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 422
        given = request.POST.get("version", "")
        if form.is_valid():
            try:
                if version is not None and not _is_version(given):
                    raise InvalidPayload(_("This form does not say which state it is about. Open the page again."))
                save(form.cleaned_data, int(given) if version is not None else None)
            except InvalidPayload as error:
                _show(error, form)
            except StaleVersion as error:
                status = 409
                context |= {"conflict": str(error), "news": _news(form), "last": record and _last_event(record)}
            except WrongState as error:
                status = 409
                context["conflict"] = str(error)
            else:
                notices.success(request, _("“%(title)s” is saved.") % {"title": title})
                return redirect(back)
    return render(request, "console/settings/form.html", context, status=status)


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was sent. A form with every box unticked is empty and was sent all the same."""
    return request.POST if request.method == "POST" else None


def _is_version(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) < 10


def _news(form: forms.Form) -> list[tuple[str, str]]:
    """(label, what is saved now) of each field where the form says something else."""
    return [
        (str(bound.label), _shown(bound.field, bound.initial))
        for bound in form
        if bound.field.has_changed(bound.initial, bound.data)
    ]


def _shown(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ModelChoiceField) and value:
        return str(field.queryset.filter(slug=value).first() or value)
    return str(value) if value not in (None, "") else "–"


def _last_event(record: models.Model) -> Event | None:
    found = Event.objects.filter(subject_type=subject_type_of(record), subject_id=record.pk)
    return found.select_related("actor").order_by("-sequence").first()


def _show(error: InvalidPayload, form: forms.Form) -> None:
    for name, sentences in error.errors.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)
