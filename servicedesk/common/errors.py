"""What can go wrong in a way a person can cause, as exceptions with a sentence.

Each class maps to one HTTP status, in one place per face (``servicedesk.middleware`` for pages,
``servicedesk.tickets.api`` for the API). Anything else that is raised is a fault of ours and stays loud.
"""

from collections.abc import Mapping


class DomainError(Exception):
    """A request that cannot be carried out; ``str()`` is a sentence for the person who asked."""

    status = 409

    def __init__(self, message: object) -> None:
        super().__init__(str(message))

    @property
    def sentence(self) -> str:
        return str(self.args[0])


class WrongState(DomainError):
    """The record's state, or a guard on it, forbids the action (409)."""


class StaleVersion(WrongState):
    """The record changed since it was read (409). ``current`` is the version it has now."""

    def __init__(self, message: object, *, expected: int, current: int) -> None:
        super().__init__(message)
        self.expected = expected
        self.current = current


class Busy(DomainError):
    """Others hold what this needs; nothing was written, and trying again is right (409)."""


class NotPermitted(DomainError):
    """The actor may see the record but not do this (403)."""

    status = 403


class Hidden(DomainError):
    """The actor may not know that the record exists (404)."""

    status = 404


class InvalidPayload(DomainError):
    """Details of an action are missing or wrong (422). ``errors``: field name → sentences."""

    status = 422

    def __init__(self, errors: Mapping[str, list[str]] | str) -> None:
        self.errors: dict[str, list[str]] = (
            {"": [str(errors)]}
            if isinstance(errors, str)
            else {field: [str(sentence) for sentence in sentences] for field, sentences in errors.items()}
        )
        super().__init__(" ".join(sentence for sentences in self.errors.values() for sentence in sentences))
