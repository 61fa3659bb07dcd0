"""The evaluator says what SQL says, of any query and any rows; and a query is true or false, never unknown."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicedesk.query import judge

from .models import Paper, empty
from .papers import make_papers, schema

NOW = datetime(2026, 3, 29, 11, 30, tzinfo=UTC)
TEXTS = [
    "printer", "Printer", "PRINTER broken", "Straße", "STRASSE", "élan", "ÉLAN", "100%", "100", "a_b", "aXb", "a\\b",
    "İstanbul", "istanbul", "ΟΔΟΣ", "οδος", "οδοσ", "日本語", "😀", "ǆ", "ſ", "K", "k", "ﬁ", "fi",
    "line\nline", 'say "hi"', "ß", "e\u0301lan", " ",
]  # fmt: skip
LOGINS = ["anna", "Anna", "ANNA", "jürgen", "JÜRGEN", "bob", "ſam", "sam", "SAM", "Kim", "kim"]
SLUGS = ["attic", "Attic", "cellar", "küche", "lab"]
INSTANTS = [
    NOW, NOW - timedelta(days=1), NOW - timedelta(days=7), NOW - timedelta(microseconds=1),
    datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC),
]  # fmt: skip
INSTANT_LITERALS = [
    "2026-03-28", "2026-03-29", "2026-03-29 02:30", "2026-03-29T11:30", "2026-03-29 11:30:00",
    "2026-03-29 11:30:00.000000", "2026-03-29T11:29:59.999999Z", "2026-03-29 13:30+02:00", "2026-10-25",
    "2026-10-25 02:30", "now", "today", "yesterday", "tomorrow", "-1d", "-7d", "+30m", "-2h", "-1w",
    "1970-01-01", "2199-12-31",
]  # fmt: skip
DAYS = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30), date(2024, 2, 29)]
DAY_LITERALS = ["2026-03-29", "2026-03-30", "2024-02-29", "today", "tomorrow", "-1d", "+1w"]
NUMBERS = [-1, 0, 1, 2, 3, 2**31 - 1]


def written(value: object) -> st.SearchStrategy[str]:
    """Ways to write a literal."""
    if isinstance(value, str):
        return st.sampled_from([json.dumps(value), json.dumps(value, ensure_ascii=False)]).filter(
            lambda text: not any(sign in text for sign in "\u2028\u2029")
        )
    return st.just(str(value))


def values(pool: list[Any], *, nullable: bool = True) -> st.SearchStrategy[str]:
    return st.sampled_from([*pool, *([None] if nullable else [])]).flatmap(written)


def comparison(name: str, pool: list[Any], others: list[str], *, nullable: bool = True) -> st.SearchStrategy[str]:
    plain = st.sampled_from(["=", "!="])
    equality = st.builds("{} {} {}".format, st.just(name), plain, values(pool, nullable=nullable))
    membership = st.builds(
        lambda operator, listed: f"{name} {operator} ({', '.join(listed)})",
        st.sampled_from(["in", "not in"]),
        st.lists(values(pool, nullable=nullable), min_size=1, max_size=4),
    )
    kinds = [equality] if name == "ready" else [equality, membership]
    if others:
        wanted = [value for value in pool if value != ""]
        kinds.append(
            st.builds("{} {} {}".format, st.just(name), st.sampled_from(others), values(wanted, nullable=False))
        )
    return st.one_of(kinds)


ORDER = ["<", "<=", ">", ">="]
PARTS = ["~", "!~", "startswith", "not startswith", "endswith", "not endswith"]


def comparisons(texts: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        comparison("number", ["PAP-1", "pap-000002", 3, 10**15], ORDER, nullable=False),
        *(comparison(name, [*texts, ""], PARTS) for name in ("title", "note", "anywhere")),
        comparison("size", [*NUMBERS, 10**15, -(10**15)], ORDER),
        comparison("pages", NUMBERS, ORDER, nullable=False),
        comparison("ready", [True, False], []),
        comparison("mood", ["calm", "WILD", "sad", ""], []),
        comparison("seen_at", INSTANT_LITERALS, ORDER),
        comparison("made_at", INSTANT_LITERALS, ORDER, nullable=False),
        comparison("due_on", DAY_LITERALS, ORDER),
        comparison("owner", [*LOGINS, "nobody"], []),
        comparison("place", [*SLUGS, "nowhere"], [], nullable=False),
        comparison("tag", [*SLUGS, "nowhere"], []),
        comparison("reader", LOGINS, []),
    )


def queries(texts: list[str] = TEXTS) -> st.SearchStrategy[str]:
    return st.recursive(
        comparisons(texts),
        lambda inner: st.one_of(
            st.builds("({})".format, inner),
            st.builds("{} and {}".format, inner, inner),
            st.builds("{} or {}".format, inner, inner),
            st.builds("({} or {}) and\n{}".format, inner, inner, inner),
        ),
        max_leaves=8,
    )


def rows(texts: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "title": texts,
            "note": st.none() | st.just("") | texts,
            "size": st.none() | st.sampled_from(NUMBERS),
            "pages": st.sampled_from(NUMBERS),
            "ready": st.none() | st.booleans(),
            "mood": st.sampled_from(["", "calm", "wild", "sad"]),
            "seen_at": st.none() | st.sampled_from(INSTANTS),
            "made_at": st.sampled_from(INSTANTS),
            "due_on": st.none() | st.sampled_from(DAYS),
            "owner": st.none() | st.sampled_from(LOGINS),
            "place": st.sampled_from(SLUGS),
            "tags": st.sets(st.sampled_from(SLUGS)),
            "readers": st.lists(st.sampled_from(LOGINS), max_size=3),
        }
    )


def random_row(chance: random.Random) -> dict[str, Any]:
    pick = chance.choice
    return {
        "title": pick(TEXTS), "note": pick([None, "", *TEXTS]), "size": pick([None, *NUMBERS]), "pages": pick(NUMBERS),
        "ready": pick([None, True, False]), "mood": pick(["", "calm", "wild", "sad"]),
        "seen_at": pick([None, *INSTANTS]), "made_at": pick(INSTANTS), "due_on": pick([None, *DAYS]),
        "owner": pick([None, *LOGINS]), "place": pick(SLUGS), "tags": chance.sample(SLUGS, chance.randrange(4)),
        "readers": [pick(LOGINS) for _ in range(chance.randrange(4))],
    }  # fmt: skip


def check(text: str, snapshots: dict[int, dict[str, Any]], now: datetime) -> None:
    condition = schema.compile(text, now=now)
    in_sql = list(Paper.objects.filter(condition).order_by("pk").values_list("pk", flat=True))
    predicate = schema.predicate(text)
    in_python = [pk for pk, snapshot in snapshots.items() if judge([predicate], snapshot, now=now) == [True]]

    assert in_sql == in_python, text
    outside = set(Paper.objects.exclude(condition).values_list("pk", flat=True))
    assert outside == set(snapshots) - set(in_sql), f"neither true nor false: {text}"


def snapshots() -> dict[int, dict[str, Any]]:
    return {paper.pk: schema.snapshot(paper) for paper in Paper.objects.order_by("pk")}


@pytest.fixture(scope="module")
def many_papers(trial_tables: None, django_db_blocker: Any) -> Any:
    chance = random.Random(20260329)
    with django_db_blocker.unblock():
        make_papers([random_row(chance) for _ in range(120)])
        yield snapshots()
        empty()


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome", "Asia/Kuala_Lumpur"])
def test_evaluator_and_sql_agree_on_any_query(many_papers: dict[int, dict[str, Any]], zone: str) -> None:
    @settings(max_examples=400, deadline=None)
    @given(queries())
    def law(text: str) -> None:
        check(text, many_papers, NOW)

    with timezone.override(ZoneInfo(zone)):
        law()


# What Unicode has not assigned yet may be folded by a newer ICU; surrogates and controls never reach a row.
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=8)


@pytest.mark.django_db
def test_evaluator_and_sql_agree_on_any_text(tables: None) -> None:
    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def law(data: st.DataObject) -> None:
        empty()
        drawn = data.draw(st.lists(rows(ANY_TEXT | st.sampled_from(TEXTS)), min_size=1, max_size=4))
        make_papers(drawn)
        pool = [row["title"] for row in drawn]
        pool += [form for text in pool for form in (text.upper(), text.lower(), text.swapcase(), text[:2], text[-2:])]
        for text in data.draw(st.lists(queries(pool), min_size=3, max_size=6)):
            check(text, snapshots(), NOW)

    law()
