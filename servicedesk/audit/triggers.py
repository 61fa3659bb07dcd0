"""Database triggers that refuse to change what was written once. The one place that knows both dialects."""

from collections.abc import Iterator
from typing import Any

from django.db import connections

TABLES = ("audit_event", "audit_seal", "audit_sealentry")

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'The log is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME; END $$;
"""


def _names(vendor: str) -> Iterator[tuple[str, str, str]]:
    """(table, operation, trigger name) of every trigger this database must have."""
    operations = ("UPDATE", "DELETE", "TRUNCATE") if vendor == "postgresql" else ("UPDATE", "DELETE")
    for table in TABLES:
        for operation in operations:
            yield table, operation, f"{table}_no_{operation.lower()}"


def install(using: str = "default") -> None:
    """Create what is missing. Safe to repeat."""
    connection = connections[using]
    absent = missing(using)
    with connection.cursor() as cursor:
        if absent and connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table, operation, name in _names(connection.vendor):
            if name not in absent:
                continue
            if connection.vendor == "postgresql":
                each = "STATEMENT" if operation == "TRUNCATE" else "ROW"
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {operation} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION audit_append_only()"
                )
            else:
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {operation} ON {table} BEGIN "
                    f"SELECT RAISE(ABORT, 'The log is append-only: {operation} of {table} is refused.'); END"
                )


def remove(using: str = "default") -> None:
    """Drop the triggers: for tests that plant faults or empty the database, never for the product."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table, _operation, name in _names(connection.vendor):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(using: str = "default") -> list[str]:
    """Names of the triggers that should stand and do not (or are disabled)."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {row[0] for row in cursor.fetchall()}
    return [name for _table, _operation, name in _names(connection.vendor) if name not in present]


def after_migrate(*, using: str, **_signal: Any) -> None:
    """Put the triggers back after every ``migrate`` that has made the tables."""
    existing = connections[using].introspection.table_names()
    if all(table in existing for table in TABLES):
        install(using)
