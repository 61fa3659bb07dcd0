"""Record numbers such as ``INC-000123``: a kind's prefix and at least six digits."""

import re

_NUMBER = re.compile(r"\s*([A-Za-z]{2,4})-?0*([0-9]{1,15})\s*\Z")


def format_number(prefix: str, serial: int) -> str:
    """``format_number("INC", 123)`` is ``"INC-000123"``."""
    return f"{prefix}-{serial:06d}"


def parse_number(text: str) -> tuple[str, int] | None:
    """The (prefix, serial) of a number as people type it, or None: case and leading zeros do not matter."""
    match = _NUMBER.match(text) if isinstance(text, str) else None
    return (match[1].upper(), int(match[2])) if match else None
