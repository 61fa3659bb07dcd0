"""The second line of approvals: rows that the door would never write are refused by the database itself."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from directory.models import Employee
from servicedesk.tickets.models import Approval, ApprovalRound
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = ("requester", "requested_for", "implementer", "approver", "delegate")


@pytest.fixture
def people() -> dict[str, Employee]:
    return {name: make.make_employee(name) for name in PEOPLE}


def write(people: dict[str, Employee], **changes: object) -> Approval:
    """A row straight into its table, past the door."""
    ticket = make.make_incident(make.make_queue(is_default=not ApprovalRound.objects.exists()))
    round_ = ApprovalRound.objects.create(
        ticket_id=ticket.pk, rule_name="Rule", is_sequential=True, steps=[], subject_hash="0" * 64
    )
    copies = {name: people[name] for name in ("requester", "requested_for", "implementer", "approver")}
    with transaction.atomic():
        return Approval.objects.create(**{"ticket_id": ticket.pk, "round": round_, "step": 0, **copies, **changes})


def test_a_row_as_the_door_writes_it_is_taken(people: dict[str, Employee]) -> None:
    write(people, state="approved", decided_by=people["delegate"], decided_at=AT)
    assert Approval.objects.get().decided_by == people["delegate"]


@pytest.mark.parametrize("concerned", ["requester", "requested_for", "implementer"])
def test_nobody_concerned_is_asked(people: dict[str, Employee], concerned: str) -> None:
    with pytest.raises(IntegrityError, match="approver_is"):
        write(people, approver=people[concerned])


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
@pytest.mark.parametrize("concerned", ["requester", "requested_for", "implementer"])
def test_nobody_concerned_decides_as_a_delegate(people: dict[str, Employee], concerned: str, verdict: str) -> None:
    with pytest.raises(IntegrityError, match="decider_is"):
        write(people, state=verdict, decided_by=people[concerned], decided_at=AT, comment="Because")


@pytest.mark.parametrize("state", ["asked", "handed_on", "not_needed"])
def test_who_decided_stands_only_where_something_was_decided(people: dict[str, Employee], state: str) -> None:
    with pytest.raises(IntegrityError, match="approval_decided_by_somebody"):
        write(people, state=state, decided_by=people["delegate"], decided_at=AT)


@pytest.mark.parametrize("missing", ["decided_by", "decided_at"])
def test_a_decision_names_who_and_when(people: dict[str, Employee], missing: str) -> None:
    given = {"decided_by": people["delegate"], "decided_at": AT, missing: None}
    with pytest.raises(IntegrityError, match="approval_decided_by_somebody"):
        write(people, state="approved", **given)


def test_a_rejection_says_why(people: dict[str, Employee]) -> None:
    with pytest.raises(IntegrityError, match="rejected_with_a_comment"):
        write(people, state="rejected", decided_by=people["delegate"], decided_at=AT)


def test_one_asking_at_a_time_and_nobody_twice_in_a_step(people: dict[str, Employee]) -> None:
    row = write(people)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalRound.objects.create(
            ticket_id=row.ticket_id, rule_name="Rule", is_sequential=True, steps=[], subject_hash="1" * 64
        )
    with pytest.raises(IntegrityError):
        write(people, ticket_id=row.ticket_id, round=row.round)
