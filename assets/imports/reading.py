"""A CSV file as rows of text under our own names of columns. Nothing is looked up here."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from servicedesk.common.errors import InvalidPayload

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 100_000
LONGEST_CELL = 10_000
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")

# What a column is called in Snipe-IT's exports, its import and ours → what it is.
COLUMNS = {
    "asset tag": "tag", "tag": "tag", "asset name": "name", "item name": "name", "name": "name",
    "serial": "serial", "serial number": "serial", "model name": "model", "model": "model",
    "model number": "model_number", "model no.": "model_number", "category": "category", "type": "category",
    "manufacturer": "maker", "maker": "maker", "status": "status", "status label": "status", "location": "location",
    "default location": "location", "company": "company", "department": "company", "purchase date": "purchased_on",
    "purchase cost": "cost", "cost": "cost", "supplier": "supplier", "warranty": "warranty",
    "warranty months": "warranty", "warranty expires": "warranty", "order number": "order_number", "notes": "notes",
    "checked out to": "login", "checked out to: username": "login", "username": "login",
    "checked out to: e-mail": "email", "checked out to: email": "email", "email": "email", "e-mail": "email",
    "checked out to: name": "person", "full name": "person",
}  # fmt: skip
IGNORED = frozenset({"number", "id"})


@dataclass(frozen=True)
class Line:
    """One row: where it begins in the file, and its cells by name, those that are empty left out."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The columns that mean nothing to us, and the rows, read as they are asked for."""

    unknown: list[str]
    lines: Iterator[Line]


def read(file: IO[bytes]) -> Table:
    """The rows of ``file``; raises ``InvalidPayload`` when it is no such list. Rows may raise it too."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="strict", newline="")
    try:
        first = text.readline(LONGEST_CELL)
    except UnicodeDecodeError as error:
        raise InvalidPayload(_not_text()) from error
    if "\x00" in first or not first.strip():
        raise InvalidPayload(_("This is no list: the first line must name the columns."))
    delimiter = max(",;\t", key=first.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    known = [COLUMNS.get(name.casefold(), "") for name in names]
    if not {"tag", "serial"} & set(known):
        raise InvalidPayload(
            _("There is no column “Asset Tag” and none “Serial”: nothing says which asset a line is about.")
        )
    double = {name for name in known if name and known.count(name) > 1} - {"name", "login", "location"}
    if double:
        raise InvalidPayload(_("Two columns mean the same: %(names)s.") % {"names": ", ".join(sorted(double))})
    unknown = [
        name for name, meaning in zip(names, known, strict=True) if not meaning and name.casefold() not in IGNORED
    ]
    return Table(unknown, _lines(text, delimiter, known))


def _lines(text: io.TextIOWrapper, delimiter: str, known: list[str]) -> Iterator[Line]:
    reader = csv.reader(text, delimiter=delimiter)
    begin = 2
    try:
        for count, row in enumerate(reader, start=1):
            if count > MOST_ROWS:
                raise InvalidPayload(_("The list has more than %(most)s lines: split it.") % {"most": MOST_ROWS})
            cells = {
                meaning: plain
                for meaning, cell in reversed(list(zip(known, row, strict=False)))
                if meaning and (plain := _plain(cell))
            }
            if cells:
                yield Line(begin, cells)
            begin = reader.line_num + 2
    except UnicodeDecodeError as error:
        raise InvalidPayload(_not_text()) from error
    except csv.Error as error:
        raise InvalidPayload(
            _("Line %(line)s cannot be read: %(why)s.") % {"line": begin, "why": error}
        ) from error  # fmt: skip


def _plain(cell: str) -> str:
    """A cell without the mark that keeps spreadsheets from running it."""
    text = cell.strip()
    return text[1:].strip() if text.startswith("'") and text[1:].startswith(_RUN) else text


def _not_text() -> str:
    return _("This file is not UTF-8 text. Save the list as “CSV UTF-8”.")
