"""A throwaway OpenLDAP server on a free port of loopback; that of the tests is made from it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from servicedesk.common.ports import LOOPBACK, free_port
from servicedesk.supervisor import dies_with_parent

from .processes import CannotStart, unprivileged_account, wait_until

START_SECONDS, STOP_SECONDS = 30, 20
TRIES = 5  # a free port may be taken between looking and binding
_PROGRAMS = "/usr/sbin:/usr/libexec:/usr/lib/openldap:/usr/bin:/sbin:/bin"
_CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
{modules}
sizelimit {size_limit}
{front}
database config
rootdn cn=config
rootpw {password}
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
maxsize 1073741824
dbnosync
index objectClass,entryUUID,uid,modifyTimestamp eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by * none
{back}
"""


class Slapd:
    """``with Slapd() as server:`` listens at ``server.uri``, in a folder that is gone at the end.

    The administrator is bound by no limit; the reader is what the desk signs in as. Until :meth:`load` has put
    the base and the reader in, there is nothing to read.
    """

    base = "dc=acme,dc=example"
    admin = f"cn=admin,{base}"
    reader = f"cn=reader,{base}"

    def __init__(self) -> None:
        found = shutil.which("slapd", path=_PROGRAMS)
        if found is None:
            raise CannotStart("OpenLDAP's server is not installed: install the package slapd.")
        self.program = found
        self.account = unprivileged_account("openldap")
        self.password = secrets.token_hex(16)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"ldap://localhost:{self.port}/{self.base}"

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="servicedesk-slapd-"))
        try:
            self._configure()
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def load(self, file: Path) -> None:
        """Add the entries of an LDIF file with the server down, operational attributes as they stand (``slapadd``)."""
        self.stop()
        self._own(file)
        added = subprocess.run(
            ["slapadd", "-q", "-f", str(self.folder / "slapd.conf"), "-b", self.base, "-l", str(file)],
            env=self._env(), capture_output=True, text=True, check=False, **self._as_account(),
        )  # type: ignore[call-overload]  # fmt: skip
        if added.returncode:
            raise CannotStart(f"slapadd refused the entries: {added.stderr.strip()[-500:]}")
        self._start()

    def _configure(self) -> None:
        """Write the configuration and own what lies in the folder."""
        (self.folder / "data").mkdir()
        (self.folder / "slapd.conf").write_text(self._config(), encoding="utf-8")
        for path in (self.folder, *self.folder.iterdir()):
            self._own(path)

    def _config(
        self, *, size_limit: str = "unlimited", modules: tuple[str, ...] = (), front: str = "", back: str = ""
    ) -> str:
        """``front`` goes before the databases, ``back`` behind the one with people."""
        return _CONFIG.format(
            folder=self.folder, password=self.password, base=self.base, admin=self.admin, reader=self.reader,
            size_limit=size_limit, modules="\n".join(f"moduleload {name}" for name in modules), front=front, back=back,
        )  # fmt: skip

    def _own(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _as_account(self) -> dict[str, object]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _take_ports(self) -> None:
        self.port = free_port()

    def _addresses(self) -> list[str]:
        """Where to listen, as URLs with a port."""
        return [f"ldap://{LOOPBACK}:{self.port}/"]

    def _start(self) -> None:
        for _ in range(TRIES):
            if not self.port or self._listens():  # another program does
                self._take_ports()
            log = self.folder / "log"
            with log.open("wb") as output:
                self._process = subprocess.Popen(
                    [
                        self.program, "-f", str(self.folder / "slapd.conf"), "-d", "0",
                        "-h", " ".join(self._addresses()),
                    ],
                    cwd=self.folder, env=self._env(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    start_new_session=True,
                    preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads here
                    **self._as_account(),
                )  # type: ignore[call-overload]  # fmt: skip
            wait_until(lambda: self._has_ended() or self._listens(), seconds=START_SECONDS)
            if not self._has_ended():
                return
        raise CannotStart(
            f"slapd does not start: {log.read_text(errors='replace').strip()[-500:] or 'it says nothing.'}"
        )

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _listens(self) -> bool:
        for address in self._addresses():
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, int(address.rstrip("/").rpartition(":")[2]))):
                    return False
        return True

    @staticmethod
    def _env() -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "LDAPNOINIT": "1"}
