"""News travels up as an event: apps above subscribe in ``AppConfig.ready()``."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .door import Passage

Subscriber = Callable[["Passage"], None]
_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> None:
    """Call ``subscriber(passage)`` inside the transaction of every passage through the door.

    It may write gates, clocks and outbox rows; it must not send, bind or fetch anything.
    """
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def tell(passage: "Passage") -> None:
    for subscriber in _subscribers:
        subscriber(passage)
