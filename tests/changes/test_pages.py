"""The pages of changes: the list, planning one, the calendar with freezes and clashes, and what is set up."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client

from changes.models import AuthorisationPath, ChangeRequest, ChangeTemplate, FreezePeriod, RiskQuestion
from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.common.time import now
from servicedesk.console.changes.calendar import first_day
from tests import factories as make

from .making import affects, make_change, plan_of


def of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(person: Employee, address: str) -> str:
    answer = of(person).get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def rows(text: str, *changes: ChangeRequest) -> list[bool]:
    return [change.number in text for change in changes]


def test_the_list_shows_each_change_under_what_is_to_be_done_with_it(world: SimpleNamespace) -> None:
    draft, waiting = make_change(world), make_change(world, "assessment", title="Second")
    done = make_change(world, "closed", title="Third")

    assert rows(page(world.peer, "/desk/changes/"), draft, waiting, done) == [True, True, False]
    assert rows(page(world.peer, "/desk/changes/?view=assessment"), draft, waiting, done) == [False, True, False]
    assert rows(page(world.peer, "/desk/changes/?view=done"), draft, waiting, done) == [False, False, True]
    assert rows(page(world.peer, "/desk/changes/?view=mine"), draft, waiting, done) == [False, False, False]
    assert rows(page(world.maker, "/desk/changes/?view=mine"), draft, waiting, done) == [True, True, False]


@pytest.mark.parametrize(
    "address", ["/desk/changes/", "/desk/changes/calendar/", "/desk/changes/calendar/?shape=agenda"]
)
def test_a_list_costs_no_more_statements_for_more_changes(
    world: SimpleNamespace, address: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        make_change(world, "assessment", title=f"Change {number}")
    client = of(world.peer)
    client.get(address)

    with django_assert_max_num_queries(12):
        assert client.get(address).content.decode().count("CHG-") >= 6


@pytest.mark.parametrize("state", ["draft", "authorisation", "scheduled", "closed"])
def test_the_page_of_a_change_costs_at_most_fifteen_statements(
    world: SimpleNamespace, state: str, django_assert_max_num_queries: Any
) -> None:
    make_change(world, "assessment")  # a conflict is looked for
    change = make_change(world, state)
    client = of(world.manager)
    client.get(f"/desk/tickets/{change.number}/")

    with django_assert_max_num_queries(15):
        answer = client.get(f"/desk/tickets/{change.number}/")

    text = answer.content.decode()
    assert "Ten minutes in the whole building" in text and "Load the old one." in text and "SW-1" in text


def test_a_change_is_planned_on_its_page(world: SimpleNamespace) -> None:
    answer = of(world.author).post("/desk/changes/new/", {**plan_of(world), "impact": "low", "urgency": "low"})

    change = ChangeRequest.objects.get()
    assert answer.headers["Location"] == f"/desk/tickets/{change.number}/"
    assert (change.requester, change.implementer, affects(change)) == (world.author, world.maker, [world.switch])


def test_what_is_wrong_comes_back_with_what_was_written(world: SimpleNamespace) -> None:
    answer = of(world.author).post("/desk/changes/new/", plan_of(world, assets="SW-99", title="Keep me"))

    assert answer.status_code == 422 and not ChangeRequest.objects.exists()
    assert "SW-99: There is no such asset" in answer.content.decode() and "Keep me" in answer.content.decode()


def test_a_link_from_an_asset_and_one_from_a_template_fill_the_form(world: SimpleNamespace) -> None:
    assert "SW-1</textarea>" in page(world.author, f"/desk/changes/new/?asset={world.switch.number}")
    assert "Start the old one." in page(world.author, "/desk/changes/new/?template=restart-proxy")


def test_who_only_looks_on_plans_nothing(world: SimpleNamespace) -> None:
    assert of(world.manager).get("/desk/changes/new/").status_code == 403


def test_the_calendar_shows_windows_freezes_and_names_clashes(world: SimpleNamespace) -> None:
    first, second = make_change(world, "scheduled"), make_change(world, "authorisation", title="Second")
    FreezePeriod.objects.create(name="Year end", start=now() - timedelta(hours=1), end=now() + timedelta(hours=1))

    for shape in ("month", "agenda"):
        text = page(world.peer, f"/desk/changes/calendar/?shape={shape}&month={now():%Y-%m}")
        assert rows(text, first, second) == [True, True] and "Year end" in text
    assert f"Clashes with {first.number}: both change SW-1 Laptop at the same time." in text
    assert f"Clashes with {second.number}" in text


def test_a_draft_takes_no_place_in_the_calendar(world: SimpleNamespace) -> None:
    assert rows(page(world.peer, "/desk/changes/calendar/"), make_change(world)) == [False]


def test_a_change_over_midnight_stands_on_both_days_and_one_that_ends_there_on_one(world: SimpleNamespace) -> None:
    make_change(world, "assessment", planned_start="2026-03-10T23:00:00Z", planned_end="2026-03-11T01:00:00Z")
    make_change(world, "assessment", title="Until midnight",
                planned_start="2026-03-20T20:00:00Z", planned_end="2026-03-21T00:00:00Z")  # fmt: skip

    text = page(world.peer, "/desk/changes/calendar/?month=2026-03")

    assert text.count("New firmware for the core switch</a>") == 2 and text.count("Until midnight</a>") == 1


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-1", "abcd-ef", "0000-01", "9999-01", "２０２６-01", "2026-11-01"]
)
def test_a_month_that_is_none_is_this_month(text: str) -> None:
    with time_machine.travel("2026-03-15 12:00:00+00:00", tick=False):
        assert first_day(text) == date(2026, 3, 1)
        assert first_day("2026-12") == date(2026, 12, 1)


def test_the_months_beside_december_are_in_other_years(world: SimpleNamespace) -> None:
    text = page(world.peer, "/desk/changes/calendar/?month=2026-12")

    assert "month=2026-11" in text and "month=2027-01" in text


def test_a_change_manager_sets_up_a_template_with_tasks(world: SimpleNamespace) -> None:
    sent = {
        "name": "New certificate", "queue": "network", "outage": "Nothing", "plan": "Install.", "back_out": "Put back.",
        "is_active": "on", "tasks-TOTAL_FORMS": "2", "tasks-INITIAL_FORMS": "0", "tasks-0-title": "Order it",
        "tasks-0-queue": "", "tasks-1-title": "", "tasks-1-queue": "",
    }  # fmt: skip

    assert of(world.manager).post("/settings/changes/templates/new/", sent).status_code == 302

    made = ChangeTemplate.objects.get(slug="new-certificate")
    assert [(task.title, task.queue) for task in made.tasks.all()] == [("Order it", world.queue)]
    stale = {**sent, "version": "9"}
    assert of(world.manager).post("/settings/changes/templates/new-certificate/", stale).status_code == 409
    again = {**sent, "version": "1", "tasks-0-title": "Buy it"}
    assert of(world.manager).post("/settings/changes/templates/new-certificate/", again).status_code == 302
    made.refresh_from_db()
    assert made.version == 2 and [task.title for task in made.tasks.all()] == ["Buy it"]
    assert list(Event.objects.filter(verb__startswith="change_template").values_list("verb", flat=True)) == [
        "change_template.created", "change_template.edited",
    ]  # fmt: skip


def test_a_freeze_is_planned_moved_and_lifted_and_each_is_logged(world: SimpleNamespace) -> None:
    client = of(world.manager)
    sent = {"name": "Year end", "start": "2026-12-20T00:00", "end": "2027-01-07T00:00", "reason": "The books"}

    assert client.post("/settings/changes/freezes/new/", {**sent, "end": "2026-12-01T00:00"}).status_code == 422
    assert client.post("/settings/changes/freezes/new/", sent).status_code == 302
    freeze = FreezePeriod.objects.get()
    moved = {**sent, "end": "2027-01-10T00:00", "version": "1"}
    assert client.post(f"/settings/changes/freezes/{freeze.pk}/", moved).status_code == 302
    assert client.post(f"/settings/changes/freezes/{freeze.pk}/lift/").status_code == 302

    assert not FreezePeriod.objects.exists()
    verbs = list(Event.objects.filter(verb__startswith="freeze.").values_list("verb", flat=True))
    assert verbs == ["freeze.created", "freeze.edited", "freeze.lifted"]


def test_a_question_has_answers_with_points(world: SimpleNamespace) -> None:
    client = of(world.manager)
    sent = {
        "text": "Was it tried before?", "is_active": "on", "choices-TOTAL_FORMS": "2", "choices-INITIAL_FORMS": "0",
        "choices-0-label": "Often", "choices-0-points": "0", "choices-1-label": "Never", "choices-1-points": "4",
    }  # fmt: skip

    refused = client.post("/settings/changes/questions/new/", {**sent, "choices-1-label": ""})
    assert refused.status_code == 422 and "Give between two and 10 answers." in refused.content.decode()
    assert client.post("/settings/changes/questions/new/", sent).status_code == 302

    question = RiskQuestion.objects.get(text="Was it tried before?")
    assert list(question.choices.values_list("slug", "points")) == [("often", 0), ("never", 4)]
    assert question.position == 2


@pytest.mark.parametrize(
    ("medium", "high", "status"), [("3", "7", 302), ("7", "3", 422), ("3", "3", 422), ("", "3", 422)]
)
def test_a_higher_risk_begins_with_more_points(world: SimpleNamespace, medium: str, high: str, status: int) -> None:
    rule = world.rule.slug
    sent = {"low": rule, "medium": rule, "medium_points": medium, "high": rule, "high_points": high, "emergency": rule}

    assert of(world.manager).post("/settings/changes/authorisation/", sent).status_code == status

    if status == 302:
        found = dict(AuthorisationPath.objects.values_list("path", "from_points"))
        assert found == {"low": 0, "medium": 3, "high": 7, "emergency": 0}


def test_what_is_set_up_is_for_change_managers_and_administrators(world: SimpleNamespace) -> None:
    for person, status in ((world.manager, 200), (make.make_administrator(), 200), (world.peer, 403)):
        assert of(person).get("/settings/changes/").status_code == status
    assert of(world.peer).post("/settings/changes/authorisation/", {}).status_code == 403
