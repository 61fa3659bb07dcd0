"""A proxy between a directory's client and its server that lets something go wrong at a chosen answer."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType

SEARCH_DONE = 0x65
DRIP_SECONDS = 0.05

# Gets the number of the answer that ends (1 for the first) and its last message; gives what goes on instead,
# byte by byte when it is a list. None cuts the connection, "hold" leaves it open and says nothing more.
Act = Callable[[int, bytes], "bytes | list[bytes] | str | None"]


class LdapProxy:
    """``with LdapProxy(port, act) as proxy:`` listens at ``proxy.port``; ``proxy.answers`` counts ended searches."""

    def __init__(self, target: int, act: Act = lambda _number, message: message) -> None:
        self.target, self.act, self.answers = target, act, 0
        self._over = threading.Event()
        self._open: list[socket.socket] = []

    def __enter__(self) -> "LdapProxy":
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        for opened in [self._server, *self._open]:
            _end(opened)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                client, _from = self._server.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self._open += [client, server]
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
        _end(server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        waiting = b""
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                waiting += data
                while (length := _length(waiting)) and len(waiting) >= length:
                    message, waiting = waiting[:length], waiting[length:]
                    if not self._pass_on(client, message):
                        return
        _end(client)

    def _pass_on(self, client: socket.socket, message: bytes) -> bool:
        if _parts(message)[1][0] != SEARCH_DONE:
            client.sendall(message)
            return True
        self.answers += 1
        instead = self.act(self.answers, message)
        if isinstance(instead, bytes):
            client.sendall(instead)
        elif isinstance(instead, list):
            for piece in instead:
                client.sendall(piece)
                self._over.wait(DRIP_SECONDS)
        elif instead is None:
            _end(client)
            return False
        return not isinstance(instead, str)


def dripping(message: bytes) -> list[bytes]:
    """The same message, one byte at a time."""
    return [bytes([byte]) for byte in message]


def without_controls(message: bytes) -> bytes:
    """The message without what says whether more pages follow."""
    number, operation, *_controls = _parts(message)
    return _sequence(number + operation)


def with_code(message: bytes, code: int) -> bytes:
    """The message with another result code."""
    number, operation, *controls = _parts(message)
    at = operation.index(b"\x0a\x01")
    return _sequence(number + operation[: at + 2] + bytes([code]) + operation[at + 3 :] + b"".join(controls))


def _sequence(content: bytes) -> bytes:
    return b"\x30\x82" + len(content).to_bytes(2, "big") + content


def _length(data: bytes) -> int:
    """How many bytes the first element takes; 0 when that is not known yet."""
    if len(data) < 2:
        return 0
    if data[1] < 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big") if len(data) >= 2 + count else 0


def _parts(message: bytes) -> list[bytes]:
    """The elements of a message: its number, its operation and its controls."""
    at = 2 if message[1] < 0x80 else 2 + (message[1] & 0x7F)
    parts = []
    while at < len(message):
        length = _length(message[at:])
        parts.append(message[at : at + length])
        at += length
    return parts


def _end(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        opened.close()
