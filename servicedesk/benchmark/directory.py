"""The scenario ``sync``: a company of people in a throwaway OpenLDAP, and what bringing them in takes."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from directory.ldap.mapping import DEFAULTS
from servicedesk.common.ports import LOOPBACK

from . import bare_read, clients, people
from .clients import Request
from .processes import CannotStart
from .slapd import Slapd
from .surroundings import CannotMeasure, Surroundings

CHANGED = 20
Tell = Callable[[str], None]


def measure(
    place: Surroundings, rows: int, *, page: Request, tell: Tell, repeats: int = 3
) -> tuple[dict[str, Any], float]:
    """Bring ``rows`` people in, find them unchanged ``repeats`` times, find some changed.

    Gives the figures and the floor in seconds. Each run has a process of its own; a bare read of the same server goes
    before each run over unchanged people. ``page`` is what eight people read during one more run.
    """
    try:
        with Slapd() as server:
            return _measure(place, server, rows, page, tell, repeats)
    except CannotStart as error:
        raise CannotMeasure(str(error)) from error


def _measure(
    place: Surroundings, server: Slapd, rows: int, page: Request, tell: Tell, repeats: int
) -> tuple[dict[str, Any], float]:
    file = server.folder / "company.ldif"
    people.write(file, rows, base=server.base, reader=server.reader, password=server.password)
    size = file.stat().st_size
    server.load(file)
    place.reads_directory(server.uri, bind_dn=server.reader, password=server.password)
    ready = place.run("prepare", scenario="sync", rows=rows, folder=str(place.folder))

    first = _run(place, "first load", tell, full=True)
    _expect(first, created=rows)
    floors, unchanged = [], []
    for _turn in range(repeats):
        floors.append(_bare_read(server))
        tell(f"bare read: {floors[-1]:.2f} s")
        unchanged.append(_run(place, "nothing changed", tell, full=True))
        _expect(unchanged[-1], changed=0)
    with place.server() as port:
        clients.warm_up(port, lambda _client: page, ready["cookies"])
        with clients.reading(port, lambda _client: page, ready["cookies"], clients=8) as answers:
            beside = _run(place, "nothing changed, while 8 read", tell, full=True)
    waited = clients.figures(answers, total=beside["seconds"], done=len(answers))
    tell(f"They waited {waited['median_ms']} ms (95 %: {waited['p95_ms']} ms).")
    bare_read.change(
        LOOPBACK, server.port, server.admin, server.password,
        [people.dn_of(number, server.base) for number in range(0, rows, max(1, rows // CHANGED))][:CHANGED],
    )  # fmt: skip
    increment = _run(place, f"{CHANGED} changed", tell, full=False)
    _expect(increment, seen=CHANGED, changed=CHANGED)
    return {
        "database": ready["database"],
        "clients": {"1": _figures(unchanged), "8": _figures([beside])},
        "sql": unchanged[0]["sql"],
        "bytes": size,
        "parts": {"first": _part([first]), "unchanged": _part(unchanged), "increment": _part([increment])},
    }, statistics.median(floors)


def _run(place: Surroundings, what: str, tell: Tell, *, full: bool) -> dict[str, Any]:
    done = place.run("sync", quiet=True, full=full)
    tell(
        f"{what}: {done['seen']:,} people in {done['seconds']:.2f} s ({done['seen'] / done['seconds']:,.0f} a second), "
        f"{done['sql']} statements, within {done['peak_mb']} MB"
    )
    return done


def _expect(done: dict[str, Any], **facts: int) -> None:
    """Figures of a run that did something else than it should are worth nothing."""
    for name, number in facts.items():
        if done[name] != number:
            raise CannotMeasure(
                _("The run had to have {wanted} people {what}, and had {found}.").format(
                    wanted=number, what=name, found=done[name]
                )
            )


def _figures(runs: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = [run["seconds"] for run in runs]
    return clients.figures(seconds, total=sum(seconds), done=sum(run["seen"] for run in runs))


def _part(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {**_figures(runs), "sql": runs[0]["sql"], "peak_mb": max(run["peak_mb"] for run in runs)}


def _bare_read(server: Slapd) -> float:
    """Seconds of one bare read, in a process of its own that has not even our settings."""
    given = {
        "host": LOOPBACK, "port": server.port, "user": server.reader, "password": server.password,
        "base": server.base, "attributes": sorted(DEFAULTS.wanted),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", f"{__package__}.{Path(bare_read.__file__).stem}"], input=json.dumps(given),
        cwd=settings.BASE_DIR, check=False, text=True, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        raise CannotMeasure(_("The bare read failed. {why}").format(why=" ".join(done.stderr.split())[-600:]))
    return float(json.loads(done.stdout)["seconds"])
