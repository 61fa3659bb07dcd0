"""A throwaway installation of the configured kind: a folder, a database, and the desk's own server on it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.utils.translation import gettext as _
from psycopg import sql

from servicedesk.common.ports import free_port
from servicedesk.settings.environment import LOOPBACK_NAMES
from servicedesk.supervisor import dies_with_parent

# What the environment of this installation says must not reach the throwaway one.
_UNSET = (
    "ENVIRONMENT", "DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "EMAIL_URL_FILE", "CACHE_URL_FILE",
    "BROKER_URL_FILE", "ALLOWED_HOSTS", "BASE_URL", "FILES_BASE_URL", "TRUSTED_PROXIES", "DEBUG", "SECRET_KEY",
    "SECRET_KEY_FILE", "DIRECTORY_URI", "DIRECTORY_BIND_DN", "DIRECTORY_PASSWORD", "DIRECTORY_PASSWORD_FILE",
    "DIRECTORY_CA_FILE", "DIRECTORY_STARTTLS", "DIRECTORY_MAPPING", "OIDC_ISSUER", "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET", "OIDC_CLIENT_SECRET_FILE", "OIDC_NAME", "OIDC_KEY_CLAIM",
)  # fmt: skip
HOST = LOOPBACK_NAMES[0]
START_SECONDS, STOP_SECONDS = 60, 15


class CannotMeasure(Exception):
    """The benchmark cannot be run; the text says why."""


class Surroundings:
    """One throwaway installation. Its processes get their settings by environment, its address by file."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        address = folder / "database_url"
        address.touch(mode=0o600)
        address.write_text(database_url, encoding="utf-8")
        self.port = free_port()
        self._environment = {
            "DATA_DIR": str(folder), "DATABASE_URL_FILE": str(address), "HOST": HOST, "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "servicedesk.benchmark.settings", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def reads_directory(self, uri: str, *, bind_dn: str, password: str) -> None:
        """From now on people come from there."""
        kept = self.folder / "directory_password"
        kept.touch(mode=0o600)
        kept.write_text(password, encoding="utf-8")
        self._environment |= {
            "DIRECTORY_URI": uri, "DIRECTORY_BIND_DN": bind_dn, "DIRECTORY_PASSWORD_FILE": str(kept),
        }  # fmt: skip

    def _command(self, step: str, details: dict[str, Any]) -> list[str]:
        unset = [part for name in _UNSET for part in ("-u", name)]
        given = [f"{name}={value}" for name, value in self._environment.items()]
        return ["env", *unset, *given, sys.executable, "-m", "servicedesk.benchmark", step, json.dumps(details)]

    def run(self, step: str, *, quiet: bool = False, **details: Any) -> dict[str, Any]:
        """Run one step to its end and give its answer."""
        done = subprocess.run(
            self._command(step, details), cwd=settings.BASE_DIR, check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else None,
        )  # fmt: skip
        if done.returncode:
            raise CannotMeasure(
                _("The step “{step}” of the benchmark failed. {why}").format(step=step, why=_tail(done.stderr or ""))
            )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    @contextmanager
    def server(self) -> Iterator[int]:
        """The web server of ``serve`` on a free port of loopback; gives the port, and stops it by its id."""
        log = self.folder / "server.log"
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                self._command("serve", {}), cwd=settings.BASE_DIR, stdout=output, stderr=output,
                preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no thread runs yet
            )  # fmt: skip
        try:
            self._wait(process, log)
            yield self.port
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex((HOST, self.port)) == 0:
                    return
            time.sleep(0.1)
        raise CannotMeasure(
            _("The server of the benchmark did not start. {why}").format(why=_tail(log.read_text(encoding="utf-8")))
        )


def _tail(text: str) -> str:
    return " ".join(text.split())[-600:]


@contextmanager
def throwaway() -> Iterator[Surroundings]:
    """A folder and a database of the configured kind, gone at the end. The configured database is not opened."""
    folder = Path(tempfile.mkdtemp(prefix="servicedesk-benchmark-"))
    try:
        database = settings.DATABASES["default"]
        if database["ENGINE"] == "django.db.backends.sqlite3":
            yield Surroundings(folder, f"sqlite:///{folder / 'benchmark.sqlite3'}")
        else:
            with _postgres_database(database) as name:
                address = urlsplit(settings.ENV.database_url)._replace(path=f"/{name}")
                yield Surroundings(folder, address.geturl())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _postgres_database(configured: dict[str, Any]) -> Iterator[str]:
    name = f"servicedesk_benchmark_{os.getpid()}"
    given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    where: dict[str, Any] = {key: configured[field] for key, field in given.items() if configured.get(field)}
    try:
        with psycopg.connect(dbname="postgres", autocommit=True, **where) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise CannotMeasure(
            _("A throwaway database could not be made ({why}). The account needs the right CREATEDB.").format(
                why=str(error).strip()
            )
        ) from error
    try:
        yield name
    finally:
        with psycopg.connect(dbname="postgres", autocommit=True, **where) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
