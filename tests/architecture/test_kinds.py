"""A new kind of ticket touches its own app and the registries: nothing else in the house knows a kind by name."""

import ast
from collections.abc import Iterator
from functools import cache

from .house import ROOT, module_of, product_files, tree_of

# The apps that hold kinds; what is in them may know them all.
APPS = ("incidents", "changes", "onboarding")
# The words themselves: the one file below that every new kind changes.
VOCABULARY = "servicedesk/tickets/states.py"
# Files that are about one kind, each for its own reason. Their number grows with pages, never with parts of the house.
ABOUT_A_KIND = {
    "servicedesk/benchmark/": "makes rows of a kind to measure with",
    "servicedesk/console/apps.py": "who may open the settings of a kind",
    "servicedesk/console/catalogue.py": "what requests ask for",
    "servicedesk/console/changes": "the pages of one kind",
    "servicedesk/console/configuration.py": "how many items the catalogue has",
    "servicedesk/console/onboarding": "the pages of one kind",
    "servicedesk/console/problems.py": "the pages of one kind",
    "servicedesk/console/rights.py": "a question begins with the commonest kind",
    "servicedesk/demo/": "makes up the company's history",
    "servicedesk/management/commands/apply_catalogue.py": "what requests ask for",
    "servicedesk/management/commands/import_tickets.py": "history of incidents",
    "servicedesk/portal/forms.py": "the report: an incident",
    "servicedesk/portal/views/catalogue.py": "asking for something: a request",
    "servicedesk/portal/views/lists.py": "what the home page offers to ask for",
    "servicedesk/portal/views/report.py": "the report: an incident",
}


@cache
def kinds() -> dict[str, str]:
    """Member → value of ``Kind``, as the source says it."""
    (found,) = (node for node in ast.walk(tree_of(ROOT / VOCABULARY)) if isinstance(node, ast.ClassDef)
                and node.name == "Kind" and any(isinstance(one, ast.Assign) for one in node.body))  # fmt: skip
    rows = [node for node in found.body if isinstance(node, ast.Assign)]
    return {row.targets[0].id: row.value.elts[0].value for row in rows}  # type: ignore[attr-defined]


def mentions(tree: ast.AST) -> Iterator[int]:
    """Lines that ask for a kind: ``Kind.PROBLEM``, a comparison with its word, or something of an app of kinds."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="Kind"), attr=member):
                is_one = member in kinds()
            case ast.Compare(left=left, comparators=others):
                is_one = any(_is_word(one) for one in (left, *others)) and _is_about_kind(left, *others)
            case ast.keyword(arg="kind" | "kind__exact", value=value):
                is_one = _is_word(value)
            case ast.ImportFrom(module=module, level=0):
                is_one = (module or "").split(".")[0] in APPS
            case ast.Import(names=names):
                is_one = any(alias.name.split(".")[0] in APPS for alias in names)
            case _:
                is_one = False
        if is_one:
            yield node.lineno


def _is_word(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in kinds().values()


def _is_about_kind(*nodes: ast.AST) -> bool:
    """``ticket.kind``, ``kind`` or ``row["kind"]``; other things may happen to be called as a kind is."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "kind")
        or (isinstance(node, ast.Name) and node.id == "kind")
        or (isinstance(node, ast.Subscript) and getattr(node.slice, "value", None) == "kind")
        for node in nodes
    )


def naming_files() -> set[str]:
    found = set()
    for path in product_files():
        name = str(path.relative_to(ROOT))
        is_kind_of_directory = name.startswith("directory/")  # its changes have kinds of their own
        if module_of(path).split(".")[0] in APPS or name == VOCABULARY or is_kind_of_directory:
            continue
        if any(mentions(tree_of(path))):
            found.add(name)
    return found


def test_the_kinds_are_read() -> None:
    assert {"INCIDENT", "REQUEST", "PROBLEM"} <= set(kinds())


def test_no_part_of_the_house_knows_a_kind_by_name() -> None:
    strangers = {name for name in naming_files() if not name.startswith(tuple(ABOUT_A_KIND))}

    assert strangers == set(), "register a face, an action, a panel or a text instead of asking for the kind"


def test_nothing_below_the_pages_is_about_a_kind() -> None:
    """The allowed list never reaches into tickets, workflow, notifications or a register."""
    low = ("servicedesk/tickets/", "servicedesk/workflow/", "servicedesk/notifications/", "kb/", "assets/")

    assert not [name for name in ABOUT_A_KIND if name.startswith(low)]


def test_a_mention_is_found() -> None:
    """Without this, a blind search would let the others pass."""
    for source in (
        "if ticket.kind == Kind.PROBLEM: pass", "if ticket.kind == 'problem': pass", "f(kind='request')",
        "from incidents.models import Problem", "import incidents.problems", "if row['kind'] != 'incident': pass",
    ):  # fmt: skip
        assert list(mentions(ast.parse(source))), source
    for source in ("if ticket.kind in Kind.values: pass", "from .changes.urls import urlpatterns"):
        assert not list(mentions(ast.parse(source))), source
