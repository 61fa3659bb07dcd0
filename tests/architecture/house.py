"""The layers as pyproject.toml declares them for import-linter, and the source files of the product."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def layers() -> dict[str, int]:
    """Package → layer, 0 at the bottom. Parentheses (not there yet) and separators are import-linter's."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    rows = next(contract for contract in contracts if contract["id"] == "layers")["layers"]
    return {
        name.strip().strip("()"): height
        for height, row in enumerate(reversed(rows))
        for name in row.replace(":", "|").split("|")
    }


def package_of(module: str) -> str | None:
    """The package in the list of layers that ``module`` belongs to: the longest one."""
    fitting = [name for name in layers() if module == name or module.startswith(f"{name}.")]
    return max(fitting, key=len, default=None)


def may_use(module: str, other: str) -> bool:
    """Whether ``module`` may know ``other``: its own package, or a lower layer. Foreign packages are free."""
    own, its = package_of(module), package_of(other)
    if its is None:
        return other.split(".")[0] not in product_roots()
    return own is not None and (own == its or layers()[own] > layers()[its])


@cache
def product_roots() -> frozenset[str]:
    """The top-level packages of the product."""
    return frozenset(name.split(".")[0] for name in layers())


def product_files(pattern: str = "*.py") -> Iterator[Path]:
    """Every file of the product that people wrote; migrations and tests apart."""
    for root in sorted(product_roots()):
        for path in sorted((ROOT / root).rglob(pattern)):
            if "migrations" not in path.parts and "__pycache__" not in path.parts:
                yield path


def module_of(path: Path) -> str:
    """``servicedesk/tickets/models.py`` → ``servicedesk.tickets.models``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
