"""What every test stands on: the database with its triggers, and no way out of this machine."""

import gc
import ipaddress
import os
import smtplib
import socket
import sqlite3
from collections.abc import Iterator
from typing import Any

import hypothesis
import psycopg
import pytest
from django.db import connection
from django.test import TransactionTestCase

from servicedesk.audit import triggers

# The same examples in every run, however long one takes; a failure is told at once and not made smaller, which may
# outlast the test's time. HYPOTHESIS_PROFILE=explore looks for new examples, and makes failing ones smaller.
_PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, phases=_PHASES)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

WITHOUT_DATABASE = ("tests/architecture/", "tests/ui/")  # run once: scripts/test.sh
_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex
_teardown = TransactionTestCase._fixture_teardown


class NetworkIsShut(AssertionError):
    """A test tried to reach another machine."""


def _check(sock: socket.socket, address: Any) -> None:
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    try:
        inside = ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside:
        raise NetworkIsShut(f"A test connects to {host}; only loopback is open to tests.")


def _guarded_connect(self: socket.socket, address: Any) -> None:
    _check(self, address)
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    _check(self, address)
    return _connect_ex(self, address)


def _no_mail(*_args: Any, **_kwargs: Any) -> None:
    raise NetworkIsShut("A test opens a mail connection; tests send to django.core.mail.outbox.")


def _empty_without_triggers(self: TransactionTestCase) -> None:
    """Emptying the database deletes events: only here may the triggers stand aside. Flush brings them back."""
    triggers.remove()
    try:
        _teardown(self)
    finally:
        triggers.install()


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(100_000, 50, 100)  # a run makes many objects that soon go by themselves
    socket.socket.connect = _guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign]
    smtplib.SMTP.connect = _no_mail  # type: ignore[method-assign, assignment]
    TransactionTestCase._fixture_teardown = _empty_without_triggers  # type: ignore[method-assign]


def pytest_report_header() -> str:
    """Which database this run is on, asked from the server itself; without an answer there is no run."""
    if connection.vendor == "sqlite":
        return f"database: SQLite {sqlite3.sqlite_version}"
    try:
        with psycopg.connect(**connection.get_connection_params()) as server:
            return f"database: PostgreSQL {server.info.parameter_status('server_version')}"
    except psycopg.Error as error:
        pytest.exit(f"PostgreSQL does not answer: {error}", returncode=1)


def _opens_database(item: Any) -> bool:
    return bool(item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A fact of one database is tested there; elsewhere the test is not part of the run."""
    for item in items:
        if item.nodeid.startswith(WITHOUT_DATABASE) and _opens_database(item):
            raise pytest.UsageError(f"{item.nodeid} opens a database, and scripts/test.sh runs its folder on one only.")
    other = "sqlite_only" if connection.vendor == "postgresql" else "postgres_only"
    others = {other} if os.geteuid() == 0 else {other, "root_only"}
    absent = [item for item in items if any(item.get_closest_marker(name) for name in others)]
    if absent:
        config.hook.pytest_deselected(items=absent)
        left_out = set(absent)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Tests that share one server must run in one process: a version of pytest was seen to drop their group."""
    if getattr(session.config.option, "loadgroup", False):
        apart = [item for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
        if apart:
            raise pytest.UsageError(f"{apart[0].nodeid} lost its xdist_group: pytest and pytest-xdist do not fit.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out is said, by the process that prints: workers of a parallel run cannot."""
    if os.geteuid() != 0:
        terminalreporter.write_line(
            "Tests against Active Directory were left out: Samba's domain controller can be started by root only."
        )
    if not os.environ.get("REAL_DATA_DIR"):
        terminalreporter.write_line(
            "Tests on real data (tests/real_data) were left out: REAL_DATA_DIR does not name their folder."
        )


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> Any:
    """Attachments of a test land in a folder of that test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
    }
    return tmp_path / "files"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, started once; each test opens its own context."""
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"] if os.geteuid() == 0 else []
        )
        yield chromium
        chromium.close()
