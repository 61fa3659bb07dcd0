"""Words of the other desk and what they are called here. A TOML file may say otherwise.

time_zone = "Europe/Rome"        # of the times in the file; UTC when left out
encoding = "windows-1252"        # UTF-8 when left out
default_queue = "Unassigned"     # for lines without a group

[groups]                         # group → queue, or queue and tier; left out: a queue of that name, tier 1
"Group 70" = "IT service desk"
"Group 24" = { queue = "IT service desk", tier = 2 }

[states]                         # state → state here; "pending:vendor" names what it waits for
"Awaiting Parts" = "pending:vendor"

[codes]                          # closed_code → resolution code
"code 6" = "fixed"

[categories]                     # category or subcategory → name here
"Category 26" = "Hardware"
"""

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from servicedesk.tickets.models.desk import MAX_TIERS
from servicedesk.tickets.states import VOCABULARY, Channel, Kind, PendingReason

from .report import CannotImport

STATES = {
    "new": "new",
    "assigned": "assigned",
    "active": "in_progress",
    "in progress": "in_progress",
    "work in progress": "in_progress",
    "on hold": "pending",
    "awaiting user info": "pending:requester",
    "awaiting caller": "pending:requester",
    "awaiting vendor": "pending:vendor",
    "awaiting problem": "pending:problem",
    "awaiting change": "pending:change",
    "awaiting evidence": "pending:evidence",
    "resolved": "resolved",
    "closed": "closed",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}
LEVELS = {"1": "high", "2": "medium", "3": "low", "high": "high", "medium": "medium", "low": "low"}
PRIORITIES = {"1": "P1", "2": "P2", "3": "P3", "4": "P4", "5": "P4"}
CHANNELS = {
    "phone": Channel.PHONE, "email": Channel.EMAIL, "e-mail": Channel.EMAIL, "chat": Channel.CHAT,
    "walk-in": Channel.WALK_IN, "self-service": Channel.PORTAL, "self service": Channel.PORTAL,
}  # fmt: skip
_KEYS = {"time_zone", "encoding", "default_queue", "groups", "states", "codes", "categories"}


def folded(text: str) -> str:
    """The key under which names of the file meet: case and runs of blanks do not matter."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class Translation:
    """What a mapping file says, checked; without a file, what is usual."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    encoding: str = "utf-8-sig"
    default_queue: str = "Unassigned"
    groups: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=lambda: STATES)
    codes: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    def state_of(self, text: str) -> tuple[str, str] | None:
        """(state, what it waits for) of a state of the file, or None when nobody knows it."""
        known = self.states.get(folded(text))
        if known is None:
            return None
        state, _colon, reason = known.partition(":")
        return state, reason


def read_mapping(path: Path | None) -> Translation:
    """The mapping of a TOML file, or ``CannotImport`` with what is wrong in it."""
    if path is None:
        return Translation()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotImport(
            _("The mapping file %(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}
        ) from error
    except (UnicodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(_("it is not TOML (%(why)s)") % {"why": error}) from error
    except RecursionError as error:
        raise _wrong(_("it is nested too deeply to be read")) from error
    unknown = sorted(given.keys() - _KEYS)
    if unknown:
        raise _wrong(
            _("it does not know “%(names)s”; it may hold %(known)s")
            % {"names": ", ".join(unknown), "known": ", ".join(sorted(_KEYS))}
        )
    return Translation(
        zone=_zone(given.get("time_zone", "UTC")),
        encoding=_encoding(given.get("encoding", "utf-8")),
        default_queue=_line("default_queue", given.get("default_queue", "Unassigned"), longest=100),
        groups={folded(name): _queue_and_tier(name, value) for name, value in _table(given, "groups").items()},
        states={**STATES, **{folded(n): _state(n, value) for n, value in _table(given, "states").items()}},
        codes={folded(n): _line(n, value, longest=30) for n, value in _table(given, "codes").items()},
        categories={folded(n): _line(n, value, longest=80) for n, value in _table(given, "categories").items()},
    )


def _wrong(why: str) -> CannotImport:
    return CannotImport(_("The mapping file cannot be used: %(why)s.") % {"why": why})


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = given.get(name, {})
    if not isinstance(table, dict):
        raise _wrong(_("[%(name)s] must be a table") % {"name": name})
    return table


def _line(name: str, value: Any, *, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise _wrong(
            _("“%(name)s” must be one line of at most %(longest)d characters") % {"name": name, "longest": longest}
        )
    return " ".join(value.split())


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise _wrong(_("“%(name)s” is no time zone; write Europe/Rome, say") % {"name": name}) from error


def _encoding(name: Any) -> str:
    try:
        known = codecs.lookup(name).name
        "".encode(known)  # zlib and its like are codecs too, but write no text
    except (LookupError, TypeError, ValueError) as error:
        raise _wrong(_("“%(name)s” is no encoding") % {"name": name}) from error
    return "utf-8-sig" if known == "utf-8" else known


def _queue_and_tier(name: str, value: Any) -> tuple[str, int]:
    queue, tier = (value, 1) if isinstance(value, str) else (None, None)
    if isinstance(value, dict) and value.keys() <= {"queue", "tier"}:
        queue, tier = value.get("queue"), value.get("tier", 1)
    if type(tier) is not int or not 1 <= tier <= MAX_TIERS:
        raise _wrong(
            _("group “%(name)s” needs a queue and a tier from 1 to %(most)d") % {"name": name, "most": MAX_TIERS}
        )
    return _line(name, queue, longest=100), tier


def _state(name: str, value: Any) -> str:
    states = VOCABULARY[Kind.INCIDENT].names
    state, colon, reason = value.partition(":") if isinstance(value, str) else ("", "", "")
    if state not in states or (colon and (state != "pending" or reason not in PendingReason.values)):
        raise _wrong(
            _("state “%(name)s” must become one of %(states)s, or pending: with one of %(reasons)s")
            % {"name": name, "states": ", ".join(states), "reasons": ", ".join(PendingReason.values)}
        )
    return str(value)
