"""What a query means: precedence, absence, case, time, and rows that never multiply."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from servicedesk.query.folding import fold

from .models import Paper
from .papers import found, make_papers, schema

NOW = datetime(2026, 3, 29, 11, 30, tzinfo=UTC)


def paper(title: str, **rest: Any) -> dict[str, Any]:
    return {"title": title, "made_at": NOW, **rest}


@pytest.fixture
def papers(tables: None) -> None:
    make_papers(
        [
            paper("a", size=1, pages=1, owner="anna", tags=["vpn", "wifi"], readers=["bob", "eve"], ready=True),
            paper("b", size=2, pages=2, owner="Bob", tags=["vpn"], note="", mood="calm"),
            paper("c", size=None, pages=3, note="The Straße", ready=False, due_on=date(2026, 3, 29)),
        ]
    )


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("", "abc"),
        (" \n ", "abc"),
        ('title = "a" or title = "b" and pages = 99', "a"),
        ('title = "c" and pages = 99 or title = "b"', "b"),
        ('(title = "a" or title = "b") and pages = 2', "b"),
        ('title = "a" OR title IN ("b", "c") AND pages >= 3', "ac"),
        ("size != 1", "bc"),
        ("size < 5", "ab"),
        ("size < 1000000000000000", "ab"),
        ("size = None", "c"),
        ("size != None", "ab"),
        ("size in (1, None)", "ac"),
        ("size not in (1, None)", "b"),
        ("note = None", "ab"),
        ('note = ""', "ab"),
        ("note != None", "c"),
        ('note !~ "x"', "abc"),
        ('note ~ "STRASSE"', "c"),
        ('note = "the straße"', ""),
        ('note startswith "the "', "c"),
        ('note not endswith "sse"', "ab"),
        ('anywhere ~ "B"', "b"),
        ('anywhere = "The Straße"', "c"),
        ("anywhere = None", ""),
        ("ready = True", "a"),
        ("ready != True", "bc"),
        ("ready = None", "b"),
        ('mood = "CALM"', "b"),
        ('mood != "calm"', "ac"),
        ("mood = None", "ac"),
        ('owner = "ANNA"', "a"),
        ('owner != "anna"', "bc"),
        ("owner = None", "c"),
        ('owner in ("bob", "nobody")', "b"),
        ('tag = "vpn"', "ab"),
        ('tag != "vpn"', "c"),
        ('tag in ("vpn", "wifi")', "ab"),
        ('tag = "vpn" and tag = "wifi"', "a"),
        ('tag = "vpn" and tag != "wifi"', "b"),
        ("tag = None", "c"),
        ("tag != None", "ab"),
        ('reader in ("BOB", "eve")', "a"),
        ('due_on = "2026-03-29"', "c"),
        ('due_on > "2026-03-29"', ""),
        ('place = "attic"', "abc"),
        ("title in (\"\\u0061\", 'b')", "ab"),
    ],
)
def test_a_query_finds(papers: None, text: str, titles: str) -> None:
    assert found(text) == list(titles)


def test_numbers_are_found_with_fewer_zeros_other_case_or_bare_digits(papers: None) -> None:
    pk = Paper.objects.get(title="b").pk

    for text in (f'number = "PAP-{pk:06d}"', f'number = "pap-{pk}"', f"number = {pk}", f'number in ("PAP{pk}", 0)'):
        assert found(text) == ["b"]


def test_rows_never_multiply_and_the_condition_fits_any_queryset(papers: None) -> None:
    condition = schema.compile('tag in ("vpn", "wifi") or reader in ("bob", "eve") or tag != "x"')

    assert Paper.objects.filter(condition).count() == 3
    assert Paper.objects.filter(pages__lte=2).filter(condition).count() == 2
    assert Paper.objects.exclude(condition).count() == 0
    assert " JOIN " not in str(Paper.objects.filter(condition).values("pk").query).split("WHERE")[0]


def test_signs_of_like_are_plain_text(tables: None) -> None:
    make_papers([paper("100%"), paper("100 percent"), paper("a_b"), paper("aXb"), paper("c\\d")])

    assert found('title ~ "0%"') == ["100%"]
    assert found('title ~ "a_b"') == ["a_b"]
    assert found(r'title ~ "\\"') == ["c\\d"]


def test_case_is_ignored_alike_in_python_and_in_the_database(tables: None) -> None:
    """Every letter that has a case, in one sweep: what Python folds, the database folds to the same."""
    every = map(chr, range(0x110000))
    letters = [letter for letter in every if letter.upper() != letter or letter.lower() != letter]
    assert len(letters) > 2_000
    make_papers([paper(letter * 2) for letter in letters[::7]] + [paper("".join(letters[begin : begin + 60]))
                for begin in range(0, len(letters), 60)])  # fmt: skip

    for title, folded in Paper.objects.values_list("title", "title__folded"):
        assert folded == fold(title)


@pytest.mark.parametrize(
    ("literal", "begin", "end"),
    [
        ("2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ("2026-03-29 12:00", datetime(2026, 3, 29, 10, 0, tzinfo=UTC), datetime(2026, 3, 29, 10, 1, tzinfo=UTC)),
        ("2026-03-29T12:00Z", datetime(2026, 3, 29, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 12, 1, tzinfo=UTC)),
        ("2026-03-29 12:00:07+08:00", NOW.replace(hour=4, minute=0, second=7), NOW.replace(hour=4, minute=0, second=8)),
        ("today", datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("yesterday", datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("-7d", NOW - timedelta(days=7), NOW - timedelta(days=7) + timedelta(microseconds=1)),
        ("+4h", NOW + timedelta(hours=4), NOW + timedelta(hours=4, microseconds=1)),
        ("now", NOW, NOW + timedelta(microseconds=1)),
    ],
)
def test_a_time_is_a_span_on_the_clock_of_who_asks(tables: None, literal: str, begin: datetime, end: datetime) -> None:
    tick = timedelta(microseconds=1)
    make_papers(
        [{"title": title, "made_at": at}
         for title, at in (("before", begin - tick), ("first", begin), ("last", end - tick), ("after", end))]
    )  # fmt: skip
    inside = ["first", "last"]

    with timezone.override(ZoneInfo("Europe/Rome")):
        assert found(f'made_at = "{literal}"', now=NOW) == inside
        assert found(f'made_at != "{literal}"', now=NOW) == ["before", "after"]
        assert found(f'made_at < "{literal}"', now=NOW) == ["before"]
        assert found(f'made_at <= "{literal}"', now=NOW) == ["before", *inside]
        assert found(f'made_at >= "{literal}"', now=NOW) == [*inside, "after"]
        assert found(f'made_at > "{literal}"', now=NOW) == ["after"]


def test_a_kept_query_follows_the_clock_and_the_zone_of_each_use(tables: None) -> None:
    make_papers([{"title": "night", "made_at": datetime(2026, 3, 28, 23, 30, tzinfo=UTC)}])

    assert found('made_at = "today"', now=NOW) == []
    assert found('made_at = "today"', now=NOW - timedelta(days=1)) == ["night"]
    with timezone.override(ZoneInfo("Europe/Rome")):
        assert found('made_at = "today"', now=NOW) == ["night"]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("size", "abc"),
        ("-size", "bac"),
        ("-pages", "cba"),
        ("place, -title", "cba"),
        (" seen_at ,-title", "cba"),
        ("number", "abc"),
    ],
)
def test_sorting_puts_records_without_a_value_last(papers: None, text: str, titles: str) -> None:
    orders = schema.ordering(text)

    assert [row.title for row in Paper.objects.order_by(*orders)] == list(titles)
    assert orders[-1].expression.name == "pk"


def test_a_blank_order_is_no_order() -> None:
    assert schema.ordering(" ") == ()


def test_compiling_asks_no_database(papers: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        schema.compile('owner = "anna" and tag != "vpn" and number = 1 and made_at > "-7d"')
        schema.predicate('owner = "anna"')

    assert len(captured) == 0
