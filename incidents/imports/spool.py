"""Lines of a file by ticket, on disk: a ticket's lines may lie anywhere, and a file may be larger than memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType

_SEPARATOR = "\x1f"  # the reader has taken control characters out of every value


@dataclass(slots=True)
class Bundle:
    """All lines of one ticket, in file order: (line, values)."""

    key: str
    rows: list[tuple[int, list[str]]]


class Spool:
    """A SQLite database without a name: its file is gone with the process, however it ends."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000; PRAGMA temp_store=FILE;"
            "CREATE TABLE ticket(id INTEGER PRIMARY KEY, key TEXT UNIQUE);"
            "CREATE TABLE row(line INTEGER PRIMARY KEY, ticket INTEGER, cells TEXT);"
        )

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def fill(self, rows: Iterable[tuple[int, list[str]]], number_at: int) -> None:
        """Take every row in; tickets are numbered by their first line."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO row VALUES (?, ?, ?)", self._with_ticket(rows, number_at))
        self._db.execute("CREATE INDEX row_of_ticket ON row(ticket, line)")
        self._db.execute("COMMIT")

    def _with_ticket(self, rows: Iterable[tuple[int, list[str]]], number_at: int) -> Iterator[tuple[int, int, str]]:
        last, ticket = None, 0
        for line, cells in rows:
            key = cells[number_at]
            if key != last:
                self._db.execute("INSERT INTO ticket(key) VALUES (?) ON CONFLICT DO NOTHING", (key,))
                ticket = self._db.execute("SELECT id FROM ticket WHERE key = ?", (key,)).fetchone()[0]
                last = key
            yield line, ticket, _SEPARATOR.join(cells)

    def count(self) -> tuple[int, int]:
        """(tickets, rows)"""
        return self._db.execute("SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM row)").fetchone()

    def batches(self, size: int) -> Iterator[list[Bundle]]:
        """Tickets in the order of their first lines, in batches of about ``size`` rows, each ticket whole."""
        found = self._db.execute(
            "SELECT ticket.id, key, line, cells FROM ticket JOIN row ON row.ticket = ticket.id"
            " ORDER BY ticket.id, row.line"
        )
        batch: list[Bundle] = []
        held = 0
        for (_ticket, key), rows in groupby(found, key=lambda row: row[:2]):
            batch.append(Bundle(key, [(line, cells.split(_SEPARATOR)) for _t, _k, line, cells in rows]))
            held += len(batch[-1].rows)
            if held >= size:
                yield batch
                batch, held = [], 0
        if batch:
            yield batch
