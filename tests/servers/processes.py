"""Accounts and children for servers that tests start."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from servicedesk.benchmark.processes import CannotStart, unprivileged_account, wait_until
from servicedesk.supervisor import dies_with_parent

__all__ = ["CannotStart", "run_and_wait", "unprivileged_account", "wait_until"]


def run_and_wait(command: Sequence[str], *, env: Mapping[str, str]) -> int:
    """Run ``command`` to its end and return its exit code (128 + n when signal n ended it).

    Ctrl-C reaches the whole terminal group, so it is left to the command; a signal sent only to
    us is passed on.
    """
    handled = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(number)
        elif child.poll() is None:
            child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in handled}
    try:
        child = subprocess.Popen(
            command,
            env=dict(env),
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads here
        )
        for number in early:
            child.send_signal(number)
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code
