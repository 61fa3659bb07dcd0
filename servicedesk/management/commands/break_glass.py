"""``manage.py break_glass``: a local administrator for when the directory is gone."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from servicedesk.audit.origin import channel_is
from servicedesk.common.errors import DomainError
from servicedesk.tickets.sign_in import arm_break_glass


class Command(BaseCommand):
    help = (
        "Makes a local administrator, or gives it a new password, which is shown once. "
        "Each sign-in with it is logged, and administrators get a mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", metavar="LOGIN", help="a login that nobody has, such as break-glass")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with channel_is("task"):
                employee, password = arm_break_glass(options["login"].strip())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps({"login": employee.login, "password": password}))
            return
        self.stdout.write(password)
        self.stderr.write(
            _("This is the password of {login}. Put it in the safe: it cannot be shown again.").format(
                login=employee.login
            )
        )
