"""Random histories of a company, read by full runs and increments in any mixture, against a naive model of the desk.

After each run that can know everything the desk equals the model. An increment after somebody vanished cannot, so
there it is shown that nobody is put out, or let in, wrongly.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random

import pytest
from django.contrib.auth.models import Group

from directory import tokens
from directory.ldap import sync
from directory.ldap.entries import Entry, Fault, Reading
from directory.models import ApiToken, Employee, SyncRun
from directory.services import deactivate, system_employee
from servicedesk.tickets.access import Access
from servicedesk.tickets.grants import grant
from tests import factories as make
from tests.oracles import people as model

from .ldif_text import group_dn, key_of

pytestmark = pytest.mark.django_db

UNITS = ("People", "Abroad", "Hangar")
RIGHTS = {
    "t0": {"network": {"view_queue", "work_l2"}},
    "t1": {"network": {"view_queue"}, "payroll": {"view_queue", "work_l1"}},
    "local": {"payroll": {"audit_queue"}},
}
STEPS = 30


class InMemory:
    """The model's directory as a source that can tell its changes."""

    uri = "ldap://memory.example/dc=acme,dc=example"

    def __init__(self, directory):
        self.directory, self.unread = directory, None

    def read(self, wanted):
        entries = [e for e in self.directory.entries.values() if e is not self.unread]
        faults = [Fault("an entry could not be read")] if self.unread else []
        return Reading([*map(_person, entries), *self._teams()], faults, {"count": self.directory.count})

    def read_changes(self, wanted, mark):
        directory = self.directory
        entries = [entry for entry in directory.entries.values() if entry.changed > mark["count"]]
        any_team = any(team.changed > mark["count"] for team in directory.teams.values())
        teams = self._teams() if entries or any_team else []
        return Reading([*map(_person, entries), *teams], [], {"count": directory.count}, "increment")

    def _teams(self):
        return [
            Entry(
                group_dn(team.key),
                {
                    "objectclass": ["groupOfNames"], "cn": [team.name], "entryuuid": [key_of(team.key)],
                    "member": [*sorted(team.members), *(group_dn(key) for key in sorted(team.nested))],
                },
            )
            for team in self.directory.teams.values()
        ]  # fmt: skip


def _person(entry):
    facts = {
        "objectclass": "inetOrgPerson", "uid": entry.login, "cn": entry.name, "sn": entry.name, "title": entry.title,
        "mail": f"{entry.human}@acme.example", "entryuuid": key_of(entry.key), "employeenumber": entry.human,
        "manager": entry.manager, "useraccountcontrol": "514" if entry.disabled else "512",
    }  # fmt: skip
    return Entry(entry.dn, {name: [value] for name, value in facts.items() if value})


@dataclass
class Company:
    """Draws what happens, lets the product run, and compares."""

    random: Random
    directory: model.Directory
    desk: model.Desk = field(init=False)
    serial: int = 0
    gone: dict = field(default_factory=dict)  # entries that vanished and were not taken over, by human
    keys: dict = field(default_factory=dict)  # human -> pk of the row, for good
    did: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self.desk = model.Desk(self.directory)
        self.source = InMemory(self.directory)
        for number in range(5):
            self.directory.add(model.Team(f"t{number}", f"team {number}"))
        for _ in range(9):
            self.join()

    # What happens in the directory

    def one(self, some):
        some = sorted(some, key=lambda each: each.key)
        return self.random.choice(some) if some else None

    def entry(self):
        return self.one(self.directory.entries.values())

    def team(self):
        return self.one(self.directory.teams.values())

    def fresh_login(self):
        self.serial += 1
        return f"p{self.serial}"

    def enter(self, human, login, name):
        """A new entry under a new key."""
        self.serial += 1
        entry = model.Entry(f"k{self.serial}", human, login, self.random.choice(UNITS), name)
        entry.disabled = self.random.random() < 0.15
        self.directory.add(entry)
        for _ in range(self.random.randrange(3)):
            team = self.team()
            team.members = team.members | {entry.dn}
            self.directory.touch(team)

    def join(self):
        self.serial += 1
        human = f"h{self.serial}"
        self.enter(human, self.fresh_login(), f"Name {human}")

    def seen_to_leave(self):
        """Who is gone, and the desk knows it. Who was put out by hand does not count: they never return."""
        rows = self.desk.rows
        return sorted(h for h in self.gone if h in rows and not rows[h].active and not rows[h].barred)

    def rehire(self):
        if not (some := self.seen_to_leave()):
            return False
        before = self.gone.pop(human := self.random.choice(some))
        same = self.random.random() < 0.5 and before.login not in self.logins()
        self.enter(human, before.login if same else self.fresh_login(), before.name)

    def come_back(self):
        """The same entry again, as from a backup."""
        if not (some := [human for human, entry in sorted(self.gone.items()) if entry.login not in self.logins()]):
            return False
        entry = self.gone.pop(self.random.choice(some))
        entry.manager = ""
        self.directory.add(entry)

    def reuse_a_login(self):
        free = sorted({entry.login for entry in self.gone.values()} - self.logins())
        if not free:
            return False
        self.serial += 1
        human = f"h{self.serial}"
        self.enter(human, self.random.choice(free), f"Name {human}")

    def logins(self):
        return {entry.login for entry in self.directory.entries.values()}

    def leave(self):
        if len(self.directory.entries) < 6:
            return False
        entry = self.entry()
        self.directory.remove(entry)
        self.gone[entry.human] = entry
        self.desk.sure = False

    def disable(self):
        entry = self.entry()
        entry.disabled = not entry.disabled
        self.directory.touch(entry)

    def change_title(self):
        entry = self.entry()
        entry.title = f"Title {self.random.randrange(99)}"
        self.directory.touch(entry)

    def move(self):
        self.directory.call(self.entry(), unit=self.random.choice(UNITS))

    def rename(self):
        entry = self.entry()
        entry.name = f"{entry.name}i"
        self.directory.call(entry, login=self.fresh_login())

    def swap_logins(self):
        one, other = self.entry(), self.entry()
        first, second = one.login, other.login
        self.directory.call(one, login="between")
        self.directory.call(other, login=first)
        self.directory.call(one, login=second)

    def take_a_manager(self):
        entry, above = self.entry(), self.entry()
        entry.manager = "" if self.random.random() < 0.2 else above.dn
        self.directory.touch(entry)

    def regroup(self):
        team, entry = self.team(), self.entry()
        team.members = team.members ^ {entry.dn}
        self.directory.touch(team)

    def nest(self):
        team, other = self.team(), self.team()
        team.nested = team.nested ^ {other.key}
        self.directory.touch(team)

    def rename_a_team(self):
        team = self.team()
        self.serial += 1
        team.name = f"team {self.serial}"
        self.directory.touch(team)

    def drop_a_team(self):
        if len(self.directory.teams) < 4:
            return False
        self.directory.remove_team(self.team())
        self.desk.sure = False

    # What happens at the desk

    def bar(self):
        some = sorted(human for human, row in self.desk.rows.items() if row.active and human in self.keys)
        if len(some) < 5:
            return False
        human = self.random.choice(some)
        deactivate(Employee.objects.get(pk=self.keys[human]))
        self.desk.bar(human)

    def add_by_hand(self):
        some = sorted(human for human, row in self.desk.rows.items() if row.active and human in self.keys)
        if not some:
            return False
        human = self.random.choice(some)
        self.desk.rows[human].teams.add("local")
        Group.objects.get(name="local").members.add(self.keys[human])

    def something_happens(self):
        everything = {
            self.join: 2, self.rehire: 3, self.come_back: 1, self.reuse_a_login: 2, self.leave: 3, self.disable: 3,
            self.change_title: 1, self.move: 2, self.rename: 2, self.swap_logins: 1, self.take_a_manager: 4,
            self.regroup: 4, self.nest: 3, self.rename_a_team: 1, self.drop_a_team: 0.2, self.bar: 0.4,
            self.add_by_hand: 1,
        }  # fmt: skip
        what = self.random.choices(list(everything), list(everything.values()))[0]
        self.did[what.__name__] += what() is not False

    # Runs, and what must be so after them

    def give_rights(self):
        admin = make.make_administrator()
        for key, queues in RIGHTS.items():
            team = self.directory.teams.get(key)
            group = Group.objects.get(name=team.name) if team else make.make_group(key)
            for slug, rights in queues.items():
                grant(group, make.make_queue(slug) if slug not in self.queues else self.queues[slug], rights, by=admin)

    @property
    def queues(self):
        return {queue.slug: queue for queue in make.Queue.objects.all()}

    def run(self):
        kind = self.random.choices(["increment", "full", "part"], [6, 3, 0.6])[0]
        confirmed = self.random.random() < 0.7
        if kind == "part":
            self.source.unread = self.entry()
            self.desk.mark, self.desk.sure, confirmed = None, False, True
        sure = self.desk.sure or kind == "full" or (self.desk.mark is None and kind != "part")
        self.hand_out_tokens()
        before = deepcopy(self.desk.rows)
        stamps = dict(Employee.objects.values_list("pk", "access_stamp"))

        report = sync.run(self.source, name="directory", full=kind != "increment", confirmed=confirmed)

        self.did[f"{kind} refused" if report.refused else kind] += 1
        if kind == "part":
            assert report.refused is None
        else:
            assert self.desk.run(full=kind == "full", confirmed=confirmed) is (report.refused is None)
        if kind == "part":
            self.desk.mark = None
        self.source.unread = None
        observed = self.observed()
        if sure or report.refused:
            full = SyncRun.objects.order_by("-pk")[0].extent == "full" and not report.refused
            assert shown(observed, managers=full) == shown(self.desk.rows, managers=full)
        else:
            self.nobody_is_wronged(before, observed)
        self.access_ended_for_whom_it_must(before, observed, stamps)
        for human, row in observed.items():
            row.barred = human in self.desk.rows and self.desk.rows[human].barred
        self.desk.rows = observed

    def nobody_is_wronged(self, before, observed):
        by_human = self.directory.by_human
        for human, row in before.items():
            entry, after = by_human.get(human), observed[human]
            if entry is not None and not entry.disabled and row.active:
                assert after.active
            if entry is None or row.barred:
                assert after.active is row.active or not after.active
            if entry is None and row.active:
                assert after.active  # only a full run tells that somebody is gone
        for human in by_human:
            after, held = observed.get(human), before[human].teams if human in before else set()
            if after is None or not after.active:
                continue
            right = {key for key in self.directory.teams if human in self.directory.inside(key)}
            assert held & right <= after.teams
            assert after.teams <= right | held | {"local"}

    def observed(self):
        """The desk as it is, in the model's words."""
        ties = {key_of(f"t{number}"): f"t{number}" for number in range(5)}
        keys = {f"uuid:{key_of(key)}": key for key in (f"k{number}" for number in range(self.serial + 1))}
        rows, humans = {}, {}
        people = Employee.objects.people().exclude(source="").order_by("pk")
        for one in people:
            human = one.employee_number
            assert human not in rows, "one human, one row"
            assert self.keys.setdefault(human, one.pk) == one.pk, "the row is theirs for good"
            humans[one.pk] = human
            rows[human] = model.Row(keys[one.source_key], one.is_active, False, one.login, one.name, one.title)
        for one in people:
            rows[humans[one.pk]].manager = humans.get(one.manager_id)
            path, at = set(), one.pk
            above = {other.pk: other.manager_id for other in people}
            while at is not None:
                assert at not in path, "no chain of managers leads back"
                path.add(at)
                at = above.get(at)
        members = Employee.groups.through.objects.filter(employee__in=people)
        for pk, key in members.filter(group__directory_group__isnull=False).values_list(
            "employee", "group__directory_group__source_key"
        ):
            rows[humans[pk]].teams.add(ties[key.removeprefix("uuid:")])
        for pk in members.filter(group__name="local").values_list("employee", flat=True):
            rows[humans[pk]].teams.add("local")
        self.rights_are_right(people, humans, rows)
        return rows

    def rights_are_right(self, people, humans, rows):
        for one in people:
            expected = {}
            for key in rows[humans[one.pk]].teams & RIGHTS.keys():
                for slug, rights in RIGHTS[key].items():
                    expected.setdefault(slug, set()).update(rights)
            slugs = {queue.pk: slug for slug, queue in self.queues.items()}
            held = {slugs[queue]: set(rights) for queue, rights in Access.read(one).by_queue.items()}
            assert held == (expected if self.queues else {})

    def hand_out_tokens(self):
        for human, row in self.desk.rows.items():
            if row.active and not ApiToken.objects.filter(employee=self.keys[human]).exists():
                tokens.issue(Employee.objects.get(pk=self.keys[human]), by=system_employee("console"))

    def access_ended_for_whom_it_must(self, before, observed, stamps):
        """Sessions and tokens end for exactly those who left or lost a team with rights."""
        for human, row in before.items():
            after, pk = observed[human], self.keys[human]
            lost = (row.teams - after.teams) & (RIGHTS.keys() if self.queues else set())
            ends = (row.active and not after.active) or bool(lost)
            assert (Employee.objects.get(pk=pk).access_stamp > stamps[pk]) is ends, human
            assert ApiToken.objects.filter(employee=pk).exists() is (row.active and not ends), human


def shown(rows, *, managers):
    """What is compared. Who left keeps the name and place they had; only a full run knows every manager."""
    facts = {}
    for human, row in rows.items():
        facts[human] = [row.key, row.active, row.title, row.name, sorted(row.teams)]
        if row.active:
            facts[human] += [row.login, row.manager if managers else ""]
    return facts


@pytest.mark.parametrize("seed", range(10))
def test_after_any_mixture_of_runs_the_desk_is_what_the_model_says(seed):
    random = Random(seed)
    company = Company(random, model.Directory(keeps_dead_names=seed % 2 == 0))
    report = sync.run(company.source, name="directory", confirmed=True)
    assert report.refused is None and company.desk.run(full=True, confirmed=True)
    assert shown(company.observed(), managers=True) == shown(company.desk.rows, managers=True)
    company.give_rights()

    for _ in range(STEPS):
        for _ in range(random.randrange(5)):
            company.something_happens()
        company.run()
