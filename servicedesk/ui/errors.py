"""What a person reads when a request fails as a whole: what happened, and what to do next."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """The heading, the sentence when nothing better is known, and the next step."""

    title: str | Promise
    sentence: str | Promise
    next: str | Promise


_WORDS = {
    400: Words(
        _("The request was not understood"),
        _("The address or the form you sent is damaged."),
        _("Go back, reload the page and try again."),
    ),
    403: Words(
        _("You may not do this"),
        _("Your role does not allow what you asked for."),
        _("If your work needs it, ask your desk manager or an administrator."),
    ),
    404: Words(
        _("Page not found"),
        _("There is nothing at this address, or it is not for you to see."),
        _("Check the number or the address, or start from the home page."),
    ),
    409: Words(
        _("This can no longer be done"),
        _("The record changed since you opened it."),
        _("Go back, reload the page and look at what changed before you try again."),
    ),
    413: Words(
        _("The file is too large"),
        _("The server does not take files of this size."),
        _("Send a smaller file, or share a link to it."),
    ),
    422: Words(
        _("Check what you entered"),
        _("Something in the form is missing or wrong."),
        _("Go back and correct it: what you wrote is still there."),
    ),
    429: Words(
        _("Too many attempts"),
        _("There were too many attempts in a short time."),
        _("Wait a few minutes, then try again."),
    ),
    500: Words(
        _("Something went wrong on our side"),
        _("The fault was recorded, and nothing was half saved."),
        _("Try again in a minute. If it happens again, tell the service desk what you were doing and when."),
    ),
}


def words_for(status: int) -> Words:
    """The words for an HTTP status; an unlisted one is a fault of ours (5xx) or of the request (4xx)."""
    return _WORDS.get(status) or _WORDS[500 if status >= 500 else 400]
