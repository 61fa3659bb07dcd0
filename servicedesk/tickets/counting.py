"""Counts that stop: a chip says "1000+" rather than read a million rows."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

LIMIT = 1000


def bounded_counts(querysets: dict[str, QuerySet], limit: int = LIMIT) -> dict[str, int]:
    """How many rows each queryset has, in one statement; ``limit + 1`` means more than ``limit``."""
    parts: list[str] = []
    params: list[Any] = []
    for queryset in querysets.values():
        bounded = queryset.order_by().values("pk")[: limit + 1]
        try:
            sql, its_params = bounded.query.sql_with_params()
        except EmptyResultSet:  # nothing can match, which Django knows without asking
            parts.append("0")
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) bounded)")  # noqa: S608 - Django's own SQL, its values apart
        params += its_params
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        row = cursor.fetchone()
    return dict(zip(querysets, row, strict=True))


def shown(count: int, limit: int = LIMIT) -> str:
    return f"{limit}+" if count > limit else str(count)
