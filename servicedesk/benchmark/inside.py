"""What happens inside the throwaway database: it is filled, worked on and counted by these functions.

Each gives what the command prints as JSON, for the process that directs.
"""

import json
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils.crypto import get_random_string

from assets import impact
from assets.models import Asset
from directory.ldap.mapping_file import FIRST
from directory.ldap.sources import configured_source
from directory.ldap.sync import run_configured
from directory.models import Employee
from servicedesk.audit.services import seal
from servicedesk.tickets.models import Ticket

from . import data, leavers, log_file, register

MOVED = 512
IMPACTS = 25
Answer = dict[str, Any]


def prepare(scenario: str, rows: int, folder: Path, tell: Callable[[str], None]) -> Answer:
    """Make the tables and the data of ``scenario``; gives the sessions and tickets that the clients use."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)

    def told(done: int, total: int) -> None:
        tell(f"{done:,} of {total:,} rows")

    answer: Answer = {"database": _database()}
    if scenario == "sync":
        data.fill(100)  # the page that people read meanwhile needs rows
    elif scenario == "import":
        data.fill(100)  # the floor needs a page of rows
        for part in (1, 2):
            log_file.write(folder / f"log{part}.csv", rows, first=1 + (part - 1) * rows)
    elif scenario == "assets":
        data.fill(100)
        for part in (1, 2):
            register.write_list(folder / f"log{part}.csv", rows, first=1 + (part - 1) * rows)
    elif scenario == "impact":
        data.fill(100)
        register.fill_impact(folder, rows)
    elif scenario == "leaver":
        data.fill(max(400, rows * 4))  # a fifth of the tickets are open
        leavers.fill(folder, rows)
    elif scenario == "verify-log":
        answer["events"] = data.fill_events(rows, told=told)
        while seal():
            pass
    else:
        data.fill(rows, told=told)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    agent = Employee.objects.get(login=data.AGENT)
    movable = Ticket.objects.open().filter(queue__slug="it-service-desk", tier__lte=2).order_by("-pk")[:MOVED]
    return {
        **answer,
        "cookies": [_session(agent) for _client in range(8)],
        "tickets": [[ticket.number, ticket.version] for ticket in movable],
    }


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        return f"{'SQLite' if connection.vendor == 'sqlite' else 'PostgreSQL'} {cursor.fetchone()[0].split()[0]}"


def _session(employee: Employee) -> dict[str, str]:
    store = SessionStore()
    store[SESSION_KEY] = str(employee.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = employee.get_session_auth_hash()
    store.save()
    return {settings.SESSION_COOKIE_NAME: store.session_key or "", settings.CSRF_COOKIE_NAME: get_random_string(32)}


def measure_sql(method: str, path: str, cookies: dict[str, str], headers: dict[str, str], body: str) -> Answer:
    """Answer one request in this process, once to warm up and once counted. Gives statements and bytes."""
    client = Client(headers=headers, HTTP_HOST="localhost")
    client.cookies.load(cookies)
    for _attempt in (1, 2) if method == "GET" else (1,):
        with _counted() as statements:
            response = client.generic(method, path, body, content_type="application/json")
            length = len(response.content)
    if response.status_code >= 300:
        raise SystemExit(f"{method} {path} answered {response.status_code}: {response.content[:300]!r}")
    return {"sql": len(statements), "bytes": length}


@contextmanager
def _counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            statements.append(sql[:20])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def run_job(scenario: str, path: Path) -> Answer:
    """Run an import or a verification once, as its command does it; of the impact the median of several."""
    if scenario == "impact":
        return _run_impact()
    if scenario == "leaver":
        return {**leavers.run(_counted), "peak_mb": _peak_mb()}
    out = StringIO()
    started = time.perf_counter()
    with _counted() as statements:
        if scenario == "import":
            options = ("--format", "servicenow-csv", "--json")
            call_command("import_tickets", str(path), *options, stdout=out, stderr=StringIO())
        elif scenario == "assets":
            call_command("import_assets", str(path), "--json", stdout=out, stderr=StringIO())
        else:
            call_command("verify_audit_log", "--json", stdout=out, stderr=StringIO())
    seconds = time.perf_counter() - started
    report = json.loads(out.getvalue())
    return {
        "seconds": seconds, "sql": len(statements), "rows": report["events" if scenario == "verify-log" else "rows"],
        "bytes": len(out.getvalue()) if scenario == "verify-log" else path.stat().st_size,
        "peak_mb": _peak_mb(),
    }  # fmt: skip


def _run_impact() -> Answer:
    """What fails when the first asset fails, as its page asks it: all of them, or the figures are worth nothing."""
    first, everything = Asset.objects.earliest("pk").pk, Asset.objects.count() - 1
    taken = []
    for _turn in range(IMPACTS):
        started = time.perf_counter()
        with _counted() as statements:
            found = impact.closure(first)
        taken.append(time.perf_counter() - started)
    if len(found) != everything:
        raise SystemExit(f"{len(found)} assets were found to fail, not {everything}.")
    seconds = statistics.median(taken)
    return {"seconds": seconds, "sql": len(statements), "rows": len(found), "bytes": 0, "peak_mb": _peak_mb()}


def run_sync(*, full: bool) -> Answer:
    """Run the sync of the configured directory once, as its task does it: everything, or what changed."""
    source = configured_source(FIRST)
    started = time.perf_counter()
    with _counted() as statements:
        report = run_configured(source, full=full)
    seconds = time.perf_counter() - started
    if report.refused:
        raise SystemExit(report.refused)
    facts = {name: getattr(report, name) for name in ("seen", "created", "changed", "deactivated", "groups")}
    return {"seconds": seconds, "sql": len(statements), "peak_mb": _peak_mb(), **facts}


def _peak_mb() -> int:
    """The most memory that this process ever held (the kernel's VmHWM; ``ru_maxrss`` would count the parent's too)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
