"""The navigation: apps register their pages in ``AppConfig.ready()``; a person sees what they may open."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise


def everyone(employee: Any) -> bool:
    return True


@dataclass(frozen=True)
class Item:
    """One entry. ``visible`` is asked with the signed-in employee; ``section`` is a heading above it.

    ``phone`` puts the entry in the bottom navigation too (at most five fit): use a ``label`` of one or two words
    there, or give a ``short`` one.
    """

    label: str | Promise
    url_name: str
    icon: str
    visible: Callable[[Any], bool] = everyone
    section: str | Promise = ""
    order: int = 100
    phone: bool = False
    short: str | Promise = ""


@dataclass(frozen=True)
class Link:
    """An entry as a template shows it to one person on one page."""

    label: str
    short: str
    url: str
    icon: str
    section: str
    phone: bool
    current: str = ""  # the value of aria-current: "page", "true" (a page below it) or nothing


_items: dict[str, dict[str, Item]] = {}


def register_nav(area: str, item: Item) -> None:
    """Add ``item`` to ``area``; the same ``url_name`` again replaces it.

    Areas: ``portal``, ``desk`` and ``settings`` are the navigation of those pages; ``create`` is the one button of
    the desk's top bar; ``areas`` (the parts of the product) and ``account`` fill the account menu.
    """
    _items.setdefault(area, {})[item.url_name] = item


def links(area: str, request: HttpRequest) -> list[Link]:
    """The entries of ``area`` that the person of ``request`` may open, in order, the current one marked.

    An entry is current when its URL is the longest that begins the request's path.
    """
    employee = getattr(request, "user", None)
    if employee is None or not employee.is_authenticated:
        return []
    shown = []
    for item in sorted(_items.get(area, {}).values(), key=lambda item: item.order):
        if not item.visible(employee):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch as error:
            raise LookupError(f"The navigation entry {item.url_name!r} has no URL.") from error
        shown.append((item, url))
    # The root is the beginning of every path, so it is current only on its own page.
    begins = [url for _, url in shown if request.path == url or (url != "/" and request.path.startswith(url))]
    here = max(begins, key=len, default=None)
    return [
        Link(
            label=str(item.label),
            short=str(item.short or item.label),
            url=url,
            icon=item.icon,
            section=str(item.section),
            phone=item.phone,
            current="" if url != here else "page" if request.path == url else "true",
        )
        for item, url in shown
    ]


class Navigation(Mapping[str, list[Link]]):
    """``nav.desk`` in a template: the links of an area, made once a request and only when asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._made: dict[str, list[Link]] = {}

    def __getitem__(self, area: str) -> list[Link]:
        if area not in self._made:
            self._made[area] = links(area, self._request)
        return self._made[area]

    def __iter__(self) -> Iterator[str]:
        return iter(_items)

    def __len__(self) -> int:
        return len(_items)
