"""The break-glass account: made on the server, seen by administrators whenever it is used."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.outbox.services import drain
from tests import factories as make

from .conftest import is_in, sign_in

pytestmark = pytest.mark.django_db


def arm(login: str = "break-glass") -> str:
    out = StringIO()
    call_command("break_glass", login, "--json", stdout=out)
    return str(json.loads(out.getvalue())["password"])


def told() -> dict[str, str]:
    drain()
    return {message.to[0]: message.subject for message in mail.outbox}


def test_it_configures_the_desk_and_its_password_is_shown_once(ada: Employee):
    password = arm()

    assert told() == {"Ada <ada@example.com>": "The break-glass account break-glass has a new password."}
    client = sign_in(Employee.objects.get(login="break-glass"), password=password)
    assert client.get("/settings/").status_code == 200
    assert len(password) >= 32 and password not in str(list(Event.objects.values()))


def test_arming_again_voids_the_password_and_the_sessions(ada: Employee):
    first = arm()
    account = Employee.objects.get(login="break-glass")
    client = sign_in(account, password=first)

    second = arm()

    assert not is_in(client)
    assert not is_in(sign_in(account, password=first))
    assert is_in(sign_in(account, password=second))
    assert Event.objects.filter(verb="employee.break_glass_armed").count() == 2


def test_each_sign_in_is_an_event_and_a_mail_to_every_administrator(ada: Employee):
    password = arm()
    told()
    mail.outbox.clear()

    sign_in(Employee.objects.get(login="break-glass"), password=password, REMOTE_ADDR="192.0.2.7")

    event = Event.objects.get(verb="employee.break_glass_used")
    assert (event.actor.login, event.personal_text.body) == ("break-glass", {"address": "192.0.2.7"})
    assert list(told()) == ["Ada <ada@example.com>"]
    assert "192.0.2.7" in mail.outbox[0].body


@pytest.mark.parametrize("login", ["ada", "ADA", "system.operator"])
def test_nobody_elses_account_becomes_one(ada: Employee, login: str):
    call_command("issue_token", "ada", stdout=StringIO(), stderr=StringIO())
    make.make_employee("system.operator", kind=Employee.Kind.SERVICE)

    with pytest.raises(CommandError, match="Choose a login that nobody has"):
        arm(login)

    assert is_in(sign_in(ada))


@pytest.mark.parametrize("login", ["", "   ", "a\x00b", "x" * 200])
def test_a_login_that_is_none_is_refused(login: str):
    with pytest.raises(CommandError):
        arm(login)

    assert not Employee.objects.people().exists()


def test_an_ordinary_sign_in_tells_nobody(ada: Employee, client: Client, mailoutbox: Any):
    sign_in(ada)
    drain()

    assert mailoutbox == []
