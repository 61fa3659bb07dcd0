"""State diagrams, drawn from the transitions themselves: Graphviz source, and the SVG made of it."""

import hashlib
import re
import subprocess
from collections import defaultdict

from .machine import Machine

MARK = "source sha256:"
ELSEWHERE = "elsewhere"  # where a move with an effect leads: into another machine


class GraphvizMissing(RuntimeError):
    """The program ``dot`` is not installed."""


def dot_source(machine: Machine, states: list[tuple[str, str]], first: str) -> str:
    """Graphviz source of one machine: ``states`` as (name, label) in order, ``first`` the one new records have."""
    lines = [
        f"digraph {machine.verb_prefix} {{",
        '  graph [rankdir=LR, fontname="sans-serif", pad=0.3, nodesep=0.5, ranksep=0.9, bgcolor="transparent"];',
        '  node [shape=box, style="rounded", fontname="sans-serif", fontsize=12, color="#7f8a98"];',
        '  edge [fontname="sans-serif", fontsize=10, color="#7f8a98", fontcolor="#465160"];',
        '  start [shape=point, width=0.15, color="#7f8a98"];',
    ]
    lines += [f'  "{name}" [label="{label}"];' for name, label in states]
    lines.append(f'  start -> "{first}" [label="create"];')
    edges: dict[tuple[str, str], list[str]] = defaultdict(list)
    for action in machine.actions.values():
        if not action.is_move:
            continue
        for source, target in action.sources.items():
            for one in target.split("|") if action.effect is None else [ELSEWHERE]:
                edges[source, one].append(action.name)
    if any(target == ELSEWHERE for _, target in edges):
        lines.append(f'  "{ELSEWHERE}" [label="another kind", style="rounded,dashed"];')
    for (source, target), names in sorted(edges.items()):
        label = "\\n".join(sorted(names))
        lines.append(f'  "{source}" -> "{target}" [label="{label}"];')
    return "\n".join([*lines, "}", ""])


def svg(source: str, title: str) -> str:
    """The drawing of ``source``, with the source's digest inside so that its freshness can be told anywhere."""
    try:
        made = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, text=True, check=True, timeout=60)
    except FileNotFoundError as error:
        raise GraphvizMissing("Graphviz is not installed: install the Debian package graphviz.") from error
    drawing = made.stdout[made.stdout.index("<svg") :]
    drawing = re.sub(r"<!--.*?-->\n?", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"<title>.*?</title>\n?", "", drawing)
    opening, rest = drawing.split(">", 1)
    return f'{opening} role="img">\n<title>{title}</title>\n<!-- {MARK} {digest(source)} -->{rest}'


def digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def is_fresh(drawing: str, source: str) -> bool:
    """Whether ``drawing`` was made from exactly ``source``."""
    return f"{MARK} {digest(source)} " in drawing
