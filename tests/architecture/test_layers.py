"""Imports are import-linter's; here are the ties it cannot see: relations, migrations, templates, URLs."""

import ast
import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from .house import ROOT, layers, may_use, module_of, package_of, product_files, product_roots, tree_of

FREE_TARGETS = {settings.AUTH_USER_MODEL.split(".")[0], "contenttypes"}


def own_apps():
    return [config for config in apps.get_app_configs() if config.name.split(".")[0] in product_roots()]


@pytest.mark.parametrize(
    ("module", "other", "allowed"),
    [
        ("servicedesk.tickets.models", "servicedesk.audit.models", True),
        ("servicedesk.audit.models", "servicedesk.tickets.models", False),
        ("servicedesk.tickets.models", "servicedesk.tickets.rules", True),
        ("servicedesk.audit.services", "servicedesk.outbox.services", False),
        ("servicedesk.tickets.models", "django.db", True),
        ("servicedesk.tickets.models", "servicedesk.unheard_of", False),
    ],
)
def test_the_rule_itself_lets_down_and_not_up(module, other, allowed):
    assert may_use(module, other) is allowed


def test_every_app_stands_in_a_layer():
    homeless = [
        config.name for config in own_apps() if package_of(config.name) is None and config.name != "servicedesk"
    ]

    assert homeless == []


def test_every_folder_with_code_stands_in_a_layer():
    homeless = {module_of(path) for path in product_files() if package_of(module_of(path)) is None}

    assert homeless <= {"servicedesk"}  # the bare package


def test_relations_point_down():
    upward = []
    for config in own_apps():
        for model in config.get_models(include_auto_created=True):
            for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
                target = field.related_model
                if target is None or target._meta.app_label in FREE_TARGETS:
                    continue
                if not may_use(config.name, target._meta.app_config.name):
                    upward.append(f"{model._meta.label}.{field.name} → {target._meta.label}")

    assert upward == []


def test_migrations_depend_downward():
    loader = MigrationLoader(None)
    names = {config.label: config.name for config in apps.get_app_configs()}
    upward = [
        f"{label}.{migration} → {other}"
        for (label, migration), node in loader.disk_migrations.items()
        if names[label].split(".")[0] in product_roots()
        for other, _ in [*node.dependencies, *node.run_before]
        if other not in FREE_TARGETS and other in names and not may_use(names[label], names[other])
    ]

    assert upward == []


def _owner_of_template(name):
    owners = [
        config.name for config in own_apps() if (ROOT / config.name.replace(".", "/") / "templates" / name).is_file()
    ]
    return owners[0] if owners else None


def test_templates_use_templates_of_lower_layers_only():
    upward = []
    for path in product_files("*.html"):
        module = module_of(path)
        for name in re.findall(r"{%\s*(?:extends|include)\s+[\"']([^\"'#]+)", path.read_text(encoding="utf-8")):
            if name.startswith("admin/"):
                continue  # Django's own
            owner = _owner_of_template(name)
            if owner is None or not may_use(module, owner):
                upward.append(f"{path.relative_to(ROOT)} → {name}")

    assert upward == []


def test_views_render_templates_of_lower_layers_only():
    upward = []
    for path in product_files():
        for node in ast.walk(tree_of(path)):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"[\w./-]+\.(?:html|txt)(?:#[\w-]+)?", node.value)
            ):
                owner = _owner_of_template(node.value.split("#")[0])
                if owner and not may_use(module_of(path), owner):
                    upward.append(f"{path.relative_to(ROOT)} → {node.value}")

    assert upward == []


def test_included_url_modules_stand_in_lower_layers():
    upward = [
        f"{path.relative_to(ROOT)} → {node.args[0].value}"
        for path in product_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "include"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and not may_use(module_of(path), node.args[0].value)
    ]

    assert upward == []


def test_the_list_of_layers_is_read_whole():
    assert layers()["servicedesk.common"] == 0
    assert layers()["servicedesk.urls"] == max(layers().values())
    assert layers()["servicedesk.audit"] == layers()["servicedesk.outbox"]
