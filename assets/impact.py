"""What fails when an asset fails: the closure over relations, in one recursive statement on either database."""

from collections import defaultdict, deque
from dataclasses import dataclass

from django.db import connection

from .models import Relation

_TABLE = Relation._meta.db_table

# Every hand-over of a failure that can be reached from one asset. UNION (not UNION ALL) ends at a circle.
_CLOSURE = f"""
WITH RECURSIVE reached(id) AS (
    SELECT CAST(%s AS bigint)
    UNION
    SELECT relation.effect_id FROM {_TABLE} relation JOIN reached ON relation.cause_id = reached.id
)
SELECT relation.cause_id, relation.effect_id, relation.kind
FROM {_TABLE} relation JOIN reached ON relation.cause_id = reached.id
"""  # noqa: S608 - the name of our own table

# Whether one asset is, at any depth, part of another.
_CONTAINS = f"""
WITH RECURSIVE whole(id) AS (
    SELECT CAST(%s AS bigint)
    UNION
    SELECT relation.effect_id FROM {_TABLE} relation JOIN whole ON relation.cause_id = whole.id
    WHERE relation.kind = 'part_of'
)
SELECT 1 FROM whole WHERE id = %s
"""  # noqa: S608 - the name of our own table


@dataclass(frozen=True)
class Affected:
    """An asset that fails too: ``depth`` hand-overs away, because of ``through`` (a key)."""

    asset: int
    depth: int
    through: int
    kind: str


def closure(asset: int) -> list[Affected]:
    """Everything that fails when ``asset`` (a key) fails, nearest first; never the asset itself."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSURE, [asset])
        edges: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for cause, effect, kind in sorted(cursor.fetchall()):
            edges[cause].append((effect, kind))
    found: dict[int, Affected] = {}
    waiting = deque([(asset, 0)])
    while waiting:
        cause, depth = waiting.popleft()
        for effect, kind in edges[cause]:
            if effect != asset and effect not in found:
                found[effect] = Affected(effect, depth + 1, cause, kind)
                waiting.append((effect, depth + 1))
    return list(found.values())


def contains(whole: int, part: int) -> bool:
    """Whether ``part`` is ``whole`` or, at any depth, a part of it."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTAINS, [part, whole])
        return cursor.fetchone() is not None
