"""One connection to a directory server: encrypted, checked, and never waiting longer than it was given."""

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from .address import Address
from .entries import Unreadable

SocketAddress = tuple[Any, ...]
_EXPIRED, _WRONG_HOST, _WRONG_IP = 10, 62, 64  # X509_V_ERR_… of OpenSSL


class Patience:
    """How long to wait: for everything together and, within that, for each answer. Out of it is :class:`Unreadable`."""

    def __init__(
        self, server: str, whole: float, answer: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.server, self.whole, self.answer, self.clock = server, whole, answer or whole, clock
        self.ends_at = clock() + whole
        self.begin_answer()

    def begin_answer(self) -> None:
        """The next answer has its own time, as far as there is any left."""
        self._answer_ends_at = self.clock() + self.answer

    def left(self) -> float:
        """Seconds that may still be waited, more than 0."""
        left = min(self.ends_at, self._answer_ends_at) - self.clock()
        if left <= 0:
            raise self.is_over()
        return left

    def is_over(self) -> Unreadable:
        seconds = self.whole if self.clock() >= self.ends_at else self.answer
        return Unreadable(
            _("{server} did not answer within {seconds} seconds. Check that it is up and not overloaded.").format(
                server=self.server, seconds=f"{seconds:g}"
            )
        )


class Wire:
    """A connected socket as ldap3 uses one (``recv``, ``sendall``, ``shutdown``, ``close``).

    Everything that goes wrong, the end of the other side's words too, is :class:`Unreadable`: an answer that
    ldap3 has read is whole.
    """

    def __init__(self, address: Address, patience: Patience, peer: SocketAddress | None = None) -> None:
        """``peer``: go to this very machine (the one of another connection), whatever the name says by now."""
        self.address, self.patience = address, patience
        self._socket, self.peer = _open(address, patience, peer)
        if address.tls == "ldaps":
            self.encrypt()

    def recv(self, size: int) -> bytes:
        try:
            self._socket.settimeout(self.patience.left())
            data = self._socket.recv(size)
        except TimeoutError:
            raise self.patience.is_over() from None
        except OSError as error:
            raise self._broken(error) from error
        if not data:
            raise Unreadable(
                _("{server} closed the connection in the middle of an answer; try again later.").format(
                    server=self.address.server
                )
            )
        return data

    def sendall(self, data: bytes) -> None:
        try:
            self._socket.settimeout(self.patience.left())
            self._socket.sendall(data)
        except TimeoutError:
            raise self.patience.is_over() from None
        except OSError as error:
            raise self._broken(error) from error

    def shutdown(self, how: int) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(how)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def encrypt(self) -> None:
        """Speak TLS from here on, with a server that proves its name; on a failure the connection is closed."""
        try:
            self._encrypt()
        except BaseException:
            self.close()
            raise

    def _encrypt(self) -> None:
        host = self.address.host
        try:
            context = ssl.create_default_context(cafile=self.address.ca_file or None)  # demands a valid certificate
        except OSError as error:
            raise Unreadable(
                _("The file of certificate authorities {file} cannot be used: {why}.").format(
                    file=self.address.ca_file, why=error.strerror or _("it holds no certificate")
                )
            ) from error
        try:
            self._socket.settimeout(self.patience.left())
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise _distrusted(self.address, error) from error
        except TimeoutError:
            raise self.patience.is_over() from None
        except ssl.SSLError as error:
            raise Unreadable(
                _("{server} does not speak TLS as expected ({why}). Check the port and the scheme.").format(
                    server=self.address.server, why=error.reason or error
                )
            ) from error
        except OSError as error:
            raise self._broken(error) from error

    def _broken(self, error: OSError) -> Unreadable:
        return Unreadable(
            _("The connection to {server} broke: {why}. Try again later.").format(
                server=self.address.server, why=error.strerror or _("no reason was given")
            )
        )


def _open(address: Address, patience: Patience, peer: SocketAddress | None) -> tuple[socket.socket, SocketAddress]:
    """A connected socket and where it leads, trying each address of the host while there is time."""
    trouble = ""
    for family, place in [(_family(peer), peer)] if peer else _resolve(address, patience):
        if address.tls == "none" and not ipaddress.ip_address(place[0].partition("%")[0]).is_loopback:
            trouble = _("it is another machine, and the connection is not encrypted")
            continue
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(patience.left())
            made.connect(place)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError:
            made.close()
            raise patience.is_over() from None
        except OSError as error:
            made.close()
            trouble = error.strerror or str(error)
        except BaseException:
            made.close()
            raise
        else:
            return made, place
    raise Unreadable(
        _("{server} cannot be reached: {why}. Check DIRECTORY_URI and that the server is up.").format(
            server=address.server, why=trouble
        )
    )


def _family(place: SocketAddress) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in place[0] else socket.AF_INET


def _resolve(address: Address, patience: Patience) -> list[tuple[socket.AddressFamily, SocketAddress]]:
    """The addresses of the host. The system's look-up cannot be given a time, so a thread waits for it."""
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(None, str(error)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=patience.left())
    except queue.Empty:
        raise patience.is_over() from None
    if isinstance(found, OSError):
        raise Unreadable(
            _("The name {host} is not known: {why}. Check DIRECTORY_URI.").format(
                host=address.host, why=found.strerror or found
            )
        )
    return [(family, place) for family, _kind, _protocol, _name, place in found]


def _distrusted(address: Address, error: ssl.SSLCertVerificationError) -> Unreadable:
    if error.verify_code == _EXPIRED:
        reason = _("The certificate of {server} has expired: renew it on the server.")
    elif error.verify_code in (_WRONG_HOST, _WRONG_IP):
        reason = _("The certificate of {server} is for another name: write the name that stands in it.")
    else:
        reason = _(
            "The certificate of {server} was not issued by an authority that is trusted here ({why}): "
            "name its authority in DIRECTORY_CA_FILE."
        )
    return Unreadable(reason.format(server=address.server, why=error.verify_message))
