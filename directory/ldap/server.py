"""People and groups of a live directory: all of them, or what changed since the last time."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from . import dn as names
from .address import Address
from .client import Connection, connect, escape
from .entries import Entry, Fault, Reading, Unreadable
from .mapping import DEFAULTS, Mapping, is_group, is_person

WHOLE_SECONDS, ANSWER_SECONDS = 1800.0, 60.0
OVERLAP = timedelta(minutes=2)
MAX_RANGES = 10_000

_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
_RANGE = re.compile(r"(?P<name>[^;]+);range=(?P<first>\d+)-(?P<last>\d+|\*)")
_STAMP = "%Y%m%d%H%M%SZ"
# What the reader itself needs, and what a primary group is found by.
_OWN = frozenset({"objectclass", "objectsid", "primarygroupid", "modifytimestamp", "entrycsn", "usnchanged"})
# Parts of every Active Directory that hold no people; each domain refers to them.
_NO_PEOPLE_IN = ("dc=forestdnszones", "dc=domaindnszones", "cn=configuration", "cn=schema")


class LdapSource:
    """``ldap://…`` or ``ldaps://…``. Every reading opens and closes its own connection."""

    def __init__(
        self,
        address: Address,
        *,
        mapping: Mapping = DEFAULTS,
        seconds: float = WHOLE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        page_size: int = 1000,
    ) -> None:
        """``mapping`` only tells people and groups from the rest when changes are looked for."""
        self.address, self.mapping = address, mapping
        self.seconds, self.answer_seconds, self.page_size = seconds, answer_seconds, page_size
        self.uri = address.uri

    def read(self, wanted: Iterable[str]) -> Reading:
        """See :class:`.entries.Source`: everything below the base, or :class:`.entries.Unreadable`."""
        wanted = frozenset(wanted) | _OWN
        with self._connect() as connection:
            # The mark is of before the reading: what changes meanwhile is read again next time.
            clock = _clock(connection)
            entries = self._search(connection, self.address.filter, wanted)
            if not entries:
                raise Unreadable(
                    _("{source} gave nothing at all. Check the base, and what {account} may see there.").format(
                        source=self.uri, account=self.address.bind_dn or _("nobody")
                    )
                )
            mark = clock or _newest(entries)
            if mark:
                mark["of"] = self._fingerprint(wanted)
            return Reading(entries, _faults(connection, is_active_directory=bool(clock)), mark)

    def read_changes(self, wanted: Iterable[str], mark: dict[str, Any]) -> Reading | None:
        """What changed since the reading that gave ``mark``; None when only a full reading can tell.

        People that changed, and if anything did then every group with all its members. Who vanished, moved out
        of the base, or moved along with the unit above shows in full readings only.
        """
        wanted = frozenset(wanted) | _OWN
        if mark.get("of") != self._fingerprint(wanted):
            return None
        with self._connect() as connection:
            clock = _clock(connection)
            if mark.get("kind") != (clock or {"kind": "modified"})["kind"]:
                return None
            since: str | int
            if clock:
                if mark["server"] != clock["server"] or clock["usn"] < mark["usn"]:
                    return None  # another machine counts differently, and one restored from a backup counts again
                attribute, since, next_mark = "uSNChanged", mark["usn"] + 1, clock
            else:
                attribute, since, next_mark = "modifyTimestamp", _before(mark["at"]), dict(mark)
            found = self._search(connection, f"(&{self.address.filter}({attribute}>={escape(str(since))}))", wanted)
            if not clock and found:
                next_mark = _newest(found)
                if next_mark == {"kind": "modified", "at": mark["at"], "seen": mark["seen"]}:
                    found = []  # only what the overlap gives again
            next_mark["of"] = mark["of"]
            people = [entry for entry in found if is_person(entry, self.mapping)]
            groups = []
            if people or any(is_group(entry, self.mapping) for entry in found):
                kinds = "".join(f"(objectClass={escape(kind)})" for kind in self.mapping.group_classes)
                groups = self._search(connection, f"(&{self.address.filter}(|{kinds}))", wanted)
            faults = _faults(connection, is_active_directory=bool(clock))
            return Reading([*people, *groups], faults, next_mark, "increment")

    def _connect(self) -> Any:
        return connect(self.address, seconds=self.seconds, answer_seconds=self.answer_seconds)

    def _search(self, connection: Connection, search_filter: str, wanted: frozenset[str]) -> list[Entry]:
        entries = list(
            connection.search(
                self.address.base, search_filter, sorted(wanted), scope=self.address.scope, page_size=self.page_size
            )
        )
        for entry in entries:
            if entry.has_options:
                complete(connection, entry)
        return entries

    def _fingerprint(self, wanted: frozenset[str]) -> str:
        """Changes are only those of the same question."""
        return sha256("\n".join((self.uri, *sorted(wanted))).encode()).hexdigest()[:32]


def complete(connection: Connection, entry: Entry) -> None:
    """Put the values that come in ranges (``member;range=0-1499``) together under their plain name."""
    for key in [key for key in entry.attributes if ";range=" in key]:
        found = _RANGE.fullmatch(key)
        if found is None or found["first"] != "0":
            raise _torn(connection, entry, key)
        name, values, last = found["name"], list(entry.attributes.pop(key)), found["last"]
        while last != "*":
            first = int(last) + 1
            more = connection.entry(entry.dn, [f"{name};range={first}-*", "uSNChanged"])
            # A member that goes meanwhile moves the others forward, and one of them would fall between two parts.
            as_before = more and more.attributes.get("usnchanged") == entry.attributes.get("usnchanged")
            part = [
                (match, more.attributes[other])
                for other in (more.attributes if more else ())
                if more and (match := _RANGE.fullmatch(other)) and match["name"] == name
            ]
            if not as_before or len(part) != 1 or int(part[0][0]["first"]) != first or first > MAX_RANGES * 1000:
                raise _torn(connection, entry, key)
            values += part[0][1]
            last = part[0][0]["last"]
        entry.attributes.setdefault(name, []).extend(values)
    entry.has_options = any(";" in name for name in entry.attributes)


def _torn(connection: Connection, entry: Entry, key: str) -> Unreadable:
    return Unreadable(
        _("{server} gave only a part of {attribute} of {dn}; try again later.").format(
            server=connection.address.server, attribute=key.partition(";")[0], dn=entry.dn
        )
    )


def _clock(connection: Connection) -> dict[str, Any]:
    """Where Active Directory's own count of changes stands, on this very machine; {} for other directories."""
    root = connection.root()
    if _ACTIVE_DIRECTORY not in root.attributes.get("supportedcapabilities", []):
        return {}
    service = _text(root, "dsservicename")
    settings = connection.entry(service, ["invocationId"]) if service else None
    # The number of this copy of the database: another one after it was restored.
    copy = settings.attributes.get("invocationid", [b""])[0] if settings else b""
    usn = _text(root, "highestcommittedusn")
    if not usn.isdigit():
        raise Unreadable(
            _("{server} does not say how far its changes are counted (highestCommittedUSN).").format(
                server=connection.address.server
            )
        )
    shown = copy.hex() if isinstance(copy, bytes) else copy
    return {"kind": "usn", "server": f"{service} {shown}".strip(), "usn": int(usn)}


def _newest(entries: list[Entry]) -> dict[str, Any]:
    """The mark of a directory without a count: its newest time, and what was changed shortly before.

    Its clock and not ours. What is written at that time but shows later (a copy that lags, a long write) is
    found because the next look goes back a little; ``seen`` then tells whether there is anything new.
    """
    times = [time for entry in entries if (time := _text(entry, "modifytimestamp"))]
    if not times or any(not _is_stamp(time) for time in times):
        return {}
    newest = max(times)
    since = _before(newest)
    late = sorted(
        f"{entry.dn}\n{time}\n{_text(entry, 'entrycsn')}"
        for entry in entries
        if (time := _text(entry, "modifytimestamp")) >= since
    )
    return {"kind": "modified", "at": newest, "seen": sha256("\n\n".join(late).encode()).hexdigest()}


def _before(stamp: str) -> str:
    return (datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) - OVERLAP).strftime(_STAMP)


def _is_stamp(text: str) -> bool:
    return len(text) == 15 and text.endswith("Z") and text[:-1].isdigit()


def _text(entry: Entry, name: str) -> str:
    for value in entry.attributes.get(name, []):
        if isinstance(value, str):
            return value
    return ""


def _faults(connection: Connection, *, is_active_directory: bool) -> list[Fault]:
    """A reference says that a part of the tree lies elsewhere: who is absent here may be there."""
    faults = []
    for reference in dict.fromkeys(connection.references):
        place = _place(reference)
        if is_active_directory and place.lower().startswith(_NO_PEOPLE_IN):
            continue
        reason = _(
            "A part of the tree lies on another server ({reference}), which is not followed: "
            "nobody is deactivated on the word of this one. Name that server as a source of its own."
        )
        faults.append(Fault(reason.format(reference=reference[:300]), place))
    return faults


def _place(reference: str) -> str:
    try:
        place = unquote(urlsplit(reference).path.lstrip("/"))
        names.parse(place)
    except ValueError:
        return ""
    return place
