"""Small LDIF texts for tests."""

import base64
import uuid
from pathlib import Path

from directory.ldap.ldif import LdifSource

BASE = "dc=acme,dc=example"


def key_of(uid: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, uid))


def dn_of(uid: str) -> str:
    return f"uid={uid},ou=People,{BASE}"


def record(dn: str, *attributes: tuple[str, str | bytes]) -> str:
    return "\n".join([_line("dn", dn), *(_line(name, value) for name, value in attributes)]) + "\n"


def person(uid: str, /, *more: tuple[str, str | bytes], dn: str = "", key: str | None = None, **changed: str) -> str:
    """A whole person; a keyword replaces an attribute, "" leaves it out, ``key=""`` leaves the key out."""
    facts = {
        "uid": uid, "cn": f"{uid.title()} Rossi", "sn": "Rossi", "givenName": uid.title(),
        "mail": f"{uid}@acme.example", "entryUUID": key_of(uid) if key is None else key, **changed,
    }  # fmt: skip
    pairs = [(name, value) for name, value in facts.items() if value]
    return record(dn or dn_of(uid), ("objectClass", "inetOrgPerson"), *pairs, *more)


def group(name: str, *members: str, nested: tuple[str, ...] = (), key: str = "", dn: str = "") -> str:
    """A group of people (by uid) and of other groups (by name)."""
    pairs = [("member", dn_of(uid)) for uid in members] + [("member", group_dn(other)) for other in nested]
    keys = [("entryUUID", key)] if key else []
    return record(dn or group_dn(name), ("objectClass", "groupOfNames"), ("cn", name), *keys, *pairs)


def group_dn(name: str) -> str:
    return f"cn={name},ou=Groups,{BASE}"


def source(folder: Path, *records: str, name: str = "people.ldif") -> LdifSource:
    path = folder / name
    path.write_text("\n".join(records), encoding="utf-8")
    return LdifSource(path)


def _line(name: str, value: str | bytes) -> str:
    if isinstance(value, bytes):
        return f"{name}:: {base64.b64encode(value).decode()}"
    return f"{name}: {value}"
