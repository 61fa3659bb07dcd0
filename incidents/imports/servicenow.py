"""Reading the audit log that ServiceNow exports as CSV: one line per change of a ticket, 36 columns.

Nothing here touches the database of the desk. What makes the whole file doubtful raises
:class:`CannotImport`; what makes one line doubtful rejects that line, with the reason.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from .report import CannotImport, Report

REQUIRED = (
    "number", "incident_state", "caller_id", "opened_at", "sys_updated_by", "sys_updated_at", "category", "impact",
    "urgency", "priority", "assignment_group", "assigned_to",
)  # fmt: skip
KNOWN = (
    *REQUIRED, "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla", "opened_by",
    "sys_created_by", "sys_created_at", "contact_type", "location", "subcategory", "u_symptom", "cmdb_ci", "knowledge",
    "u_priority_confirmation", "notify", "problem_id", "rfc", "vendor", "caused_by", "closed_code", "resolved_by",
    "resolved_at", "closed_at",
)  # fmt: skip
OPTIONAL_TEXT = ("short_description", "description", "close_notes")
PEOPLE = ("caller_id", "opened_by", "sys_created_by", "sys_updated_by", "assigned_to", "resolved_by")
DATES = ("opened_at", "sys_created_at", "sys_updated_at", "resolved_at", "closed_at")
MISSING = frozenset({"", "?"})

LONGEST_LINE = 1_000_000
LONGEST_VALUE = 100_000
LONGEST_NUMBER = 60
LONGEST_RECORD = 50  # lines: a value may hold line ends, but beyond this a quotation mark was left open

_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?\Z", re.ASCII)
_YEARS = range(1900, 2201)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?\Z", re.ASCII)
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Instant:
    """A time of the file as an instant; ``oddity`` says that its zone has it twice, or not at all."""

    at: datetime
    oddity: str = ""


@lru_cache(maxsize=100_000)
def instant(text: str, zone: ZoneInfo) -> Instant | None:
    """``29/2/2016 01:16`` or ``2016-02-29 01:16:00`` on the clocks of ``zone``; None when it is neither.

    Nor when its year is none that a desk has seen: near the ends of the calendar other zones could not show it.
    """
    if match := _DAY_FIRST.match(text):
        day, month, year, hour, minute, second = match.groups(default="0")
    elif match := _ISO.match(text):
        year, month, day, hour, minute, second = match.groups(default="0")
    else:
        return None
    if int(year) not in _YEARS:
        return None
    try:
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=zone)
        at = local.astimezone(UTC)
        if local.utcoffset() == local.replace(fold=1).utcoffset():
            return Instant(at)
        there = at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return Instant(at, "time_ambiguous" if there else "time_nonexistent")


@dataclass(frozen=True)
class Header:
    """The columns of one file. ``identity``: what makes a line the line it is, however columns are ordered."""

    names: tuple[str, ...]
    identity: tuple[tuple[int, str], ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in KNOWN and name not in OPTIONAL_TEXT)


# The export writes the final value of these on every line: they change when a ticket ends, the line does not.
FINAL = frozenset({"closed_code", "resolved_by", "resolved_at", "closed_at"})


def header_of(cells: list[str]) -> Header:
    names = tuple(cell.strip().lower() for cell in cells)
    twice = sorted({name for name in names if names.count(name) > 1})
    if any("\0" in name for name in names) or not any(names):
        raise CannotImport(_("This is not a CSV file: its first line holds no names of columns."))
    absent = [name for name in REQUIRED if name not in names]
    if len(absent) == len(REQUIRED):
        raise CannotImport(
            _("This is no ServiceNow log in CSV: the first line names none of its columns (%(columns)s).")
            % {"columns": ", ".join(REQUIRED)}
        )
    if twice:
        raise CannotImport(
            _("The first line names these columns twice: %(columns)s. Keep one of each and import again.")
            % {"columns": ", ".join(twice)}
        )
    if absent:
        raise CannotImport(
            _("The file lacks these columns: %(columns)s. Export them too and import again.")
            % {"columns": ", ".join(absent)}
        )
    order = sorted((name, index) for index, name in enumerate(names) if name and name not in FINAL)
    return Header(names, tuple((index, name) for name, index in order))


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[io.TextIOBase]:
    """The text of ``path``, plain or packed with gzip, whatever its name says. Faults of the file are ours to word."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if packed else raw
            with io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="") as text:
                yield text
    except UnicodeError as error:
        raise CannotImport(
            _(
                "The file is not written in %(encoding)s. Save it as UTF-8, or name its encoding in the mapping file "
                '(encoding = "windows-1252", say).'
            )
            % {"encoding": encoding.removesuffix("-sig").upper()}
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CannotImport(
            _("The packed file is damaged or was cut off. Fetch it again, then import the whole.")
        ) from error
    except OSError as error:
        raise CannotImport(
            _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror or error}
        ) from error


class _Lines:
    """Lines of bounded length, and whether the last one was finished: the csv module would read on without end."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self.stream = stream
        self.number = 0
        self.finished = True

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.stream.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.finished = line[-1] in "\r\n"
        if not self.finished and len(line) >= LONGEST_LINE:
            raise CannotImport(
                _("Line %(line)d is longer than a line of a CSV file can be (%(most)d characters).")
                % {"line": self.number, "most": LONGEST_LINE}
            )
        return line


class Reader:
    """The data lines of a log as ``(line, values)``, in file order; odd ones go to ``report``."""

    def __init__(self, stream: io.TextIOBase, zone: ZoneInfo, report: Report) -> None:
        self.zone = zone
        self.report = report
        self._lines = _Lines(stream)
        csv.field_size_limit(LONGEST_VALUE)
        self._cells = csv.reader(self._lines, strict=True)
        first = self._next()
        if first is None:
            raise CannotImport(_("The file is empty."))
        if isinstance(first, str):
            raise CannotImport(_("This is not a CSV file: its first line holds no names of columns."))
        self.header = header_of(first)
        self._at = {name: index for index, name in enumerate(self.header.names)}
        self._dates = [(name, self._at[name]) for name in DATES if name in self._at]
        for _absent in (name for name in KNOWN if name not in self._at):
            report.warnings["column_missing"] += 1
        if self.header.unknown:
            report.warnings["column_unknown"] += len(self.header.unknown)

    def _next(self) -> list[str] | str | None:
        """The cells of the next line, None after the last one, or why the line cannot be taken apart."""
        first = self._lines.number + 1
        try:
            return next(self._cells, None)
        except csv.Error as error:
            swallowed = self._lines.number - first
            if swallowed > LONGEST_RECORD or "field limit" in str(error):
                raise CannotImport(
                    _("The value that begins at line %(line)d has no end. Is a quotation mark left open there?")
                    % {"line": first}
                ) from error
            return _("The line cannot be taken apart into values (%(why)s).") % {"why": error}

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.header.names)
        while True:
            line = self._lines.number + 1
            cells = self._next()
            if cells is None:
                return
            if cells == []:
                self.report.warnings["blank_line"] += 1
                continue
            self.report.rows += 1
            if isinstance(cells, str):
                self.report.rejected.append((line, cells))
                continue
            cells = [cell.strip() for cell in cells]
            reason = self._fault(cells, width)
            if reason is None:
                yield line, cells
            else:
                self.report.rejected.append((line, reason))

    def _fault(self, cells: list[str], width: int) -> str | None:
        """Why this line cannot be imported, or None. Lesser oddities are counted, and mended in ``cells``."""
        cut = not self._lines.finished
        if len(cells) != width:
            if cut and len(cells) < width:
                return _("The file ends in the middle of this line.")
            return _("The line has %(found)d values, the first line names %(width)d columns.") % {
                "found": len(cells),
                "width": width,
            }
        if cut and not cells[-1]:  # the export writes "?" for what is missing, so this value was not written out
            return _("The file ends in the middle of this line.")
        whole = "".join(cells)
        if "\0" in whole:
            return _("The line holds a NUL character.")
        number = cells[self._at["number"]]
        if number in MISSING:
            return _("The line has no ticket number.")
        if len(number) > LONGEST_NUMBER:
            return _("The ticket number is longer than %(most)d characters.") % {"most": LONGEST_NUMBER}
        if _CONTROLS.search(whole):
            cells[:] = [_CONTROLS.sub(" ", cell) for cell in cells]
            self.report.warnings["control_characters"] += 1
        return self._fault_of_dates(cells, cut=cut)

    def _fault_of_dates(self, cells: list[str], *, cut: bool) -> str | None:
        oddities = []
        for name, index in self._dates:
            text = cells[index]
            if text in MISSING:
                if name == "sys_updated_at":
                    return _("The line does not say when it happened (sys_updated_at).")
                continue
            found = instant(text, self.zone)
            if found is None:
                if cut and index == len(cells) - 1:
                    return _("The file ends in the middle of this line.")
                if name == "sys_updated_at":
                    return _("“%(text)s” is no time (sys_updated_at); expected day/month/year hour:minute.") % {
                        "text": text[:40]
                    }
                oddities.append("date_unreadable")
            elif found.oddity:
                oddities.append(found.oddity)
        self.report.warnings.update(oddities)
        return None
