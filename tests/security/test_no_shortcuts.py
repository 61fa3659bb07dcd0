"""Nobody is let past the decision table in passing (SECURITY, row 33).

``is_staff`` and ``is_superuser`` are looked for by ``tests/architecture/test_source.py``. Here: who asks for a right
at all. Each file stands below with what it decides; a new one must be reviewed and added.
"""

import ast
from collections.abc import Iterator

import pytest

from directory.models import Employee
from servicedesk.tickets.grants import QUEUE_RIGHTS
from tests.architecture.house import ROOT, product_files, tree_of

ASKS_FOR_REGISTER_RIGHTS = {
    "directory/models/people.py": "has_perm itself",
    "servicedesk/ui/rescue.py": "the gate of the rescue pages",
    "servicedesk/tickets/administration.py": "the gate of every service that configures the desk",
}
NAMES_QUEUE_RIGHTS = {
    "servicedesk/tickets/models/desk.py": "declares them",
    "servicedesk/tickets/access.py": "who has a desk, who sees",
    "servicedesk/tickets/facts.py": "makes roles of them for the decision table",
    "servicedesk/tickets/querysets.py": "the read rule",
    "servicedesk/tickets/grants.py": "gives and takes them",
    "servicedesk/tickets/people.py": "who works where",
    "servicedesk/tickets/approvers.py": "the desk manager decides where nobody else can",
    "servicedesk/tickets/standing.py": "says them in words, and decides nothing",
    "servicedesk/console/queue.py": "which queues are listed to choose from",
    "servicedesk/demo/assets.py": "whom the demo hands switches and servers to",
    "servicedesk/demo/cast.py": "who is cast as what in the demo",
    "servicedesk/demo/life.py": "whom the demo lets act",
    "servicedesk/demo/articles.py": "whom the demo lets write",
    "servicedesk/demo/changes.py": "whom the demo gives changes to",
    "servicedesk/demo/onboarding.py": "whom the demo lets tick tasks",
    "servicedesk/benchmark/leavers.py": "gives what the runner of a case needs",
    "changes/planning.py": "whoever makes a change must be able to open it",
    "incidents/forms.py": "a confidential report needs somebody who may read it",
    "incidents/reclassifying.py": "a confidential ticket needs somebody who may read it as its new kind",
    "incidents/problems/forms.py": "a confidential problem needs somebody who may read it",
}
REGISTER_CALLS = {
    "has_perm", "has_perms", "has_module_perms", "get_all_permissions", "register_permissions_of", "user_passes_test",
    "permission_required", "staff_member_required", "PermissionRequiredMixin", "UserPassesTestMixin", "IsAdminUser",
}  # fmt: skip
GROUP_LOOKUPS = ("groups__name", "group__name", "members__name")


def register_questions(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if getattr(node, "attr", getattr(node, "id", None)) in REGISTER_CALLS:
            yield node.lineno


def queue_rights(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in QUEUE_RIGHTS:
            yield node.lineno


def conditions_on_group_names(tree: ast.AST) -> Iterator[int]:
    """A group is called what its company likes; rights hang on its grants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("filter", "exclude", "get"):
            if any(keyword.arg and keyword.arg.startswith(GROUP_LOOKUPS) for keyword in node.keywords):
                yield node.lineno


RULES = {
    register_questions: (
        set(ASKS_FOR_REGISTER_RIGHTS),
        ["if user.has_perm('tickets.configure_desk'): pass", "@permission_required('x')\ndef view(r): pass"],
    ),
    queue_rights: (set(NAMES_QUEUE_RIGHTS), ["if 'work_l1' in held: pass", "x = {'view_confidential'}"]),
    conditions_on_group_names: (
        {"servicedesk/demo/company.py"},  # chooses whom to invent stories about
        ["user.groups.filter(name='x')\nEmployee.objects.filter(groups__name='Administrators')"],
    ),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rights_are_asked_for_in_reviewed_places_only(rule) -> None:
    reviewed, _planted = RULES[rule]
    asking = {path.relative_to(ROOT).as_posix() for path in product_files() if list(rule(tree_of(path)))}

    assert asking == reviewed


@pytest.mark.parametrize(("rule", "planted"), [(r, text) for r, (_, texts) in RULES.items() for text in texts])
def test_the_rule_finds_a_planted_shortcut(rule, planted) -> None:
    assert list(rule(ast.parse(planted)))


def test_nobody_can_be_made_all_powerful() -> None:
    """The two flags of Django's own user are no columns here, and no value of theirs opens anything."""
    columns = {field.name for field in Employee._meta.get_fields()}
    assert not columns & {"is_superuser", "is_staff", "user_permissions"}
    employee = Employee(login="eve", name="Eve", is_active=True)
    employee.is_superuser = employee.is_staff = True
    employee._register_permissions = frozenset()
    assert not employee.has_perm("tickets.configure_desk") and not employee.has_module_perms("tickets")
