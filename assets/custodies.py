"""What the moves of an asset write into its custody. Each runs inside the door, after the asset itself was saved."""

from typing import Any

from servicedesk.workflow import Passage


def begin(passage: Passage) -> None:
    """A new custody. That there is no other one the row's lock sees to, and a partial unique index behind it."""
    details = passage.payload
    passage.result = passage.record.custodies.create(
        employee=details["employee"], given_by=passage.by, given_at=passage.now, terms=details["terms"]
    )


def accept(passage: Passage) -> None:
    _change(passage, accepted_at=passage.now, signature=passage.payload["signature"])


def ask_back(passage: Passage) -> None:
    _change(passage, due_back_on=passage.payload["due_on"])


def decline(passage: Passage) -> None:
    _end(passage, "declined", decline_reason=passage.payload["reason"])


def take_back(passage: Passage) -> None:
    _end(passage, "returned", condition=passage.payload["condition"], wiped=passage.payload["wiped"])


def retire(passage: Passage) -> None:
    _end(passage, "retired")


def find(passage: Passage) -> None:
    _end(passage, "found")


def write_off(passage: Passage) -> None:
    _end(passage, "written_off")


def _end(passage: Passage, how: str, **values: Any) -> None:
    _change(passage, ended_at=passage.now, ended_how=how, ended_by=passage.by, **values)


def _change(passage: Passage, **values: Any) -> None:
    """Write ``values`` into the active custody; there is none of what was in stock."""
    passage.record.custodies.filter(ended_at=None).update(**values)
