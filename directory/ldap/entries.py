"""What every source of directory entries gives: plain entries, and what could not be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(slots=True)
class Entry:
    """One entry. Names of attributes are in lower case, with their options (``cn;lang-zh``).

    A value is text, or bytes when the source does not say that it is text.
    """

    dn: str
    attributes: dict[str, list[bytes | str]]
    has_options: bool = field(init=False)

    def __post_init__(self) -> None:
        self.has_options = any(";" in name for name in self.attributes)


@dataclass(slots=True)
class Fault:
    """Something of the source that could not be used.

    ``loses_entry``: an entry is missing because of it, so absence from this reading proves nothing.
    """

    reason: str
    dn: str = ""
    loses_entry: bool = True


@dataclass
class Reading:
    """All that one pass over a source gave.

    ``mark`` is where the next increment starts (plain JSON, made and understood by the source alone; empty when
    it offers none). ``extent``: an increment holds the entries changed since a mark and, when there are any,
    every group; that somebody is absent from it says nothing.
    """

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    mark: dict[str, Any] = field(default_factory=dict)
    extent: Literal["full", "increment"] = "full"

    @property
    def complete(self) -> bool:
        return not any(fault.loses_entry for fault in self.faults)


class Unreadable(Exception):
    """The source could not be read to its end; ``str()`` is a sentence that says why."""


class Source(Protocol):
    """Somewhere people come from."""

    uri: str

    def read(self, wanted: Iterable[str]) -> Reading:
        """Read everything once, keeping the attributes named in ``wanted`` (lower case, no options).

        Raises :class:`Unreadable` when the source ends early or is none.
        """
