"""What axe-core finds wrong with the page that a browser shows."""

from pathlib import Path
from typing import Any

_SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Any, *rules: str) -> list[str]:
    """A line for each element that breaks one of the rules (none named: WCAG 2.2 AA and best practices)."""
    page.evaluate(_SOURCE)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": _RULES}
    found = page.evaluate("only => axe.run(document, {runOnly: only}).then(result => result.violations)", only)
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def scrolls_sideways(page: Any) -> bool:
    """Whether the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
