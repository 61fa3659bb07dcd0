"""The directory's clock: what is due, what is overdue, and two clocks at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from directory import tasks
from directory.ldap import sources
from directory.ldap.schedule import due, overdue
from directory.models import Employee, SourceState, SyncRun

from .ldif_text import person
from .test_sync_increments import Live

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def state(*, full=None, good=None, tried=None, mark=True, refused=""):
    """A state whose runs were so many minutes ago."""
    ago = {
        f"last_{name}_at": None if minutes is None else NOW - timedelta(minutes=minutes)
        for name, minutes in (("full", full), ("good", good), ("tried", tried))
    }
    return SourceState(name="directory", mark={"n": 1} if mark else {}, last_refusal=refused, **ago)


DUE = {
    "never": (state(mark=False), "full"),
    "never, just tried": (state(tried=1, mark=False), ""),
    "never, tried before": (state(tried=5, mark=False, refused="away"), "full"),
    "fresh": (state(full=60, good=4, tried=4), ""),
    "five minutes": (state(full=60, good=5, tried=5), "changes"),
    "no increments": (state(full=60, good=60, tried=60, mark=False), ""),
    "a day": (state(full=24 * 60, good=5, tried=5), "full"),
    "a day without increments": (state(full=24 * 60, good=24 * 60, tried=24 * 60, mark=False), "full"),
    "a day, just tried": (state(full=25 * 60, good=25 * 60, tried=2), ""),
    "failing": (state(full=60, good=40, tried=5, refused="away"), "changes"),
    "a full one waits for a word": (state(full=25 * 60, good=10, tried=5, refused="fuse"), "changes"),
    "and is asked for again": (state(full=25 * 60, good=5, tried=5), "full"),
    "an increment was torn": (state(full=60, good=5, tried=5, mark=False), "full"),
    "a full one was a part": (state(good=5, tried=5, mark=False), "full"),
}
OVERDUE = {
    "never": (state(), True),
    "fresh": (state(full=60, good=5), False),
    "half an hour": (state(full=60, good=30), True),
    "nearly": (state(full=60, good=29), False),
    "no increments": (state(full=25 * 60, good=25 * 60, mark=False), False),
    "full": (state(full=26 * 60, good=5), True),
    "full without increments": (state(full=26 * 60, good=26 * 60, mark=False), True),
}


@pytest.mark.parametrize("case", DUE)
def test_a_source_is_due_by_the_age_of_its_runs(case):
    assert due(DUE[case][0], now=NOW) == DUE[case][1]


@pytest.mark.parametrize("case", OVERDUE)
def test_a_source_is_overdue_by_the_age_of_its_runs(case):
    assert overdue(OVERDUE[case][0], now=NOW) is OVERDUE[case][1]


@pytest.fixture
def live(tmp_path, monkeypatch):
    live = Live(tmp_path)
    live.now = [person("amy"), person("bob")]
    monkeypatch.setattr(tasks, "configured", lambda: [sources.Configured(name="directory", source=live)])
    return live


@pytest.mark.django_db
def test_the_clock_runs_what_is_due_and_nothing_else(live, time_machine):
    time_machine.move_to(NOW, tick=False)
    assert tasks.sync() == {"directory": ""}
    assert tasks.sync() == {}
    time_machine.move_to(NOW + timedelta(minutes=5), tick=False)
    live.changes = [person("amy", title="Pilot")]
    assert tasks.sync() == {"directory": ""}
    time_machine.move_to(NOW + timedelta(hours=24), tick=False)
    live.dead = "The server is away."
    assert tasks.sync() == {"directory": "The server is away."}

    assert list(SyncRun.objects.order_by("pk").values_list("extent", flat=True)) == ["full", "increment", "full"]
    assert Employee.objects.get(login="amy").title == "Pilot"
    assert Employee.objects.active().people().count() == 2


@pytest.mark.django_db
def test_the_log_says_why_nothing_was_brought_in_and_that_the_source_is_overdue(live, time_machine, caplog):
    time_machine.move_to(NOW, tick=False)
    tasks.sync()
    assert caplog.text == ""

    live.dead = "The server is away."
    time_machine.move_to(NOW + timedelta(minutes=29), tick=False)
    tasks.sync()
    assert "directory was not brought in: The server is away." in caplog.text
    assert "overdue" not in caplog.text
    time_machine.move_to(NOW + timedelta(minutes=34), tick=False)
    tasks.sync()
    assert f"directory is overdue: the last run that was carried out began at {NOW}" in caplog.text


@pytest.mark.django_db
def test_a_mapping_with_faults_is_told_in_the_log_and_runs_nothing(settings, tmp_path, caplog):
    (tmp_path / "m.toml").write_text('[attributes]\nmial = "mail"\n')
    settings.DIRECTORY = replace(settings.DIRECTORY, uri=f"ldif:{tmp_path}", mapping=str(tmp_path / "m.toml"))

    assert tasks.sync() == {}

    assert "m.toml, attributes.mial: nothing is called so" in caplog.text
    assert not SyncRun.objects.exists()


def test_the_scheduler_knows_the_clock(settings):
    assert settings.CELERY_BEAT_SCHEDULE["sync-directory"]["task"] == tasks.sync.name
