"""Where a live directory is and how it is reached: an LDAP URL (RFC 4516) with what the environment adds to it."""

import ipaddress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from django.utils.translation import gettext as _
from ldap3.core.exceptions import LDAPExceptionError
from ldap3.operation.search import compile_filter, parse_filter

from . import dn as names

Security = Literal["ldaps", "starttls", "none"]
Scope = Literal["base", "one", "sub"]

EVERYTHING = "(objectClass=*)"
_PORTS = {"ldap": 389, "ldaps": 636}


class InvalidAddress(ValueError):
    """The address cannot be used; ``str()`` is a sentence that says why and what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A directory server, the part of its tree that counts, and the account that reads it ("" for nobody)."""

    host: str
    port: int
    tls: Security
    base: str
    scope: Scope = "sub"
    filter: str = EVERYTHING
    bind_dn: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""  # "" for the authorities this machine trusts

    @property
    def uri(self) -> str:
        """The address in full, without the account: fit for reports."""
        scheme = "ldaps" if self.tls == "ldaps" else "ldap"
        host = f"[{self.host}]" if ":" in self.host else self.host
        uri = f"{scheme}://{host}:{self.port}/{quote(self.base, safe='=,+ ').replace(' ', '%20')}"
        if self.scope != "sub" or self.filter != EVERYTHING:
            uri += f"??{self.scope}"
        if self.filter != EVERYTHING:
            uri += f"?{quote(self.filter, safe='()=&|!*')}"
        return uri

    @property
    def server(self) -> str:
        """Host and port, for sentences about the server itself."""
        return f"{self.host}:{self.port}"


def parse_address(
    uri: str, *, bind_dn: str = "", password: str = "", ca_file: str = "", starttls: bool = False
) -> Address:
    """The address that ``uri`` and the environment name. Raises :class:`InvalidAddress` with a sentence.

    Without a scope the whole tree below the base is meant (RFC 4516 would mean the base alone). Passwords,
    those of people who sign in among them, never leave this machine unencrypted: ``ldap://`` to another
    machine is refused unless StartTLS is on.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidAddress(_("{uri} is no address: {why}.").format(uri=_shown(uri), why=error)) from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise InvalidAddress(_("{uri} does not start with ldap:// or ldaps://.").format(uri=_shown(uri)))
    if not host or "@" in parts.netloc:
        raise InvalidAddress(
            _("{uri} must name a server, and no account: the account goes into DIRECTORY_BIND_DN.").format(
                uri=_shown(uri)
            )
        )
    if parts.fragment:
        raise InvalidAddress(_("{uri} holds a #: write it as %23.").format(uri=_shown(uri)))
    base, scope, search_filter = _query(uri, parts.path, parts.query)
    if scheme == "ldaps" and starttls:
        raise InvalidAddress(_("ldaps:// is encrypted from the start: leave DIRECTORY_STARTTLS out."))
    tls: Security = "ldaps" if scheme == "ldaps" else "starttls" if starttls else "none"
    if tls == "none" and not is_this_machine(host):
        raise InvalidAddress(
            _(
                "Passwords would cross the network unencrypted on the way to {host}: "
                "write ldaps://, or set DIRECTORY_STARTTLS."
            ).format(host=host)
        )
    if bool(bind_dn.strip()) != bool(password):
        raise InvalidAddress(
            _("DIRECTORY_BIND_DN and DIRECTORY_PASSWORD belong together: set both, or neither to read as nobody.")
        )
    return Address(
        host=host, port=port or _PORTS[scheme], tls=tls, base=base, scope=scope, filter=search_filter,
        bind_dn=bind_dn.strip(), password=password, ca_file=ca_file,
    )  # fmt: skip


def is_this_machine(host: str) -> bool:
    """Whether ``host`` is a loopback address or the name of one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_filter(text: str) -> bool:
    """Whether ``text`` is a search filter (RFC 4515)."""
    try:
        compile_filter(parse_filter(text, None, False, False, None, False).elements[0])
    except (LDAPExceptionError, ValueError, LookupError, AttributeError):
        return False
    return True


def _query(uri: str, path: str, query: str) -> tuple[str, Scope, str]:
    """Base, scope and filter: ``/base?attributes?scope?filter?extensions``."""
    base = unquote(path.removeprefix("/"))
    attributes, scope, search_filter, extensions = (*query.split("?", 3), "", "", "", "")[:4]
    try:
        names.parse(base)
    except names.InvalidDn as error:
        raise InvalidAddress(
            _("{uri} names no place in the tree, as in ldaps://host/dc=example,dc=com. {why}").format(
                uri=_shown(uri), why=error
            )
        ) from None
    if attributes:
        raise InvalidAddress(
            _("{uri} names attributes; the mapping does that: leave the part empty.").format(uri=_shown(uri))
        )
    scopes: dict[str, Scope] = {"": "sub", "base": "base", "one": "one", "sub": "sub"}
    if scope.lower() not in scopes:
        raise InvalidAddress(
            _("{uri} has the scope “{scope}”; it is base, one or sub.").format(uri=_shown(uri), scope=scope)
        )
    if any(extension.startswith("!") for extension in extensions.split(",")):
        raise InvalidAddress(_("{uri} asks for an extension that is not known here.").format(uri=_shown(uri)))
    search_filter = unquote(search_filter) or EVERYTHING
    if not is_filter(search_filter):
        raise InvalidAddress(
            _("{uri} has a filter that cannot be read; one looks like (objectClass=person).").format(uri=_shown(uri))
        )
    return base, scopes[scope.lower()], search_filter


def _shown(uri: str) -> str:
    """The address as it may be repeated: what stands before an @ may be a password."""
    head, at, tail = uri.rpartition("@")
    return (head.partition("://")[0] + "://…@" + tail if at else uri)[:200]
