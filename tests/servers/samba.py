"""A throwaway Active Directory domain controller (Samba), with TLS by an authority of its own."""

import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import ldap3

from servicedesk.supervisor import dies_with_parent

from .certificates import Authority
from .processes import CannotStart, wait_until

START_SECONDS = 60
TRIES = 5
NORMAL, DISABLED = 512, 514
# Only what answers LDAP. It always listens at the ports of LDAP, so it gets an address of its own.
_OPTIONS = {
    "server services": "ldap",
    "bind interfaces only": "yes",
    "ldap server require strong auth": "no",
    "tls enabled": "yes",
    "log file": "/dev/null",
}


class Samba:
    """``with Samba() as server:`` listens at ``server.host`` (a loopback address), LDAP and LDAPS. Root only."""

    base = "DC=acme,DC=example"
    users = f"CN=Users,{base}"

    def __init__(self) -> None:
        if os.geteuid() != 0:
            raise CannotStart("A domain controller listens at the ports of LDAP, which takes root.")
        if shutil.which("samba", path="/usr/sbin") is None:
            raise CannotStart("Samba's domain controller is not installed: install the package samba-ad-dc.")
        self.password = f"Pw-{secrets.token_hex(12)}"
        self.host = ""
        self._added: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"ldap://{self.host}/{self.base}"

    @property
    def tls_uri(self) -> str:
        return f"ldaps://{self.host}/{self.base}"

    @property
    def ca_file(self) -> str:
        return str(self.authority.file)

    @property
    def reader(self) -> str:
        return f"CN=reader,{self.users}"

    def __enter__(self) -> "Samba":
        self.folder = Path(tempfile.mkdtemp(prefix="servicedesk-samba-"))
        try:
            self._provision()
            self._start()
            self.person("reader", password=self.password)
            self._added.clear()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connection(self) -> ldap3.Connection:
        """ldap3 bound as the administrator, raising on every refusal."""
        tls = ldap3.Tls(ca_certs_file=self.ca_file)
        server = ldap3.Server(self.host, 636, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        return ldap3.Connection(
            server, f"CN=Administrator,{self.users}", self.password, auto_bind=True, raise_exceptions=True,
            check_names=False, auto_range=False, auto_referrals=False,
        )  # fmt: skip

    def add(self, dn: str, kind: str, **facts: object) -> str:
        with self.connection() as connection:
            connection.add(dn, kind, facts)
        self._added.append(dn)
        return dn

    def person(self, uid: str, *, dn: str = "", password: str = "", **more: object) -> str:
        """Add a person below ``CN=Users``, enabled; gives the name."""
        facts = {
            "sAMAccountName": uid, "displayName": uid.title(), "sn": uid.title(), "mail": f"{uid}@acme.example",
            "userAccountControl": NORMAL, "unicodePwd": f'"{password or self.password}"'.encode("utf-16-le"), **more,
        }  # fmt: skip
        return self.add(dn or f"CN={uid},{self.users}", "user", **facts)

    def group(self, name: str, members: list[str]) -> str:
        """Add a group below ``CN=Users``; gives the name."""
        facts: dict[str, object] = {"sAMAccountName": name, **({"member": members} if members else {})}
        return self.add(f"CN={name},{self.users}", "group", **facts)

    def change(self, dn: str, **facts: object) -> None:
        """Give the entry other values."""
        with self.connection() as connection:
            connection.modify(
                dn,
                {
                    name: [(ldap3.MODIFY_REPLACE, value if isinstance(value, list) else [value])]
                    for name, value in facts.items()
                },
            )

    def move(self, dn: str, rdn: str, place: str = "") -> str:
        """Rename the entry, and move it when a place is given; gives the new name."""
        place = place or dn.partition(",")[2]
        with self.connection() as connection:
            connection.modify_dn(dn, rdn, new_superior=place)
        self._added.append(f"{rdn},{place}")
        return self._added[-1]

    def remove(self, dn: str) -> None:
        with self.connection() as connection:
            connection.delete(dn)

    def clear(self) -> None:
        """Take away what was added, places last."""
        with self.connection() as connection:
            connection.raise_exceptions = False
            for dn in sorted(self._added, key=lambda dn: -dn.count(",")):
                connection.delete(dn)
        self._added.clear()

    def _provision(self) -> None:
        self.authority = Authority(self.folder)
        provisioned = subprocess.run(
            [
                "samba-tool", "domain", "provision", "--realm=ACME.EXAMPLE", "--domain=ACME", "--server-role=dc",
                "--dns-backend=NONE", "--host-name=dc1", "--host-ip=127.0.0.1", f"--adminpass={self.password}",
                f"--targetdir={self.folder}/dc", "--option=log file=/dev/null",
            ],
            cwd=self.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if provisioned.returncode:
            raise CannotStart(f"samba-tool does not set up a domain: {provisioned.stderr.strip()[-500:]}")

    def _start(self) -> None:
        log = self.folder / "log"
        for _ in range(TRIES):
            self.host = f"127.{random.randint(16, 250)}.{random.randint(1, 250)}.{random.randint(1, 250)}"
            certificate, key = self.authority.issue("server", self.host)
            key.chmod(0o600)
            options = {
                **_OPTIONS, "interfaces": f"{self.host}/8", "pid directory": str(self.folder),
                "tls cafile": self.ca_file, "tls certfile": str(certificate), "tls keyfile": str(key),
            }  # fmt: skip
            with log.open("wb") as output:
                self._process = subprocess.Popen(
                    [
                        "/usr/sbin/samba", "-i", "-M", "single", "-s", f"{self.folder}/dc/etc/smb.conf",
                        *(f"--option={name}={value}" for name, value in options.items()),
                    ],
                    cwd=self.folder, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
                    preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads here
                )  # fmt: skip
            wait_until(lambda: self._has_ended() or self._listens(), seconds=START_SECONDS)
            if not self._has_ended():
                return
        raise CannotStart(f"Samba does not start: {log.read_text(errors='replace').strip()[-500:]}")

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _listens(self) -> bool:
        for port in (389, 636):
            with socket.socket() as probe:
                if probe.connect_ex((self.host, port)):
                    return False
        return True
