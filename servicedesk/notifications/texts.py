"""What is said about each event, and to whom. Internal notes have no text here, so none can be sent."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise


@dataclass(frozen=True)
class Text:
    """``audience``: requester, assignee, watchers. ``quotes``: the personal text shown in the mail, if any.

    ``tells_actor``: whoever caused it gets it too, as a receipt.
    """

    audience: frozenset[str]
    sentence: StrOrPromise
    quotes: str = ""
    tells_actor: bool = False


def _to(*audience: str) -> frozenset[str]:
    return frozenset(audience)


TEXTS: dict[str, Text] = {
    "incident.created": Text(
        _to("requester"),
        _("We received “%(title)s”. Its number is %(number)s; we will come back to you."),
        tells_actor=True,
    ),
    "ticket.replied": Text(
        _to("requester", "assignee", "watchers"), _("%(actor)s wrote about “%(title)s”:"), quotes="body"
    ),
    "incident.assigned": Text(_to("assignee"), _("“%(title)s” is assigned to you.")),
    "incident.resolved": Text(
        _to("requester", "watchers"),
        _("“%(title)s” is resolved. Please confirm, or reopen it if it is not solved:"), quotes="text",
    ),
    "incident.reopened": Text(
        _to("requester", "assignee", "watchers"), _("“%(title)s” is open again."),
    ),
    "incident.cancelled": Text(_to("requester", "assignee", "watchers"), _("“%(title)s” was cancelled.")),
    "incident.merged": Text(
        _to("requester", "watchers"), _("“%(title)s” is now handled together with another report of the same thing.")
    ),
}  # fmt: skip
