"""A mail server of a few lines on a free loopback port, which can stop answering at a chosen point."""

import socket
import socketserver
from threading import Event, Thread
from types import TracebackType


class MailServer:
    """``with MailServer() as server``: keeps every message it got the whole of in ``received``.

    ``mute_at``: "greeting" or "data"; from then on it says nothing more to that client. ``reached``
    is set when a client came so far. ``drop``: hang up there instead of keeping silent.
    ``after``: how many messages to take properly before.
    """

    def __init__(self, *, mute_at: str = "", drop: bool = False, after: int = 0) -> None:
        self.mute_at, self.drop, self.after = mute_at, drop, after
        self.received: list[bytes] = []
        self.reached, self.over = Event(), Event()
        outer = self

        class Client(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer.serve(self)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Client)
        self.server.daemon_threads = True
        self.port = int(self.server.server_address[1])

    def __enter__(self) -> "MailServer":
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def serve(self, client: socketserver.StreamRequestHandler) -> None:
        if self._stops("greeting", client):
            return
        say = client.wfile.write
        say(b"220 ready\r\n")
        for line in client.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                say(b"354 go on\r\n")
                body = b""
                for part in client.rfile:
                    if part == b".\r\n":
                        break
                    body += part
                self.received.append(body)
                if self._stops("data", client):
                    return
            elif word == b"QUIT":
                say(b"221 bye\r\n")
                return
            say(b"250 ok\r\n") if word != b"DATA" else say(b"250 taken\r\n")

    def _stops(self, place: str, client: socketserver.StreamRequestHandler) -> bool:
        if self.mute_at != place or len(self.received) <= self.after - (place == "greeting"):
            return False
        self.reached.set()
        if self.drop:
            client.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.over.wait()
        return True
