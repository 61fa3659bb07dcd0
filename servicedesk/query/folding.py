"""Letters without case, the same in Python, SQLite and PostgreSQL.

SQLite's own LIKE and UPPER know only ASCII, and PostgreSQL's depend on the locale of the cluster. So text
is folded by Unicode upper-casing everywhere: ``str.upper`` in Python, that same function registered on
every SQLite connection, and ICU's root collation on PostgreSQL (in every build that Debian ships).
"Straße", "STRASSE" and "strasse" meet; accents stay different.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, TextField, Transform

SQLITE_FUNCTION = "SERVICEDESK_FOLD"


def fold(text: str) -> str:
    return text.upper()


class Folded(Transform):
    """``title__folded__contains=fold(needle)``: the value must be folded by the caller."""

    lookup_name = "folded"
    bilateral = False

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, function=SQLITE_FUNCTION, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(
            compiler,
            connection,
            function="UPPER",
            template='%(function)s((%(expressions)s) COLLATE "und-x-icu")',
            **context,
        )

    @property
    def output_field(self) -> models.Field:
        return TextField()


CharField.register_lookup(Folded)
TextField.register_lookup(Folded)


def _sqlite_fold(value: object) -> object:
    return fold(value) if isinstance(value, str) else value


def teach_sqlite(sender: object, connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
    """Receiver of ``connection_created``: every new SQLite connection learns to fold."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQLITE_FUNCTION, 1, _sqlite_fold, deterministic=True)
