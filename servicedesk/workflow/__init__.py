"""The one door: every change of a record that people can cause passes :func:`perform`.

Names are loaded when first asked for, because Django imports this package before models may load.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decisions import Action, Decision, Facts, Guard, Override, Permission, decide
    from .door import Passage, carry_out, create, creation_form, payload_form, perform
    from .machine import Machine, all_machines, machine_of, register
    from .moves import move
    from .news import subscribe
    from .offers import Option, options, options_of
    from .payload import PayloadForm

_HOMES = {
    "decisions": ("Action", "Decision", "Facts", "Guard", "Override", "Permission", "decide"),
    "door": ("Passage", "carry_out", "create", "creation_form", "payload_form", "perform"),
    "machine": ("Machine", "all_machines", "machine_of", "register"),
    "moves": ("move",),
    "news": ("subscribe",),
    "offers": ("Option", "options", "options_of"),
    "payload": ("PayloadForm",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Action",
    "Decision",
    "Facts",
    "Guard",
    "Machine",
    "Option",
    "Override",
    "Passage",
    "PayloadForm",
    "Permission",
    "all_machines",
    "carry_out",
    "create",
    "creation_form",
    "decide",
    "machine_of",
    "move",
    "options",
    "options_of",
    "payload_form",
    "perform",
    "register",
    "subscribe",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
