"""One run of the sync: read, compare, ask the fuse, write everything or nothing, report."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Employee, SyncRun
from directory.services import system_employee
from servicedesk.audit.origin import channel_is
from servicedesk.common.text import without_controls

from .census import Census, take_census
from .entries import Source, Unreadable
from .groups import plan_groups
from .mapping import DEFAULTS, Mapping
from .plan import Kind, Plan, make_plan
from .writing import ACTOR, write


@dataclass
class Report:
    """What a run did, or (dry run) would do. ``refused`` says why nothing was written; None when it was."""

    seen: int = 0
    created: int = 0
    changed: int = 0
    deactivated: int = 0
    skipped: int = 0
    groups: int = 0
    warnings: list[dict[str, str]] = field(default_factory=list)
    refused: str | None = None
    complete: bool = False

    def as_json(self) -> dict[str, Any]:
        """The report as DESIGN section 8 fixes it."""
        return {
            "seen": self.seen, "created": self.created, "changed": self.changed, "deactivated": self.deactivated,
            "skipped": self.skipped, "groups": self.groups, "warnings": self.warnings, "refused": self.refused,
        }  # fmt: skip


def check(source: Source, *, mapping: Mapping = DEFAULTS) -> Report:
    """Read and map ``source`` without looking at the database: is it whole, and what is odd in it?"""
    try:
        census = take_census(source.read(mapping.wanted), mapping, at=timezone.now())
    except Unreadable as error:
        return Report(refused=str(error))
    report = Report(
        seen=census.seen, skipped=census.skipped, groups=len(census.groups), complete=census.complete,
        warnings=census.warnings.items,
    )  # fmt: skip
    if not census.seen:
        report.refused = _no_people(source)
    elif not census.complete:
        report.refused = _("{source} could not be read completely; the warnings say where.").format(source=source.uri)
    return report


def run(source: Source, *, dry_run: bool = False, confirmed: bool = False, mapping: Mapping = DEFAULTS) -> Report:
    """Bring the people and groups of ``source`` in, in one transaction.

    ``confirmed`` lets more people leave at once than the fuse allows. A dry run writes nothing at
    all; a refused run writes nothing but its own report. Two runs at once go one after the other.
    """
    started = timezone.now()
    try:
        # Files and networks are read before the transaction starts.
        census = take_census(source.read(mapping.wanted), mapping, at=started)
    except Unreadable as error:
        return _refuse(source, Report(refused=str(error)), started, dry_run=dry_run)
    if not census.seen:
        report = Report(groups=len(census.groups), warnings=census.warnings.items, refused=_no_people(source))
        return _refuse(source, report, started, dry_run=dry_run)
    with channel_is("task"), transaction.atomic():
        if not dry_run:
            # The lock of the run: a second one waits here and then sees what the first one wrote.
            Employee.objects.select_for_update(no_key=True).get(pk=system_employee(ACTOR).pk)
        plan = make_plan(census, at=started)
        group_steps = plan_groups(plan)
        report = _report(census, plan)
        report.refused = None if confirmed else _fuse(plan)
        if report.refused is None and not dry_run:
            write(plan, group_steps, _keep(source, report, started))
            return report
    if report.refused is None:
        return report
    return _refuse(source, report, started, dry_run=dry_run)


def _no_people(source: Source) -> str:
    return _("{source} holds no people, so nothing was changed. Check that it is the right source.").format(
        source=source.uri
    )


def _report(census: Census, plan: Plan) -> Report:
    return Report(
        seen=census.seen, created=len(plan.created), changed=len(plan.changed), deactivated=len(plan.of(Kind.LEFT)),
        skipped=plan.skipped, groups=len(census.groups), warnings=census.warnings.items, complete=census.complete,
    )  # fmt: skip


def _fuse(plan: Plan) -> str | None:
    leaving = len(plan.of(Kind.LEFT))
    if leaving <= plan.allowance:
        return None
    return _(
        "{leaving} of {active} people would lose their account, more than the {allowed} that one run may take. "
        "Look at the source; if it is right, repeat with --confirm."
    ).format(leaving=leaving, active=plan.active_before, allowed=int(plan.allowance))


def _refuse(source: Source, report: Report, started: datetime, *, dry_run: bool) -> Report:
    """Keep the report of a run that wrote nothing; its counts of writes are nought, as a dry run's are not."""
    if not dry_run:
        report.created = report.changed = report.deactivated = 0
        _keep(source, report, started)
    return report


def _keep(source: Source, report: Report, started: datetime) -> SyncRun:
    return SyncRun.objects.create(
        source=without_controls(source.uri)[:500], started_at=started, finished_at=timezone.now(),
        complete=report.complete, seen=report.seen, created=report.created, changed=report.changed,
        deactivated=report.deactivated, skipped=report.skipped, groups=report.groups, warnings=report.warnings,
        refused=without_controls(report.refused or ""),
    )  # fmt: skip
