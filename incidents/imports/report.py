"""What an import says when it is done: everything counted, nothing dropped in silence."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from servicedesk.common.errors import DomainError


class CannotImport(DomainError):
    """The file or its mapping cannot be imported as it is. Nothing was written."""


@dataclass
class Report:
    """Counts of one run. ``created``, ``updated`` and ``unchanged`` count tickets; ``events`` were written now."""

    rows: int = 0
    tickets: int = 0
    events: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "tickets": self.tickets, "events": self.events, "created": self.created,
            "updated": self.updated, "unchanged": self.unchanged, "warnings": dict(sorted(self.warnings.items())),
            "rejected": [{"line": line, "reason": reason} for line, reason in sorted(self.rejected)],
        }  # fmt: skip
