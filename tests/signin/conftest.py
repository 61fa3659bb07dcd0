"""People who sign in: Alice asks, Ada administers; a clock that stands where a test puts it."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.utils import timezone

from directory.models import Employee
from directory.signin import second_step
from tests import factories as make

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def alice() -> Employee:
    return make.make_employee("alice", name="Alice Amato")


@pytest.fixture
def ada() -> Employee:
    return make.make_administrator("ada")


def sign_in(employee: Employee, *, client: Client | None = None, password: str = PASSWORD, **more: Any) -> Client:
    """Over the sign-in page; what it answers is ``client.answer``."""
    client = client or Client()
    client.answer = client.post("/login/", {"username": employee.login, "password": password}, **more)  # type: ignore[attr-defined]
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def code_now(*, steps: int = 0, secret: str = SECRET) -> str:
    """What the app shows now, or ``steps`` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + steps))


@pytest.fixture
def with_app() -> Callable[[Employee], list[str]]:
    """Give somebody an app that holds ``SECRET``, and their recovery codes."""

    def give(employee: Employee) -> list[str]:
        second_step.add_app(employee, SECRET)
        return second_step.codes_left(employee)

    return give
