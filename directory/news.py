"""What happened to people, told upward: whoever must react subscribes in ``AppConfig.ready()``.

Subscribers run inside the transaction that brought the news, so they write rows and never send anything:
what fails here undoes the whole run.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from .models import Employee

Kind = Literal["joined", "changed", "left", "returned"]
FIELDS = frozenset({"department", "groups", "location", "manager", "name", "login", "email", "title"})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One person, as saved.

    ``fields``: what of :data:`FIELDS` changed, for everybody who did not just join; ``before``: what these were, as
    people read them (a login for the manager, names parted by commas for groups lost). ``lost_groups``: keys of the
    groups this person is no longer in.
    """

    employee: Employee
    kind: Kind
    fields: frozenset[str] = frozenset()
    lost_groups: frozenset[int] = frozenset()
    before: dict[str, Any] = field(default_factory=dict)


Subscriber = Callable[[list[News]], None]
_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> None:
    """Call ``subscriber`` with all the news of a run at once. Subscribing twice is subscribing once."""
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def unsubscribe(subscriber: Subscriber) -> None:
    _subscribers.remove(subscriber)


def tell(news: Iterable[News]) -> None:
    """Call every subscriber, in the order they subscribed; without news nobody is called."""
    all_news = list(news)
    for subscriber in list(_subscribers) if all_news else []:
        subscriber(all_news)
