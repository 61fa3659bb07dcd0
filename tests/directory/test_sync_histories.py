"""Whatever a directory says next, the people here stay in order: made-up directories, one after another."""

import pytest
from django.contrib.auth.models import Group
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.ldap import sync
from directory.models import Employee

from .ldif_text import BASE, dn_of, group, key_of, person, source

pytestmark = pytest.mark.django_db

UIDS = ["ann", "ANN", "bob", "cy", "dee", "e\x00e", "x" * 160, "小明"]
KEYS = ["", key_of("1"), key_of("2"), key_of("3"), key_of("4")]
DNS = [
    dn_of("ann"),
    dn_of("bob"),
    dn_of("cy"),
    f"uid=ann,ou=Abroad,{BASE}",
    rf"cn=Dee\, D.+sn=D,{BASE}",
    "cn=a,,b",
    "cn=\x00",
]
MAILS = ["", "ann@acme.example", "bob@acme.example", "nonsense"]
TITLES = ["", "Pilot", "Pilot\x00\x07", "y" * 400]


@st.composite
def people(draw):
    some = st.sampled_from
    text = person(
        draw(some(UIDS)).replace("\x00", ""),
        ("title", draw(some(TITLES)).encode()),
        dn=draw(some(DNS)).replace("\x00", "\\00"),
        key=draw(some(KEYS)),
        mail=draw(some(MAILS)),
        manager=draw(some(["", *DNS[:4], "no name"])),
        userAccountControl=draw(some(["", "", "514"])),
        ou=draw(some(["", "Sales", "sales ", "营销"])),
        cn=draw(some(["Ann", "Bob", ""])),
    )
    return text


@st.composite
def groups(draw):
    members = draw(st.lists(st.sampled_from(["ann", "bob", "cy", "nobody"]), max_size=3))
    nested = draw(st.lists(st.sampled_from(["one", "two", "three"]), max_size=2))
    return group(draw(st.sampled_from(["one", "two", "three"])), *members, nested=tuple(nested))


directories = st.tuples(st.lists(people(), min_size=1, max_size=6), st.lists(groups(), max_size=3))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(directories, min_size=1, max_size=4))
def test_after_any_history_a_second_run_is_idle_and_nobody_is_lost(tmp_path, history):
    for records, teams in history:
        rows = Employee.objects.people().count()
        text = source(tmp_path, *records, *teams)
        planned = sync.run(text, dry_run=True, confirmed=True)
        report = sync.run(text, confirmed=True)
        again = sync.run(text, confirmed=True)

        assert planned.as_json() == report.as_json()
        assert (again.created, again.changed, again.deactivated) == (0, 0, 0)
        assert Employee.objects.people().count() == rows + report.created
        assert report.skipped <= report.seen
    inactive = Employee.objects.filter(is_active=False)
    assert not Group.objects.filter(members__in=inactive).exists()
    logins = [login.casefold() for login in Employee.objects.values_list("login", flat=True)]
    assert len(logins) == len(set(logins))
    assert not any(login.startswith("system.moving") for login in logins)
    above = dict(Employee.objects.people().filter(is_active=True).values_list("pk", "manager"))
    assert not any(pk == manager for pk, manager in above.items())
