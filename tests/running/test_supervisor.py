"""The supervisor, run in a process of its own over small programs that hold a pipe open while they live."""

import os
import select
import signal
import subprocess
import sys
import textwrap

import pytest

from tests.architecture.house import ROOT
from tests.servers.processes import wait_until

PARENT = """
import sys
from pathlib import Path
from servicedesk import supervisor
from servicedesk.supervisor import Program, Supervisor, make_was_interrupted

supervisor.FIRST_PAUSE_SECONDS = 0.05
supervisor.STOP_SECONDS = 0.5
folder = Path({folder!r})

def python(name, code):
    return Program(name=name, command=[sys.executable, "-c", code])

sys.exit(Supervisor(
    [{programs}],
    folder=folder,
    answers=lambda: {answers},
    on_ready=lambda: print("ready", flush=True),
    owner_is_gone=make_was_interrupted(),
    start_seconds=20,
).run())
"""
# Writes one letter into a fifo and keeps it open: the reader sees its end when the last such process is gone.
LIVES = "import time; held = open('alive', 'w'); held.write('x'); held.flush(); time.sleep(600)"
IS_DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + LIVES
HAS_A_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {LIVES!r}]); " + LIVES


@pytest.fixture
def start(tmp_path):
    """Start a parent over programs; returns its process. Whatever a test leaves is ended."""
    os.mkfifo(tmp_path / "alive")
    started = []

    def start(*programs, answers="True", command=None):
        code = PARENT.format(
            folder=str(tmp_path),
            programs=", ".join(f"python({name!r}, {code!r})" for name, code in programs),
            answers=answers,
        )
        (tmp_path / "parent.py").write_text(textwrap.dedent(code))
        process = subprocess.Popen(
            command or [sys.executable, str(tmp_path / "parent.py")],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


class Fifo:
    """The reading end of the fifo that living programs hold."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def _read(self):
        assert select.select([self.descriptor], [], [], 30)[0], "nothing happened in the fifo for 30 s"
        return os.read(self.descriptor, 100)

    def wait_for(self, programs):
        seen = b""
        while len(seen) < programs:
            seen += self._read()

    def is_closed(self):
        return self._read() == b""


@pytest.fixture
def alive(start, tmp_path):
    fifo = Fifo(tmp_path / "alive")
    yield fifo
    os.close(fifo.descriptor)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_parent_alone_ends_all(start, alive, sign):
    parent = start(("web", LIVES), ("worker", LIVES))
    alive.wait_for(2)

    parent.send_signal(sign)

    assert parent.wait(30) == 0
    assert alive.is_closed()


def test_children_and_grandchildren_end_though_they_are_deaf(start, alive):
    parent = start(("web", IS_DEAF), ("worker", HAS_A_CHILD))
    alive.wait_for(3)

    parent.terminate()

    assert parent.wait(30) == 0
    assert alive.is_closed()


def test_children_die_when_the_parent_is_killed(start, alive):
    parent = start(("web", LIVES), ("worker", LIVES))
    alive.wait_for(2)

    parent.kill()

    assert parent.wait(30) == -signal.SIGKILL
    assert alive.is_closed()


def test_a_dead_child_comes_back(start, tmp_path):
    leaves = "open('starts', 'a').write('x')"
    start(("web", "import time; time.sleep(600)"), ("worker", leaves))

    assert wait_until(lambda: (tmp_path / "starts").exists() and len((tmp_path / "starts").read_text()) >= 3)


def test_a_child_that_never_starts_ends_the_whole_with_a_sentence(start):
    parent = start(("web", "print('no such module'); raise SystemExit(3)"), answers="False")

    _, said = parent.communicate(timeout=30)

    assert parent.returncode == 1
    assert "web | no such module" in said
    assert "web does not start: its last lines stand above." in said
    assert "Traceback" not in said


def test_lines_of_children_carry_their_names(start):
    parent = start(("web", "import time; print('hello', flush=True); time.sleep(600)"), ("scheduler", LIVES))

    assert parent.stderr.readline() == "web       | hello\n"


def test_readiness_is_told_once_the_first_program_answers(start):
    parent = start(("web", "import time; open('up', 'w'); time.sleep(600)"), answers="(folder / 'up').exists()")

    assert parent.stdout.readline() == "ready\n"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_make_alone_ends_all(start, alive, tmp_path, sign):
    (tmp_path / "Makefile").write_text(f"run:\n\t@{sys.executable} parent.py\n")
    # A runner in the background of a script has SIGINT ignored, and make would inherit that.
    make = start(("web", LIVES), command=["env", "--default-signal=INT", "make", "run"])
    alive.wait_for(1)

    make.send_signal(sign)

    assert make.wait(30) != 0
    assert alive.is_closed()
