"""Points and spans of time as people write them in a query.

A literal names a span: ``"2026-03-01"`` the whole day, ``"2026-03-01 09:30"`` that minute. ``=`` asks whether an
instant lies in the span, ``<`` whether it lies before its start, ``>`` not before its end, so ``<= "2026-03-01"``
includes all of that day. Without an offset the literal is read in the zone of whoever asks; with one
(``2026-03-01T09:30+01:00``, ``Z``) it means the same to everybody. ``now``, ``today``, ``yesterday``, ``tomorrow``
and ``-7d`` (m, h, d, w) are measured when the query is used, not when it was written.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from .errors import Refusal

Span = tuple[datetime, datetime]

_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\s?(Z|[+-]\d\d:\d\d)?)?\Z",
    re.IGNORECASE | re.ASCII,
)
_RELATIVE = re.compile(r"([+-])(\d{1,5})\s?([mhdw])\Z", re.IGNORECASE | re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
# Far enough from datetime.min and max that no zone, span or offset overflows.
_YEARS = range(1900, 2201)
_MAX_OFFSET = timedelta(days=36_525)
_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class Moment:
    """When and where a query is asked, and what one judgement has worked out already."""

    now: datetime
    zone: tzinfo
    memo: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, now: datetime | None = None) -> "Moment":
        """``now`` (aware; the clock's time when None) in the zone that Django has active for this person."""
        return cls(now or timezone.now(), timezone.get_current_timezone())

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A span on the wall clock of ``zone``, or of whoever asks."""

    start: datetime
    width: timedelta
    zone: tzinfo | None = None

    def span(self, moment: Moment) -> Span:
        zone = self.zone or moment.zone
        # The end is found on the wall clock: a day has 23 or 25 hours when the clocks change.
        start, end = self.start.replace(tzinfo=zone), (self.start + self.width).replace(tzinfo=zone)
        return start.astimezone(UTC), max(end.astimezone(UTC), start.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Offset:
    """An instant so far from now."""

    distance: timedelta

    def span(self, moment: Moment) -> Span:
        start = moment.now + self.distance
        return start, start + _TICK


@dataclass(frozen=True, slots=True)
class Day:
    """The whole day so many days from today."""

    days: int

    def day(self, moment: Moment) -> date:
        return moment.today + timedelta(days=self.days)

    def span(self, moment: Moment) -> Span:
        start = datetime.combine(self.day(moment), datetime.min.time())
        return Stamp(start, timedelta(days=1)).span(moment)


Instant = Stamp | Offset | Day


def parse_instant(text: str) -> Instant:
    """Raises Refusal with a sentence."""
    word = text.strip().lower()
    if word == "now":
        return Offset(timedelta(0))
    if word in _DAYS:
        return Day(_DAYS[word])
    if relative := _RELATIVE.match(word):
        return Offset(_distance(relative))
    match = _STAMP.match(word)
    if not match:
        raise Refusal(
            _("“{text}” is no time. Write 2026-03-01, 2026-03-01 09:30, now, today or -7d (m, h, d, w).").format(
                text=text[:40]
            )
        )
    day, clock, seconds, fraction, offset = match.groups()
    width = timedelta(days=1)
    if clock:
        width = _TICK if fraction else timedelta(seconds=1) if seconds else timedelta(minutes=1)
    stamp = f"{day}T{clock or '00:00'}:{seconds or '00'}.{(fraction or '').ljust(6, '0')}"
    try:
        start = datetime.fromisoformat(stamp)
        zone = datetime.fromisoformat(stamp + offset.upper()).tzinfo if offset else None
    except ValueError:
        raise Refusal(_("“{text}” is in no calendar.").format(text=text)) from None
    _check_year(start.year)
    return Stamp(start, width, zone)


def parse_day(text: str) -> date | Day:
    """Raises Refusal with a sentence."""
    word = text.strip().lower()
    if word in _DAYS:
        return Day(_DAYS[word])
    relative = _RELATIVE.match(word)
    if relative and relative[3] in "dw":
        return Day(_distance(relative).days)
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", word, re.ASCII):
            raise ValueError
        day = date.fromisoformat(word)
    except ValueError:
        raise Refusal(
            _("“{text}” is no date. Write 2026-03-01, today, yesterday, tomorrow or -7d (d, w).").format(text=text[:40])
        ) from None
    _check_year(day.year)
    return day


def _distance(match: re.Match[str]) -> timedelta:
    distance = int(match[2]) * _UNITS[match[3]]
    if distance > _MAX_OFFSET:
        raise Refusal(_("“{text}” is more than a hundred years away.").format(text=match[0]))
    return -distance if match[1] == "-" else distance


def _check_year(year: int) -> None:
    if year not in _YEARS:
        raise Refusal(_("Write a year from {first} to {last}.").format(first=_YEARS.start, last=_YEARS.stop - 1))
