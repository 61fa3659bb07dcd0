"""Why somebody holds a right: what is explained is what is held, group by group, and nothing for who left."""

import random

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import DirectoryGroup, Employee
from servicedesk.tickets import standing
from servicedesk.tickets.access import Access
from servicedesk.tickets.grants import QUEUE_RIGHTS
from servicedesk.tickets.models import Queue, QueueGroupObjectPermission
from tests import factories as make

pytestmark = pytest.mark.django_db
COMPANY = "dc=example,dc=com"


def tie(group: Group, source: str = COMPANY, key: str = "key") -> None:
    DirectoryGroup.objects.create(group=group, source=source, source_key=f"{key} of {group.name}")


class Company:
    """Made-up people in made-up groups with any rights, some of them gone without losing their groups."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.queues = [make.make_queue() for _number in range(3)]
        registers = list(Permission.objects.filter(codename__in=("configure_desk", "add_group", "change_department")))
        groups = []
        for _number in range(7):
            group = make.make_group()
            for queue in chance.sample(self.queues, chance.randint(0, 3)):
                make.make_group(group.name, on=queue, rights=tuple(chance.sample(QUEUE_RIGHTS, chance.randint(1, 4))))
            group.permissions.add(*chance.sample(registers, chance.randint(0, 2)))
            for key in chance.sample(("first", "second", "third"), chance.randint(0, 3)):
                tie(group, chance.choice((COMPANY, "dc=other,dc=org")), key)
            groups.append(group)
        self.people = [
            make.make_employee(
                groups=tuple(chance.sample(groups, chance.randint(0, 5))),
                is_active=number % 4 != 3,
                **chance.choice(({}, {"source": COMPANY, "source_key": str(number)})),
            )
            for number in range(12)
        ]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_explained_is_exactly_what_is_held(seed: int) -> None:
    company = Company(seed)
    for person in company.people:
        why = standing.explain(person)

        by_queue: dict[int, set[str]] = {}
        for held in why.on_queues:
            by_queue.setdefault(held.queue.pk, set()).add(held.name)
        assert by_queue == {queue: set(rights) for queue, rights in Access.read(person).by_queue.items()}
        everything = person.get_all_permissions() if person.is_active else frozenset()
        assert {held.name for held in why.everywhere} == everything
        assert all(person.has_perm(held.name) for held in why.everywhere)
        if not person.is_active:
            assert why == standing.Standing((), (), ())


@pytest.mark.parametrize("seed", range(6))
def test_each_group_that_is_named_gives_the_right_and_no_other_does(seed: int) -> None:
    for person in Company(seed).people:
        why = standing.explain(person)
        mine = set(person.groups.values_list("pk", flat=True)) if person.is_active else set()

        assert {through.group_id for through in why.groups} == mine
        for held in why.on_queues:
            giving = QueueGroupObjectPermission.objects.filter(
                content_object=held.queue, permission__codename=held.name, group__in=mine
            )
            assert {through.group_id for through in held.through} == set(giving.values_list("group", flat=True))
        for held in why.everywhere:
            app, _dot, codename = held.name.partition(".")
            giving_groups = Permission.objects.get(content_type__app_label=app, codename=codename).group_set
            named = {through.group_id for through in held.through}
            assert named == set(giving_groups.filter(pk__in=mine).values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(6))
def test_the_table_of_a_queue_says_the_same_as_each_person(seed: int) -> None:
    company = Company(seed)
    for queue in company.queues:
        table = standing.explain_on(queue, company.people)

        mine = {p.pk: tuple(h for h in standing.explain(p).on_queues if h.queue == queue) for p in company.people}
        assert {pk: [(h.name, h.through) for h in held] for pk, held in table.items()} == {
            pk: [(h.name, h.through) for h in held] for pk, held in mine.items()
        }
        assert {p.pk for p in standing.holders(queue)} == {pk for pk, held in mine.items() if held}
        counted = standing.counts_on(queue)
        for right in QUEUE_RIGHTS:
            holding = {pk for pk, held in mine.items() if right in {h.name for h in held}}
            assert {p.pk for p in standing.holders(queue, right)} == holding
            assert counted.get(right, 0) == len(holding)


@pytest.mark.parametrize(
    ("source", "source_of_member", "sentence"),
    [
        (COMPANY, COMPANY, "L2 on Network through group net-eng (directory dc=example,dc=com)"),
        (COMPANY, "", "L2 on Network through group net-eng (directory dc=example,dc=com, this member by hand)"),
        ("", COMPANY, "L2 on Network through group net-eng (made here, members by hand)"),
        ("", "", "L2 on Network through group net-eng (made here, members by hand)"),
    ],
)
def test_a_right_is_explained_in_words(source: str, source_of_member: str, sentence: str) -> None:
    queue = make.make_queue("network")
    group = make.make_group("net-eng", on=queue, rights=("work_l2",))
    if source:
        tie(group, source)
    wei = make.make_employee("wei", groups=(group,), source=source_of_member, source_key="wei")

    assert standing.explain(wei).on_queues[0].sentences == [sentence]


def test_a_group_that_several_directories_feed_is_one_reason() -> None:
    queue = make.make_queue("network")
    group = make.make_group("net-eng", on=queue, rights=("work_l2",))
    for source, key in ((COMPANY, "one"), (COMPANY, "two"), ("dc=other,dc=org", "three")):
        tie(group, source, key)
    wei = make.make_employee("wei", groups=(group,), source=COMPANY, source_key="wei")

    [held] = standing.explain(wei).on_queues

    assert held.sentences == ["L2 on Network through group net-eng (directories dc=example,dc=com; dc=other,dc=org)"]
    assert standing.explain_on(queue, [wei])[wei.pk] == (held,)
    assert standing.counts_on(queue) == {"work_l2": 1}


def test_a_right_about_the_register_is_explained_in_words() -> None:
    [held] = standing.explain(make.make_administrator("ada")).everywhere

    assert held.sentences == [
        "Configures the desk through group administrators of the test (made here, members by hand)"
    ]


def test_groups_that_give_nothing_are_named_too() -> None:
    idle, useful = make.make_group("chess club"), make.make_group("net", on=make.make_queue(), rights=("view_queue",))

    why = standing.explain(make.make_employee(groups=(idle, useful)))

    assert [through.group for through in why.groups] == ["chess club", "net"]
    assert why.giving == {useful.pk}


def test_explaining_takes_three_statements_whatever_is_held() -> None:
    groups = tuple(
        make.make_group(on=make.make_queue(), rights=("view_queue", "work_l1", "work_l2")) for _number in range(12)
    )
    queue = Queue.objects.latest("pk")
    people = [make.make_employee(groups=groups) for _number in range(5)]
    person = Employee.objects.get(pk=people[0].pk)

    with CaptureQueriesContext(connection) as one:
        assert len(standing.explain(person).on_queues) == 36
    with CaptureQueriesContext(connection) as table:
        assert len(standing.explain_on(queue, people)) == 5
    with CaptureQueriesContext(connection) as counted:
        assert standing.counts_on(queue) == {"view_queue": 5, "work_l1": 5, "work_l2": 5}

    assert (len(one), len(table), len(counted)) == (3, 1, 1)
