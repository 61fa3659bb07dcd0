"""``manage.py issue_token``: an API token for one employee."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from directory import tokens
from servicedesk.common.errors import DomainError, InvalidPayload


class Command(BaseCommand):
    help = "Issues an API token. It is shown once; only its digest is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", metavar="LOGIN", help="whose rights the token has")
        parser.add_argument(
            "--scope", action="append", metavar="S", help="read or write; give it twice for both, which is the default"
        )
        parser.add_argument("--days", type=int, default=tokens.LIFETIME.days, metavar="N", help="how long it lives")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [part for given in options["scope"] or tokens.SCOPES for part in given.replace(",", " ").split()]
        try:
            lifetime = timedelta(days=options["days"])
        except OverflowError:
            lifetime = timedelta()
        try:
            token, text = tokens.issue_from_console(options["login"], scopes=scopes, lifetime=lifetime)
        except InvalidPayload as error:
            raise CommandError(str(error), returncode=2) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            self.stdout.write(
                json.dumps({"token": text, "scope": token.scope, "expires_at": token.expires_at.isoformat()})
            )
            return
        self.stdout.write(text)
        self.stderr.write(
            _("Scope: {scope}. Valid until {until} UTC. Keep it: it cannot be shown again.").format(
                scope=token.scope, until=f"{token.expires_at:%Y-%m-%d %H:%M}"
            )
        )
