"""Working days as plain weekdays in UTC."""

from datetime import UTC, datetime, timedelta

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
