"""How a kind is shown. Each kind registers its face; pages read it and know no kind by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from servicedesk.common.types import StrOrPromise

if TYPE_CHECKING:
    from directory.models import Employee

    from .models import Ticket


@dataclass(frozen=True)
class Line:
    """One event of the timeline in words for employees."""

    sentence: StrOrPromise
    shape: str


@dataclass(frozen=True)
class Panel:
    """A part of a page that one kind adds, or that every kind has.

    ``context`` reads what ``template`` shows; None leaves the part out.
    """

    template: str
    context: Callable[["Ticket", "Employee"], Mapping[str, Any] | None]


SOLVED = gettext_lazy("Yes, it is solved")


@dataclass(frozen=True)
class Face:
    """One kind on pages.

    ``next_moves``: state → (the first of these that one may make is the primary button, a few of those stand beside
    it). ``next_step`` says to an employee what happens next in a state that no rule of all kinds explains. ``lines``:
    the events that employees read, by the last part of their verb. ``said``: those whose public text reads like a
    message.
    ``confirm_words``: the button with which an employee confirms what was done.
    ``panels``: place (``desk``, ``portal``) → the parts that the kind adds there, in order.
    """

    next_moves: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    next_step: Callable[["Ticket"], str]
    lines: Mapping[str, Line]
    said: Mapping[str, StrOrPromise] = field(default_factory=dict)
    panels: Mapping[str, tuple[Panel, ...]] = field(default_factory=dict)
    confirm_words: StrOrPromise = SOLVED


# The events of work that incidents and requests have in common.
WORK_LINES: dict[str, Line] = {
    "assigned": Line(gettext_lazy("Given to a technician"), "user"),
    "started": Line(gettext_lazy("Work started"), "player-play"),
    "pended": Line(gettext_lazy("Put on hold"), "player-pause"),
    "resumed": Line(gettext_lazy("Work goes on"), "player-play"),
    "escalated": Line(gettext_lazy("Passed on to specialists"), "arrow-up-right"),
    "returned_down": Line(gettext_lazy("Passed back to the team that had it before"), "arrow-back-up"),
    "routed": Line(gettext_lazy("Passed to another team"), "route"),
    "reclassified": Line(gettext_lazy("Treated as another kind of ticket"), "refresh"),
    "confirmed": Line(gettext_lazy("Confirmed as solved"), "thumb-up"),
    "reopened": Line(gettext_lazy("Opened again"), "rotate-clockwise"),
    "closed": Line(pgettext_lazy("event", "Closed"), "circle-minus"),
    "cancelled": Line(pgettext_lazy("event", "Cancelled"), "ban"),
}

_faces: dict[str, Face] = {}
_panels: dict[str, list[Panel]] = {}


def register_face(kind: str, face: Face) -> None:
    """Called once for each kind, from ``AppConfig.ready()``."""
    _faces[kind] = face


def face_of(kind: str) -> Face:
    """The face of a kind. A kind without one is a fault of ours: ``KeyError``."""
    return _faces[kind]


def register_panel(place: str, panel: Panel) -> None:
    """Add a part to the pages of every kind, below those of the kind itself; called from ``AppConfig.ready()``."""
    _panels.setdefault(place, []).append(panel)


@dataclass(frozen=True)
class PersonPanel:
    """A part of the technicians' page about a person. ``context``: as a :class:`Panel`, of a person."""

    template: str
    context: Callable[["Employee", "Employee"], Mapping[str, Any] | None]


_person_panels: list[PersonPanel] = []


def register_person_panel(panel: PersonPanel) -> None:
    """Add a part to the page about a person; called from ``AppConfig.ready()``."""
    _person_panels.append(panel)


def person_panels_of(person: "Employee", reader: "Employee") -> list[dict[str, Any]]:
    """``{template, context}`` of each part that the page about ``person`` has for ``reader``."""
    found = [(panel.template, panel.context(person, reader)) for panel in _person_panels]
    return [{"template": template, "context": context} for template, context in found if context is not None]


def panels_of(ticket: "Ticket", reader: "Employee", place: str) -> list[dict[str, Any]]:
    """``{template, …}`` of each part that the ticket's kind, or every kind, has at ``place`` for ``reader``."""
    shown = []
    for panel in (*face_of(ticket.kind).panels.get(place, ()), *_panels.get(place, ())):
        context = panel.context(ticket, reader)
        if context is not None:
            shown.append({"template": panel.template, "context": context})
    return shown
