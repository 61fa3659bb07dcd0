"""Every refusal is one sentence with its place, and no input raises anything else."""

import re
import sys
import threading
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from servicedesk.common.errors import InvalidPayload
from servicedesk.query import InvalidQuery
from servicedesk.query.grammar import MAX_BYTES, MAX_NESTING, MAX_TERMS

from .papers import schema


def refusal(text: str) -> InvalidQuery:
    with pytest.raises(InvalidQuery) as caught:
        schema.compile(text)
    with pytest.raises(InvalidQuery) as again:
        schema.predicate(text)
    assert again.value.errors == caught.value.errors
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "sentence"),
    [
        ('titel = "x"', 1, 1, "There is no field titel. Did you mean title?"),
        ('Title = "x"', 1, 1, "There is no field Title. Did you mean title?"),
        ('xyzzy = "x"', 1, 1, "There is no field xyzzy. Fields: number, title"),
        ('title.title = "x"', 1, 6, "title has no parts: write title without “.title”."),
        ('owner.password ~ "a"', 1, 6, "owner has no parts: write owner without “.password”."),
        ('owner__password = "a"', 1, 1, "There is no field owner__password."),
        ('pages = 1\nand mood = "happy"', 2, 12, "mood is never “happy”. It is one of: calm, wild, sad."),
        ('pages = 1\r\nor pages = "1"', 2, 12, "Compare pages with a whole number."),
        ("pages = 1.5", 1, 9, "Compare pages with a whole number."),
        ("pages = True", 1, 9, "Compare pages with a whole number."),
        ("pages = 99999999999999999999", 1, 9, "This number is too long for pages."),
        ("pages = None", 1, 9, "pages always has a value: None fits nothing."),
        ("pages = 1e9999999999999999999", 1, 9, "This number is too long."),
        ('ready = "True"', 1, 9, "Compare ready with True or False, without quotation marks."),
        ("ready > True", 1, 7, "ready cannot be compared with >. It knows: =, !=."),
        ("size > None", 1, 8, "Nothing is more or less than None: use = or !=."),
        ("title ~ None", 1, 9, "title ~ needs a text."),
        ('title !~ ""', 1, 10, "Say what title should hold: the quotation marks are empty."),
        ("title = 5", 1, 9, "Write a value of title in quotation marks."),
        ('title < "m"', 1, 7, "title cannot be compared with <."),
        ('title not in ("m", 5)', 1, 20, "Write a value of title in quotation marks."),
        ('tag !~ "vpn"', 1, 5, "tag cannot be compared with !~."),
        ('tag not startswith "vpn"', 1, 5, "tag cannot be compared with not startswith."),
        ('owner = ""', 1, 9, "owner is empty here. For records without one, write None."),
        ('number = "INC-5"', 1, 10, "“INC-5” is no number of a record. Numbers begin with PAP, such as PAP-000123."),
        ('made_at = "soon"', 1, 11, "“soon” is no time. Write 2026-03-01"),
        ('made_at = "2026-02-30"', 1, 11, "“2026-02-30” is in no calendar."),
        ('made_at = "2026-01-01 25:00"', 1, 11, "“2026-01-01 25:00” is in no calendar."),
        ('made_at = "2026-01-01 10:00+25:00"', 1, 11, "“2026-01-01 10:00+25:00” is in no calendar."),
        ('made_at > "-99999w"', 1, 11, "“-99999w” is more than a hundred years away."),
        ('made_at > "0001-01-01"', 1, 11, "Write a year from 1900 to 2200."),
        ('due_on = "2026-03-01 10:00"', 1, 10, "“2026-03-01 10:00” is no date."),
        ('due_on = "-5h"', 1, 10, "“-5h” is no date."),
        ('due_on = "9999-12-31"', 1, 10, "Write a year from 1900 to 2200."),
        ("mood = calm", 1, 8, 'Put the value in quotation marks: "calm".'),
        ('mood in ("calm", wild)', 1, 18, 'Put the value in quotation marks: "wild".'),
        ('mood = "calm" mood = "sad"', 1, 15, "“mood” is unexpected here: join comparisons with and, or."),
        ("mood mood", 1, 6, "“mood” is unexpected here"),
        ('not (mood = "calm")', 1, 1, "“not” is unexpected here"),
        ("pages = 007", 1, 10, "“0” is unexpected here"),
        ("pages in ()", 1, 11, "“)” is unexpected here"),
        ("pages = 1 and", 1, 14, "The query ends too early"),
        ("(pages = 1\n", 1, 11, "The query ends too early"),
        ("pages = 1)", 1, 10, "“)” is unexpected here"),
        ("pages = 1; drop", 1, 10, "“;” means nothing here."),
        ('title = "x', 1, 9, "This text has no closing quotation mark"),
        ('title = "\\x41"', 1, 9, "This text has no closing quotation mark, or holds a backslash"),
        ('title = "a\x00b"', 1, 11, "Remove the control character: a query is plain text."),
        ('title = "a\\u0000b"', 1, 9, "Remove the control character: a query is plain text."),
        ('title = "\\ud800"', 1, 9, "Remove the control character: a query is plain text."),
        ('title = "\ud800"', 1, 10, "Remove the control character: a query is plain text."),
        ('title\x0b= "a"', 1, 6, "Remove the control character: a query is plain text."),
        ("ſize = 1", 1, 1, "“ſ” means nothing here."),
        ("(" * 400 + "pages = 1" + ")" * 400, 1, 400 - MAX_NESTING, f"Brackets may stand {MAX_NESTING} deep at most"),
        ("(" * 3000, 1, 3001, "The query ends too early"),
        (" or ".join(["pages = 1"] * (MAX_TERMS + 1)), 1, 13 * MAX_TERMS + 1, f"A query has {MAX_TERMS} comparisons"),
        (f"pages in ({','.join('1' * (MAX_TERMS + 1))})", 1, 211, f"A list has {MAX_TERMS} values at most."),
        ('title = "' + "é" * (MAX_BYTES // 2) + '"', 1, 1, f"The query is longer than {MAX_BYTES} bytes: shorten it."),
    ],
)
def test_a_query_is_refused(text: str, line: int, column: int, sentence: str) -> None:
    refused = refusal(text)

    assert refused.sentence.startswith(sentence)
    assert refused.sentence.endswith(f"(line {line}, column {column})")
    assert (refused.line, refused.column) == (line, column)
    assert isinstance(refused, InvalidPayload)
    assert refused.errors == {"q": [refused.sentence]}
    assert len(refused.sentence) < 400


def test_limits_themselves_are_allowed() -> None:
    schema.compile("(" * MAX_NESTING + "pages = 1" + ")" * MAX_NESTING)
    schema.compile(" or ".join(["pages = 1"] * MAX_TERMS))
    schema.compile(" and ".join(["(pages = 1 or pages = 2)"] * (MAX_TERMS // 2)))
    schema.compile(f"pages in ({','.join('1' * MAX_TERMS)})")


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("note", 1, "“note” is nothing to sort by. Sort by: number, title"),
        ("pages,  -owner__password", 9, "“owner__password” is nothing to sort by."),
        ("pages,", 7, "“” is nothing to sort by."),
        ("--pages", 1, "“-pages” is nothing to sort by."),
        ("pages,-pages", 7, "pages stands twice in the order."),
        ("number,title,size,pages,seen_at,made_at", 1, "Sort by 5 names at most."),
    ],
)
def test_an_order_is_refused(text: str, column: int, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        schema.ordering(text)

    assert caught.value.sentence.startswith(sentence)
    assert caught.value.column == column
    assert list(caught.value.errors) == ["ordering"]


PIECES = st.sampled_from(
    ["(", ")", ",", "=", "!=", "<", ">=", "~", "!~", "and", "OR", "not", "in", "startswith", "title", "pages", "tag",
     "made_at", "title.title", "_x", '"a"', "'b'", '"\\u00e9"', '"-7d"', '"', "\\", "1", "-0", "1.5e3", "True", "None",
     "\n", "\u2028", " ", ".", "é", "\x00"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60) | st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=12).map("".join))
@example("=" * 4096)
@example('"' + "\\n" * 2000)
@example("a" * 4096)
@example("-" * 4096)
@example("((" * 2000 + "))" * 48)
def test_any_text_is_a_query_or_is_refused_with_a_place(text: str) -> None:
    try:
        schema.compile(text)
    except InvalidQuery as refused:
        lines = re.split("\r\n|\n|\r|\u2028|\u2029", text)
        assert 1 <= refused.line <= len(lines)
        assert 1 <= refused.column <= len(lines[refused.line - 1]) + 1


def test_a_deep_call_stack_leaves_no_recursion_error() -> None:
    """The walk over the deepest query allowed fits under what is left of the stack in a deep request."""
    text = "(" * MAX_NESTING + "pages = 1" + " or pages = 2 and title = 'x')" * MAX_NESTING
    outcome: list[Any] = []

    def descend(levels: int) -> None:
        if levels:
            descend(levels - 1)
        else:
            outcome.append(schema.predicate(text)({"pages": 1, "title": "y"}))

    thread = threading.Thread(target=descend, args=(sys.getrecursionlimit() - 300,))
    thread.start()
    thread.join()

    assert outcome == [True]
