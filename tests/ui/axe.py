"""What axe-core finds wrong with the page that a browser shows."""

from pathlib import Path
from typing import Any

_SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Any) -> list[str]:
    """One line for each element that breaks a rule of WCAG 2.2 AA or a best practice; empty when clean."""
    page.evaluate(_SOURCE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules}).then(result => result.violations)", _RULES)
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def scrolls_sideways(page: Any) -> bool:
    """Whether the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
