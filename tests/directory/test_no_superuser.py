"""Nobody can be made all-powerful, not even from the command line."""

import pytest
from django.core.management import CommandError, call_command

from directory.models import Employee


def test_the_command_for_a_superuser_says_what_to_do_instead() -> None:
    with pytest.raises(CommandError, match="There is no superuser"):
        call_command("createsuperuser")


def test_the_flags_that_django_reads_always_say_no() -> None:
    assert (Employee().is_superuser, Employee().is_staff) == (False, False)


@pytest.mark.django_db
def test_a_password_is_set_for_a_login_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    Employee.objects.create(login="anna.rossi", name="Anna Rossi")
    monkeypatch.setattr("getpass.getpass", lambda *_args, **_kwargs: "a long and odd sentence")

    call_command("changepassword", "anna.rossi", verbosity=0)

    assert Employee.objects.get().check_password("a long and odd sentence")
