"""The scenarios, and the one shape of their figures (DESIGN, outside contract)."""

import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import clients, directory
from .clients import Asking, Request
from .data import AGENT
from .surroundings import Surroundings, throwaway

SCENARIOS = ("assets", "impact", "import", "leaver", "move", "queue", "sync", "verify-log")
CREWS = (1, 8)
FLOOR = Request("GET", "/benchmark/floor/")
QUEUE = Request("GET", "/desk/")
Tell = Callable[[str], None]


def run(scenario: str, rows: int, *, tell: Tell) -> dict[str, Any]:
    """Measure ``scenario`` over ``rows`` rows. Raises :class:`.surroundings.CannotMeasure`.

    ``move`` and ``queue``: what 1 and 8 clients get answered. The others: how long the job takes while
    1 and 8 clients read the floor page; rps are then its rows per second.
    ``floor_ms`` is the floor page for one client and nothing else; ``ratio`` is the median for one
    client over it.
    """
    with throwaway() as place:
        tell(f"Making {rows:,} rows in a throwaway database.")
        if scenario == "sync":
            return _sync(place, rows, tell)
        ready = place.run("prepare", scenario=scenario, rows=rows, folder=str(place.folder))
        cookies = ready["cookies"]
        with place.server() as port:
            clients.warm_up(port, lambda _client: FLOOR, cookies)
            tell("Measuring the floor.")
            floor = _answered(port, lambda _client: FLOOR, cookies, 1)
            if scenario in ("queue", "move"):
                found, cost = _requests(scenario, place, port, ready, tell)
            else:
                found, cost = _job(scenario, place, port, ready, tell)
    return {
        "scenario": scenario, "rows": rows, "database": ready["database"], "clients": found, "sql": cost["sql"],
        "bytes": cost["bytes"], "floor_ms": floor["median_ms"],
        "ratio": round(found["1"]["median_ms"] / floor["median_ms"], 2),
    }  # fmt: skip


def _sync(place: Surroundings, rows: int, tell: Tell) -> dict[str, Any]:
    found, floor = directory.measure(place, rows, page=FLOOR, tell=tell)
    parts = found.pop("parts")
    return {
        "scenario": "sync", "rows": rows, **found, "floor_ms": round(floor * 1000, 2),
        "ratio": round(found["clients"]["1"]["median_ms"] / (floor * 1000), 2), "parts": parts,
    }  # fmt: skip


def _answered(port: int, asking: Asking, cookies: list[dict[str, str]], crew: int) -> dict[str, Any]:
    *seconds, total = clients.measure(port, asking, cookies, clients=crew)
    return clients.figures(seconds, total=total, done=len(seconds))


def _requests(
    scenario: str, place: Surroundings, port: int, ready: dict[str, Any], tell: Tell
) -> tuple[dict[str, Any], dict[str, Any]]:
    cookies = ready["cookies"]
    asking: Asking = Moves(ready["tickets"], cookies) if scenario == "move" else lambda _client: QUEUE
    clients.warm_up(port, asking, cookies)
    found = {}
    for crew in CREWS:
        tell(f"Asking with {crew} at once.")
        found[str(crew)] = _answered(port, asking, cookies, crew)
    one = asking(0)
    cost = place.run(
        "sql", quiet=True, method=one.method, path=one.path, cookies=cookies[0], headers=one.headers, body=one.body
    )
    return found, cost


def _job(
    scenario: str, place: Surroundings, port: int, ready: dict[str, Any], tell: Tell
) -> tuple[dict[str, Any], dict[str, Any]]:
    found: dict[str, Any] = {}
    cost: dict[str, Any] = {}
    for part, crew in enumerate(CREWS, start=1):
        path = str(Path(place.folder) / f"log{part}.csv")
        with clients.reading(port, lambda _client: FLOOR, ready["cookies"], clients=crew) as answers:
            done = place.run("job", quiet=True, scenario=scenario, path=path)
        seconds = done["seconds"]
        found[str(crew)] = clients.figures([seconds], total=seconds, done=done["rows"])
        meanwhile = clients.figures(answers, total=seconds, done=len(answers))
        tell(
            f"{scenario}: {done['rows']:,} rows in {seconds:.1f} s within {done['peak_mb']} MB while {crew} read: "
            f"they waited {meanwhile['median_ms']} ms (95 %: {meanwhile['p95_ms']} ms)."
        )
        cost = cost or done
    return found, cost


class Moves:
    """Assigns open tickets to and fro through the API. A ticket belongs to one client, so no version is stale."""

    def __init__(self, tickets: list[tuple[str, int]], cookies: list[dict[str, str]]) -> None:
        self._cookies = cookies
        most = max(CREWS)
        self._versions = dict(tickets)
        self._mine = [itertools.cycle([number for number, _version in tickets[own::most]]) for own in range(most)]
        self._lock = threading.Lock()

    def __call__(self, client: int) -> Request:
        with self._lock:
            number = next(self._mine[client])
            version = self._versions[number]
            self._versions[number] = version + 1
        return Request(
            "POST", f"/api/v1/incidents/{number}/transitions/assign/",
            {
                "Content-Type": "application/json", "If-Match": f'"{version}"',
                "X-CSRFToken": self._cookies[client]["csrftoken"],
            },
            json.dumps({"assignee": AGENT if version % 2 else f"{AGENT}1"}),
        )  # fmt: skip
