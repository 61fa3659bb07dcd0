"""The list of assets as a file: the same assets for everybody who reads it, and nothing that a spreadsheet runs."""

import csv
import re
from io import StringIO

import pytest
from django.test import Client

from assets.export import harmless
from directory.models import Employee
from tests import factories as make

from . import making

pytestmark = pytest.mark.django_db


def numbers_of(person: Employee, query: str) -> tuple[list[str], list[str]]:
    """The numbers of the list and of the file, in their order."""
    client = Client()
    client.force_login(person)
    page = client.get(f"/desk/assets/{query}").content.decode()
    file = b"".join(client.get(f"/desk/assets/export/{query}").streaming_content).decode("utf-8-sig")
    listed = list(dict.fromkeys(re.findall(r'href="/desk/assets/(AST-\d+)/"', page)))
    return listed, [row["Number"] for row in csv.DictReader(StringIO(file))]


@pytest.mark.parametrize("query", ["", "?show=ordered", "?q=LT", "?sort=tag"])
def test_the_file_holds_what_the_list_holds_for_every_role_that_reads_it(keeper: Employee, query: str) -> None:
    queue = make.make_queue("service", is_default=True)
    laptop = making.make_type("Laptop")
    for tag, state in (("LT-2", "in_stock"), ("LT-1", "in_stock"), ("LT-3", "ordered")):
        making.make_asset(keeper, laptop, tag=tag, state=state)
    readers = (keeper, make.make_agent(queue), make.make_coordinator(queue), make.make_manager(queue),
               make.make_trainee(queue), make.make_analyst(queue))  # fmt: skip

    for person in readers:
        listed, written = numbers_of(person, query)
        assert listed == written
        assert listed


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_nothing_begins_as_a_formula_does(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"


def test_a_formula_in_any_column_is_text_in_the_file(keeper: Employee) -> None:
    names = {"tag": "@SUM(1)", "name": '=HYPERLINK("http://evil")', "serial": "+1", "supplier": "-2+3"}
    making.make_asset(keeper, making.make_type("Laptop"), **names)
    client = Client()
    client.force_login(keeper)

    file = b"".join(client.get("/desk/assets/export/").streaming_content).decode("utf-8-sig")

    (row,) = csv.DictReader(StringIO(file))
    assert {f"'{text}" for text in names.values()} <= set(row.values())
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
