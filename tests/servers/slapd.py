"""A throwaway OpenLDAP server, with TLS by an authority of its own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import ldap3

from servicedesk.common.ports import free_port
from servicedesk.supervisor import dies_with_parent

from .certificates import Authority
from .postgres import CannotStart
from .processes import unprivileged_account, wait_until

START_SECONDS = 30
TRIES = 5  # a free port may be taken between looking and binding
RELAX = ("1.3.6.1.4.1.4203.666.5.12", False, None)  # lets the administrator choose entryUUID and modifyTimestamp
MANAGE = ("2.16.840.1.113730.3.4.2", True, None)  # references as the entries they are
_CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload refint
allow bind_anon_dn bind_v2
sizelimit {size_limit}
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
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
overlay ppolicy
overlay refint
refint_attributes member manager
refint_nothing "{admin}"
{more}
"""


class Slapd:
    """``with Slapd() as server:`` listens at ``server.uri`` and, by LDAPS, at ``server.tls_uri``.

    The administrator is bound by no limit; the reader (what the desk signs in as) is bound by
    ``size_limit``, which counts for the whole of a paged search too. A bind with a name and no
    password succeeds as nobody (``allow bind_anon_dn``), as careless servers have it.
    """

    base = "dc=acme,dc=example"
    admin = f"cn=admin,{base}"
    reader = f"cn=reader,{base}"

    def __init__(
        self,
        *,
        size_limit: str = "unlimited",
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
        expired: bool = False,
        more: str = "",
    ) -> None:
        found = shutil.which("slapd", path="/usr/sbin:/usr/libexec:/usr/lib/openldap:/usr/bin")
        if found is None:
            raise CannotStart("OpenLDAP's server is not installed: install the package slapd.")
        self.program = found
        self.account = unprivileged_account("openldap")
        self.password = secrets.token_hex(16)
        self.size_limit, self.hosts, self.expired, self.more = size_limit, hosts, expired, more
        self.port = self.tls_port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"ldap://localhost:{self.port}/{self.base}"

    @property
    def tls_uri(self) -> str:
        return f"ldaps://localhost:{self.tls_port}/{self.base}"

    @property
    def ca_file(self) -> str:
        return str(self.authority.file)

    def __enter__(self) -> "Slapd":
        self.folder = Path(tempfile.mkdtemp(prefix="servicedesk-slapd-"))
        try:
            self._configure()
            self._start()
            self._plant()
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
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def connection(self, *, user: str | None = None) -> ldap3.Connection:
        """ldap3 bound as ``user`` (the administrator), raising on every refusal."""
        server = ldap3.Server("127.0.0.1", self.port, get_info=ldap3.NONE)
        return ldap3.Connection(
            server, user or self.admin, self.password, auto_bind=True, raise_exceptions=True, check_names=False
        )

    def limit(self, size: str) -> None:
        """From now on the reader is refused more than ``size`` entries ("unlimited"), in pages too."""
        with self.connection(user="cn=config") as connection:
            connection.modify("olcDatabase={-1}frontend,cn=config", {"olcSizeLimit": [(ldap3.MODIFY_REPLACE, [size])]})

    def restrict(self, operations: str) -> None:
        """From now on these ("bind") are not done for anybody below the base; "" for none."""
        with self.connection(user="cn=config") as connection:
            values = [operations] if operations else []
            connection.modify("olcDatabase={1}mdb,cn=config", {"olcRestrict": [(ldap3.MODIFY_REPLACE, values)]})

    def person(self, uid: str, *, rdn: str = "", **more: object) -> str:
        """Add a person below ``ou=People``; gives the name."""
        dn = f"{rdn or f'uid={uid}'},ou=People,{self.base}"
        facts = {"uid": uid, "cn": uid.title(), "sn": uid.title(), "mail": f"{uid}@acme.example", **more}
        with self.connection() as connection:
            connection.add(dn, "inetOrgPerson", facts, controls=[RELAX])
        return dn

    def group(self, cn: str, members: list[str], **more: object) -> str:
        """Add a group below ``ou=Groups``; gives the name."""
        dn = f"cn={cn},ou=Groups,{self.base}"
        with self.connection() as connection:
            connection.add(dn, "groupOfNames", {"cn": cn, "member": members, **more}, controls=[RELAX])
        return dn

    def change(self, dn: str, **facts: object) -> None:
        """Give the entry other values."""
        with self.connection() as connection:
            connection.modify(
                dn,
                {
                    name: [(ldap3.MODIFY_REPLACE, value if isinstance(value, list) else [value])]
                    for name, value in facts.items()
                },
                controls=[RELAX],
            )

    def move(self, dn: str, rdn: str, place: str = "") -> str:
        """Rename the entry, and move it when a place is given; gives the new name."""
        place = place or dn.partition(",")[2]
        with self.connection() as connection:
            connection.modify_dn(dn, rdn, new_superior=place)
        return f"{rdn},{place}"

    def remove(self, dn: str) -> None:
        with self.connection() as connection:
            connection.delete(dn)

    def forget(self, dn: str) -> None:
        """Take a reference away, not what it refers to."""
        with self.connection() as connection:
            connection.delete(dn, controls=[MANAGE])

    def clear(self) -> None:
        """Take away everything below the two units."""
        with self.connection() as connection:
            for unit in ("People", "Groups"):
                connection.search(f"ou={unit},{self.base}", "(objectClass=*)", ldap3.SUBTREE, controls=[MANAGE])
                for entry in sorted(connection.response, key=lambda entry: -entry["dn"].count(",")):
                    if entry["dn"] != f"ou={unit},{self.base}":
                        connection.delete(entry["dn"], controls=[MANAGE])

    def import_ldif(self, text: str) -> None:
        """Add entries with the server down, operational attributes as they stand (``slapadd``), and start it again."""
        file = self.folder / "import.ldif"
        file.write_text(text, encoding="utf-8")
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
        self.authority = Authority(self.folder)
        certificate, key = self.authority.issue("server", *self.hosts, expired=self.expired)
        (self.folder / "data").mkdir()
        config = self.folder / "slapd.conf"
        config.write_text(
            _CONFIG.format(
                folder=self.folder, ca=self.ca_file, certificate=certificate, key=key, password=self.password,
                base=self.base, admin=self.admin, reader=self.reader, size_limit=self.size_limit, more=self.more,
            ),
            encoding="utf-8",
        )  # fmt: skip
        for path in (self.folder, self.folder / "data", config, certificate, key, self.authority.file):
            self._own(path)

    def _own(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _as_account(self) -> dict[str, object]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _start(self) -> None:
        for _ in range(TRIES):
            if not self.port or self._port_is_taken():
                self.port, self.tls_port = free_port(), free_port()
            log = self.folder / "log"
            with log.open("wb") as output:
                self._process = subprocess.Popen(
                    [
                        self.program, "-f", str(self.folder / "slapd.conf"), "-d", "0",
                        "-h", f"ldap://127.0.0.1:{self.port}/ ldaps://127.0.0.1:{self.tls_port}/",
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

    def _port_is_taken(self) -> bool:
        return self._listens()

    def _listens(self) -> bool:
        for port in (self.port, self.tls_port):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)):
                    return False
        return True

    def _plant(self) -> None:
        """The base, the two units and the account the desk reads with."""
        with self.connection() as connection:
            connection.add(self.base, ["dcObject", "organization"], {"dc": "acme", "o": "Acme"})
            connection.add(self.reader, ["organizationalRole", "simpleSecurityObject"], {"userPassword": self.password})
            for unit in ("People", "Groups"):
                connection.add(f"ou={unit},{self.base}", "organizationalUnit")

    @staticmethod
    def _env() -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "LDAPNOINIT": "1"}
