"""Let a demo company move in, at a fixed moment."""

from datetime import UTC, datetime
from io import StringIO

from django.core.management import call_command

from servicedesk.common import time

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def demo(*options: str, at: datetime = FRIDAY) -> str:
    """Run the command; gives what it told meanwhile."""
    told = StringIO()
    with time.at(at):
        call_command("demo", *options, stdout=StringIO(), stderr=told)
    return told.getvalue()
