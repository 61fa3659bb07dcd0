"""A throwaway PostgreSQL cluster."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from servicedesk.common.ports import free_port
from servicedesk.supervisor import dies_with_parent

from .processes import CannotStart, unprivileged_account, wait_until

START_SECONDS = 60
TRIES = 5  # the free port may be taken between looking and binding


def binaries() -> Path | None:
    """The folder of the newest installed server, or None. Debian keeps it off the PATH."""
    found = [
        (int(match.group(1)), path.parent)
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if (match := re.fullmatch(r"(\d+)", path.parts[-3]))
    ]
    if found:
        return max(found)[1]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Postgres:
    """``with Postgres() as server:`` gives ``server.url``. Safe from no crash: fsync is off."""

    user = database = "servicedesk"

    def __init__(self) -> None:
        folder = binaries()
        if folder is None:
            raise CannotStart("PostgreSQL is not installed: install the package postgresql.")
        self.bin = folder
        self.account = unprivileged_account("postgres")
        self.password = secrets.token_hex(16)
        self.port = 0
        self.version = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://{self.user}:{self.password}@127.0.0.1:{self.port}/{self.database}"

    def __enter__(self) -> "Postgres":
        # The signals of an interrupted run end in __exit__ all the same.
        self.folder = Path(tempfile.mkdtemp(prefix="servicedesk-postgres-"))
        self._before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            self._make_cluster()
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        impatient = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave the folder behind
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, self._before)
        signal.signal(signal.SIGINT, impatient)

    def _as_account(self) -> dict[str, object]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _make_cluster(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password, encoding="ascii")
        if self.account:
            os.chown(password_file, self.account.pw_uid, self.account.pw_gid)
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        made = subprocess.run(
            [
                str(self.bin / "initdb"), "--pgdata", str(self.folder / "data"), "--username", self.user,
                "--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8",
                "--no-sync",
            ],
            cwd=self.folder, env=self._env(), capture_output=True, text=True, check=False, **self._as_account(),
        )  # type: ignore[call-overload]  # fmt: skip
        if made.returncode:
            raise CannotStart(f"PostgreSQL made no cluster in {self.folder}: {_last_line(made.stderr)}")

    def _start(self) -> None:
        for _ in range(TRIES):
            self.port = free_port()
            log = self.folder / "log"
            with log.open("wb") as output:
                self._process = subprocess.Popen(
                    [
                        str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
                        "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                        "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
                        "-c", "max_connections=300", "-c", "shared_buffers=128MB",
                    ],
                    cwd=self.folder, env=self._env(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    start_new_session=True,
                    preexec_fn=dies_with_parent(signal.SIGQUIT),  # noqa: PLW1509 - no threads here
                    **self._as_account(),
                )  # type: ignore[call-overload]  # fmt: skip
            if self._answers():
                return
        raise CannotStart(f"PostgreSQL does not start: {_last_line(log.read_text(errors='replace'))}")

    def _answers(self) -> bool:
        """True once a database of ours is there; False when the server ended or never answered."""
        wait_until(lambda: self._has_ended() or self._says_its_version(), seconds=START_SECONDS)
        return bool(self.version) and self._psql(f"CREATE DATABASE {self.database}").returncode == 0

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _says_its_version(self) -> bool:
        shown = self._psql("SHOW server_version")
        if shown.returncode == 0:
            self.version = f"PostgreSQL {shown.stdout.strip()}"
        return shown.returncode == 0

    def _psql(self, statement: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [
                str(self.bin / "psql"), "-X", "-h", "127.0.0.1", "-p", str(self.port), "-U", self.user,
                "-d", "postgres", "-Atc", statement,
            ],
            cwd="/", env={**self._env(), "PGPASSWORD": self.password}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @staticmethod
    def _env() -> dict[str, str]:
        """Nothing of the developer's PG* variables; plain words in messages."""
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."
