"""The pages and the API of cases, and what is set up for them."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from directory.models import Employee
from onboarding.models import CaseTemplate, OnboardingCase
from servicedesk.audit.models import Event
from tests import factories as make

from .making import give_asset, give_ticket, make_case


def of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(person: Employee, address: str) -> str:
    answer = of(person).get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_list_shows_who_joins_moves_and_leaves_to_those_who_may_know(world: SimpleNamespace) -> None:
    joiner, leaver = make_case(world, "joiner", "preparing"), make_case(world, "leaver")

    text = page(world.runner, "/desk/onboarding/")
    assert joiner.number in text and leaver.number in text and "0 of 2" in text
    assert leaver.number not in page(world.colleague, "/desk/onboarding/")
    assert joiner.number not in page(world.runner, "/desk/onboarding/?view=leaver")


@pytest.mark.parametrize(
    ("case_type", "state"), [("joiner", "day_one"), ("leaver", "recovering"), ("leaver", "closed")]
)
def test_the_page_of_a_case_asks_the_same_however_much_is_left(
    world: SimpleNamespace, case_type: str, state: str, django_assert_max_num_queries: Any
) -> None:
    for _number in range(3 if state != "closed" else 0):
        give_asset(world, world.leaver)
        give_ticket(world, world.leaver)
    case = make_case(world, case_type, state)
    client = of(world.runner)
    client.get(f"/desk/tickets/{case.number}/")

    with django_assert_max_num_queries(15):
        text = client.get(f"/desk/tickets/{case.number}/").content.decode()

    assert case.subject.name in text and ("Still there" in text) == (state == "recovering")


def test_a_list_asks_the_same_for_more_cases(world: SimpleNamespace, django_assert_max_num_queries: Any) -> None:
    for _number in range(5):
        make_case(world, subject=make.make_employee(manager=world.boss).login)
    client = of(world.runner)
    for address in ("/desk/onboarding/", "/api/v1/onboarding-cases/"):
        client.get(address)
        with django_assert_max_num_queries(12):
            assert client.get(address).content.decode().count("ONB-") >= 5


def test_a_case_is_opened_on_its_page_by_who_runs_them(world: SimpleNamespace) -> None:
    sent = {"case_type": "joiner", "subject": "nina", "on": "2026-12-01", "note": "She needs two screens"}
    assert of(world.colleague).get("/desk/onboarding/new/").status_code == 403

    answer = of(world.runner).post("/desk/onboarding/new/", sent)

    case = OnboardingCase.objects.get()
    assert answer.headers["Location"] == f"/desk/tickets/{case.number}/"
    again = of(world.runner).post("/desk/onboarding/new/", sent)
    assert again.status_code == 422 and "open already" in again.content.decode()
    assert "two screens" in again.content.decode()


def test_the_line_manager_approves_in_their_inbox(world: SimpleNamespace) -> None:
    case = make_case(world)

    assert case.number in page(world.boss, "/approvals/")
    answer = of(world.boss).post(f"/tickets/{case.number}/decide/", {"version": case.version, "verdict": "approved"})

    assert answer.status_code == 302 and OnboardingCase.objects.get(pk=case.pk).state == "approved"


def test_a_template_is_set_up_with_days(world: SimpleNamespace) -> None:
    CaseTemplate.objects.all().delete()
    sent = {
        "name": "Everybody", "case_type": "joiner", "queue": "hr", "is_active": "on", "tasks-TOTAL_FORMS": "2",
        "tasks-INITIAL_FORMS": "0", "tasks-0-title": "Order a badge", "tasks-0-queue": "it", "tasks-0-offset": "-5",
        "tasks-1-title": "Say hello", "tasks-1-queue": "", "tasks-1-offset": "",
    }  # fmt: skip
    client = of(world.runner)

    assert client.post("/settings/onboarding/templates/new/", sent).status_code == 302

    made = CaseTemplate.objects.get()
    assert [(task.title, task.queue.slug, task.offset) for task in made.tasks.all()] == [
        ("Order a badge", "it", -5), ("Say hello", "hr", 0),
    ]  # fmt: skip
    second = client.post("/settings/onboarding/templates/new/", {**sent, "name": "Others"})
    assert second.status_code == 422 and "in use for the same people" in second.content.decode()
    assert client.post("/settings/onboarding/templates/everybody/", {**sent, "version": "7"}).status_code == 409
    gone = {**sent, "version": "1", "tasks-INITIAL_FORMS": "2", "tasks-1-title": ""}
    assert client.post("/settings/onboarding/templates/everybody/", gone).status_code == 302
    assert made.tasks.count() == 1
    told = Event.objects.filter(verb__startswith="case_template").values_list("verb", flat=True)
    assert list(told) == ["case_template.created", "case_template.edited"]


def test_a_template_of_leavers_belongs_to_who_may_read_them(world: SimpleNamespace) -> None:
    CaseTemplate.objects.filter(case_type="leaver").delete()
    sent = {"name": "Leaving", "case_type": "leaver", "queue": "it", "is_active": "on", "tasks-TOTAL_FORMS": "0",
            "tasks-INITIAL_FORMS": "0"}  # fmt: skip

    refused = of(world.runner).post("/settings/onboarding/templates/new/", sent)

    assert refused.status_code == 422 and "confidential tickets" in refused.content.decode()


def test_what_is_set_up_is_for_who_runs_cases_and_administrators(world: SimpleNamespace) -> None:
    for person, status in ((world.runner, 200), (make.make_administrator(), 200), (world.colleague, 403)):
        assert of(person).get("/settings/onboarding/").status_code == status


def test_a_case_over_the_api(world: SimpleNamespace) -> None:
    client = of(world.runner)
    made = client.post(
        "/api/v1/onboarding-cases/", {"case_type": "leaver", "subject": "leo", "on": "2026-12-01"},
        content_type="application/json",
    )  # fmt: skip
    assert made.status_code == 201, made.content
    case = made.json()
    assert (case["state"], case["subject"], case["case_type"], case["on"]) == (
        "notified",
        "leo",
        "leaver",
        "2026-12-01",
    )
    address = f"/api/v1/onboarding-cases/{case['number']}"

    moved = client.post(
        f"{address}/transitions/schedule/", {"revoke_at": "2026-12-01T17:00:00Z"}, content_type="application/json",
        headers={"If-Match": f'"{case["version"]}"'},
    )  # fmt: skip
    assert moved.json()["state"] == "scheduled"
    assert of(world.boss).get(f"{address}/").status_code == 404
    by_boss = of(world.boss).post(
        "/api/v1/onboarding-cases/", {"case_type": "joiner", "subject": "nina", "on": "2026-12-01"},
        content_type="application/json",
    )  # fmt: skip
    assert by_boss.status_code == 403
