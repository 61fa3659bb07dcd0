from datetime import timedelta

import pytest

from servicedesk.common.time import now

from .servicenow_log import Log


@pytest.fixture
def log(db, tmp_path, capsys):
    return Log(tmp_path, capsys)


@pytest.fixture
def days_from_today():
    """The date so many days from now, in UTC."""
    return lambda days: now().date() + timedelta(days=days)
