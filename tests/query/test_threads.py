"""Threads parse at the same time, and each gets the tree of its own text."""

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from servicedesk.query import InvalidQuery, grammar

THREADS = 8
ROUNDS = 60


def texts_of(thread: int) -> list[str]:
    name = f"t{thread}"
    parts = [f"{name} = {number} or ({name} ~ 'x{number}' and {name} in (1, 2, {number}))" for number in range(20)]
    return [" and ".join(parts[: 1 + number]) for number in range(5)]


def wrong_trees(parse: Callable[[str], Any]) -> int:
    """How many parses of many threads at once gave another tree than the text has, or none."""
    expected = {text: grammar.parse(text) for thread in range(THREADS) for text in texts_of(thread)}
    barrier, wrong = threading.Barrier(THREADS), [0] * THREADS

    def work(thread: int) -> None:
        barrier.wait()
        for _round in range(ROUNDS):
            for text in texts_of(thread):
                try:
                    wrong[thread] += parse(text) != expected[text]
                except Exception:
                    wrong[thread] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(wrong)


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads change over as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_parallel_parses_never_mix_their_trees(hasty_threads: None) -> None:
    assert wrong_trees(grammar.parse) == 0


def test_one_parser_for_all_threads_would_mix_them(hasty_threads: None) -> None:
    """The race is real: without the copies of ``grammar.parse`` this very load goes wrong."""
    shared = grammar._Grammar()

    assert wrong_trees(shared.parse) > 0


def test_parsing_is_reentrant() -> None:
    """A parse inside a parse, as when a page that shows a query's error renders another query."""
    inner: list[Any] = []

    class Asks(grammar._Grammar):
        def p_name(self, p: Any) -> None:
            """
            name : NAME
            """
            inner.append(grammar.parse("inner = 1 or inner = 2"))
            p[0] = grammar.Name(p[1], p.lexpos(1))

    outer = Asks().parse("a = 1 and b = 2")

    assert [term.name.text for term in grammar.comparisons(outer)] == ["a", "b"]
    assert len(inner) == 2
    assert {len(tree.parts) for tree in inner} == {2}


def test_a_refusal_leaves_nothing_behind() -> None:
    with pytest.raises(InvalidQuery):
        grammar.parse("a = 1 and\n\n(b =")

    with pytest.raises(InvalidQuery) as caught:
        grammar.parse("a = $")
    assert (caught.value.line, caught.value.column) == (1, 5)
