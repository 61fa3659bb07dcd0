"""Work that time alone causes: each kind registers its sweep, one job runs them all."""

from collections.abc import Callable

Sweep = Callable[[], dict[str, int]]
_sweeps: dict[str, Sweep] = {}


def register(name: str, sweep: Sweep) -> None:
    _sweeps[name] = sweep


def run() -> dict[str, dict[str, int]]:
    """Run every sweep; gives what each did."""
    return {name: sweep() for name, sweep in _sweeps.items()}
