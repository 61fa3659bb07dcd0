"""A bound connection to a directory server: searches page by page, and asks whether a password is right."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ldap3
from django.utils.translation import gettext as _
from ldap3.core.exceptions import LDAPExceptionError, LDAPSessionTerminatedByServerError

from .address import EVERYTHING, Address, Scope, is_filter
from .entries import Entry, Unreadable
from .wire import Patience, Wire

PAGE = 1000  # what Active Directory gives at most
PAGING = "1.2.840.113556.1.4.319"
START_TLS = "1.3.6.1.4.1.1466.20037"
ROOT_ATTRIBUTES = ("*", "+", "dsServiceName", "highestCommittedUSN", "supportedCapabilities")
# Always bytes: some identifiers happen to be UTF-8 too.
BINARY = frozenset({"objectguid", "objectsid", "jpegphoto", "thumbnailphoto", "photo", "usercertificate"})

SUCCESS, NO_SUCH_OBJECT, REFERRAL, NO_PAGING, WRONG_CREDENTIALS = 0, 32, 10, 12, 49
_LIMITS = (3, 4, 11)
_NEEDS_ENCRYPTION = (8, 13)
# What servers say to an account that reads: a wrong name or password, or one that may not sign in.
_REFUSED = (19, NO_SUCH_OBJECT, 34, 48, WRONG_CREDENTIALS, 50, 53)
_SCOPES = {"base": ldap3.BASE, "one": ldap3.LEVEL, "sub": ldap3.SUBTREE}
_ENTRY = 4  # the tag of an entry among the answers
_CHUNK = 1 << 16
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@=,")

Result = dict[str, Any]


def escape(value: str | bytes) -> str:
    """``value`` as it may stand in a filter: everything that could mean something is written as ``\\xx``."""
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:02x}" for byte in raw)


@contextmanager
def connect(
    address: Address,
    *,
    seconds: float = 5.0,
    answer_seconds: float | None = None,
    clock: Callable[[], float] | None = None,
) -> Iterator["Connection"]:
    """A connection on which the service account is signed in, closed at the end.

    ``seconds`` bound everything that is done with it together, ``answer_seconds`` each single answer (a page).
    Raises :class:`.entries.Unreadable`, as does every use of the connection, with a sentence that says what to check.
    """
    patience = Patience(address.server, seconds, answer_seconds, **({"clock": clock} if clock else {}))
    with _speaking(address, patience) as (wire, ldap):
        if address.bind_dn:
            result = _bind(address, ldap, address.bind_dn, address.password)
            if result["result"] != SUCCESS:
                raise _service_refused(address, result)
        yield Connection(address, wire, ldap)


class Connection:
    """Made by :func:`connect`. ``references`` collects where the server said that other parts of the tree lie."""

    def __init__(self, address: Address, wire: Wire, ldap: Any) -> None:
        self.address, self._wire, self._ldap = address, wire, ldap
        self.references: list[str] = []

    def search(
        self,
        base: str,
        search_filter: str,
        attributes: Iterable[str],
        *,
        scope: Scope = "sub",
        page_size: int = PAGE,
    ) -> Iterator[Entry]:
        """Every entry that matches, page by page; values in ``search_filter`` must have gone through :func:`escape`.

        It ends only when the server has said that all is well and that nothing follows; anything else is
        :class:`.entries.Unreadable`, and what was given until then proves nothing. References to other
        servers are collected and never followed.
        """
        # Critical: a server that cannot page says so and does not answer in part.
        page = {"paged_size": page_size, "paged_criticality": True, "paged_cookie": b""}
        while True:
            entries, result = self._answer(base, scope, search_filter, list(attributes), page)
            paging = result.get("controls", {}).get(PAGING)
            if paging is None:
                raise Unreadable(
                    _("{server} gave a part of {base} without saying whether that was all of it.").format(
                        server=self.address.server, base=base
                    )
                )
            yield from entries
            page["paged_cookie"] = paging["value"]["cookie"]
            if not page["paged_cookie"]:
                return

    def entry(self, dn: str, attributes: Iterable[str]) -> Entry | None:
        """The entry of that name; None when there is none."""
        entries, result = self._answer(dn, "base", EVERYTHING, list(attributes), {}, may_lack=True)
        return entries[0] if entries and result["result"] == SUCCESS else None

    def root(self) -> Entry:
        """What the server says about itself (its root DSE)."""
        return self.entry("", ROOT_ATTRIBUTES) or Entry("", {})

    def bind_as(self, dn: str, password: str) -> bool:
        """Whether ``password`` is that of ``dn``, asked on a second connection to the same machine.

        A blank name or password is refused before anything is sent: servers take it for a visit by nobody and
        say yes. So is a NUL, where some stop reading. Whatever is neither a clear yes nor a clear no is
        :class:`.entries.Unreadable`.
        """
        if not password or not dn.strip() or "\x00" in password + dn:
            return False
        self._wire.patience.begin_answer()
        with _speaking(self.address, self._wire.patience, self._wire.peer) as (_wire, ldap):
            result = _bind(self.address, ldap, dn, password)
        if result["result"] not in (SUCCESS, WRONG_CREDENTIALS):
            raise Unreadable(
                _("{server} neither took nor refused the password of {dn} ({code}: {text}). Check its log.").format(
                    server=self.address.server, dn=dn, code=result["result"], text=result["description"]
                )
            )
        return bool(result["result"] == SUCCESS)

    def _answer(
        self,
        base: str,
        scope: Scope,
        search_filter: str,
        attributes: list[str],
        page: dict[str, Any],
        *,
        may_lack: bool = False,
    ) -> tuple[list[Entry], Result]:
        """One answer, whole and well."""
        if not is_filter(search_filter):
            raise Unreadable(_("The filter {filter} cannot be read.").format(filter=search_filter[:200]))
        self._wire.patience.begin_answer()
        with _understood(self.address):
            self._ldap.search(
                base, search_filter, _SCOPES[scope], ldap3.DEREF_NEVER, attributes or [ldap3.NO_ATTRIBUTES], **page
            )
            result: Result = self._ldap.result
            answers = self._ldap.response
            if result["type"] != "searchResDone":
                raise _garbled(self.address)
            self.references += [uri for answer in answers for uri in (answer.get("uri") or ())[:1]]
        if result["result"] != SUCCESS and not (may_lack and result["result"] == NO_SUCH_OBJECT):
            raise self._failed(result, base)
        return [answer["entry"] for answer in answers if "entry" in answer], result

    def _failed(self, result: Result, base: str) -> Unreadable:
        """What a result other than success means for whoever runs the desk."""
        code = result["result"]
        if code in _LIMITS:
            reason = _(
                "{server} stopped in the middle, at a limit on size or time. "
                "Raise its limits for the account that reads ({account})."
            )
        elif code == NO_SUCH_OBJECT:
            reason = _("{server} has no entry {base}, or {account} may not see it. Check the base in DIRECTORY_URI.")
        elif code == REFERRAL:
            reason = _("{server} does not hold {base} but refers to {referrals}. Name that server in DIRECTORY_URI.")
        elif code == NO_PAGING:
            reason = _("{server} cannot give its entries in pages, without which no reading is known to be whole.")
        elif code in _NEEDS_ENCRYPTION:
            reason = _("{server} demands encryption: write ldaps://, or set DIRECTORY_STARTTLS.")
        else:
            reason = _("{server} refused to read {base} for {account} ({code}: {text}).")
        return Unreadable(
            reason.format(
                server=self.address.server, base=base or _("its root"), account=self.address.bind_dn or _("nobody"),
                referrals=", ".join((result["referrals"] or [])[:3]) or _("another server"), code=code,
                text=(result["message"] or result["description"])[:200].strip(),
            )
        )  # fmt: skip


@contextmanager
def _speaking(address: Address, patience: Patience, peer: tuple[Any, ...] | None = None) -> Iterator[tuple[Wire, Any]]:
    """A connection of ldap3 over a wire of ours, which keeps the time and checks certificates."""
    wire = Wire(address, patience, peer)
    try:
        ldap = ldap3.Connection(
            ldap3.Server(address.host, address.port, get_info=ldap3.NONE),
            raise_exceptions=False, check_names=False, auto_referrals=False, auto_range=False, auto_escape=False,
            auto_encode=False, return_empty_attributes=False,
        )  # fmt: skip
        ldap.socket, ldap.closed, ldap.listening = wire, False, True
        ldap.strategy.__dict__.update(
            _outstanding={}, socket_size=_CHUNK, decode_response_fast=_decoder(ldap.strategy.decode_response_fast)
        )
        if address.tls == "starttls":
            with _understood(address):
                ldap.extended(START_TLS)
            if ldap.result["result"] != SUCCESS:
                raise Unreadable(
                    _("{server} refuses StartTLS ({code}). Check its certificate's set-up, or use ldaps://.").format(
                        server=address.server, code=ldap.result["result"]
                    )
                )
            wire.encrypt()
        yield wire, ldap
    finally:
        wire.close()


def _decoder(of_ldap3: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Makes an :class:`Entry` of each entry. ldap3's way decodes each value twice and takes twice the time."""

    def decode(message: dict[str, Any]) -> dict[str, Any]:
        if message["protocolOp"] != _ENTRY:
            return of_ldap3(message)
        dn, attributes = message["payload"]
        found: dict[str, list[bytes | str]] = {}
        for _class, _constructed, _tag, ((*_1, name), (*_2, values)) in attributes[3]:
            if values:
                lower = name.decode("ascii").lower()
                found.setdefault(lower, []).extend(_values(lower, values))
        return {"type": "searchResEntry", "entry": Entry(dn[3].decode(), found)}

    return decode


def _values(name: str, values: list[tuple[int, bool, int, bytes]]) -> list[bytes | str]:
    """Text where it is UTF-8, bytes where it is not or where the attribute holds bytes."""
    raw: list[bytes | str] = [value[3] for value in values]
    if name.partition(";")[0] in BINARY or name.endswith(";binary"):
        return raw
    for at, value in enumerate(raw):
        try:
            raw[at] = value.decode()  # type: ignore[union-attr]
        except UnicodeDecodeError:
            continue
    return raw


def _bind(address: Address, ldap: Any, dn: str, password: str) -> Result:
    # As bytes the password is sent as it is; ldap3 would prepare a text, and so change it, first.
    ldap.user, ldap.password, ldap.authentication = dn, password.encode("utf-8", "surrogatepass"), ldap3.SIMPLE
    with _understood(address):
        ldap.bind(read_server_info=False)
        result: Result = ldap.result
        if result["type"] != "bindResponse":
            raise _garbled(address)
    return result


@contextmanager
def _understood(address: Address) -> Iterator[None]:
    """Whatever ldap3 makes of an answer that is none."""
    try:
        yield
    except LDAPSessionTerminatedByServerError:
        raise Unreadable(_("{server} ended the connection; try again later.").format(server=address.server)) from None
    except (LDAPExceptionError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _garbled(address) from error


def _garbled(address: Address) -> Unreadable:
    return Unreadable(
        _("{server} sent something that is no LDAP answer. Check the address and the port.").format(
            server=address.server
        )
    )


def _service_refused(address: Address, result: Result) -> Unreadable:
    code = result["result"]
    if code in _NEEDS_ENCRYPTION:
        reason = _("{server} demands encryption: write ldaps://, or set DIRECTORY_STARTTLS.")
    elif code in _REFUSED:
        reason = _(
            "{server} does not let {account} in ({code}). Check DIRECTORY_BIND_DN and DIRECTORY_PASSWORD, and that "
            "the account is neither locked nor expired."
        )
    else:
        reason = _("{server} could not sign {account} in ({code}). Check its log.")
    return Unreadable(reason.format(server=address.server, account=address.bind_dn, code=code))
