"""The throwaway OpenLDAP server of the benchmark, with TLS by an authority of its own and small changes at hand."""

import ldap3

from servicedesk.benchmark import slapd
from servicedesk.common.ports import LOOPBACK, free_port

from .certificates import Authority

RELAX = ("1.3.6.1.4.1.4203.666.5.12", False, None)  # lets the administrator choose entryUUID and modifyTimestamp
MANAGE = ("2.16.840.1.113730.3.4.2", True, None)  # references as the entries they are
_FRONT = """\
allow bind_anon_dn bind_v2
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
"""
_BACK = """\
overlay ppolicy
overlay refint
refint_attributes member manager
refint_nothing "{admin}"
{more}
"""


class Slapd(slapd.Slapd):
    """``with Slapd() as server:`` listens at ``server.uri`` and, by LDAPS, at ``server.tls_uri``.

    The reader is bound by ``size_limit``, which counts for the whole of a paged search too. A bind with a
    name and no password succeeds as nobody (``allow bind_anon_dn``), as careless servers have it.
    """

    def __init__(
        self,
        *,
        size_limit: str = "unlimited",
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
        expired: bool = False,
        more: str = "",
    ) -> None:
        super().__init__()
        self.size_limit, self.hosts, self.expired, self.more = size_limit, hosts, expired, more
        self.tls_port = 0

    @property
    def tls_uri(self) -> str:
        return f"ldaps://localhost:{self.tls_port}/{self.base}"

    @property
    def ca_file(self) -> str:
        return str(self.authority.file)

    def _configure(self) -> None:
        self.authority = Authority(self.folder)
        self._signed = self.authority.issue("server", *self.hosts, expired=self.expired)
        super()._configure()

    def _config(self, **_given: object) -> str:
        certificate, key = self._signed
        return super()._config(
            size_limit=self.size_limit,
            modules=("ppolicy", "refint"),
            front=_FRONT.format(ca=self.ca_file, certificate=certificate, key=key),
            back=_BACK.format(admin=self.admin, more=self.more),
        )

    def _take_ports(self) -> None:
        self.port, self.tls_port = free_port(), free_port()

    def _addresses(self) -> list[str]:
        return [f"ldap://{LOOPBACK}:{self.port}/", f"ldaps://{LOOPBACK}:{self.tls_port}/"]

    def __enter__(self) -> "Slapd":
        super().__enter__()
        try:
            self._plant()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

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
        """Add entries with the server down, operational attributes as they stand, and start it again."""
        file = self.folder / "import.ldif"
        file.write_text(text, encoding="utf-8")
        self.load(file)

    def _plant(self) -> None:
        """The base, the two units and the account the desk reads with."""
        with self.connection() as connection:
            connection.add(self.base, ["dcObject", "organization"], {"dc": "acme", "o": "Acme"})
            connection.add(self.reader, ["organizationalRole", "simpleSecurityObject"], {"userPassword": self.password})
            for unit in ("People", "Groups"):
                connection.add(f"ou={unit},{self.base}", "organizationalUnit")
