"""Reading people from LDIF (RFC 2849): one file, or the ``.ldif`` files of a folder in order of name.

Written here and not taken from a package: those stop at the first bad record, some fetch URL values,
and none says on which line.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from . import dn as names
from .entries import Entry, Fault, Reading, Unreadable

MAX_LINE_BYTES = 1 << 20
MAX_RECORD_BYTES = 64 << 20
MAX_FAULTS = 1000

Line = tuple[int, bytes]


class LdifSource:
    """``ldif:PATH``."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.uri = f"ldif:{path}"

    def read(self, wanted: Iterable[str]) -> Reading:
        """See :class:`.entries.Source`. A record that cannot be read becomes a fault, and reading goes on."""
        wanted = frozenset(wanted)
        reading = Reading()
        for path in self._files():
            try:
                with path.open("rb") as file:
                    _File(path.name, file, wanted, reading).read()
            except OSError as error:
                raise _unopened(path, error) from error
        return reading

    def _files(self) -> list[Path]:
        try:
            if not self.path.is_dir():
                return [self.path]
            files = sorted(path for path in self.path.iterdir() if path.suffix.lower() == ".ldif" and path.is_file())
        except OSError as error:
            raise _unopened(self.path, error) from error
        if not files:
            raise Unreadable(_("The folder {path} holds no .ldif files.").format(path=self.path))
        return files


def _unopened(path: Path, error: OSError) -> Unreadable:
    return Unreadable(_("{path} cannot be read: {why}.").format(path=path, why=error.strerror))


class _BadRecord(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class _File:
    """One file, read once, line by line."""

    def __init__(self, name: str, file: BinaryIO, wanted: frozenset[str], reading: Reading) -> None:
        self.name, self.file, self.wanted, self.reading = name, file, wanted, reading
        self.ends_in_a_line = True

    def read(self) -> None:
        for record in self._records():
            try:
                entry = self._entry(record)
            except _BadRecord as bad:
                self._fault(bad.line, str(bad), dn=self._shown_dn(record))
                continue
            if entry is not None:
                self.reading.entries.append(entry)
        if not self.ends_in_a_line:
            self.reading.faults.append(
                Fault(
                    _(
                        "{file} does not end with a line end, so it may have been cut off: "
                        "nobody is deactivated on its word."
                    ).format(file=self.name)
                )
            )

    def _fault(self, line: int, reason: str, *, dn: str = "", loses_entry: bool = True) -> None:
        where = _("{file}, line {line}: {reason}").format(file=self.name, line=line, reason=reason)
        self.reading.faults.append(Fault(where, dn, loses_entry))
        if len(self.reading.faults) > MAX_FAULTS:
            raise Unreadable(
                _("{file} has more than {count} faults, the last one at line {line}: {reason}").format(
                    file=self.name, count=MAX_FAULTS, line=line, reason=reason
                )
            )

    def _physical_lines(self) -> Iterator[Line]:
        number = 0
        while raw := self.file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if number == 1:
                if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise Unreadable(_("{file} is written in UTF-16: save it as UTF-8.").format(file=self.name))
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            if len(raw) > MAX_LINE_BYTES:
                raise Unreadable(_("{file}, line {line}: the line is too long.").format(file=self.name, line=number))
            if b"\x00" in raw:
                raise Unreadable(
                    _("{file}, line {line}: there is a NUL byte, so this is no LDIF text.").format(
                        file=self.name, line=number
                    )
                )
            self.ends_in_a_line = raw.endswith(b"\n")
            yield number, raw.rstrip(b"\r\n")

    def _records(self) -> Iterator[list[Line]]:
        """Records as logical lines: folds undone, comments gone; a blank line (or a new dn) ends one."""
        record: list[Line] = []
        pieces: list[bytes] = []
        start = size = 0
        for number, raw in self._physical_lines():
            if raw[:1] == b" " and pieces:
                pieces.append(raw[1:])
            else:
                if pieces and not pieces[0].startswith(b"#"):
                    record.append((start, b"".join(pieces)))
                pieces = []
                is_next = raw[:3].lower() == b"dn:" and any(line[:3].lower() == b"dn:" for _at, line in record)
                if is_next or not raw:
                    if record:
                        yield record
                    record, size = [], 0
                if raw:
                    pieces, start = [raw], number
            size += len(raw)
            if size > MAX_RECORD_BYTES:
                raise Unreadable(_("{file}, line {line}: the entry is too large.").format(file=self.name, line=number))
        if pieces and not pieces[0].startswith(b"#"):
            record.append((start, b"".join(pieces)))
        if record:
            yield record

    def _entry(self, record: list[Line]) -> Entry | None:
        """The entry of one record; None for the ``version:`` line. Raises ``_BadRecord``."""
        if record[0][1][:8].lower() == b"version:":
            version = record[0][1][8:].strip()
            if version != b"1":
                shown = version.decode(errors="replace")
                raise _BadRecord(record[0][0], _("LDIF version {version} is not known.").format(version=shown))
            record = record[1:]
            if not record:
                return None
        first, line = record[0]
        name, value = self._pair(first, line)
        if name != "dn":
            raise _BadRecord(first, _("An entry starts with “dn:”, not with “{name}”.").format(name=name[:40]))
        dn = self._dn(first, value)
        attributes: dict[str, list[bytes | str]] = {}
        for number, line in record[1:]:
            name, value = self._pair(number, line)
            if name == "changetype":
                self._only_add(number, value)
                continue
            if name == "control":
                continue
            if value is None:
                reason = _("“{name}” points to a URL, which is never fetched: the value is left out.")
                self._fault(number, reason.format(name=name), dn=dn, loses_entry=False)
            elif name.partition(";")[0] in self.wanted and value:
                attributes.setdefault(name, []).append(value)
            else:
                attributes.setdefault("", [])
        if not attributes:
            raise _BadRecord(first, _("The entry has no attributes."))
        attributes.pop("", None)
        return Entry(dn, attributes)

    def _pair(self, number: int, line: bytes) -> tuple[str, bytes | str | None]:
        """Name and value of one line; the value is None when it is a URL."""
        raw_name, colon, rest = line.partition(b":")
        if not colon or not raw_name.strip():
            raise _BadRecord(number, _("There is no “name: value” here."))
        try:
            name = raw_name.strip().decode("ascii").lower()
        except UnicodeDecodeError:
            raise _BadRecord(number, _("The attribute's name is not plain ASCII.")) from None
        if rest[:1] == b"<":
            return name, None
        if rest[:1] == b":":
            if name.partition(";")[0] not in self.wanted and name != "dn":
                return name, b""
            try:
                return name, base64.b64decode(rest[1:].replace(b" ", b""), validate=True)
            except binascii.Error:
                raise _BadRecord(number, _("The value of “{name}” is not base64.").format(name=name)) from None
        try:
            return name, rest.strip(b" ").decode()
        except UnicodeDecodeError:
            reason = _("The value of “{name}” is not UTF-8: save the file as UTF-8.").format(name=name)
            raise _BadRecord(number, reason) from None

    def _dn(self, number: int, value: bytes | str | None) -> str:
        if value is None:
            raise _BadRecord(number, _("The dn points to a URL."))
        try:
            dn = value.decode() if isinstance(value, bytes) else value
            names.parse(dn)
        except UnicodeDecodeError:
            raise _BadRecord(number, _("The dn is not UTF-8.")) from None
        except names.InvalidDn as error:
            raise _BadRecord(number, _("The dn cannot be read. {why}").format(why=error)) from None
        return dn

    def _only_add(self, number: int, value: bytes | str | None) -> None:
        kind = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        if kind.strip().lower() != "add":
            raise _BadRecord(
                number,
                _("This is a change record ({kind}); only whole entries can be read.").format(kind=kind.strip()[:20]),
            )

    @staticmethod
    def _shown_dn(record: list[Line]) -> str:
        """The dn of a record that is at fault, as well as it can be shown."""
        for _number, line in record:
            if line[:4].lower() == b"dn::":
                try:
                    return base64.b64decode(line[4:]).decode(errors="replace")
                except binascii.Error:
                    return ""
            if line[:3].lower() == b"dn:":
                return line[3:].strip().decode(errors="replace")
        return ""
