"""Ports of this machine, for servers that are started for a while: the benchmark's, and those of tests."""

import contextlib
import random
import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A loopback port that nobody listens on at this moment; the caller retries when it is taken meanwhile.

    Below the range from which the kernel lends ports to outgoing connections, so that none of those takes it.
    Raises ``OSError`` when there is none.
    """
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    raise OSError("no free loopback port was found")
