"""``manage.py demo``: fill an empty database with a believable company, through the services."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from servicedesk import startup
from servicedesk.common.errors import DomainError
from servicedesk.demo import company, directory
from servicedesk.settings.environment import DEMO_LOGINS


class Command(BaseCommand):
    help = "Fills an empty database with a believable company and the last 90 days of its service desk."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--employees", type=_positive, default=directory.shipped_size(), metavar="N")
        parser.add_argument("--tickets", type=_positive, default=400, metavar="N")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="another number makes another history")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENV.is_production:
            raise CommandError(_("This is a production installation: the demo company does not move in here."))
        try:
            if startup.waiting_migrations():
                raise CommandError(_("The database is not up to date: run manage.py migrate first."))
            logins = settings.DATA_DIR / DEMO_LOGINS
            company.fill(
                employees=options["employees"], tickets=options["tickets"], seed=options["seed"], logins=logins,
                tell=self._tell,
            )  # fmt: skip
        except directory.TooSmall as error:
            raise CommandError(
                _("The desk alone needs {least} people: give --employees {least} or more.").format(least=error.least),
                returncode=2,
            ) from error
        except (DomainError, startup.CannotStart) as error:
            raise CommandError(str(error)) from error
        self._tell(_("The demo company has moved in. Its logins are in {path}.").format(path=logins))

    def _tell(self, sentence: str) -> None:
        self.stderr.write(sentence)
        self.stderr.flush()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number
