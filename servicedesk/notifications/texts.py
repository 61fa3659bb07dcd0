"""What is said about each event, and to whom. Internal notes have no text here, so none can be sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from servicedesk.common.types import StrOrPromise


@dataclass(frozen=True)
class Text:
    """``audience``: requester, assignee, watchers, approvers (whom the event asked, and who acts for them now),
    readers (of the queue's confidential tickets), granted (who was let in).

    ``quotes``: the personal text shown in the mail, if any.

    ``tells_actor``: whoever caused it gets it too, as a receipt.
    """

    audience: frozenset[str]
    sentence: StrOrPromise
    quotes: str = ""
    tells_actor: bool = False


def to(*audience: str) -> frozenset[str]:
    return frozenset(audience)


_texts: dict[str, Text] = {
    "ticket.replied": Text(
        to("requester", "assignee", "watchers"), _("%(actor)s wrote about “%(title)s”:"), quotes="body"
    ),
    "ticket.reclassified": Text(
        to("requester", "watchers"),
        _("“%(title)s” is now handled as another kind of ticket. Its number is %(number)s from now on."),
    ),
    "ticket.approval_asked": Text(
        to("approvers"), _("%(number)s waits for your approval: “%(title)s”. Read it and decide."), tells_actor=True
    ),
    "ticket.approval_handed_on": Text(
        to("approvers"), _("%(number)s now waits for your approval: “%(title)s”. Read it and decide."), tells_actor=True
    ),
    "ticket.access_granted": Text(
        to("requester", "readers", "granted"), _("%(actor)s let somebody see %(number)s, a confidential ticket, "
        "for some days. The reason:"), quotes="reason",
    ),
}  # fmt: skip


def register_texts(texts: Mapping[str, Text]) -> None:
    """Say what is sent about the events of a kind; called once from ``AppConfig.ready()``."""
    _texts.update(texts)


def is_told(verb: str) -> bool:
    """Whether anybody hears of such an event."""
    return verb in _texts


def text_of(verb: str) -> Text:
    """What is said about an event that is told (``KeyError``: it is not)."""
    return _texts[verb]


def all_texts() -> Mapping[str, Text]:
    return _texts
