"""What must hold before the desk is served; each refusal is one sentence with the next step."""

import errno
import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

import psycopg
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from directory.models import Employee

from .settings.environment import DEMO_LOGINS
from .supervisor import dies_with_parent

DEMO_MAIL = "@meridian.example"


class CannotStart(Exception):
    """The desk cannot be served; the text says why and what to do."""


def lock_data_folder(folder: Path) -> IO[str]:
    """The open lock file: two desks on one data folder would share a database, a broker and a schedule."""
    path = folder / "serve.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii")
    except OSError as error:
        raise CannotStart(
            f"The data folder {folder} cannot be written ({error.strerror}). "
            "Set DATA_DIR to a folder that this account may write."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        process = file.read().strip() or "unknown"
        file.close()
        raise CannotStart(
            f"A service desk already runs on the data folder {folder} (process {process}). "
            "Stop that one first, or set DATA_DIR and PORT to others."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def check_port(host: str, port: int) -> None:
    """Raise unless we may listen there. gunicorn would only say so after seconds, and several times."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise CannotStart(f"HOST={host} is not known on this machine ({error.strerror}).") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = "is in use. Stop what listens there, or choose another one, such as PORT=" + str(port % 65535 + 1)
        elif error.errno == errno.EACCES:
            why = "may not be used by this account. Choose one above 1023, such as PORT=8000"
        else:
            why = f"cannot be used ({error.strerror}). Check HOST and PORT"
        raise CannotStart(f"Port {port} on {host or 'all addresses'} {why}.") from error


def waiting_migrations() -> int:
    """How many migrations the database lacks. Raises when it does not answer."""
    try:
        if connection.vendor == "postgresql":
            # One plain try: the pool would try for ten seconds, and say so each time.
            psycopg.connect(**connection.get_connection_params()).close()
        executor = MigrationExecutor(connection)
    except (DatabaseError, psycopg.Error) as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise CannotStart(f"The database does not answer ({reason}). Check DATABASE_URL.") from error
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def refresh_static_files() -> None:
    """Collect the static files under hashed names, unless nothing changed since the last time."""
    root = Path(settings.STATIC_ROOT)
    mark = root / ".sources"
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(ignore_patterns=None):
            seen = os.stat(storage.path(path))
            digest.update(f"{path}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
    with suppress(FileNotFoundError):
        if mark.read_text(encoding="ascii") == digest.hexdigest():
            return
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(digest.hexdigest(), encoding="ascii")


def static_files_are_collected() -> bool:
    return (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()


def database_is_empty() -> bool:
    """Whether no person has moved in yet; the desk's own services do not count."""
    return not Employee.objects.people().exists()


def refuse_demo_company() -> None:
    """Its passwords were printed. ``.example`` is nobody's domain, so no real person is meant."""
    if Employee.objects.people().filter(email__iendswith=DEMO_MAIL).exists():
        raise CannotStart("The database holds the demo company, which has no place in production: take an empty one.")


def fill_with_demo_company() -> None:
    """Run ``manage.py demo`` in a process of its own: its memory goes when it ends, ours stays for months."""
    connection.close()
    made = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo"],
        check=False,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )
    if made.returncode:
        raise CannotStart("The demo company could not be made; the reason stands above.")


def demo_logins(data_dir: Path) -> list[str]:
    """One line for each role of the demo, ready to print; none when this is not a demo."""
    try:
        people = json.loads((data_dir / DEMO_LOGINS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    rows = [("role", "login", "password"), *((p["role"], p["login"], p["password"]) for p in people)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
