"""Servers that are started for a while: whom they run as, and waiting for them."""

import os
import pwd
import threading
import time
from collections.abc import Callable


class CannotStart(Exception):
    """The server is not installed, or does not start; the text says why."""


def unprivileged_account(*preferred: str) -> pwd.struct_passwd | None:
    """Whom a server runs as: None (ourselves) when we are not root, else the first account that exists."""
    if os.geteuid() != 0:
        return None
    for name in (*preferred, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def wait_until(condition: Callable[[], bool], *, seconds: float = 30.0) -> bool:
    """Ask ``condition`` again and again until it holds; False when it never did."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True
