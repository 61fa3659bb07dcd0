"""Through which face of the desk the current work came in: ``desk``, ``portal``, ``api``, ``mail``, ``task``…

A context variable, set once by the face (middleware, command, task), so that no caller of the door
can forget to pass it on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_channel: ContextVar[str] = ContextVar("channel", default="system")


def current_channel() -> str:
    return _channel.get()


@contextmanager
def channel_is(name: str) -> Iterator[None]:
    """Work inside the block is recorded as coming through ``name``."""
    token = _channel.set(name)
    try:
        yield
    finally:
        _channel.reset(token)
