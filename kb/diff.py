"""What changed between two texts, line by line and within a line word by word. Plain text in, plain text out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# Longer lines are shown as changed as a whole: comparing words takes the square of their number.
LONGEST_LINE = 2000
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
CONTEXT = 3


@dataclass(frozen=True)
class Part:
    """A piece of a line; ``changed``: it is not in the other text."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class Row:
    """One line beside its counterpart. ``kind``: same, changed, added, removed, or skipped (so many equal lines)."""

    kind: str
    before: tuple[Part, ...] = ()
    after: tuple[Part, ...] = ()
    before_number: int | None = None
    after_number: int | None = None
    skipped: int = 0


def compare(before: str, after: str) -> list[Row]:
    """The rows of a page that shows ``before`` beside ``after``; long equal passages are left out between changes."""
    old, new = before.splitlines(), after.splitlines()
    blocks = (
        SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if _is_small(old, new) else _as_a_whole(old, new)
    )
    rows: list[Row] = []
    for tag, i1, i2, j1, j2 in blocks:
        if tag == "equal":
            rows += _equal(old, i1, i2, j1, is_first=i1 == 0, is_last=i2 == len(old))
        else:
            rows += _differing(old[i1:i2], new[j1:j2], i1, j1)
    return rows


def differs(rows: list[Row]) -> bool:
    return any(row.kind in ("changed", "added", "removed") for row in rows)


def inline(rows: list[Row]) -> Iterator[tuple[str, tuple[Part, ...], int]]:
    """The same one below the other: (kind, parts, skipped) with what went before what came, block by block."""
    removed: list[tuple[Part, ...]] = []
    added: list[tuple[Part, ...]] = []

    def flush() -> Iterator[tuple[str, tuple[Part, ...], int]]:
        yield from (("removed", parts, 0) for parts in removed)
        yield from (("added", parts, 0) for parts in added)
        removed.clear()
        added.clear()

    for row in rows:
        if row.kind in ("same", "skipped"):
            yield from flush()
            yield row.kind, row.after, row.skipped
            continue
        if row.kind in ("changed", "removed"):
            removed.append(row.before)
        if row.kind in ("changed", "added"):
            added.append(row.after)
    yield from flush()


def _is_small(old: list[str], new: list[str]) -> bool:
    return len(old) * len(new) <= 4_000_000


def _as_a_whole(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    return [("replace", 0, len(old), 0, len(new))] if old != new else [("equal", 0, len(old), 0, len(new))]


def _equal(old: list[str], i1: int, i2: int, j1: int, *, is_first: bool, is_last: bool) -> Iterator[Row]:
    head = 0 if is_first else CONTEXT
    tail = 0 if is_last else CONTEXT
    skipped = (i2 - i1) - head - tail
    for index in range(i1, i2):
        offset = index - i1
        if skipped > 1 and head <= offset < head + skipped:
            if offset == head:
                yield Row("skipped", skipped=skipped)
            continue
        line = (Part(old[index]),)
        yield Row("same", line, line, index + 1, j1 + offset + 1)


def _differing(old: list[str], new: list[str], i1: int, j1: int) -> Iterator[Row]:
    for offset in range(max(len(old), len(new))):
        if offset >= len(new):
            yield Row("removed", before=(Part(old[offset], True),), before_number=i1 + offset + 1)
        elif offset >= len(old):
            yield Row("added", after=(Part(new[offset], True),), after_number=j1 + offset + 1)
        else:
            before, after = _words(old[offset], new[offset])
            yield Row("changed", before, after, i1 + offset + 1, j1 + offset + 1)


def _words(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    if len(old) > LONGEST_LINE or len(new) > LONGEST_LINE:
        return (Part(old, True),), (Part(new, True),)
    left, right = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    before: list[Part] = []
    after: list[Part] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            before.append(Part("".join(left[i1:i2]), tag != "equal"))
        if j2 > j1:
            after.append(Part("".join(right[j1:j2]), tag != "equal"))
    return tuple(before), tuple(after)
