"""One run of the sync: read, compare, ask the fuse, write everything or nothing, report."""

import dataclasses
import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Employee, SourceState, SyncRun
from directory.services import system_employee
from servicedesk.audit.origin import channel_is
from servicedesk.common.text import without_controls

from .census import Census, close_groups, take_census
from .entries import Reading, Source, Unreadable
from .groups import plan_groups
from .mapping import DEFAULTS, Mapping
from .photos import NO_PICTURE, Pictures
from .plan import Kind, Plan, make_plan
from .sources import Configured
from .supplement import make_supplement
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

    def add(self, other: "Report") -> None:
        """Count ``other`` in: the report of several sources is one."""
        for name in ("seen", "created", "changed", "deactivated", "skipped", "groups"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.warnings = [*self.warnings, *other.warnings]
        self.complete = self.complete and other.complete
        if other.refused is not None:
            self.refused = other.refused if self.refused is None else f"{self.refused} {other.refused}"

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
    close_groups(census)  # says which groups go in circles or name somebody who is not there
    pictures = Pictures()
    for person in census.people:
        if person.photo and pictures.jpeg(person.photo) is None:
            census.warnings.add(person.shown_dn, str(NO_PICTURE))
    report = Report(
        seen=census.seen, skipped=census.skipped, groups=len(census.groups), complete=census.complete,
        warnings=census.warnings.items,
    )  # fmt: skip
    if not census.seen:
        report.refused = _no_people(source)
    elif not census.complete:
        report.refused = _("{source} could not be read completely; the warnings say where.").format(source=source.uri)
    return report


def run_configured(one: Configured, *, full: bool = True, dry_run: bool = False, confirmed: bool = False) -> Report:
    """Run ``one``: its changes since the last run unless ``full``; everything when changes cannot be told."""
    return run(
        one.source, dry_run=dry_run, confirmed=confirmed, mapping=one.mapping, name=one.name,
        supplements=one.supplements, full=full,
    )  # fmt: skip


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """A run makes millions of objects that live to its end; seeking cycles among them takes a quarter of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_cycle_search()
def run(
    source: Source,
    *,
    dry_run: bool = False,
    confirmed: bool = False,
    mapping: Mapping = DEFAULTS,
    name: str = "",
    supplements: str = "",
    full: bool = True,
) -> Report:
    """Bring the people and groups of ``source`` in, in one transaction.

    ``confirmed`` lets more people leave at once than the fuse allows. A dry run writes nothing at
    all; a refused run writes nothing but its own report. Two runs at once go one after the other, and the one that
    began first may not write when the other one did.
    ``name`` and ``supplements`` are those of a configured source, whose state is kept under its name.
    """
    attempt = _Attempt(source, name=name, dry_run=dry_run, confirmed=confirmed, mapping=mapping)
    try:
        # Files and networks are read before the transaction starts.
        reading = attempt.read(full=full)
    except Unreadable as error:
        return attempt.refuse(Report(refused=str(error)))
    census = take_census(reading, mapping, at=attempt.started)
    reading = dataclasses.replace(reading, entries=[])  # a hundred megabytes of a large company, used up
    if not census.seen and not census.is_increment:
        return attempt.refuse(
            Report(groups=len(census.groups), warnings=census.warnings.items, refused=_no_people(source))
        )
    pictures = Pictures()
    pictures.prepare(census.people)
    with channel_is("task"), transaction.atomic():
        if not dry_run:
            # The lock of the run: a second one waits here and then sees what the first one wrote.
            Employee.objects.select_for_update(no_key=True).get(pk=system_employee(ACTOR).pk)
            if attempt.is_out_of_date():
                return attempt.refuse(
                    Report(seen=census.seen, refused=_("A run of this source that began later was carried out first."))
                )
        if supplements:
            plan, group_steps = make_supplement(census, supplements, pictures=pictures), []
        else:
            plan = make_plan(census, at=attempt.started, pictures=pictures)
            group_steps = plan_groups(plan, frozenset(attempt.standing.strangers))
        report = _report(census, plan)
        report.refused = None if confirmed else _fuse(plan)
        if report.refused is None and not dry_run:
            write(plan, group_steps, attempt.keep(report))
            attempt.succeed(reading, census)
            return report
    if report.refused is None:
        return report
    return attempt.refuse(report)


class _Attempt:
    """One run: its report is kept whatever comes of it, and so is where the source stands when it has a name."""

    def __init__(self, source: Source, *, name: str, dry_run: bool, confirmed: bool, mapping: Mapping) -> None:
        self.source, self.name, self.mapping = source, name, mapping
        self.dry_run, self.confirmed = dry_run, confirmed
        self.started = timezone.now()
        self.extent = SyncRun.Extent.FULL
        self.standing = (name and SourceState.objects.filter(name=name).first()) or SourceState(name=name)

    def read(self, *, full: bool) -> Reading:
        read_changes = getattr(self.source, "read_changes", None)
        mark = self.standing.mark
        if not full and read_changes and mark and mark.get("mapping") == _digest(self.mapping):
            reading: Reading | None = read_changes(self.mapping.wanted, mark)
            if reading is not None:
                self.extent = SyncRun.Extent.INCREMENT
                return reading
        return self.source.read(self.mapping.wanted)

    def is_out_of_date(self) -> bool:
        """Whether what was read is older than what is here: written now, it would bring back who left since."""
        later = SyncRun.objects.filter(source=self._uri, refused="", started_at__gt=self.started)
        return later.exists()

    @property
    def _uri(self) -> str:
        return without_controls(self.source.uri)[:500]

    def keep(self, report: Report) -> SyncRun:
        return SyncRun.objects.create(
            source=self._uri, name=self.name, extent=self.extent,
            confirmed=self.confirmed, started_at=self.started, finished_at=timezone.now(), complete=report.complete,
            seen=report.seen, created=report.created, changed=report.changed, deactivated=report.deactivated,
            skipped=report.skipped, groups=report.groups, warnings=report.warnings,
            refused=without_controls(report.refused or ""),
        )  # fmt: skip

    def succeed(self, reading: Reading, census: Census) -> None:
        """Note where the next increment starts. An incomplete reading is done again in full."""
        if not self.name:
            return
        facts: dict[str, Any] = {"last_refusal": "", "last_good_at": self.started, "mark": {}}
        if reading.mark and reading.complete:
            facts["mark"] = {**reading.mark, "mapping": _digest(self.mapping)}
        if self.extent == SyncRun.Extent.FULL and reading.complete:
            facts["last_full_at"] = self.started
            facts["strangers"] = sorted(census.nobodies.union(*census.strangers.values()))
        elif reading.complete:
            facts["strangers"] = sorted({*self.standing.strangers, *census.nobodies})
        self._note(facts)

    def refuse(self, report: Report) -> Report:
        """Keep the report of a run that wrote nothing; its counts of writes are nought, as a dry run's are not."""
        if not self.dry_run:
            report.created = report.changed = report.deactivated = 0
            self.keep(report)
            if self.name:
                self._note({"last_refusal": without_controls(report.refused or "")})
        return report

    def _note(self, facts: dict[str, Any]) -> None:
        facts |= {"uri": self._uri, "last_tried_at": self.started}
        SourceState.objects.update_or_create(name=self.name, defaults=facts)


def _digest(mapping: Mapping) -> str:
    """Changes since a run are only those of the same mapping."""
    facts = dataclasses.asdict(mapping) | {"withheld": sorted(mapping.withheld)}
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


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
