"""The page about a person: everything that is theirs, each part within what its reader may see."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from directory.absences import go_away
from directory.models import Employee
from incidents.problems.services import log_problem
from incidents.requests.services import request_item
from servicedesk.tickets.models import Queue, Task, Ticket
from servicedesk.workflow import perform
from tests import factories as make
from tests.assets import making

from .test_budgets import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def wei() -> Employee:
    """Works at a desk, approves, has a laptop, writes, is away."""
    return make.make_employee("wei", name="Wei Ling")


@pytest.fixture
def reader(network: Queue) -> Employee:
    return make.make_technician(network, "view_queue", "work_l1", login="rosa")


@pytest.fixture
def stranger() -> Employee:
    """At a desk, so the page opens; sees nothing of the network's."""
    return make.make_agent(make.make_queue("payroll"), login="sam")


def live(wei: Employee, queue: Queue, *, number: int = 1) -> None:
    """``number`` of everything that the page shows of a person."""
    wei.groups.add(make.make_group("wei works", on=queue, rights=("view_queue", "work_l1", "work_l2")))
    agent, publisher = make.make_agent(queue), make.make_publisher()
    keeper = making.make_keeper()
    rule = make.make_approval_rule("line_manager")
    item = make.make_catalogue_item(queue, f"Laptop {number}", rule=rule, form=[])
    for turn in range(number):
        make.make_incident(queue, by=wei, title=f"Open matter {turn}")
        past = make.make_incident(queue, by=wei, title=f"Past matter {turn}")
        perform(past, "cancel", by=wei, reason="withdrawn")
        log_problem(by=wei, title=f"Cause {turn}", queue=queue.slug)
        mine = make.make_incident(queue, by=make.make_employee(), title=f"Work {turn}")
        mine = perform(mine, "assign", by=wei, assignee=wei)
        perform(mine, "add_task", by=wei, title=f"Crawl under desk {turn}", assignee=wei.login)
        below = make.make_employee(manager=wei)
        request_item(by=below, catalogue_item=item.slug)
        make.make_article(wei, publisher, title=f"Chapter {turn}", audience="queue", queue=queue.slug)
        asset = making.make_asset(keeper, tag=f"LT-{number}-{turn}")
        perform(asset, "hand_over", by=keeper, employee=wei.login, terms="x")
    today = timezone.localdate()
    go_away(wei, starts_on=today, ends_on=today + timedelta(days=3), delegate=agent)


WORDS = {
    "an open ticket": "Open matter 0", "a past ticket": "Past matter 0", "a problem": "Cause 0", "work": "Work 0",
    "a task": "Crawl under desk 0", "an approval": "Laptop 1", "an article": "Chapter 0", "an asset": "LT-1-0",
}  # fmt: skip
# People of any desk read the register of assets, and who is away is known at the desk.
FOR_EVERY_DESK = {"an asset"}


@pytest.fixture
def text(client: Client) -> Callable[[Employee], str]:
    def opened(employee: Employee) -> str:
        client.force_login(employee)
        answer = client.get("/desk/people/wei/")
        assert answer.status_code == 200
        return " ".join(BeautifulSoup(answer.content, "html.parser").select_one("main").get_text(" ").split())

    return opened


def test_it_shows_everything_of_a_person(
    wei: Employee, network: Queue, reader: Employee, text: Callable[[Employee], str]
) -> None:
    live(wei, network)

    shown = text(reader)

    assert [name for name, word in WORDS.items() if word not in shown] == []
    assert "away now" in shown and "Approvals that wait for them" in shown and "Articles they wrote" in shown


def test_a_reader_without_sight_sees_none_of_it(
    wei: Employee, network: Queue, stranger: Employee, text: Callable[[Employee], str]
) -> None:
    live(wei, network)

    shown = text(stranger)

    assert {name for name, word in WORDS.items() if word in shown} == FOR_EVERY_DESK
    assert "Approvals that wait for them" not in shown and "Articles they wrote" not in shown


def test_what_is_confidential_stays_so_for_those_who_see_the_queue(
    wei: Employee, network: Queue, reader: Employee, text: Callable[[Employee], str]
) -> None:
    live(wei, network)
    Ticket.objects.update(confidential=True)

    shown = text(reader)

    hidden = {"an open ticket", "a past ticket", "a problem", "work", "a task", "an approval"}
    assert {name for name in hidden if WORDS[name] in shown} == set()


def test_a_task_is_not_told_to_who_sees_its_ticket_but_nothing_of_the_desk(
    wei: Employee, network: Queue, stranger: Employee, text: Callable[[Employee], str]
) -> None:
    """They follow the ticket: how the desk works on it is its own affair."""
    live(wei, network)
    task = Task.objects.get(title="Crawl under desk 0")
    task.ticket.watches.create(employee=stranger)

    shown = text(stranger)

    assert "Work 0" in shown and "Crawl under desk" not in shown


def test_it_asks_the_same_however_much_there_is(
    client: Client, wei: Employee, network: Queue, reader: Employee
) -> None:
    reader.groups.add(*make.make_administrator().groups.all())
    client.force_login(reader)
    live(wei, network)
    few = statements(client, "/desk/people/wei/")
    live(wei, network, number=12)

    many = statements(client, "/desk/people/wei/")

    assert len(many) <= len(few) and len(many) <= 15, "\n".join(many)
