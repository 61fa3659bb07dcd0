"""The import-only door: what is no history is refused whole, and what is written is what the log stands for."""

from datetime import UTC, datetime

import pytest

from directory.services import system_employee
from incidents.models import Incident
from servicedesk.audit.models import Event
from servicedesk.audit.verify import verify
from servicedesk.common.errors import InvalidPayload
from servicedesk.workflow.replay import History, Step, replay, standing
from tests.factories import make_employee, make_queue

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def queue(db):
    return make_queue()


def history(queue, *states, final=None, at=NOON):
    """A new incident that went through ``states``, given as (source, target)."""
    person = make_employee()
    state = final or states[-1][1]
    record = Incident(
        kind="incident", state=state, is_open=state not in ("resolved", "closed"), title="Old news", queue=queue,
        requester=person, requested_for=person, opened_at=NOON, updated_at=NOON,
    )  # fmt: skip
    actor = system_employee("import").pk
    return History(record, [Step(at=at, actor_id=actor, source=source, target=target) for source, target in states])


@pytest.mark.parametrize(
    ("states", "final", "at", "sentence"),
    [
        ((), "new", NOON, "no history"),
        ((("", "asleep"),), None, NOON, "is no state"),
        ((("", "fulfilled"),), None, NOON, "is no state"),
        ((("new", "closed"),), None, NOON, "begins at “new”"),
        ((("", "new"), ("resolved", "closed")), None, NOON, "begins at “resolved”"),
        ((("", "new"), ("new", "resolved")), "closed", NOON, "ends at “resolved”"),
        ((("", "new"),), None, NOON.replace(tzinfo=None), "no time zone"),
    ],
)
def test_what_is_no_history_is_refused_and_nothing_of_its_company_is_written(queue, states, final, at, sentence):
    good = history(queue, ("", "new"))
    with pytest.raises(InvalidPayload, match=sentence):
        replay([good, history(queue, *states, final=final, at=at)], verb="imported")

    assert not Incident.objects.exists()
    assert not Event.objects.exists()


def test_many_histories_are_written_in_few_statements(queue, django_assert_max_num_queries):
    many = [history(queue, ("", "new"), ("new", "closed")) for _ in range(20)]
    with django_assert_max_num_queries(12):
        written = replay(many, verb="imported")

    assert (written, Incident.objects.count(), Event.objects.count()) == (40, 20, 40)
    assert verify().ok


def test_a_history_goes_on_from_the_state_in_which_the_record_stands(queue):
    first = history(queue, ("", "new"))
    replay([first], verb="imported")
    found = standing(Incident, [first.record.pk])[first.record.pk]
    assert (found.record.state, found.events) == ("new", 1)
    actor = system_employee("import").pk

    torn = History(found.record, [Step(NOON, actor, "closed", "new")])
    with pytest.raises(InvalidPayload, match="begins at “closed”"):
        replay([torn], verb="imported")
    steps = [Step(NOON, actor, "new", "resolved", values={"tier": 2})]
    changed = {"state": "resolved", "is_open": False, "resolution_code": "fixed", "tier": 2}
    replay([History(found.record, steps, before={"tier": 1}, changed=changed)], verb="imported")

    incident = Incident.objects.get()
    assert (incident.state, incident.is_open, incident.resolution_code, incident.tier) == (
        "resolved",
        False,
        "fixed",
        2,
    )
    assert Event.objects.order_by("sequence").last().details == {"changes": {"tier": [1, 2]}}
    assert verify().ok
