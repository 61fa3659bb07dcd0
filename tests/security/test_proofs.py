"""``docs/security-proofs.md`` names tests that exist."""

import ast
import re

import pytest

from tests.architecture.house import ROOT

PAGE = (ROOT / "docs/security-proofs.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)))
# The rows of the list of failures that concern what exists.
ROWS = {1, 2, 4, 6, 7, 8, 9, 10, 12, 13, 15, 16, 17, 18, 19, 20, 21, 28, 29, 30, 31, 33, 35}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_proof_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))

    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_has_a_proof() -> None:
    rows = {int(line.split("|")[1]): line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)}

    assert set(rows) == ROWS
    assert all("::test_" in line for line in rows.values())
