"""One company, kept in an LDIF file, in OpenLDAP or in Active Directory: the same words for the same facts."""

import base64
import uuid
from pathlib import Path
from typing import Any, Protocol

from directory.ldap.address import parse_address
from directory.ldap.entries import Source
from directory.ldap.ldif import LdifSource
from directory.ldap.server import LdapSource
from tests.servers.samba import DISABLED, NORMAL, Samba
from tests.servers.slapd import Slapd

LOCKED_FOR_GOOD = "000001010000Z"


class Company(Protocol):
    """Names are made of ``cn``; ``facts`` are called as inetOrgPerson calls them."""

    place: str

    def person(self, uid: str, *, cn: str = "", **facts: Any) -> str: ...
    def group(self, cn: str, members: list[str]) -> str: ...
    def unit(self, ou: str) -> str: ...
    def change(self, dn: str, **facts: Any) -> None: ...
    def move(self, dn: str, cn: str, place: str = "") -> str: ...
    def remove(self, dn: str) -> None: ...
    def disable(self, dn: str, *, disabled: bool = True) -> None: ...
    def source(self, page_size: int = 1000) -> Source: ...


def rdn(cn: str) -> str:
    return "cn=" + "".join(f"\\{character}" if character in ',+"\\<>;=' else character for character in cn)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


class LdifCompany:
    base = "dc=acme,dc=example"
    place = f"ou=People,{base}"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "company.ldif"
        self.entries: dict[str, dict[str, list[Any]]] = {}
        self._add(self.base, "organization", o="Acme")
        self.unit("People")

    def person(self, uid: str, *, cn: str = "", **facts: Any) -> str:
        cn = cn or uid.title()
        known = {"uid": uid, "cn": cn, "sn": cn, "mail": f"{uid}@acme.example", **facts}
        return self._add(f"{rdn(cn)},{self.place}", "inetOrgPerson", **known)

    def group(self, cn: str, members: list[str]) -> str:
        return self._add(f"{rdn(cn)},{self.place}", "groupOfNames", cn=cn, member=members)

    def unit(self, ou: str) -> str:
        return self._add(f"ou={ou},{self.base}", "organizationalUnit", ou=ou)

    def change(self, dn: str, **facts: Any) -> None:
        self.entries[dn].update({name: _listed(value) for name, value in facts.items()})

    def move(self, dn: str, cn: str, place: str = "") -> str:
        new = f"{rdn(cn)},{place or dn.partition(',')[2]}"
        self.entries[new] = {**self.entries.pop(dn), "cn": [cn]}
        for facts in self.entries.values():
            for name in ("member", "manager"):
                facts[name] = [new if value == dn else value for value in facts.get(name, [])]
        return new

    def remove(self, dn: str) -> None:
        del self.entries[dn]

    def disable(self, dn: str, *, disabled: bool = True) -> None:
        self.change(dn, pwdAccountLockedTime=[LOCKED_FOR_GOOD] if disabled else [])

    def source(self, page_size: int = 1000) -> Source:
        del page_size  # a file has none
        self.file.write_text("\n".join(map(self._record, self.entries)), encoding="utf-8")
        return LdifSource(self.file)

    def _add(self, dn: str, kind: str, **facts: Any) -> str:
        self.entries[dn] = {"objectClass": [kind], "entryUUID": [str(uuid.uuid4())]}
        self.change(dn, **facts)
        return dn

    def _record(self, dn: str) -> str:
        pairs = [("dn", dn), *((name, value) for name, values in self.entries[dn].items() for value in values)]
        lines = [f"{name}:: {base64.b64encode(_bytes(value)).decode()}\n" for name, value in pairs]
        return "".join(lines)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


class SlapdCompany:
    def __init__(self, server: Slapd) -> None:
        self.server = server
        self.place = f"ou=People,{server.base}"

    def person(self, uid: str, *, cn: str = "", **facts: Any) -> str:
        cn = cn or uid.title()
        return self.server.person(uid, rdn=rdn(cn), **{"cn": cn, "sn": cn, **facts})

    def group(self, cn: str, members: list[str]) -> str:
        return self.server.group(cn, members)

    def unit(self, ou: str) -> str:
        dn = f"ou={ou},{self.place}"
        with self.server.connection() as connection:
            connection.add(dn, "organizationalUnit")
        return dn

    def change(self, dn: str, **facts: Any) -> None:
        self.server.change(dn, **facts)

    def move(self, dn: str, cn: str, place: str = "") -> str:
        return self.server.move(dn, rdn(cn), place)

    def remove(self, dn: str) -> None:
        self.server.remove(dn)

    def disable(self, dn: str, *, disabled: bool = True) -> None:
        self.change(dn, pwdAccountLockedTime=[LOCKED_FOR_GOOD] if disabled else [])

    def source(self, page_size: int = 1000) -> Source:
        server = self.server
        return LdapSource(
            parse_address(server.tls_uri, bind_dn=server.reader, password=server.password, ca_file=server.ca_file),
            page_size=page_size,
        )


class SambaCompany:
    def __init__(self, server: Samba) -> None:
        self.server = server
        self.place = server.add(f"OU=Staff,{server.base}", "organizationalUnit")

    def person(self, uid: str, *, cn: str = "", **facts: Any) -> str:
        cn = cn or uid.title()
        if "departmentNumber" in facts:
            facts["department"] = facts.pop("departmentNumber")
        known = {"displayName": cn, "sn": cn, **facts}
        return self.server.person(uid, dn=f"{rdn(cn)},{self.place}", **known)

    def group(self, cn: str, members: list[str]) -> str:
        dn = f"{rdn(cn)},{self.place}"
        return self.server.add(dn, "group", sAMAccountName=f"g-{cn}", **({"member": members} if members else {}))

    def unit(self, ou: str) -> str:
        return self.server.add(f"OU={ou},{self.place}", "organizationalUnit")

    def change(self, dn: str, **facts: Any) -> None:
        self.server.change(dn, **{"sAMAccountName" if name == "uid" else name: value for name, value in facts.items()})

    def move(self, dn: str, cn: str, place: str = "") -> str:
        return self.server.move(dn, rdn(cn), place)

    def remove(self, dn: str) -> None:
        self.server.remove(dn)

    def disable(self, dn: str, *, disabled: bool = True) -> None:
        self.change(dn, userAccountControl=DISABLED if disabled else NORMAL)

    def source(self, page_size: int = 1000) -> Source:
        server = self.server
        return LdapSource(
            parse_address(
                f"ldaps://{server.host}/{self.place}", bind_dn=server.reader, password=server.password,
                ca_file=server.ca_file,
            ),
            page_size=page_size,
        )  # fmt: skip
