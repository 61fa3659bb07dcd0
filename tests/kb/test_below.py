"""Tickets know nothing of articles: what the kinds have of them comes through registries."""

import ast

import pytest

from incidents.models import Incident, ServiceRequest
from servicedesk.tickets.actions import register_action
from servicedesk.workflow import machine_of
from tests.architecture.house import ROOT

BELOW = ("servicedesk/tickets", "servicedesk/workflow", "servicedesk/notifications", "directory", "servicedesk/query")


def imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_nothing_below_imports_the_knowledge_base() -> None:
    files = [path for folder in BELOW for path in (ROOT / folder).rglob("*.py")]
    guilty = [str(path) for path in files if "kb" in imports(ast.parse(path.read_text(encoding="utf-8")))]

    assert len(files) > 80 and guilty == []


@pytest.mark.parametrize("kind", [Incident, ServiceRequest])
def test_every_kind_has_the_actions_of_articles(kind: type) -> None:
    assert {"link_article", "unlink_article", "cite_article"} <= set(machine_of(kind).actions)


def test_an_action_that_comes_too_late_is_a_fault_and_not_lost() -> None:
    with pytest.raises(RuntimeError, match="before it in INSTALLED_APPS"):
        register_action(lambda kind: machine_of(Incident).actions["reply"])
