"""One parent for the web, the worker and the scheduler: starts them, keeps them alive, ends them together.

Standard library only, one thread. A child that dies comes back after a growing pause. When the
parent goes, by a signal or by kill -9, its children go with it.
"""

import contextlib
import ctypes
import http.client
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
LIVED_WELL_SECONDS = 20.0  # after that long a death is the first one again
DEATHS_WHILE_STARTING = 4  # so many without ever having answered, and we give up
STOP_SECONDS = 15.0
LINE_LIMIT = 64 * 1024
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def dies_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """A ``preexec_fn``: the kernel sends ``sign`` to the child when this process is gone, even by kill -9."""
    parent = os.getpid()

    def arrange() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return arrange


@dataclass(frozen=True, kw_only=True)
class Program:
    """A child to keep alive. ``environment`` is added to the parent's own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class _Child:
    """The current process of a program, with what is needed to bring it back."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program, self.folder = program, folder
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at: float | None = 0.0
        self.deaths_in_a_row = 0
        self.rest = b""

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> IO[bytes]:
        # A session of its own: Ctrl-C in the terminal reaches the parent alone, which ends all in order.
        self.process = subprocess.Popen(
            list(self.program.command),
            env={**os.environ, **self.program.environment},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - the parent has one thread
        )
        self.started_at, self.start_again_at = time.monotonic(), None
        output = self.process.stdout
        assert output is not None  # noqa: S101 - asked for above
        os.set_blocking(output.fileno(), False)
        return output

    def send(self, sign: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(sign)

    def sweep(self) -> None:
        """Kill what the dead child left of its own children, so that they hold no port."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Runs ``programs`` in ``folder`` until a signal; ``answers`` is asked about the first one until it says yes.

    ``run()`` returns the exit code: 0 stopped, 1 never came up.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        folder: Path,
        answers: Callable[[], bool],
        on_ready: Callable[[], None],
        owner_is_gone: Callable[[], bool] = lambda: False,
        start_seconds: float = 120.0,
    ) -> None:
        self.children = [_Child(program, folder) for program in programs]
        self._answers, self._on_ready, self._owner_is_gone = answers, on_ready, owner_is_gone
        self._start_seconds = start_seconds
        self._width = max(len(program.name) for program in programs)
        self._selector = selectors.DefaultSelector()
        self._stop_asked = False

    def run(self) -> int:
        """Keep the programs alive until a signal asks to stop."""
        wake, waker = socket.socketpair()
        wake.setblocking(False)
        waker.setblocking(False)
        self._selector.register(wake, selectors.EVENT_READ, None)
        before = {sign: signal.signal(sign, self._ask_to_stop) for sign in STOP_SIGNALS}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _only_wake_up)
        wakeup_before = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            return self._supervise(wake)
        finally:
            self._stop_all()
            signal.set_wakeup_fd(wakeup_before)
            for sign, handler in before.items():
                signal.signal(sign, handler)
            self._selector.close()
            wake.close()
            waker.close()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked = True

    def _supervise(self, wake: socket.socket) -> int:
        ready, deadline = False, time.monotonic() + self._start_seconds
        while not self._stop_asked:
            for child in self.children:
                self._look_after(child)
            if not ready:
                if reason := self._cannot_start(deadline):
                    self._say(reason)
                    return 1
                if self.children[0].runs and self._answers():
                    ready = True
                    self._on_ready()
            self._pass_lines_on(wake, timeout=1.0 if ready else 0.2)
            if self._owner_is_gone():
                break
        return 0

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.start_again_at is None and not child.runs:
            assert child.process is not None  # noqa: S101 - it was started
            child.sweep()
            code = child.process.returncode
            child.deaths_in_a_row = 1 if now - child.started_at > LIVED_WELL_SECONDS else child.deaths_in_a_row + 1
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (child.deaths_in_a_row - 1), LONGEST_PAUSE_SECONDS)
            child.start_again_at = now + pause
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            self._say(f"{child.program.name} {how}; it starts again in {pause:.0f} s.")
        if child.start_again_at is not None and now >= child.start_again_at:
            self._selector.register(child.start(), selectors.EVENT_READ, child)

    def _cannot_start(self, deadline: float) -> str:
        for child in self.children:
            if child.deaths_in_a_row >= DEATHS_WHILE_STARTING:
                return f"{child.program.name} does not start: its last lines stand above."
        if time.monotonic() > deadline:
            return f"The web did not answer within {self._start_seconds:.0f} s: its last lines stand above."
        return ""

    def _pass_lines_on(self, wake: socket.socket, *, timeout: float) -> None:
        for key, _events in self._selector.select(timeout):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    wake.recv(4096)
            else:
                self._read(key.data, key.fileobj)  # type: ignore[arg-type]

    def _read(self, child: _Child, output: IO[bytes]) -> None:
        try:
            data = os.read(output.fileno(), LINE_LIMIT)
        except BlockingIOError:
            return
        if not data:
            self._selector.unregister(output)
            output.close()
        *lines, child.rest = (child.rest + data).split(b"\n")
        if not data or len(child.rest) > LINE_LIMIT:
            lines, child.rest = [*lines, child.rest], b""
        for line in lines:
            if line:
                self._say(line.decode("utf-8", "replace"), name=child.program.name)

    def _say(self, line: str, *, name: str = "serve") -> None:
        try:
            sys.stderr.write(f"{name:<{self._width}} | {line}\n")
            sys.stderr.flush()
        except OSError:  # the terminal is gone: the desk goes on
            pass

    def _stop_all(self) -> None:
        """Ask every child to end, wait, then kill what is left, grandchildren included."""
        for sign, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5.0)):
            for child in self.children:
                child.send(sign)
            deadline = time.monotonic() + seconds
            while any(child.runs for child in self.children) and time.monotonic() < deadline:
                for key, _events in self._selector.select(0.1):
                    if key.data is not None:
                        self._read(key.data, key.fileobj)  # type: ignore[arg-type]
        for child in self.children:
            child.sweep()


def _only_wake_up(_number: int, _frame: FrameType | None) -> None:
    """A child ended: the wake-up socket has already told the loop."""


def http_answers(host: str, port: int, path: str, *, named: str = "") -> bool:
    """Whether ``GET path`` gets an answer that is not a server error, within 2 seconds.

    ``named`` is the name under which the site knows itself, when that is not the address.
    """
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": named or f"{host}:{port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def make_was_interrupted() -> Callable[[], bool]:
    """Tell whether the ``make`` that started us was itself interrupted, killed or ended.

    On Ctrl-C the terminal signals us too. A signal sent to make alone is not passed on: make only
    waits for us, with its handler taken down, and that is what shows.
    """
    parent = os.getppid()
    if _status_of(parent).get("Name") != "make":
        return lambda: False
    caught_before = _catches_interrupt(parent)  # not in the background of a script

    def gone() -> bool:
        return os.getppid() != parent or (caught_before and not _catches_interrupt(parent))

    return gone


def _catches_interrupt(pid: int) -> bool:
    return bool(int(_status_of(pid).get("SigCgt", "0"), 16) & (1 << (signal.SIGINT - 1)))


def _status_of(pid: int) -> dict[str, str]:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
            return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    except OSError:
        return {}
