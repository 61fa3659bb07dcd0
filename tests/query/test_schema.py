"""What apps declare: a closed list of names that later apps extend, and what completion learns of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.utils import translation

from servicedesk import query
from servicedesk.query import grammar
from servicedesk.query import schema as schemas

from .models import Paper
from .papers import fields, make_papers, schema

NOW = datetime(2026, 3, 29, 11, 30, tzinfo=UTC)


@pytest.fixture
def registry() -> Iterator[None]:
    """Schemas that a test declares are forgotten after it."""
    with mock.patch.dict(schemas._schemas), mock.patch.dict(schemas._waiting):
        yield


def test_a_later_app_adds_a_field(registry: None) -> None:
    trial = query.Schema(Paper, [query.Text("title")], name="trial")
    with pytest.raises(query.InvalidQuery):
        trial.compile("pages = 1")

    query.register_field("trial", query.Integer("pages"))

    assert trial.predicate("pages = 1")({"pages": 1})
    assert trial.names == ["title", "pages"]


def test_a_field_may_come_before_its_schema(registry: None) -> None:
    query.register_field("trial", query.Integer("pages"))

    trial = query.Schema(Paper, [query.Text("title")], name="trial")

    assert trial.predicate("pages = 1")({"pages": 1})


def test_a_new_field_is_known_to_queries_that_were_kept(registry: None) -> None:
    trial = query.Schema(Paper, [query.Choice("mood", options=lambda: Paper.MOODS)], name="trial")
    kept = trial.predicate('mood = "calm"')

    assert trial.predicate('mood = "calm"') is kept
    trial.add(query.Integer("pages"))
    assert trial.predicate('mood = "calm"') is not kept


def test_a_dotted_name_is_one_name_and_not_a_path(registry: None) -> None:
    trial = query.Schema(Paper, [query.Integer("paper.pages", path="pages"), query.Text("title")], name="trial")

    assert trial.predicate("paper.pages = 1")({"paper.pages": 1})
    for text in ('paper.title = "x"', "paper.pages.pk = 1", "paper = 1"):
        with pytest.raises(query.InvalidQuery):
            trial.compile(text)


@pytest.mark.parametrize(
    ("field", "error"),
    [
        (lambda: query.Text("title"), ValueError),
        (lambda: query.Integer("Pages"), ValueError),
        (lambda: query.Integer("and more"), ValueError),
        (lambda: query.Integer("leaves"), FieldDoesNotExist),
        (lambda: query.Integer("leaves", path="pages__count"), FieldDoesNotExist),
        (lambda: query.Text("pages"), TypeError),
        (lambda: query.Reference("pages"), TypeError),
        (lambda: query.Reference("place", key="nothing"), FieldDoesNotExist),
        (lambda: query.Many("place"), TypeError),
        (lambda: query.Many("tag", path="tags", sortable=True), TypeError),
    ],
)
def test_a_wrong_field_fails_when_it_is_declared(registry: None, field: Any, error: type[Exception]) -> None:
    trial = query.Schema(Paper, [query.Text("title")], name="trial")

    with pytest.raises(error):
        trial.add(field())


def test_a_schema_has_one_name(registry: None) -> None:
    with pytest.raises(ValueError, match="paper"):
        query.Schema(Paper, [], name="paper")


def test_the_description_is_json_and_names_everything_a_page_needs() -> None:
    described = json.loads(json.dumps(schema.describe()))
    by_name = {field["name"]: field for field in described["fields"]}

    assert list(by_name) == [field.name for field in fields()]
    assert described["ordering"] == ["number", "title", "size", "pages", "seen_at", "made_at", "place"]
    assert by_name["mood"] == {
        "name": "mood", "label": "Mood", "help": "", "type": "choice", "nullable": True, "many": False,
        "sortable": False, "operators": ["=", "in", "!=", "not in"], "example": 'mood = "calm"',
        "options": [
            {"value": "calm", "label": "Calm"}, {"value": "wild", "label": "Wild"}, {"value": "sad", "label": "Sad"},
        ],
    }  # fmt: skip
    assert by_name["owner"]["collection"] == "employees"
    assert by_name["owner"]["key"] == "login"
    assert {field["type"] for field in described["fields"]} == {
        "number", "text", "integer", "boolean", "choice", "instant", "date", "person", "reference", "many", "people",
    }  # fmt: skip


def test_every_example_of_the_description_is_a_query() -> None:
    for field in schema.describe()["fields"]:
        schema.compile(field["example"])


def test_a_snapshot_is_plain_values(tables: None) -> None:
    (paper,) = make_papers(
        [{"title": "a", "made_at": NOW, "owner": "anna", "place": "lab", "tags": ["x", "w"], "readers": ["bob", "bob"]}]
    )

    snapshot = schema.snapshot(paper)

    assert snapshot == {
        "number": f"PAP-{paper.pk:06d}", "title": "a", "note": None, "anywhere": ["a", None], "size": None, "pages": 1,
        "ready": None, "mood": "", "seen_at": None, "made_at": NOW, "due_on": None, "owner": "anna", "place": "lab",
        "tag": ["w", "x"], "reader": ["bob"],
    }  # fmt: skip
    predicate = schema.predicate('owner = "anna" or tag = "x"')
    assert predicate.names == {"owner", "tag"}
    assert predicate(schema.snapshot(paper, predicate.names))


def test_a_snapshot_that_lacks_a_value_is_a_loud_fault() -> None:
    with pytest.raises(KeyError):
        schema.predicate("pages = 1")({"title": "a"})
    with pytest.raises(TypeError):
        schema.predicate('tag = "vpn"')({"tag": "vpn"})


def test_many_rules_are_judged_on_one_snapshot_without_parsing_again() -> None:
    rules = [f'pages = {number} and title ~ "{number}" or tag = "t{number}"' for number in range(200)]
    predicates = [schema.predicate(rule) for rule in rules]
    snapshot = {"pages": 7, "title": "It is 7", "tag": ["t9", "t11"]}

    with mock.patch.object(schemas, "parse", side_effect=AssertionError("parsed again")):
        answers = query.judge(predicates, snapshot)
        again = query.judge([schema.predicate(rule) for rule in rules], snapshot)

    assert [number for number, answer in enumerate(answers) if answer] == [7, 9, 11]
    assert again == answers


def test_all_rules_of_one_judgement_see_the_same_moment() -> None:
    predicates = [schema.predicate(text) for text in ('made_at <= "now"', 'made_at > "now"')]

    assert query.judge(predicates, {"made_at": NOW}, now=NOW) == [True, False]


def test_refusals_are_not_kept_so_each_reader_gets_their_language() -> None:
    with mock.patch.object(schemas, "parse", wraps=grammar.parse) as parse:
        for language in ("en", "it"):
            with translation.override(language), pytest.raises(query.InvalidQuery):
                schema.compile("pages = 'many'")

    assert parse.call_count == 2
