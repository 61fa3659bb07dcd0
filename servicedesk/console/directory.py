"""``/settings/directory/``: where people come from, how the last runs went, and what a person must look at."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages as notices
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from directory.ldap.mapping_file import InvalidMapping
from directory.ldap.schedule import overdue
from directory.ldap.sources import Configured, configured
from directory.models import Employee, SourceState, SyncAlarm, SyncChange, SyncRun
from servicedesk.common.errors import WrongState
from servicedesk.tickets import directory_alarms
from servicedesk.ui.templatetags.ui import absolute_time

from .gates import has_desk, settings_page
from .people import paged

SHOWN_RUNS = 20
SHOWN_ALARMS = 100
SHOWN_WARNINGS = 100
PAGE = 100

FIELDS = {
    "login": gettext_lazy("Login"), "name": gettext_lazy("Name"), "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"), "email": gettext_lazy("E-mail"),
    "further_addresses": gettext_lazy("Further addresses"), "title": gettext_lazy("Title"),
    "phone": gettext_lazy("Phone"), "employee_number": gettext_lazy("Employee number"),
    "department": gettext_lazy("Department"), "location": gettext_lazy("Location"),
    "country": gettext_lazy("Country"), "language": gettext_lazy("Language"), "manager": gettext_lazy("Manager"),
    "photo": gettext_lazy("Photo"), "groups": gettext_lazy("Groups"), "is_active": gettext_lazy("Works here"),
    "source": gettext_lazy("Directory"), "source_key": gettext_lazy("Identifier"), "key": gettext_lazy("Identifier"),
    "disabled": gettext_lazy("Account disabled"),
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One configured source with what is known of it, and what its state is called."""

    source: Configured
    state: SourceState | None

    @property
    def title(self) -> str:
        return self.source.name or self.source.source.uri

    @property
    def supplements(self) -> str:
        """By what people of other sources are found, in words."""
        return str(FIELDS.get(self.source.supplements, ""))

    @property
    def label(self) -> str:
        if self.state is None or self.state.last_tried_at is None:
            return _("Never run")
        if self.state.last_refusal:
            return _("Refused")
        return _("Overdue") if self.overdue else _("Up to date")

    @property
    def overdue(self) -> str:
        """Why what is here is stale, in a sentence; empty when it is not."""
        if self.state is None or self.state.last_tried_at is None or not overdue(self.state, now=timezone.now()):
            return ""
        if self.state.last_good_at is None:
            return _("No run of this source was carried out yet.")
        return _("The last run that was carried out began %(when)s: people who joined or left since are not known.") % {
            "when": absolute_time(self.state.last_good_at)
        }

    @property
    def tone(self) -> str:
        """In the words of the status component."""
        if self.state is None or self.state.last_tried_at is None:
            return "new"
        return "waiting" if self.state.last_refusal or self.overdue else "done"


@dataclass(frozen=True)
class Difference:
    """One field of one person, before and after, as people read it."""

    label: str
    before: str
    after: str


def page_of_people(reader: Employee) -> str:
    """Where a name leads: to the person at the desk, or to their rights for administrators who have no desk."""
    return "console:person" if has_desk(reader) else "console:settings-rights-person"


def differences(diff: dict[str, Any]) -> list[Difference]:
    """``{"title": [before, after]}`` of a report or a plan as lines; what a later version added keeps its own name."""
    return [
        Difference(str(FIELDS.get(name, name)), _words(name, pair[0]), _words(name, pair[1]))
        for name, pair in diff.items()
        if isinstance(pair, list) and len(pair) == 2
    ]


def _words(name: str, value: Any) -> str:
    if name == "is_active":
        return {"yes": _("yes"), "no": _("no")}.get(value, str(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def read_sources() -> tuple[list[Configured], list[str]]:
    """The configured sources, or why there are none to be used, fault by fault."""
    try:
        return configured(), []
    except InvalidMapping as error:
        return [], error.faults


def standings(sources: list[Configured]) -> list[Standing]:
    """The sources with their state, in the order in which they are configured."""
    states = {state.name: state for state in SourceState.objects.all()}
    return [Standing(source, states.get(source.name)) for source in sources]


@settings_page
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Sources, open alarms and the last runs."""
    sources, faults = read_sources()
    runs = SyncRun.objects.order_by("-started_at", "-pk").defer("warnings")[:SHOWN_RUNS]
    alarms = list(_alarms().filter(looked_at=None)[: SHOWN_ALARMS + 1])
    context = {
        "tab": "sources", "sources": standings(sources), "faults": faults, "runs": [_run_row(run) for run in runs],
        "alarms": alarms[:SHOWN_ALARMS], "more_alarms": len(alarms) > SHOWN_ALARMS,
        "settled": SyncAlarm.objects.exclude(looked_at=None).exists(), "person_page": page_of_people(request.user),
    }  # fmt: skip
    return render(request, "console/settings/directory.html", context)


@settings_page
@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """``/settings/directory/alarms/``: those that somebody has looked at, the last one first."""
    found = _alarms().exclude(looked_at=None).order_by("-looked_at", "-pk")
    batch, page = paged(request, found, PAGE)
    context = {"alarms": batch, "page": page, "person_page": page_of_people(request.user)}
    return render(request, "console/settings/directory_alarms.html", context)


@settings_page
@require_POST
def alarm_settle(request: HttpRequest, alarm: int) -> HttpResponse:
    """``/settings/directory/alarms/<id>/settle/``: somebody has looked at it."""
    found = get_object_or_404(SyncAlarm, pk=min(alarm, 2**63 - 1))
    try:
        directory_alarms.settle(found, by=request.user)
        notices.success(request, _("The alarm is settled. It stands among those that somebody has looked at."))
    except WrongState as error:
        notices.info(request, error.sentence)
    return redirect("console:settings-directory")


@settings_page
@require_safe
def run(request: HttpRequest, run: int) -> HttpResponse:
    """``/settings/directory/runs/<id>/``: one run, person by person; ``kind`` and ``page`` narrow it."""
    found = get_object_or_404(SyncRun, pk=min(run, 2**63 - 1))
    counts = dict(found.changes.order_by().values_list("kind").annotate(Count("pk")))
    kind = request.GET.get("kind", "")
    kind = kind if kind in SyncChange.Kind.values else ""
    changes = found.changes.select_related("employee").order_by("employee__name", "employee_id")
    batch, page = paged(request, changes.filter(kind=kind) if kind else changes, PAGE)
    chips = [{"label": _("Everybody"), "url": "?", "current": not kind, "count": sum(counts.values())}]
    chips += [
        {"label": label, "url": f"?kind={value}", "current": value == kind, "count": counts.get(value, 0)}
        for value, label in SyncChange.Kind.choices
    ]
    context = {
        "run": _run_row(found), "chips": chips, "page": page, "kind": kind, "any": bool(counts),
        "rows": [{"change": change, "person": change.employee, "diff": differences(change.diff)} for change in batch],
        "alarms": list(_alarms().filter(run=found)[:SHOWN_ALARMS]),
        "warnings": found.warnings[:SHOWN_WARNINGS], "more_warnings": max(0, len(found.warnings) - SHOWN_WARNINGS),
        "person_page": page_of_people(request.user),
    }  # fmt: skip
    return render(request, "console/settings/directory_run.html", context)


def open_alarms() -> int:
    """How many alarms nobody has looked at."""
    return SyncAlarm.objects.filter(looked_at=None).count()


def _alarms() -> "QuerySet[SyncAlarm]":
    return SyncAlarm.objects.select_related("employee", "other", "looked_by")


def _run_row(run: SyncRun) -> dict[str, Any]:
    """A run with its outcome in words."""
    if run.refused:
        outcome, tone = _("Refused"), "waiting"
    elif not run.complete:
        outcome, tone = _("Carried out in part"), "progress"
    else:
        outcome, tone = _("Carried out"), "done"
    return {"run": run, "title": run.name or run.source, "outcome": outcome, "tone": tone, "took": _took(run)}


def _took(run: SyncRun) -> str:
    seconds = (run.finished_at - run.started_at).total_seconds()
    return _("less than a second") if seconds < 1 else _("%(seconds)s s") % {"seconds": round(seconds)}
