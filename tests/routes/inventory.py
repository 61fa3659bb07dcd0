"""The reviewed table of addresses, the real ones, and how a route becomes an address."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import get_resolver


@dataclass(frozen=True)
class Route:
    """One row of ``inventory.txt``."""

    pattern: str
    who: str
    methods: frozenset[str]

    @property
    def is_api(self) -> bool:
        return self.who.startswith("api")


@cache
def inventory() -> tuple[Route, ...]:
    rows = []
    for line in (Path(__file__).parent / "inventory.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            # One regular expression of the admin holds the separator.
            pattern, who, methods = (part.strip() for part in line.rsplit("|", 2))
            rows.append(Route(pattern, who, frozenset(methods.split())))
    return tuple(rows)


def routes_of(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Every route that the resolver knows, as it is written."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes_of(pattern.url_patterns, route)
        else:
            yield route
