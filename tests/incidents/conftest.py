from datetime import timedelta

import pytest

from directory.models import Employee
from servicedesk.common.time import now
from servicedesk.tickets.models import Queue
from tests import factories as make

from .servicenow_log import Log


@pytest.fixture
def log(db, tmp_path, capsys):
    return Log(tmp_path, capsys)


@pytest.fixture
def days_from_today():
    """The date so many days from now, in UTC."""
    return lambda days: now().date() + timedelta(days=days)


@pytest.fixture
def queue(db: None) -> Queue:
    return make.make_queue("it", tiers=2, is_default=True)


@pytest.fixture
def boss(db: None) -> Employee:
    return make.make_employee("boss")


@pytest.fixture
def lead(boss: Employee) -> Employee:
    return make.make_employee("lead", manager=boss, department=make.make_department())


@pytest.fixture
def alice(lead: Employee) -> Employee:
    return make.make_employee("alice", manager=lead, department=make.make_department())


@pytest.fixture
def agent(queue: Queue) -> Employee:
    return make.make_agent(queue, 1, "luca")
