"""Working days as plain weekdays in UTC."""

from datetime import UTC, date, datetime, timedelta

SATURDAY = 5


def add_working_days(start: datetime, days: int) -> datetime:
    """``start`` plus ``days`` working days (Monday to Friday, UTC), at the same time of day.

    From a weekend, counting starts on Monday: one working day after Saturday is Monday.
    """
    moment = start.astimezone(UTC)
    while days > 0:
        moment += timedelta(days=1)
        if moment.weekday() < SATURDAY:
            days -= 1
    return moment


def shift_working_days(day: date, days: int) -> date:
    """``day`` plus ``days`` working days, or minus them when negative. With none, a weekend becomes its Monday.

    From a weekend, counting forward starts on Monday and counting back on Friday.
    """
    step = timedelta(days=1 if days >= 0 else -1)
    moment, left = day, abs(days)
    while left > 0:
        moment += step
        if moment.weekday() < SATURDAY:
            left -= 1
    while moment.weekday() >= SATURDAY:
        moment += timedelta(days=1)
    return moment
