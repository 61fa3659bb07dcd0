"""Problems: investigated by technicians, known errors shown where they help, incidents resolved with them."""

from collections.abc import Callable
from itertools import product

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from directory.models import Employee
from incidents.models import Incident, Problem
from incidents.problems.facts import problem_facts
from incidents.problems.linked import known_errors_for
from incidents.problems.services import log_problem
from servicedesk.audit.models import Event
from servicedesk.common.errors import InvalidPayload, NotPermitted, WrongState
from servicedesk.tickets.access import remembered
from servicedesk.tickets.models import Link, Queue, Ticket
from servicedesk.workflow import carry_out, machine_of, perform
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def network() -> Queue:
    return make.make_queue("network", tiers=3, is_default=True)


@pytest.fixture
def emil(network: Queue) -> Employee:
    """Works tier 2 only: problems have no tiers."""
    return make.make_agent(network, 2, "emil")


@pytest.fixture
def alice() -> Employee:
    return make.make_employee("alice")


@pytest.fixture
def problem(network: Queue, emil: Employee) -> Problem:
    return log_problem(by=emil, title="The core switch drops frames", queue=network.slug)


def test_the_whole_life_of_a_problem(problem: Problem, emil: Employee) -> None:
    problem = perform(problem, "investigate", by=emil)
    assert (problem.state, problem.assignee) == ("investigating", emil)
    problem = perform(problem, "publish_workaround", by=emil, workaround="Use the cable on the left.")
    assert (problem.state, problem.workaround) == ("known_error", "Use the cable on the left.")
    problem = perform(problem, "resolve", by=emil, root_cause="A worn fan", text="A new fan")
    assert problem.resolved_at is not None and problem.closed_at is None and not problem.is_open
    problem = perform(problem, "close", by=emil)
    assert problem.state == "closed" and problem.closed_at is not None
    verbs = Event.objects.filter(subject_id=problem.pk).order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == [
        "problem.created", "problem.investigated", "problem.workaround_published", "problem.resolved", "problem.closed",
    ]  # fmt: skip


# Who may make which move, from which states; everything else is refused. Reviewed against the specification.
MOVES = {
    "investigate": {"logged"},
    "publish_workaround": {"investigating"},
    "resolve": {"investigating", "known_error"},
    "close": {"resolved"},
    "assign": {"logged", "investigating", "known_error"},
    "cancel": {"logged", "investigating", "known_error"},
}
STATES = ("logged", "investigating", "known_error", "resolved", "closed", "cancelled")
WORKERS = ({"view_queue", "work_l1"}, {"view_queue", "work_l2"}, {"view_queue", "work_l3"})
OTHERS = (
    set(), {"view_queue"}, {"view_queue", "triage_queue"}, {"view_queue", "train_l1"}, {"audit_queue"},
    {"work_l1", "work_l2"},
)  # fmt: skip


def test_every_cell_of_its_table(problem: Problem, emil: Employee) -> None:
    machine = machine_of(Problem)
    assert {name for name, action in machine.actions.items() if action.is_move} == set(MOVES)
    base = vars(problem_facts(problem, emil))
    wrong = []
    for move, state, held in product(MOVES, STATES, (*WORKERS, *OTHERS, {"view_queue", "manage_queue"})):
        facts = type(problem_facts(problem, emil))(
            **{k: v for k, v in base.items() if k != "roles"}
            | {"state": state, "held": frozenset(held), "is_requester": False, "is_concerned": False}
        )
        decision = machine.decide(facts, move)
        if state in MOVES[move] and held in WORKERS:
            fits = decision.allowed and not decision.needs_override
        elif state in MOVES[move] and "manage_queue" in held:
            fits = decision.allowed and decision.needs_override
        else:
            fits = not decision.allowed and len(decision.sentence) > 20
        if not fits:
            wrong.append((move, state, sorted(held), decision))
    assert not wrong[:3]


def test_whoever_logged_it_has_no_more_rights_than_others(problem: Problem, emil: Employee) -> None:
    emil.groups.clear()

    with pytest.raises(NotPermitted):
        perform(problem, "cancel", by=emil, reason="Mine")


def test_only_technicians_log_problems(network: Queue, alice: Employee) -> None:
    with pytest.raises(NotPermitted, match="logged by technicians"):
        log_problem(by=alice, title="Something", queue=network.slug)


def test_a_queue_that_is_not_ones_own_is_refused(emil: Employee) -> None:
    other = make.make_queue("payroll")

    with pytest.raises(InvalidPayload, match="Choose a queue that you work or triage"):
        log_problem(by=emil, title="Something", queue=other.slug)


def test_the_first_incident_is_linked(network: Queue, emil: Employee, alice: Employee) -> None:
    make_agent_too = make.make_technician(network, "view_queue", "work_l1", "work_l2", login="both")
    incident = make.make_incident(network, by=alice)

    problem = log_problem(by=make_agent_too, title="Frames", queue=network.slug, incident=incident.number)

    link = Link.objects.get()
    assert (link.ticket_id, link.kind, link.other_id) == (incident.pk, "caused_by", problem.pk)
    assert Event.objects.filter(subject_id=incident.pk, verb="ticket.linked").count() == 1


def test_without_a_right_to_link_the_incident_nothing_is_logged(network: Queue, emil: Employee, alice: Employee):
    incident = make.make_incident(network, by=alice)  # of tier 1, which emil does not work

    with pytest.raises(NotPermitted):
        log_problem(by=emil, title="Frames", queue=network.slug, incident=incident.number)
    assert not Problem.objects.exists()


def test_a_hidden_incident_cannot_be_named(network: Queue, emil: Employee, alice: Employee) -> None:
    secret = make.make_incident(network, by=alice, confidential=True)

    with pytest.raises(InvalidPayload, match="There is no such ticket"):
        log_problem(by=emil, title="Frames", queue=network.slug, incident=secret.number)


@pytest.fixture
def both(network: Queue) -> Employee:
    return make.make_technician(network, "view_queue", "work_l1", login="both")


def caused(problem: Problem, network: Queue, by: Employee, *, tier: int = 1, confidential: bool = False) -> Incident:
    incident = make.make_incident(network, by=make.make_employee(), confidential=confidential)
    Ticket.objects.filter(pk=incident.pk).update(tier=tier)
    Link.objects.create(ticket_id=incident.pk, other_id=problem.pk, kind="caused_by", by=by)
    incident.refresh_from_db()
    return incident


def test_resolving_resolves_what_it_caused_by_one_message(network: Queue, both: Employee) -> None:
    problem = perform(log_problem(by=both, title="Frames", queue=network.slug), "investigate", by=both)
    mine, deeper, secret = (
        caused(problem, network, both), caused(problem, network, both, tier=3),
        caused(problem, network, both, confidential=True),
    )  # fmt: skip

    passage = carry_out(
        problem, "resolve", by=both,
        details={"root_cause": "A fan", "text": "A new fan", "resolve_incidents": True, "message": "It works again."},
    )  # fmt: skip

    for incident in (mine, deeper, secret):
        incident.refresh_from_db()
    assert (mine.state, mine.resolution_text, mine.assignee) == ("resolved", "It works again.", both)
    assert (deeper.state, secret.state) == ("new", "new")
    assert len(passage.remarks) == 1 and deeper.number in passage.remarks[0] and secret.number not in passage.remarks[0]


def test_the_offer_needs_a_message_and_stands_only_where_there_is_something(network: Queue, both: Employee) -> None:
    problem = perform(log_problem(by=both, title="Frames", queue=network.slug), "investigate", by=both)
    details = {"root_cause": "A fan", "text": "A new fan", "resolve_incidents": True}
    with pytest.raises(InvalidPayload, match="not a detail of this action"):
        perform(problem, "resolve", by=both, **details)
    incident = caused(problem, network, both)
    with pytest.raises(InvalidPayload, match="Write what the people"):
        perform(problem, "resolve", by=both, **details)

    perform(problem, "resolve", by=both, root_cause="A fan", text="A new fan")

    incident.refresh_from_db()
    assert incident.state == "new", "nobody asked for it"


def test_a_known_error_is_shown_on_incidents_of_its_category_and_below(network: Queue, both: Employee) -> None:
    hardware = make.make_category("Hardware")
    printers = make.make_category("Printers", parent=hardware)
    other = make.make_category("Software")
    known = log_problem(by=both, title="Fans wear out", queue=network.slug, category=hardware.slug)
    known = perform(perform(known, "investigate", by=both), "publish_workaround", by=both, workaround="Blow.")
    log_problem(by=both, title="Not known yet", queue=network.slug, category=hardware.slug)
    below, elsewhere, none = (
        make.make_incident(network, by=make.make_employee(), category=category) for category in (printers, other, None)
    )

    assert [one.pk for one in known_errors_for(below, both)] == [known.pk]
    assert not known_errors_for(elsewhere, both) and not known_errors_for(none, both)
    stranger = make.make_agent(make.make_queue("payroll"), 1)
    assert not known_errors_for(below, stranger), "who may not see the problem is not told of it"


def test_a_resolved_problem_asks_nothing_of_whoever_logged_it(problem: Problem, emil: Employee, client: Client) -> None:
    perform(perform(problem, "investigate", by=emil), "resolve", by=emil, root_cause="A", text="B")
    client.force_login(emil)

    page = BeautifulSoup(client.get("/").content, "html.parser")

    assert page.select_one("#needs-me") is None


@pytest.fixture
def page(client: Client) -> Callable[..., BeautifulSoup]:
    def opened(employee: Employee, address: str, status: int = 200) -> BeautifulSoup:
        client.force_login(employee)
        answer = client.get(address)
        assert answer.status_code == status, address
        return BeautifulSoup(answer.content, "html.parser")

    return opened


def test_pages_of_problems(problem: Problem, emil: Employee, both: Employee, network: Queue, page: Callable) -> None:
    category = make.make_category("Switches")
    known = log_problem(by=both, title="Fans wear out", queue=network.slug, category=category.slug)
    perform(perform(known, "investigate", by=both), "publish_workaround", by=both, workaround="Blow *hard*.")
    incident = make.make_incident(network, by=make.make_employee(), category=category)

    listed = page(both, "/desk/problems/")
    assert [link.get_text() for link in listed.select("tbody a.title")] == ["Fans wear out", problem.title]
    assert [link.get_text() for link in page(both, "/desk/problems/?view=known").select("tbody a.title")] == [
        "Fans wear out"
    ]
    side = page(both, f"/desk/tickets/{incident.number}/").select_one("aside")
    assert "Fans wear out" in side.get_text() and side.select_one(".prose em").get_text() == "hard"
    form = page(both, f"/desk/problems/new/?incident={incident.number}")
    assert form.select_one("[name=incident]")["value"] == incident.number
    assert form.select_one("[name=title]")["value"] == incident.title
    own = page(emil, f"/desk/tickets/{problem.number}/")
    assert "Investigate" in own.select_one(".ticket-head").get_text()


def test_a_problem_is_logged_on_its_page(network: Queue, both: Employee, client: Client) -> None:
    client.force_login(both)

    refused = client.post("/desk/problems/new/", {"title": "", "queue": network.slug})
    made = client.post("/desk/problems/new/", {"title": "Frames", "queue": network.slug, "impact": "high"})

    assert refused.status_code == 422
    problem = Problem.objects.get()
    assert made.status_code == 302 and made.url == f"/desk/tickets/{problem.number}/" and problem.impact == "high"


def test_the_list_costs_a_few_statements(
    network: Queue, both: Employee, client: Client, django_assert_max_num_queries: Callable
) -> None:
    client.force_login(both)
    for number in range(30):
        log_problem(by=both, title=f"Problem {number}", queue=network.slug)
    client.get("/desk/problems/")
    with django_assert_max_num_queries(12):
        client.get("/desk/problems/")


def test_the_record_costs_a_few_statements(
    network: Queue, both: Employee, client: Client, django_assert_max_num_queries: Callable
) -> None:
    client.force_login(both)
    problem = log_problem(by=both, title="Frames", queue=network.slug, category=make.make_category().slug)
    for _number in range(12):
        caused(problem, network, both)
    client.get(f"/desk/tickets/{problem.number}/")
    with django_assert_max_num_queries(15):
        client.get(f"/desk/tickets/{problem.number}/")


def test_a_state_of_another_kind_is_refused(problem: Problem, emil: Employee) -> None:
    with pytest.raises(WrongState):
        perform(problem, "close", by=emil)


def test_problems_in_the_api(network: Queue, both: Employee, client: Client) -> None:
    client.force_login(both)
    body = {"title": "Frames", "queue": "network", "impact": "high", "urgency": "low"}

    made = client.post("/api/v1/problems/", body, content_type="application/json")
    number = made.json()["number"]
    assert made.status_code == 201 and number.startswith("PRB-") and made.json()["priority"] == "P3"
    moves = client.get(f"/api/v1/problems/{number}/transitions/").json()
    assert {row["name"]: row["allowed"] for row in moves}["investigate"] is True
    moved = client.post(
        f"/api/v1/problems/{number}/transitions/investigate/", {}, content_type="application/json",
        headers={"If-Match": made.headers["ETag"]},
    )  # fmt: skip
    assert moved.status_code == 200 and moved.json()["state"] == "investigating"
    assert [row["number"] for row in client.get('/api/v1/problems/?q=state = "investigating"').json()["results"]] == [
        number
    ]


def test_rights_are_remembered_for_a_page_only(problem: Problem, emil: Employee) -> None:
    """The door reads rights anew, also inside a request."""
    with remembered():
        perform(problem, "investigate", by=emil)
        emil.groups.clear()
        with pytest.raises(NotPermitted):
            perform(Problem.objects.get(pk=problem.pk), "resolve", by=emil, root_cause="A", text="B")
