"""The rights inspector: who may do what on a queue and why, and what one person may do to one ticket. Looks only."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from directory.models import Employee
from servicedesk.common.errors import Hidden
from servicedesk.tickets import standing
from servicedesk.tickets.models import Queue, Ticket
from servicedesk.tickets.models.desk import MAX_TIERS
from servicedesk.tickets.states import VOCABULARY, Kind, Level
from servicedesk.tickets.supposing import Stands, suppose
from servicedesk.workflow import Machine, Option, all_machines, machine_of, options_of

from .gates import has_desk, settings_page
from .people import paged, searched

PAGE = 100
STATES = {state.name: state.label for words in VOCABULARY.values() for state in words.states}


class QuestionForm(forms.Form):
    """A ticket: a real one by its number, or one as it could be. What is not said has its usual value."""

    ticket = forms.CharField(
        label=gettext_lazy("Number of a ticket"), required=False, max_length=30,
        help_text=gettext_lazy("One that you may see yourself. Empty: a ticket as described below."),
    )  # fmt: skip
    queue = forms.ModelChoiceField(
        Queue.objects.all(), to_field_name="slug", required=False, label=gettext_lazy("Queue"), empty_label=None
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, choices=Kind.choices)
    state = forms.ChoiceField(label=gettext_lazy("Status"), required=False, choices=list(STATES.items()))
    tier = forms.TypedChoiceField(
        label=gettext_lazy("Tier"), required=False, coerce=int, empty_value=1,
        choices=[(tier, tier) for tier in range(1, MAX_TIERS + 1)],
    )  # fmt: skip
    impact = forms.ChoiceField(label=gettext_lazy("Impact"), required=False, choices=Level.choices)
    stands = forms.ChoiceField(label=gettext_lazy("The person"), required=False, choices=Stands.choices)
    confidential = forms.BooleanField(label=gettext_lazy("Confidential"), required=False)

    def __init__(self, *args: Any, reader: Employee, usual: Queue | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader, self.usual = reader, usual
        values = {"queue": usual.slug if usual else "", "impact": Level.MEDIUM}
        self.initial = values | self.initial
        if self.is_bound:  # what the address leaves out is shown as it is taken
            self.data = self.data.copy()
            for name, value in values.items():
                self.data.setdefault(name, value)

    def clean_ticket(self) -> Ticket | None:
        """The ticket itself; one that the administrator may not see is not told from one that is not there."""
        number = self.cleaned_data["ticket"].strip()
        if not number:
            return None
        try:
            visible = Ticket.objects.visible_to(self.reader).for_page()
            return visible.get_by_number(number)
        except Hidden as error:
            raise forms.ValidationError(_("There is no such ticket, or you may not see it.")) from error

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        queue = given.get("queue") or self.usual
        tier = given.get("tier") or 1
        if queue is not None and not given.get("ticket") and tier > queue.tiers:
            self.add_error(
                "tier",
                _("%(queue)s has no tier %(tier)s: its highest is %(tiers)s. Choose that one or a lower one.")
                % {"queue": queue.name, "tier": tier, "tiers": queue.tiers},
            )
        kind, state = given.get("kind") or Kind.INCIDENT, given.get("state")
        if state and state not in VOCABULARY[kind].names:
            self.add_error("state", _("A ticket of this kind is never “%(state)s”.") % {"state": STATES[state]})
        return {**given, "queue": queue, "kind": kind, "state": state or VOCABULARY[kind].states[0].name}


@settings_page
@require_safe
def queue_rights(request: HttpRequest) -> HttpResponse:
    """``/settings/rights/``: who may do what on ``queue`` and why; ``right``, ``q`` and ``page`` narrow it.

    People who left hold nothing and so are not there.
    """
    queues = list(Queue.objects.all())
    slug = request.GET.get("queue", "")
    queue = next((q for q in queues if q.slug == slug), None) or next((q for q in queues if q.is_default), None)
    queue = queue or (queues[0] if queues else None)
    context: dict[str, Any] = {"queues": queues, "queue": queue, "tab": "queue"}
    if queue is not None:
        context |= _table(request, queue)
    return render(request, "console/settings/rights.html", context)


def _table(request: HttpRequest, queue: Queue) -> dict[str, Any]:
    counts = standing.counts_on(queue)
    right = request.GET.get("right", "")
    right = right if right in counts else ""
    found = standing.holders(queue, right)
    text = searched(request)
    if text:
        found = found.matching(text)
    people, page = paged(request, found.with_photo().order_by("name", "pk"), PAGE)
    why = standing.explain_on(queue, people)
    shown = list(counts)
    rows = []
    for person in people:
        held = {one.name: one for one in why[person.pk]}
        rows.append({"person": person, "cells": [(standing.RIGHT_WORDS[name], held.get(name)) for name in shown]})
    chips = [{"label": _("Any right"), "url": _narrowed(request, queue, ""), "current": not right}]
    chips += [
        {"label": standing.RIGHT_WORDS[name], "url": _narrowed(request, queue, name), "current": name == right,
         "count": counts[name]}
        for name in shown
    ]  # fmt: skip
    groups = {through.group_id: through for held in why.values() for one in held for through in one.through}
    columns = [{"label": standing.RIGHT_WORDS[name], "people": counts[name]} for name in shown]
    return {"rows": rows, "columns": columns, "chips": chips, "right": right, "q": text, "page": page,
            "groups": sorted(groups.values(), key=lambda through: through.group)}  # fmt: skip


def _narrowed(request: HttpRequest, queue: Queue, right: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("right", None)
    query["queue"] = queue.slug
    if right:
        query["right"] = right
    return f"?{query.urlencode()}"


@settings_page
@require_safe
def people_rights(request: HttpRequest) -> HttpResponse:
    """``/settings/rights/people/``: whose rights to look at; without ``q``, everybody whose groups give some right."""
    text = searched(request)
    found = Employee.objects.active()
    found = found.matching(text) if text else found.filter(pk__in=standing.holders_anywhere())
    rows = found.with_photo().select_related("department").prefetch_related("groups")
    people, page = paged(request, rows.order_by("name", "pk"), PAGE)
    context = {"people": people, "page": page, "q": text, "tab": "people"}
    return render(request, "console/settings/rights_people.html", context)


@settings_page
@require_safe
def person_rights(request: HttpRequest, login: str) -> HttpResponse:
    """``/settings/rights/people/<login>/``: all rights of one person with why, and what ``decide`` says of a ticket."""
    everybody = Employee.objects.with_photo().select_related("department")
    person = get_object_or_404(everybody, login__iexact="" if "\x00" in login else login)
    why = standing.explain(person)
    queues = {held.queue.pk: held.queue for held in why.on_queues if held.queue}
    usual = next(iter(queues.values()), None) or Queue.objects.order_by("-is_default", "name").first()
    asked = bool(request.GET.keys() & QuestionForm.base_fields.keys())
    form = QuestionForm(request.GET if asked else None, reader=request.user, usual=usual)
    context = {
        "person": person, "standing": why, "form": form, "tab": "people", "has_desk": has_desk(request.user),
        **(_answer(person, form) if asked and form.is_valid() else {}),
    }  # fmt: skip
    return render(request, "console/settings/rights_person.html", context, status=422 if form.errors else 200)


def _answer(person: Employee, form: QuestionForm) -> dict[str, Any]:
    """Every move and every other action, with what the decision table itself says to each."""
    given = form.cleaned_data
    ticket, queue = given["ticket"], given["queue"]
    if ticket is not None:
        machine = machine_of(type(ticket.specific))
        facts = machine.facts(ticket.specific, person, anew=True)
        about = _("%(name)s and %(number)s") % {"name": person.name, "number": ticket.number}
    elif queue is not None:
        machine = _machine_of_kind(given["kind"])
        facts = suppose(
            person, queue, kind=given["kind"], state=given["state"], tier=given["tier"],
            impact=given["impact"] or Level.MEDIUM, confidential=given["confidential"], stands=given["stands"],
        )  # fmt: skip
        about = _("%(name)s and such a ticket of %(queue)s") % {"name": person.name, "queue": queue.name}
    else:
        return {}
    answers = options_of(machine, facts)
    parts = [
        (_("Moves"), [_said(option) for option in answers if option.action.is_move]),
        (_("Other actions"), [_said(option) for option in answers if not option.action.is_move]),
    ]
    return {"parts": parts, "about": about, "is_visible": facts.visible}


def _machine_of_kind(kind: str) -> Machine:
    return next(machine for machine in all_machines() if getattr(machine.model, "KIND", "") == kind)


def _said(option: Option) -> dict[str, Any]:
    return {"option": option, "why": capfirst(option.reason)}
