"""What a run tells upward, and whose access ends with it."""

import pytest
from django.contrib.auth.models import Group

from directory import news, tokens
from directory.ldap import sync
from directory.models import ApiToken, Employee
from directory.services import system_employee
from servicedesk.audit.models import Event
from servicedesk.tickets.grants import grant, grant_register
from tests import factories

from .ldif_text import dn_of, group, person, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """All news since the test began, one list for each run."""
    runs: list[list[news.News]] = []
    news.subscribe(runs.append)
    yield runs
    news.unsubscribe(runs.append)


def run(folder, *records):
    return sync.run(source(folder, *records), confirmed=True)


def stamp(login):
    return Employee.objects.get(login=login).access_stamp


def test_news_name_who_joined_changed_left_and_returned(tmp_path, told):
    run(tmp_path, person("amy", ou="Sales"), person("bob"), group("crew", "amy"))
    run(tmp_path, person("amy", ou="Flights", manager=dn_of("bob")), person("bob"), group("crew", "bob"))
    run(tmp_path, person("bob"), group("crew", "bob"))
    run(tmp_path, person("amy", ou="Flights"), person("bob"), group("crew", "bob"))

    crew = Group.objects.get(name="crew")
    first, second, third, fourth = (sorted(some, key=lambda one: one.employee.login) for some in told)
    assert [(one.employee.login, one.kind, one.fields) for one in first] == [
        ("amy", "joined", frozenset()), ("bob", "joined", frozenset()),
    ]  # fmt: skip
    assert second[0].fields == {"department", "manager", "groups"}
    assert second[0].before == {"department": "Sales", "manager": "", "groups": "crew"}
    assert (second[0].kind, second[0].lost_groups) == ("changed", {crew.pk})
    assert (second[1].fields, second[1].lost_groups) == ({"groups"}, frozenset())
    assert [(one.employee.login, one.kind) for one in third] == [("amy", "left")]
    assert [(one.employee.login, one.kind) for one in fourth] == [("amy", "returned")]


def test_who_leaves_loses_every_group_also_those_given_by_hand(tmp_path, told):
    run(tmp_path, person("amy"), person("bob"))
    own = factories.make_group("own")
    Employee.objects.get(login="amy").groups.add(own)

    run(tmp_path, person("bob"))

    assert told[-1][0].lost_groups == {own.pk}
    assert told[-1][0].before["groups"] == "own"


def test_a_change_that_nobody_reacts_to_is_no_news(tmp_path, told):
    run(tmp_path, person("amy", telephoneNumber="1"))
    run(tmp_path, person("amy", telephoneNumber="2"))

    assert len(told) == 1


def test_news_of_a_run_that_is_refused_or_only_planned_are_not_told(tmp_path, told):
    crowd = [person(f"p{number}") for number in range(3)]
    sync.run(source(tmp_path, *crowd), dry_run=True)
    run(tmp_path, *crowd)
    sync.run(source(tmp_path, crowd[0]))

    assert len(told) == 1


def test_what_fails_in_a_subscriber_undoes_the_run(tmp_path):
    def fail(_news):
        raise RuntimeError("no")

    news.subscribe(fail)
    try:
        with pytest.raises(RuntimeError):
            run(tmp_path, person("amy"))
    finally:
        news.unsubscribe(fail)
    assert not Employee.objects.people().exists()


@pytest.mark.parametrize("right", ["queue", "register", "none"])
def test_losing_a_group_ends_access_when_it_holds_a_right(tmp_path, right):
    everybody = [person("amy"), person("bob")]
    run(tmp_path, *everybody, group("crew", "amy", "bob"))
    crew, admin = Group.objects.get(name="crew"), factories.make_administrator()
    if right == "queue":
        grant(crew, factories.make_queue("network"), ["view_queue"], by=admin)
    elif right == "register":
        grant_register(crew, ["tickets.configure_desk"], by=admin)
    tokens.issue(Employee.objects.get(login="amy"), by=system_employee("console"))
    before = stamp("amy"), stamp("bob")

    run(tmp_path, *everybody, group("crew", "bob"))

    ends = right != "none"
    assert (stamp("amy") > before[0], stamp("bob") > before[1]) == (ends, False)
    assert ApiToken.objects.exists() is not ends
    said = Event.objects.filter(verb="employee.access_ended", subject_id=Employee.objects.get(login="amy").pk)
    assert [event.details for event in said] == ([{"why": "group_lost"}] if ends else [])


def test_who_leaves_is_out_at_once(tmp_path):
    run(tmp_path, person("amy"), person("bob"))

    run(tmp_path, person("bob"))

    assert (stamp("amy"), stamp("bob")) == (1, 0)
    assert Event.objects.get(verb="employee.access_ended").details == {"why": "left"}
