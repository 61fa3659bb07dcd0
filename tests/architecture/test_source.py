"""House rules that a reader of the source can check. Each rule is first shown to find a planted fault."""

import ast
from collections.abc import Iterator

import pytest

from .house import ROOT, product_files, tree_of

LONGEST_FILE = 450
STATE_WRITERS = {"update", "create", "bulk_create", "get_or_create", "update_or_create", "aupdate", "acreate"}
MODEL_SIGNALS = {"pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"}


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _names_from(node: ast.AST, module: str) -> set[str]:
    """What ``from module import …`` brings in; nothing for any other node."""
    if isinstance(node, ast.ImportFrom) and node.module == module:
        return {alias.name for alias in node.names}
    return set()


def staff_shortcuts(tree: ast.AST) -> Iterator[int]:
    """A role is a right on a queue; ``is_staff`` and ``is_superuser`` would be a second way in."""
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", getattr(node, "value", None)))
        if isinstance(name, str) and name in ("is_staff", "is_superuser"):
            yield node.lineno


def environment_reads(tree: ast.AST) -> Iterator[int]:
    """The environment is read once, in the settings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv"):
            yield node.lineno
        if {"environ", "getenv"} & _names_from(node, "os"):
            yield node.lineno
        if isinstance(node, ast.Import) and any(alias.name == "environ" for alias in node.names):  # django-environ
            yield node.lineno


def _annotation(argument: ast.arg) -> str:
    return argument.annotation.id if isinstance(argument.annotation, ast.Name) else ""


def state_writes(tree: ast.AST) -> Iterator[int]:
    """A state changes by a move through the door, and in no other way."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and any(
            isinstance(target, ast.Attribute) and target.attr == "state" for target in targets
        ):
            yield node.lineno
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in STATE_WRITERS and any(keyword.arg == "state" for keyword in node.keywords):
                yield node.lineno
            if name == "setattr" and len(node.args) > 1 and getattr(node.args[1], "value", "") == "state":
                yield node.lineno


def open_transitions(tree: ast.AST) -> Iterator[int]:
    """Each transition says from where, to where and who."""
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", []):
            if isinstance(decorator, ast.Call) and _called(decorator) == "transition":
                if not {"source", "target", "permission"} <= {keyword.arg for keyword in decorator.keywords}:
                    yield decorator.lineno


def model_signals(tree: ast.AST) -> Iterator[int]:
    """Nothing flows through model signals; after ``migrate`` the database may be looked after."""
    for node in ast.walk(tree):
        if _names_from(node, "django.db.models.signals") - {"post_migrate"}:
            yield node.lineno
        if isinstance(node, ast.Attribute) and node.attr in MODEL_SIGNALS:
            yield node.lineno


def http_imports(tree: ast.AST) -> Iterator[int]:
    """Models, querysets and rules do not know who asks."""
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "django":
            names += [f"django.{alias.name}" for alias in node.names]
        if any(name.split(".")[0] == "rest_framework" or f"{name}.".startswith("django.http.") for name in names):
            yield node.lineno


def everywhere(_path: str) -> bool:
    return True


def is_pure(path: str) -> bool:
    return any(part in ("models", "querysets", "rules") for part in path.removesuffix(".py").split("/"))


RULES = {
    staff_shortcuts: (
        everywhere,
        # where the two are fixed to False, because Django's own code asks for them
        {"directory/models/people.py"},
        ["if user.is_staff: pass", "getattr(user, 'is_superuser')", "Employee.objects.filter(**{'is_staff': True})"],
    ),
    environment_reads: (
        everywhere,
        {
            "servicedesk/settings/environment.py",
            "servicedesk/settings/__init__.py",  # takes addresses apart
            "servicedesk/wsgi.py",  # names the settings
            "servicedesk/supervisor.py",  # hands its own on to the children
        },
        ["import environ", "import os\nos.environ['X']", "from os import getenv", "import os\nos.getenv('X')"],
    ),
    state_writes: (
        lambda path: not path.startswith("servicedesk/workflow/"),
        {
            "servicedesk/outbox/services.py",  # a row to be sent is no record that people work on
            # How an approval stands is part of a move of its ticket: only what has the move in its hands may write it.
            "servicedesk/tickets/approvals.py",
            "servicedesk/benchmark/leavers.py",  # rows to measure with, that the door would refuse
        },
        ["ticket.state = 'closed'", "Ticket.objects.update(state='closed')", "setattr(ticket, 'state', 'closed')",
         "Ticket.objects.create(title='x', state='closed')"],
    ),
    open_transitions: (
        everywhere,
        set(),
        ["class A:\n  @transition('state', source='a', target='b')\n  def go(self): pass"],
    ),
    model_signals: (
        everywhere,
        set(),
        ["from django.db.models.signals import post_save", "from django.db.models import signals\nsignals.pre_save"],
    ),
    http_imports: (
        is_pure,
        set(),
        ["from django.http import HttpRequest", "import rest_framework.serializers", "from django import http"],
    ),
}  # fmt: skip


def test_how_an_approval_stands_is_written_by_the_moves_of_its_ticket_alone():
    tree = tree_of(ROOT / "servicedesk/tickets/approvals.py")
    writers = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and list(state_writes(node))]
    assert writers
    without = [writer.name for writer in writers if "Passage" not in [_annotation(one) for one in writer.args.args]]

    assert without == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule):
    applies, allowed, _planted = RULES[rule]
    broken = [
        f"{name}:{line}"
        for path in product_files()
        if applies(name := path.relative_to(ROOT).as_posix()) and name not in allowed
        for line in rule(tree_of(path))
    ]

    assert broken == [], rule.__doc__


@pytest.mark.parametrize(
    ("rule", "planted"), [(rule, text) for rule, (_, _, planted) in RULES.items() for text in planted]
)
def test_the_rule_finds_a_planted_fault(rule, planted):
    assert list(rule(ast.parse(planted)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_exception_is_still_needed(rule):
    _applies, allowed, _planted = RULES[rule]

    assert [name for name in sorted(allowed) if not list(rule(tree_of(ROOT / name)))] == []


def test_no_file_outgrows_its_room():
    tests_and_scripts = [path for folder in ("tests", "scripts") for path in (ROOT / folder).rglob("*.py")]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*product_files(), *tests_and_scripts]
    }

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
