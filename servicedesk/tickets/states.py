"""The vocabulary of kinds and states. A CHECK on the ticket table is built from it."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise


class Kind(models.TextChoices):
    INCIDENT = "incident", _("Incident")
    REQUEST = "request", _("Service request")
    PROBLEM = "problem", _("Problem")
    CHANGE = "change", _("Change")
    CASE = "case", _("Onboarding case")


@dataclass(frozen=True)
class State:
    """One state: its word for technicians, for employees, whether work goes on, and its tone on pages.

    ``is_settled``: the work is done, and the requester may still say that it is not.
    """

    name: str
    label: StrOrPromise
    employee_label: StrOrPromise
    is_open: bool
    tone: str
    is_settled: bool = False

    @property
    def is_resolved(self) -> bool:
        """The work is done, and it is not closed yet."""
        return self.tone == "resolved"


@dataclass(frozen=True)
class Vocabulary:
    """A kind's prefix and states; the first state is the one a new record has."""

    prefix: str
    states: tuple[State, ...]
    _by_name: dict[str, State] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({state.name: state for state in self.states})

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    @property
    def choices(self) -> list[tuple[str, StrOrPromise]]:
        """The states as a field of choices takes them."""
        return [(state.name, state.label) for state in self.states]

    def __getitem__(self, name: str) -> State:
        return self._by_name[name]


VOCABULARY: dict[str, Vocabulary] = {
    Kind.INCIDENT: Vocabulary(
        "INC",
        (
            State("new", _("New"), _("Received"), True, "new"),
            State("assigned", _("Assigned"), _("With the team"), True, "assigned"),
            State("in_progress", _("In progress"), _("In progress"), True, "progress"),
            State("pending", _("Waiting"), _("Waiting"), True, "waiting"),
            State("resolved", _("Resolved"), _("Resolved"), False, "resolved", is_settled=True),
            State("closed", _("Closed"), _("Closed"), False, "closed"),
            State("cancelled", _("Cancelled"), _("Cancelled"), False, "cancelled"),
        ),
    ),
    Kind.REQUEST: Vocabulary(
        "REQ",
        (
            State("submitted", _("Submitted"), _("Received"), True, "new"),
            State("awaiting_approval", _("Awaiting approval"), _("Waiting for approval"), True, "waiting"),
            State("approved", _("Approved"), _("Approved"), True, "assigned"),
            State("rejected", _("Rejected"), _("Not approved"), False, "cancelled"),
            State("fulfilment", _("In fulfilment"), _("In progress"), True, "progress"),
            State("pending", _("Waiting"), _("Waiting"), True, "waiting"),
            State("fulfilled", _("Fulfilled"), _("Done"), False, "resolved", is_settled=True),
            State("closed", _("Closed"), _("Closed"), False, "closed"),
            State("cancelled", _("Cancelled"), _("Cancelled"), False, "cancelled"),
        ),
    ),
    Kind.PROBLEM: Vocabulary(
        "PRB",
        (
            State("logged", _("Logged"), _("Received"), True, "new"),
            State("investigating", _("Investigating"), _("Being looked into"), True, "progress"),
            State("known_error", _("Known error"), _("Known, with a way around it"), True, "waiting"),
            State("resolved", _("Resolved"), _("Resolved"), False, "resolved"),
            State("closed", _("Closed"), _("Closed"), False, "closed"),
            State("cancelled", _("Cancelled"), _("Cancelled"), False, "cancelled"),
        ),
    ),
    Kind.CHANGE: Vocabulary(
        "CHG",
        (
            State("draft", _("Draft"), _("Being planned"), True, "new"),
            State("assessment", _("In assessment"), _("Being assessed"), True, "waiting"),
            State("authorisation", _("Awaiting authorisation"), _("Waiting for approval"), True, "waiting"),
            State("scheduled", _("Scheduled"), _("Scheduled"), True, "assigned"),
            State("implementing", _("Being implemented"), _("In progress"), True, "progress"),
            State("review", _("In review"), _("Done, being reviewed"), True, "progress"),
            State("closed", _("Closed"), _("Closed"), False, "closed"),
            State("cancelled", _("Cancelled"), _("Cancelled"), False, "cancelled"),
        ),
    ),
    Kind.CASE: Vocabulary(
        "ONB",
        (
            State("requested", _("Requested"), _("Received"), True, "new"),
            State("approved", _("Approved"), _("Approved"), True, "assigned"),
            State("preparing", _("Being prepared"), _("Being prepared"), True, "progress"),
            State("ready", _("Ready"), _("Ready"), True, "assigned"),
            State("on_hold", _("On hold"), _("On hold"), True, "waiting"),
            State("day_one", _("First day"), _("First day"), True, "progress"),
            State("notified", _("Notified"), _("Received"), True, "new"),
            State("scheduled", _("Scheduled"), _("Scheduled"), True, "assigned"),
            State("access_revoked", _("Access revoked"), _("Access ended"), True, "progress"),
            State("recovering", _("Recovering"), _("Equipment is collected"), True, "progress"),
            State("verified", _("Verified"), _("Checked"), True, "progress"),
            State("closed", _("Closed"), _("Closed"), False, "closed"),
            State("cancelled", _("Cancelled"), _("Cancelled"), False, "cancelled"),
        ),
    ),
}


# (kind, state) of what its requester may still say is not done.
SETTLED = [(str(kind), s.name) for kind, words in VOCABULARY.items() for s in words.states if s.is_settled]


class PendingReason(models.TextChoices):
    """What a waiting ticket waits for."""

    REQUESTER = "requester", _("The employee")
    VENDOR = "vendor", _("The supplier")
    CHANGE = "change", _("A change")
    PROBLEM = "problem", _("A problem")
    EVIDENCE = "evidence", _("Evidence")


# The same as one short status for lists.
WAITING_WORDS: dict[str, StrOrPromise] = {
    PendingReason.REQUESTER: _("Waiting: employee"),
    PendingReason.VENDOR: _("Waiting: supplier"),
    PendingReason.CHANGE: _("Waiting: change"),
    PendingReason.PROBLEM: _("Waiting: problem"),
    PendingReason.EVIDENCE: _("Waiting: evidence"),
}


class ResolutionCode(models.TextChoices):
    """How an incident ended. Imported history keeps the codes it came with."""

    FIXED = "fixed", _("Fixed")
    WORKAROUND = "workaround", _("Workaround given")
    ADVICE = "advice", _("Advice given")
    NOT_REPRODUCED = "not_reproduced", _("Could not be reproduced")
    NO_FAULT = "no_fault", _("No fault found")
    SUPPLIER = "supplier", _("Solved by the supplier")


class Level(models.TextChoices):
    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


class Priority(models.TextChoices):
    P1 = "P1", _("P1 Critical")
    P2 = "P2", _("P2 High")
    P3 = "P3", _("P3 Normal")
    P4 = "P4", _("P4 Low")


PRIORITY_MATRIX: dict[tuple[str, str], str] = {
    ("high", "high"): "P1", ("high", "medium"): "P2", ("high", "low"): "P3",
    ("medium", "high"): "P2", ("medium", "medium"): "P3", ("medium", "low"): "P4",
    ("low", "high"): "P3", ("low", "medium"): "P4", ("low", "low"): "P4",
}  # fmt: skip


def priority_of(impact: str, urgency: str) -> str:
    """The priority that follows from impact and urgency (MACHINES, incident)."""
    return PRIORITY_MATRIX[impact, urgency]


def kind_of_prefix(prefix: str) -> str | None:
    return next((kind for kind, words in VOCABULARY.items() if words.prefix == prefix), None)


class Channel(models.TextChoices):
    PORTAL = "portal", _("Portal")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Chat")
    WALK_IN = "walk_in", _("In person")
    API = "api", _("API")
    IMPORT = "import", _("Import")
