"""Who leaves the directory loses their API tokens, and does not get them back by returning."""

import pytest

from directory import tokens
from directory.ldap import sync
from directory.models import ApiToken, Employee
from directory.services import system_employee

from .ldif_text import person, source

pytestmark = pytest.mark.django_db


def test_a_token_dies_when_its_holder_leaves_and_stays_dead_when_they_return(tmp_path):
    everybody, remaining = [person("amy"), person("bob")], [person("bob")]
    sync.run(source(tmp_path, *everybody))
    made = {
        login: tokens.issue(Employee.objects.get(login=login), by=system_employee("console"))[1]
        for login in ("amy", "bob")
    }

    sync.run(source(tmp_path, *remaining), confirmed=True)

    assert [token.employee.login for token in ApiToken.objects.all()] == ["bob"]
    sync.run(source(tmp_path, *everybody))
    assert Employee.objects.get(login="amy").is_active
    assert tokens.holder_of(made["amy"]) is None
    assert tokens.holder_of(made["bob"]) is not None
