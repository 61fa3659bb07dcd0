"""A made-up ServiceNow log in CSV, of the shape and the proportions that the real ones have."""

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from servicedesk.demo.stories import dice

HEADER = (
    "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla",
    "caller_id", "opened_by", "opened_at", "sys_created_by", "sys_created_at", "sys_updated_by", "sys_updated_at",
    "contact_type", "location", "category", "subcategory", "impact", "urgency", "priority", "assignment_group",
    "assigned_to", "closed_code", "resolved_by", "resolved_at", "closed_at",
)  # fmt: skip
_PATHS = (
    ("New", "Active", "Active", "Resolved", "Closed"), ("New", "Resolved", "Closed"),
    ("New", "Active", "Awaiting User Info", "Active", "Resolved", "Closed"),
    ("New", "Active", "Awaiting Vendor", "Awaiting Vendor", "Active", "Active", "Resolved", "Resolved", "Closed"),
    ("Active", "Active", "Resolved", "Closed"),
)  # fmt: skip
_START = datetime(2024, 3, 1, 8)


def write(path: Path, rows: int, *, first: int = 1) -> None:
    """Write ``rows`` data lines to ``path``, tickets numbered from ``first``; the last ticket may be cut short."""
    chance = dice("log", first)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        number, written = first, 0
        while written < rows:
            written += _ticket(out, number, rows - written, chance)
            number += 1


def _ticket(out: Any, number: int, room: int, chance: random.Random) -> int:
    states = chance.choice(_PATHS)[:room]
    opened = _START + timedelta(minutes=chance.randrange(60 * 24 * 400))
    caller = f"Caller {min(int(chance.paretovariate(0.5)), 5000)}"
    group = f"Group {min(int(chance.paretovariate(0.7)), 70)}"
    worker = f"Resolver {chance.randint(1, 220)}"
    level = chance.choice(("1 - High", "2 - Medium", "2 - Medium", "2 - Medium", "3 - Low"))
    priority = {"1": "2 - High", "2": "3 - Moderate", "3": "4 - Low"}[level[0]]
    moment = opened
    closed = opened + timedelta(hours=30 * len(states))
    for count, state in enumerate(states):
        moment += timedelta(minutes=chance.randint(1, 600))
        out.writerow(
            (
                f"INC{number:07d}", state, "true", 0, 0, count, "true", caller, f"Opened by  {number % 200}",
                _text(opened), f"Created by {number % 180}", _text(opened), f"Updated by {chance.randint(1, 800)}",
                _text(moment), "Phone", f"Location {number % 220}", f"Category {number % 58}",
                f"Subcategory {number % 250}", level, level, priority, group, worker if count else "?", "code 6",
                worker, _text(closed), _text(closed),
            )
        )  # fmt: skip
    return len(states)


def _text(moment: datetime) -> str:
    return f"{moment.day}/{moment.month}/{moment.year} {moment:%H:%M}"
