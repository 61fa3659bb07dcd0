"""Taking a list over: what each line would do, and the doing of it, batch by batch through the import-only door."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit.origin import channel_is
from servicedesk.common.errors import Busy, InvalidPayload
from servicedesk.common.time import now as present
from servicedesk.workflow.replay import History, Step, replay, standing

from .. import register
from ..models import Asset, Custody
from ..states import MISSING
from .meaning import Misfit, day_of, money_of, state_of, warranty_of
from .names import Names
from .reading import Line, read

BATCH = 500
SHOWN_FAULTS = 1000
_TEXTS = ("tag", "name", "serial", "supplier", "order_number", "notes")
_TRACKED = ("tag", "serial", "type", "model", "holder", "location", "department")
_CHECKED = {*_TEXTS, "cost"}
_COLUMNS = {column.name: column for column in Asset._meta.concrete_fields}


@dataclass
class Report:
    """What an import did, or would do. ``rows``: lines with anything on them; the others count assets."""

    rows: int = 0
    events: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    rejected_count: int = 0
    added: dict[str, int] = field(default_factory=dict)

    @property
    def assets(self) -> int:
        return self.created + self.updated + self.unchanged

    def reject(self, line: Line, why: object) -> None:
        self.rejected_count += 1
        if len(self.rejected) < SHOWN_FAULTS:
            self.rejected.append((line.number, f"{str(why)[:1].upper()}{str(why)[1:]}."))

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "assets": self.assets, "events": self.events, "created": self.created,
            "updated": self.updated, "unchanged": self.unchanged, "warnings": dict(sorted(self.warnings.items())),
            "rejected": [{"line": line, "reason": reason} for line, reason in self.rejected],
        }  # fmt: skip


@dataclass
class _Wish:
    """What one line wants of one asset."""

    line: Line
    values: dict[str, Any]
    state: str
    holder_id: int | None


def import_assets(file: IO[bytes], *, by: Employee, dry_run: bool) -> Report:
    """Take over the assets of ``file``, or with ``dry_run`` say what that would do. A second time changes nothing.

    A line is about the asset with its tag, else with its serial number. New ones begin as the list says; of known ones
    the facts follow the list, while status and person stay: those are moves, and moves are made here. Lines that do
    not fit are left out and named. Raises ``NotPermitted``, ``InvalidPayload`` when it is no such list, ``Busy``.
    """
    register.require_manager(by)
    report, table = Report(), read(file)
    names = Names(by=by, dry=dry_run)
    for column in table.unknown:
        report.warnings[_("column “%(name)s” is not taken over") % {"name": column[:40]}] += 1
    seen: dict[tuple[Any, ...], int] = {}
    with channel_is("import"):
        while batch := list(islice(table.lines, BATCH)):
            report.rows += len(batch)
            try:
                with transaction.atomic():
                    _take_over(batch, names, report, seen, by=by, dry_run=dry_run)
            except IntegrityError as error:
                raise Busy(_("Somebody else changed the same assets at this moment. Try again.")) from error
    report.added = names.added
    return report


def _take_over(
    batch: list[Line], names: Names, report: Report, seen: dict[tuple[Any, ...], int], *, by: Employee, dry_run: bool
) -> None:
    wishes = list(_wishes(batch, names, report, seen))
    known = _known(wishes)
    histories: list[History] = []
    custodies: list[tuple[Asset, int]] = []
    keys = {found.pk for wish in wishes if (found := _match(wish, known, report)) is not None}
    rows = standing(Asset, keys) if keys and not dry_run else {}
    for wish in wishes:
        try:
            found = _matched(wish, known)
        except Misfit:
            continue  # told already
        if found is None:
            history = _new(wish, by)
            report.created += 1
            if wish.holder_id:
                custodies.append((history.record, wish.holder_id))
        else:
            asset = rows[found.pk].record if found.pk in rows else found
            changed = _change(asset, wish, by, report)
            report.updated, report.unchanged = report.updated + bool(changed), report.unchanged + (not changed)
            if changed is None:
                continue
            history = changed
        histories.append(history)
    if dry_run or not histories:
        return
    report.events += replay(histories, verb="imported")
    at = present()
    Custody.objects.bulk_create(
        [
            Custody(asset=asset, employee_id=holder, given_by=by, given_at=at, accepted_at=at)
            for asset, holder in custodies
        ],
        batch_size=500,
    )


def _wishes(batch: list[Line], names: Names, report: Report, seen: dict[tuple[Any, ...], int]) -> Iterator[_Wish]:
    for line in batch:
        try:
            yield _wish(line, names, report, seen)
        except Misfit as why:
            report.reject(line, why)


def _wish(line: Line, names: Names, report: Report, seen: dict[tuple[Any, ...], int]) -> _Wish:
    """What a line says, checked as the forms of the register would."""
    cells = line.cells
    if not cells.get("tag") and not cells.get("serial"):
        raise Misfit(_("it has neither a tag nor a serial number"))
    values: dict[str, Any] = {name: cells[name] for name in _TEXTS if name in cells}
    if "purchased_on" in cells:
        values["purchased_on"] = day_of(cells["purchased_on"])
    if "cost" in cells:
        values["cost"] = money_of(cells["cost"])
    if "warranty" in cells:
        until = warranty_of(cells["warranty"], values.get("purchased_on"))
        if until is not None:
            values["warranty_until"] = until
        else:
            report.warnings[_("warranty without a day of buying")] += 1
    for cell, column, find in (("location", "location", names.place), ("company", "department", names.unit)):
        if cell in cells:
            row = find(cells[cell])
            if row is None:
                report.warnings[_("%(column)s unknown") % {"column": cell}] += 1
            else:
                values[column] = row
    holder = names.person(cells)
    state = state_of(cells.get("status", ""), held=holder is not None)
    _check_text(values)
    for name in ("tag", "serial"):
        key = (name, values.get(name, "").casefold(), cells.get("model", "").casefold() if name == "serial" else "")
        if name in values and seen.setdefault(key, line.number) != line.number:
            raise Misfit(_("its %(name)s stands on line %(line)s already") % {"name": name, "line": seen[key]})
    kind = names.type(cells["category"]) if cells.get("category") else None
    values["model"] = names.model(cells, kind)
    values["type"] = values["model"].type if values["model"] is not None else kind
    if kind is not None and values["type"] is not kind and values["type"].pk != kind.pk:
        raise Misfit(
            _("its model is a %(type)s here, not a %(category)s") % {
                "type": values["type"].name, "category": kind.name}
        )  # fmt: skip
    return _Wish(line, {name: value for name, value in values.items() if value is not None}, state, holder)


def _check_text(values: dict[str, Any]) -> None:
    for name in _CHECKED & values.keys():
        try:
            _COLUMNS[name].clean(values[name], None)
        except ValidationError as error:
            raise Misfit(
                _("%(name)s: %(why)s") % {"name": name, "why": " ".join(error.messages).rstrip(".")}
            ) from error  # fmt: skip


def _known(wishes: list[_Wish]) -> dict[tuple[str, str], list[Asset]]:
    """The assets that are here under a tag or serial number of the list, in one statement."""
    texts = {name: {wish.values[name].lower() for wish in wishes if name in wish.values} for name in ("tag", "serial")}
    found: dict[tuple[str, str], list[Asset]] = {}
    rows = Asset.objects.alias(its_tag=Lower("tag"), its_serial=Lower("serial")).filter(
        Q(its_tag__in=texts["tag"]) | Q(its_serial__in=texts["serial"])
    )
    for asset in rows.order_by("pk"):
        for name in ("tag", "serial"):
            if getattr(asset, name):
                found.setdefault((name, getattr(asset, name).lower()), []).append(asset)
    return found


def _match(wish: _Wish, known: dict[tuple[str, str], list[Asset]], report: Report) -> Asset | None:
    try:
        return _matched(wish, known)
    except Misfit as why:
        report.reject(wish.line, why)
        return None


def _matched(wish: _Wish, known: dict[tuple[str, str], list[Asset]]) -> Asset | None:
    """The asset that a line is about, or None for a new one."""
    by_tag, by_serial = (known.get((name, wish.values.get(name, "").lower()), []) for name in ("tag", "serial"))
    if by_tag:
        same_model = [one for one in by_serial if one.model_id == getattr(wish.values.get("model"), "pk", one.model_id)]
        if same_model and by_tag[0] not in same_model:
            raise Misfit(
                _("its serial number belongs to %(other)s here") % {"other": same_model[0].tag or same_model[0].number}
            )
        return by_tag[0]
    model = wish.values.get("model")
    fitting = [one for one in by_serial if model is None or one.model_id in (None, model.pk)]
    fitting = [one for one in fitting if not one.tag or "tag" not in wish.values]
    if len(fitting) > 1:
        raise Misfit(_("several assets here have its serial number: give the tag"))
    if not fitting and "type" not in wish.values:
        raise Misfit(_("it is new here, and no category or known model says what it is"))
    if not fitting and any(model is not None and one.model_id == model.pk for one in by_serial):
        raise Misfit(_("its serial number belongs to an asset with another tag here"))
    return fitting[0] if fitting else None


def _new(wish: _Wish, by: Employee) -> History:
    at = present()
    more: dict[str, Any] = {"missing_reported_by": by} if wish.state == MISSING else {}
    asset = Asset(
        **wish.values, **more, state=wish.state, holder_id=wish.holder_id, created_at=at, updated_at=at
    )  # fmt: skip
    step = Step(
        at=at, actor_id=by.pk, source="", target=wish.state, values=_tracked(asset), details={"line": wish.line.number}
    )
    return History(asset, [step])


def _change(asset: Asset, wish: _Wish, by: Employee, report: Report) -> History | None:
    """The facts that follow the list; None when they do already."""
    if wish.state != asset.state or wish.holder_id != asset.holder_id:
        if "status" in wish.line.cells or wish.holder_id:
            report.warnings[_("status or person differs here, and stays")] += 1
    changed = {name: value for name, value in wish.values.items() if _differs(asset, name, value)}
    if not changed:
        return None
    before, at = _tracked(asset), present()
    after = {**before, **{name: getattr(value, "pk", value) for name, value in changed.items() if name in _TRACKED}}
    step = Step(
        at=at, actor_id=by.pk, source=asset.state, target=asset.state, values=after,
        details={"line": wish.line.number, "fields": sorted(changed), "version": asset.version + 1},
    )  # fmt: skip
    return History(
        asset, [step], before=before, changed={**changed, "version": asset.version + 1, "updated_at": at}
    )  # fmt: skip


def _differs(asset: Asset, name: str, value: Any) -> bool:
    """Whether the list says something else. A tag is the same however it is written; a type stays.

    Rows are compared by their keys: reading each one would be a statement a line.
    """
    present = getattr(asset, _COLUMNS[name].attname)
    if name in ("tag", "serial"):
        return bool(present.casefold() != value.casefold())
    if name == "model" and value.type_id != asset.type_id:
        return False
    return name != "type" and present != getattr(value, "pk", value)


def _tracked(asset: Asset) -> dict[str, Any]:
    return {name: getattr(asset, _COLUMNS[name].attname) for name in _TRACKED}


def refuse_large(size: int, most: int) -> None:
    """Raise ``InvalidPayload`` for a file that nobody should have to read."""
    if size > most:
        raise InvalidPayload(
            {"file": [_("The file has more than %(most)s MB: split the list.") % {"most": most // 1024 // 1024}]}
        )
