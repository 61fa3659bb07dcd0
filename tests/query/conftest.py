"""The trial tables, made once in the test database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from .models import ALL


@pytest.fixture(scope="session")
def trial_tables(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        present = set(connection.introspection.table_names())
        with connection.schema_editor() as editor:
            for model in ALL:
                if model._meta.db_table not in present:
                    editor.create_model(model)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        for model in reversed(ALL):
            editor.delete_model(model)


@pytest.fixture
def tables(trial_tables: None, db: None) -> None:
    """The trial tables, empty, in a transaction that is rolled back."""
