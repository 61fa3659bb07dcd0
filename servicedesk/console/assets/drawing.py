"""The impact of an asset as a drawing: a tree that grows to the right, a column for each step."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assets.impact import Affected
from assets.models import Asset

# More would be read by nobody: the table beside it goes on.
MOST_NODES = 30
WIDTH, HEIGHT, GAP, STEP = 176, 44, 10, 216
LONGEST_LINE = 24


@dataclass(frozen=True)
class Node:
    """One asset at its place. ``title`` is cut to fit; the link's own words are whole."""

    asset: Asset
    title: str
    under: str
    x: int
    y: int
    is_first: bool

    @property
    def text_x(self) -> int:
        return self.x + 12


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"


def drawing(found: Asset, affected: list[Affected], assets: dict[int, Asset]) -> dict[str, Any] | None:
    """Boxes and lines of what fails with ``found``, nearest first; None when nothing does.

    ``assets``: those of ``affected`` that may be shown. Whoever hangs on one that is not drawn is not drawn either.
    """
    below: dict[int, list[int]] = defaultdict(list)
    drawn = {found.pk: found}
    depth = {found.pk: 0}
    for one in affected:
        if len(drawn) <= MOST_NODES and one.asset in assets and one.through in drawn:
            drawn[one.asset], depth[one.asset] = assets[one.asset], one.depth
            below[one.through].append(one.asset)
    if len(drawn) == 1:
        return None
    heights: dict[int, int] = {}
    place_below = _placer(below, heights)
    rows = place_below(found.pk, 0)
    nodes = {
        key: Node(asset, _cut(asset.what), _cut(asset.tag or asset.number), depth[key] * STEP, heights[key],
                  key == found.pk)
        for key, asset in drawn.items()
    }  # fmt: skip
    lines = [_line(nodes[cause], nodes[effect]) for cause, effects in below.items() for effect in effects]
    return {
        "nodes": list(nodes.values()), "lines": lines, "left_out": len(affected) + 1 - len(drawn),
        "width": max(depth.values()) * STEP + WIDTH + 2, "height": rows * (HEIGHT + GAP) - GAP + 2,
        "box_width": WIDTH, "box_height": HEIGHT,
    }  # fmt: skip


def _placer(below: dict[int, list[int]], heights: dict[int, int]) -> Callable[[int, int], int]:
    """``place(key, row)`` puts a box and all below it from ``row`` on, and gives the next free row."""

    def place(key: int, row: int) -> int:
        following = row
        for child in below.get(key, ()):
            following = place(child, following)
        following = max(following, row + 1)
        ends = [heights[child] for child in below.get(key, ())] or [row * (HEIGHT + GAP)]
        heights[key] = (ends[0] + ends[-1]) // 2
        return following

    return place


def _line(cause: Node, effect: Node) -> str:
    """The path of one line, from the middle of the right side to that of the left side."""
    x1, y1, x2, y2 = cause.x + WIDTH, cause.y + HEIGHT // 2, effect.x, effect.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
