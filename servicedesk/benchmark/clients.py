"""Clients over real HTTP: each has its own connection and session, and asks again as soon as it is answered."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from .surroundings import HOST, CannotMeasure

WARM_UP = 20
MOST_REQUESTS, MOST_SECONDS = 400, 20.0
TIMEOUT = 60
# How long somebody looks at a page before asking for the next one, beside a job.
PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Request:
    """One request; ``headers`` and ``body`` as they go out."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


# What a client asks: called with its number for each request.
Asking = Callable[[int], Request]


def cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


class _Client(threading.Thread):
    """Asks until ``requests`` are answered, the time is over or ``enough`` is set. Keeps how long each took."""

    def __init__(self, number: int, port: int, asking: Asking, cookies: dict[str, str], stop: "_Stop") -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.asking, self.cookies, self.stop = number, port, asking, cookies, stop
        self.seconds: list[float] = []
        self.fault = ""

    def run(self) -> None:
        connection = HTTPConnection(HOST, self.port, timeout=TIMEOUT)
        try:
            while not self.stop.reached(len(self.seconds)):
                request = self.asking(self.number)
                started = time.perf_counter()
                status, body = self._ask(connection, request)
                self.seconds.append(time.perf_counter() - started)
                if status >= 300:
                    self.fault = f"{request.method} {request.path} answered {status}: {body[:300]!r}"
                    return
                if self.stop.pause:
                    self.stop.enough.wait(self.stop.pause)
        except (OSError, HTTPException) as error:
            self.fault = f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    def _ask(self, connection: HTTPConnection, request: Request) -> tuple[int, bytes]:
        headers = {"Cookie": cookie_header(self.cookies), **request.headers}
        connection.request(request.method, request.path, body=request.body or None, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()


@dataclass
class _Stop:
    each: int
    until: float
    pause: float = 0
    enough: threading.Event = field(default_factory=threading.Event)

    def reached(self, done: int) -> bool:
        return done >= self.each or time.perf_counter() >= self.until or self.enough.is_set()


def measure(port: int, asking: Asking, cookies: Sequence[dict[str, str]], *, clients: int) -> list[float]:
    """Seconds of each answer to ``clients`` at once, and as last element the seconds that all took together."""
    stop = _Stop(max(1, MOST_REQUESTS // clients), time.perf_counter() + MOST_SECONDS)
    started = time.perf_counter()
    crew = _start(port, asking, cookies, clients, stop)
    for client in crew:
        client.join()
    total = time.perf_counter() - started
    return [*_seconds(crew), total]


def warm_up(port: int, asking: Asking, cookies: Sequence[dict[str, str]]) -> None:
    """Let both web workers load their templates and open their connections."""
    stop = _Stop(WARM_UP // 4, time.perf_counter() + MOST_SECONDS)
    crew = _start(port, asking, cookies, 4, stop)
    for client in crew:
        client.join()
    _seconds(crew)


@contextmanager
def reading(port: int, asking: Asking, cookies: Sequence[dict[str, str]], *, clients: int) -> Iterator[list[float]]:
    """``clients`` keep asking, with a short pause, while the block runs; afterwards the list holds the seconds."""
    stop = _Stop(10**9, time.perf_counter() + 24 * 3600, pause=PAUSE_SECONDS)
    crew = _start(port, asking, cookies, clients, stop)
    found: list[float] = []
    try:
        yield found
    finally:
        stop.enough.set()
        for client in crew:
            client.join()
    found += _seconds(crew)


def _start(port: int, asking: Asking, cookies: Sequence[dict[str, str]], clients: int, stop: _Stop) -> list[_Client]:
    crew = [_Client(number, port, asking, cookies[number % len(cookies)], stop) for number in range(clients)]
    for client in crew:
        client.start()
    return crew


def _seconds(crew: list[_Client]) -> list[float]:
    faults = [client.fault for client in crew if client.fault]
    if faults:
        raise CannotMeasure(faults[0])
    return [seconds for client in crew for seconds in client.seconds]


def figures(seconds: Sequence[float], *, total: float, done: int) -> dict[str, Any]:
    """Median and 95th percentile in milliseconds, and how many were done in a second."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {
        "median_ms": round(statistics.median(ordered) * 1000, 2), "p95_ms": round(p95 * 1000, 2),
        "rps": round(done / total, 1),
    }  # fmt: skip
