"""What is hashed, and how. Pure functions: the writer and the verifier share them."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


def event_hash(
    *,
    subject_type: str,
    subject_id: int,
    sequence: int,
    verb: str,
    actor_id: int,
    on_behalf_of_id: int | None,
    source: str,
    target: str,
    details: Mapping[str, Any],
    text_digest: str,
    at: datetime,
    recorded_at: datetime,
    channel: str,
    previous_hash: str,
) -> str:
    """SHA-256 (hex) over every field of an event and the hash of the event before it."""
    return hash_of(
        [
            previous_hash, subject_type, subject_id, sequence, verb, actor_id, on_behalf_of_id, source, target,
            details, text_digest, told(at), told(recorded_at), channel,
        ]
    )  # fmt: skip


def hash_of(parts: list[Any]) -> str:
    """SHA-256 (hex) over JSON primitives in their one canonical form."""
    return hashlib.sha256(_encode(parts).encode()).hexdigest()


def text_digest(salt: bytes, body: Mapping[str, str]) -> str:
    """HMAC-SHA256 (hex) of personal text: without the salt nothing can be guessed from it."""
    return hmac.new(salt, _encode(body).encode(), hashlib.sha256).hexdigest()


def seal_hash(*, number: int, at: datetime, previous_hash: str, heads: "list[tuple[str, int, int, str]]") -> str:
    """SHA-256 (hex) over a checkpoint: ``heads`` are (subject type, subject id, sequence, hash), sorted."""
    return hash_of([previous_hash, number, told(at), sorted(heads)])


def told(value: datetime) -> str:
    """An instant as it is hashed: UTC, to the microsecond."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def check_primitive(value: Any, place: str = "details") -> None:
    """Raise ``TypeError`` for what JSON in both databases would not give back exactly (floats, dates, objects)."""
    if value is None or isinstance(value, bool | int | str):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{place}: the key {key!r} is not text")
            check_primitive(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            check_primitive(item, f"{place}[{index}]")
    else:
        raise TypeError(f"{place}: {type(value).__name__} cannot be kept in the log")
